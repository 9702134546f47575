// SPDX-License-Identifier: Apache-2.0
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { DirectoryStore } from "./directory";
import type { StoredObject } from "./objectStore";
import { storeError } from "./storeErrors";

/** An object and when its bytes came. */
export interface Arrived extends StoredObject {
  /** Milliseconds since 1970. */
  readonly at: number;
}

/**
 * The objects that a directory store has, in the order in which they came; those that have expired are not there any more. A directory
 * that is missing has none.
 *
 * @throws CloisterError `StoreDenied`, `StoreFailed`.
 */
export async function contentsOf(store: DirectoryStore): Promise<Arrived[]> {
  const found: Arrived[] = [];
  for (const shelf of (await names(store.directory)).filter((name) => /^[0-9a-f]{2}$/.test(name))) {
    for (const rest of await names(join(store.directory, shelf))) {
      const sha256 = `${shelf}${rest}`;
      const object = /^[0-9a-f]{64}$/.test(sha256) ? await store.has(sha256) : undefined;
      const file = object && (await stat(store.pathOf(sha256)).catch(() => undefined)); // removed meanwhile
      if (object !== undefined && file !== undefined) found.push({ ...object, at: file.mtimeMs });
    }
  }
  return found.sort((a, b) => a.at - b.at || (a.sha256 < b.sha256 ? -1 : 1));
}

async function names(directory: string): Promise<string[]> {
  return readdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw storeError(error, directory);
  });
}
