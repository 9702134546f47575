// SPDX-License-Identifier: Apache-2.0
import { lstatSync, readdirSync, rmSync, type Dirent } from "node:fs";
import { isUtf8 } from "node:buffer";

const MOST_FILES = 100_000;
const DEEPEST = 64;

/**
 * Makes an output directory harmless before anybody packs it: whatever is not a regular file or a directory (links above all,
 * which could lead to files of the host) is removed, likewise names that are not UTF-8 and nesting beyond 64 levels.
 *
 * @returns what was removed and why, at most 100 lines.
 */
export function tidyOutput(directory: string): { leftOut: string[]; bytes: number } {
  const leftOut: string[] = [];
  let bytes = 0;
  let files = 0;
  const drop = (path: Buffer, shown: string, reason: string) => {
    rmSync(path, { recursive: true, force: true });
    if (leftOut.length < 100) leftOut.push(`${JSON.stringify(shown)}: ${reason}`);
  };
  const walk = (at: Buffer, shown: string, depth: number): void => {
    for (const entry of readdirSync(at, { withFileTypes: true, encoding: "buffer" }) as unknown as Dirent<Buffer>[]) {
      const name = entry.name;
      const path = Buffer.concat([at, Buffer.from("/"), name]);
      const label = `${shown}${name.toString("utf8")}`;
      if (!isUtf8(name)) drop(path, label, "its name is not UTF-8");
      else if (++files > MOST_FILES) drop(path, label, `more than ${MOST_FILES} files`);
      else if (entry.isDirectory()) {
        if (depth >= DEEPEST) drop(path, label, `deeper than ${DEEPEST} levels`);
        else walk(path, `${label}/`, depth + 1);
      } else if (!entry.isFile()) drop(path, label, entry.isSymbolicLink() ? "a symbolic link" : "not a regular file");
      else bytes += lstatSync(path).size;
    }
  };
  walk(Buffer.from(directory), "", 0);
  return { leftOut, bytes };
}

/** Bytes and files below a directory now, while somebody may be changing it. */
export function measureOutput(directory: string): number {
  let bytes = 0;
  const queue = [Buffer.from(directory)];
  for (let seen = 0; queue.length > 0 && seen < MOST_FILES; ) {
    const at = queue.pop() as Buffer;
    let names: Buffer[];
    try {
      names = readdirSync(at, { encoding: "buffer" });
    } catch {
      // Removed meanwhile.
      continue;
    }
    for (const name of names) {
      seen += 1;
      const path = Buffer.concat([at, Buffer.from("/"), name]);
      const found = lstatSync(path, { throwIfNoEntry: false });
      if (found?.isDirectory()) queue.push(path);
      else bytes += found === undefined ? 0 : Math.max(4096, found.blocks * 512);
    }
  }
  return bytes;
}
