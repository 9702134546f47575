// SPDX-License-Identifier: Apache-2.0
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { StorageSettings } from "../core/config";
import { CloisterError } from "../core/errors";
import { DirectoryStore, type Swept } from "./directory";
import { S3Store } from "./s3/s3Store";
import { isServerDirectory } from "./server/key";
import { PREFIX } from "./token";

/**
 * Removes what has expired in a store: in a directory, or in every prefix of a store server's directory.
 *
 * @param now Unix seconds.
 * @throws CloisterError `SweepElsewhere` where the store does that by itself.
 */
export async function sweepAll(settings: StorageSettings, now: () => number): Promise<Swept> {
  if (settings.type === "HTTP") {
    throw new CloisterError("SweepElsewhere", `The store server at ${new URL(settings.url).origin} removes expired objects itself.`, "On its own machine, `store sweep --directory <its directory>` does it at once.");
  }
  if (settings.type === "S3") return new S3Store(settings, now).sweep();
  if (!(await isServerDirectory(settings.path))) return new DirectoryStore(settings.path, now).sweep();
  const root = join(settings.path, "objects");
  let [objects, bytes] = [0, 0];
  for (const prefix of (await readdir(root)).filter((name) => PREFIX.test(name))) {
    const swept = await new DirectoryStore(join(root, prefix), now).sweep();
    objects += swept.objects;
    bytes += swept.bytes;
  }
  return { objects, bytes };
}
