// SPDX-License-Identifier: Apache-2.0
import { createHash, type Hash } from "node:crypto";
import { CloisterError } from "../../core/errors";
import type { DirectoryStaging, DirectoryStore } from "../directory";
import { inTurn } from "../inTurn";
import type { Staging, StoredObject } from "../objectStore";
import { bodyOf, type Pace } from "./pace";
import { type Call, KEEP_UNTIL, requiredNumber, UPLOAD_OFFSET, wholeNumber } from "./request";
import type { Space, SpaceLimits } from "./space";

/** Hashes of uploads on their way that are kept in memory; another one is read again from the disk at its end. */
const MOST_HASHES = 256;
const BLOCK = 1 << 20;

/** The surroundings of an upload: its prefix's store, and what limits it. */
export interface UploadPlace {
  readonly store: DirectoryStore;
  readonly space: Space;
  readonly limits: SpaceLimits;
  readonly pace: Pace;
}

/** Writes to the store of a server: whole objects, and uploads piece by piece. One writer at a time for each upload. */
export class Uploads {
  private readonly writing = new Set<string>();
  /** How far an upload that came in order was hashed. The disk has the bytes: losing this costs time, nothing else. */
  private readonly hashed = new Map<string, { hash: Hash; size: number }>();

  /** Bytes of an upload that are there. */
  async size(call: Call, place: UploadPlace): Promise<number> {
    return this.alone(call, place, false, async (staging) => staging.size);
  }

  /** Bytes of an upload from `start` on. */
  async read(call: Call, place: UploadPlace, start: number, length: number): Promise<Uint8Array> {
    return this.alone(call, place, false, async (staging) => {
      const into = Buffer.allocUnsafe(Math.min(length, 16 * BLOCK, Math.max(0, staging.size - start)));
      return into.subarray(0, await staging.read(into, start));
    });
  }

  /**
   * Appends the request's body. What arrived before a connection broke is kept.
   *
   * @returns bytes that are there now.
   * @throws CloisterError `UploadOffsetWrong`, `ObjectTooLarge`, `StoreSpaceUsed`, `TooManyObjects`, `UploadInProgress`, `ClientTooSlow`.
   */
  async append(call: Call, place: UploadPlace): Promise<number> {
    const offset = requiredNumber(call.request, UPLOAD_OFFSET);
    const length = requiredNumber(call.request, "content-length");
    return this.alone(call, place, true, async (staging, key) => {
      try {
        if (offset !== staging.size) throw new CloisterError("UploadOffsetWrong", `The upload has ${staging.size} bytes, the request goes on at ${offset}.`, "Ask for its size, and go on there.", { size: staging.size, offset });
        assertSize(offset + length, place.limits);
        await place.space.take(call.target.prefix, length, staging.created, place.limits);
      } catch (error) {
        if (staging.created) await staging.discard();
        throw error;
      }
      return this.receive(call, place, staging, key, length);
    });
  }

  private async receive({ request, target }: Call, { space, pace }: UploadPlace, staging: Staging, key: string, length: number): Promise<number> {
    let at = staging.size;
    try {
      const running = this.hashed.get(key) ?? { hash: createHash("sha256"), size: 0 };
      for await (const piece of bodyOf(request, pace)) {
        await staging.write(piece, at);
        if (running.size === at) {
          running.hash.update(piece);
          running.size += piece.length;
        }
        at += piece.length;
      }
      if (running.size === at) this.keepHash(key, running);
      return at;
    } catch (error) {
      this.hashed.delete(key);
      throw error;
    } finally {
      await space.settle(target.prefix, staging.size + length - at, 0);
    }
  }

  /**
   * Makes an upload the object that it is said to be; bytes with another hash are refused and removed.
   *
   * @throws CloisterError `ObjectRefused`.
   */
  async commit(call: Call, place: UploadPlace): Promise<StoredObject> {
    const { prefix, becomes = "" } = call.target;
    return this.alone(call, place, false, async (staging, key) => {
      const running = this.hashed.get(key);
      this.hashed.delete(key);
      const found = running?.size === staging.size ? running.hash.digest("hex") : await hashOf(staging);
      if (found !== becomes) {
        await staging.discard();
        await place.space.give(prefix, staging.size, 1);
        throw refused(becomes, found);
      }
      return this.finish(call, place, staging);
    });
  }

