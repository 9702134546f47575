// SPDX-License-Identifier: Apache-2.0
import { createHash, type Hash } from "node:crypto";
import { Worker } from "node:worker_threads";

/** sha256 over pieces in their order. A piece must stay as it is until its update has resolved. */
export interface HashLane {
  update(bytes: Uint8Array): Promise<void>;
  digest(): Promise<string>;
  close(): Promise<void>;
}

/** Contents from this size on are worth the 30 ms that a thread takes to start. */
const WORTH_A_THREAD = 32 << 20;

/**
 * Kept as text, so that it survives bundling into one file.
 * A message is a piece of shared memory to hash, answered when it is done; without one the digest is the answer.
 */
const LANE = `
const { parentPort } = require("node:worker_threads");
const hash = require("node:crypto").createHash("sha256");
parentPort.on("message", (piece) => {
  if (piece === null) return parentPort.postMessage(hash.digest("hex"));
  hash.update(new Uint8Array(piece.buffer, piece.offset, piece.length));
  parentPort.postMessage("");
});`;

/** A lane of its own thread for a large content, so that hashing runs beside encrypting; in this thread for a small one. */
export function openHashLane(expectedSize: number): HashLane {
  return expectedSize < WORTH_A_THREAD ? new InlineLane() : new ThreadLane();
}

/** A buffer that a {@link HashLane} can read in another thread. */
export function sharedBuffer(size: number): Buffer {
  return Buffer.from(new SharedArrayBuffer(size));
}

class InlineLane implements HashLane {
  private readonly hash: Hash = createHash("sha256");

  async update(bytes: Uint8Array): Promise<void> {
    this.hash.update(bytes);
  }

  async digest(): Promise<string> {
    return this.hash.digest("hex");
  }

  async close(): Promise<void> {}
}

class ThreadLane implements HashLane {
  private readonly worker = new Worker(LANE, { eval: true, execArgv: [], resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2 } });
  private readonly waiting: { done: (answer: string) => void; fail: (error: Error) => void }[] = [];
  private failure?: Error;

  constructor() {
    this.worker.on("message", (answer: string) => this.waiting.shift()?.done(answer));
    this.worker.on("error", (error: Error) => this.fail(error));
    this.worker.on("exit", () => this.fail(new Error("the hashing thread ended")));
  }

  async update(bytes: Uint8Array): Promise<void> {
    if (!(bytes.buffer instanceof SharedArrayBuffer)) throw new Error("only shared memory can be hashed in another thread");
    await this.ask({ buffer: bytes.buffer, offset: bytes.byteOffset, length: bytes.length });
  }

  digest(): Promise<string> {
    return this.ask(null);
  }

  async close(): Promise<void> {
    await this.worker.terminate();
  }

  private ask(message: unknown): Promise<string> {
    if (this.failure !== undefined) return Promise.reject(this.failure);
    return new Promise((done, fail) => {
      this.waiting.push({ done, fail });
      this.worker.postMessage(message);
    });
  }

  private fail(error: Error): void {
    this.failure ??= error;
    for (const one of this.waiting.splice(0)) one.fail(error);
  }
}
