// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import { CloisterError } from "../core/errors";
import { objectDamaged } from "./storeErrors";

/**
 * Passes bytes through and throws `ObjectDamaged` at their end when they are others than promised.
 * Nothing that was made from them may be used before the stream has ended.
 *
 * @param size where known, a longer stream is stopped at once, so that it cannot fill a disk.
 */
export async function* verified(bytes: AsyncIterable<Uint8Array>, sha256: string, size?: number, what?: string): AsyncGenerator<Uint8Array> {
  const hash = createHash("sha256");
  let seen = 0;
  for await (const piece of bytes) {
    seen += piece.length;
    if (size !== undefined && seen > size) throw sizeDiffers(size, `more than ${size}`, what);
    hash.update(piece);
    yield piece;
  }
  if (size !== undefined && seen !== size) throw sizeDiffers(size, String(seen), what);
  const found = hash.digest("hex");
  if (found !== sha256) throw objectDamaged(sha256, found, what);
}

function sizeDiffers(expected: number, found: string, what = "The stored object"): CloisterError {
  return new CloisterError("ObjectDamaged", `${what} should have ${expected} bytes, but has ${found}.`, "Fetch it again; if that does not help, its owner has to upload it again.", { expected, found });
}