  /** Stores the request's body as an object, in one go: nothing is left of one that breaks off or has another hash. */
  async put(call: Call, place: UploadPlace): Promise<StoredObject> {
    const { prefix, object = "" } = call.target;
    const length = requiredNumber(call.request, "content-length");
    assertSize(length, place.limits);
    await place.space.take(prefix, length, true, place.limits);
    let [staging, stored]: [DirectoryStaging | undefined, boolean] = [undefined, false];
    try {
      staging = await place.store.stage(`put-${crypto.randomUUID()}`);
      const hash = createHash("sha256");
      let at = 0;
      for await (const piece of bodyOf(call.request, place.pace)) {
        hash.update(piece);
        await staging.write(piece, at);
        at += piece.length;
      }
      const found = hash.digest("hex");
      if (found !== object) throw refused(object, found);
      const finished = await this.finish(call, place, staging);
      stored = true;
      return finished;
    } finally {
      if (!stored) await staging?.discard();
      await place.space.settle(prefix, stored ? 0 : length, stored ? 0 : 1);
    }
  }

  async discard(call: Call, place: UploadPlace): Promise<void> {
    await this.alone(call, place, false, async (staging, key) => {
      this.hashed.delete(key);
      await staging.discard();
      await place.space.give(call.target.prefix, staging.size, 1);
    });
  }

  /** Makes the staged bytes the object; what was there under its name was counted as well, and is no longer. */
  private async finish({ target, request, grant }: Call, { store, space }: UploadPlace, staging: Staging): Promise<StoredObject> {
    const sha256 = target.object ?? target.becomes ?? "";
    const wished = wholeNumber(request, KEEP_UNTIL);
    const keepUntil = grant.keepUntil === undefined ? wished : Math.min(wished ?? Infinity, grant.keepUntil);
    return inTurn(`finish:${store.pathOf(sha256)}`, async () => {
      const earlier = await store.has(sha256);
      const stored = await staging.commit(sha256, keepUntil);
      if (earlier !== undefined) await space.give(target.prefix, earlier.size, 1);
      return stored;
    });
  }

  /** Opens an upload for one request alone. */
  private async alone<Result>({ target }: Call, { store }: UploadPlace, create: boolean, action: (staging: DirectoryStaging, key: string) => Promise<Result>): Promise<Result> {
    const { prefix, upload = "" } = target;
    const key = `${prefix}/${upload}`;
    if (this.writing.has(key)) throw new CloisterError("UploadInProgress", `The upload ${upload} is being written by another request.`, "Wait for that one to end.", { upload });
    this.writing.add(key);
    try {
      const staging = await store.stage(`upload-${upload}`, create);
      try {
        return await action(staging, key);
      } finally {
        await staging.close();
      }
    } finally {
      this.writing.delete(key);
    }
  }

  private keepHash(key: string, running: { hash: Hash; size: number }): void {
    this.hashed.delete(key);
    this.hashed.set(key, running);
    const [oldest] = this.hashed.size > MOST_HASHES ? this.hashed.keys() : [];
    if (oldest !== undefined) this.hashed.delete(oldest);
  }
}

async function hashOf(staging: Staging): Promise<string> {
  const hash = createHash("sha256");
  const block = Buffer.allocUnsafe(BLOCK);
  for (let at = 0, count = block.length; count === block.length; at += count) {
    count = await staging.read(block, at);
    hash.update(block.subarray(0, count));
  }
  return hash.digest("hex");
}

function assertSize(size: number, { largest = Infinity }: SpaceLimits): void {
  if (size <= largest) return;
  throw new CloisterError("ObjectTooLarge", `The object has at least ${size} bytes; ${largest} are permitted.`, "Ask the store's operator for a larger limit.", { size, largest });
}

function refused(expected: string, found: string): CloisterError {
  return new CloisterError("ObjectRefused", `The bytes have the sha256 ${found}, not the ${expected} they were sent as; nothing was kept.`, "Send them again.", { expected, found });
}
