// SPDX-License-Identifier: Apache-2.0
import { constants, createWriteStream } from "node:fs";
import { type FileHandle, mkdir, open, readdir } from "node:fs/promises";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";

/** As much as the output of an ended run may hold. */
const MOST_FILES = 100_000;
const DEEPEST = 64;

/** A regular file of an output that somebody may be changing. */
interface Found {
  readonly path: readonly string[];
  readonly handle: FileHandle;
  readonly size: number;
  /** Changes with the file. */
  readonly stamp: string;
}

/**
 * Says shortly what a running workload's output holds now: another text when a file came, went, grew or was written again.
 * An output that is empty is the empty text.
 */
export async function fingerprint(output: string): Promise<string> {
  const hash = createHash("sha256");
  let files = 0;
  await visit(output, async ({ path, stamp }) => {
    files += 1;
    hash.update(`${path.join("/")}\0${stamp}\0`);
  });
  return files === 0 ? "" : hash.digest("hex");
}

/**
 * Copies the regular files of a running workload's output. The workload may swap anything meanwhile, so that no path is followed twice:
 * every step is taken from an open directory and through no link. A file that is being written is copied as it is at that moment.
 *
 * @param target must not exist.
 * @returns bytes copied.
 */
export async function snapshot(output: string, target: string, mostBytes: number): Promise<number> {
  await mkdir(target);
  let bytes = 0;
  await visit(output, async ({ path, handle, size }) => {
    if (bytes + size > mostBytes) return;
    const place = join(target, ...path);
    await mkdir(join(place, ".."), { recursive: true });
    if (size > 0) await pipeline(handle.createReadStream({ start: 0, end: size - 1, autoClose: false }), createWriteStream(place, { flags: "wx", mode: 0o600 }));
    else await (await open(place, "wx", 0o600)).close();
    bytes += size;
  });
  return bytes;
}

async function visit(output: string, see: (found: Found) => Promise<void>): Promise<void> {
  let files = 0;
  const walk = async (directory: FileHandle, path: readonly string[]): Promise<void> => {
    const here = `/proc/self/fd/${directory.fd}`;
    for (const name of (await readdir(here)).sort()) {
      // Names that are not UTF-8 come back altered and are then not found.
      if (files >= MOST_FILES) return;
      const handle = await openIfThere(`${here}/${name}`);
      if (handle === undefined) continue;
      try {
        const status = await handle.stat({ bigint: true });
        if (status.isDirectory() && path.length < DEEPEST) await walk(handle, [...path, name]);
        if (!status.isFile()) continue;
        files += 1;
        await see({ path: [...path, name], handle, size: Number(status.size), stamp: `${status.ino} ${status.size} ${status.mtimeNs}` });
      } finally {
        await handle.close();
      }
    }
  };
  const root = await open(output, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await walk(root, []);
  } finally {
    await root.close();
  }
}

/** Opens a file or a directory, through no link and waiting for nobody (as opening a pipe would). */
async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    // Gone meanwhile, a link, a socket, or closed to this user: none of it is handed on.
    if (["ENOENT", "ELOOP", "ENXIO", "EACCES", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) return undefined;
    throw error;
  }
}
