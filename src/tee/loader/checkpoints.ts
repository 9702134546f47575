// SPDX-License-Identifier: Apache-2.0
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { checkpointDigest } from "../../chain/digests";
import { toBytes32 } from "../../core/hex";
import { signDigest } from "../../crypto/keys";
import type { LiveRun } from "../runner/runner";
import type { Device } from "./device";
import { describe } from "./failure";
import type { GrantedStorage } from "./grantedStorage";
import type { LoaderMessage, ResultStore, RunOrder } from "./protocol";
import { sealResult } from "./result";
import { fingerprint, snapshot } from "./snapshot";

/** What the checkpoints of one service are made of. */
export interface CheckpointSource {
  readonly order: RunOrder;
  readonly device: Device;
  readonly live: LiveRun;
  /** The customer's key; the only one that anything is sealed to. */
  readonly recipient: string;
  readonly store: ResultStore | undefined;
  readonly storage: GrantedStorage;
  /** A directory of its own in the loader's tmpfs; must not exist. */
  readonly work: string;
  readonly send: (message: LoaderMessage) => void;
}

/** Signs how long a service has run, with what it has in /sp/output so far, sealed to its customer when that has changed. */
export class Checkpoints {
  private seen = "";
  private resultHash = toBytes32("00".repeat(32));
  private count = 0;

  constructor(private readonly source: CheckpointSource) {}

  /** Makes one and sends it. Never throws: a result that cannot be packed now is packed by the next, and `note` says why. */
  async make(usedSeconds: number): Promise<void> {
    const { order, device, store, storage, send } = this.source;
    const result = await this.renewResult(usedSeconds).catch((error: unknown) => ({ path: "", size: 0, note: `The result so far could not be packed: ${describe(error)}` }));
    const digest = checkpointDigest({ chainId: order.chainId, verifyingContract: order.orderBook }, { order: BigInt(order.order), usedSeconds, resultHash: this.resultHash });
    const { path, size, note } = result;
    const { store: granted } = path === "" ? {} : await storage.find();
    send({ type: "checkpoint", id: order.id, usedSeconds, resultHash: this.resultHash, signature: signDigest(device.key, digest), result: path, size, store, granted, note });
  }

  private async renewResult(usedSeconds: number): Promise<{ path: string; size: number; note: string }> {
    const { order, live, recipient, work } = this.source;
    const output = live.output();
    const now = output === undefined ? "" : await fingerprint(output);
    if (output === undefined || now === this.seen) return { path: "", size: 0, note: "no new result" };
    await mkdir(work);
    try {
      const copy = join(work, "output");
      const bytes = await snapshot(output, copy, order.limits.outputBytes);
      const target = join(order.results, `${order.id}-${++this.count}.age`);
      const log = `${live.log()}\nCheckpoint after ${usedSeconds} s; the service runs on.\n`;
      const sealed = await sealResult({ log, output: copy, work, recipient, target });
      this.seen = now;
      this.resultHash = toBytes32(sealed.sha256);
      return { path: sealed.path, size: sealed.size, note: `a new result of ${bytes} bytes` };
    } finally {
      await rm(work, { recursive: true, force: true });
    }
  }
}
