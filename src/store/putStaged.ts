// SPDX-License-Identifier: Apache-2.0
import { createHash, randomBytes } from "node:crypto";
import type { ObjectStore, PutOptions, StoredObject } from "./objectStore";

/** Stores a stream of unknown length in constant memory: staged, hashed on the way, and committed under its hash. Nothing is left of one that fails. */
export async function putStaged(store: Pick<ObjectStore, "stage">, bytes: AsyncIterable<Uint8Array>, { signal, keepUntil }: PutOptions = {}): Promise<StoredObject> {
  const staging = await store.stage(`put-${randomBytes(12).toString("hex")}`);
  try {
    const hash = createHash("sha256");
    let size = 0;
    for await (const piece of bytes) {
      signal?.throwIfAborted();
      hash.update(piece);
      await staging.write(piece, size);
      size += piece.length;
    }
    return await staging.commit(hash.digest("hex"), keepUntil);
  } catch (error) {
    // What failed says more than that its remains could not be removed: stores give them up by themselves.
    await staging.discard().catch(() => undefined);
    throw error;
  }
}
