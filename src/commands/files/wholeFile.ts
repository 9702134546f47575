// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from "node:crypto";
import { realpath, rename, rm, stat, writeFile } from "node:fs/promises";

/**
 * Writes a file so that it is there whole or not at all: what was there before stays until the new one is complete, also on a full disk.
 * A link is followed, the mode of a file that is there is kept, and what is no file (a terminal, a pipe) is written to directly.
 *
 * @throws the error of the file system.
 */
export async function writeWhole(path: string, text: string): Promise<void> {
  const target = await realpath(path).catch(() => path);
  const there = await stat(target).catch(() => undefined);
  if (there !== undefined && !there.isFile()) return writeFile(target, text);
  const temporary = `${target}.${randomBytes(6).toString("hex")}.part`;
  try {
    await writeFile(temporary, text, { flag: "wx", mode: there === undefined ? 0o666 : there.mode & 0o777 });
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/**
 * Writes a file that must not be there yet; what could not be written to its end is taken away again.
 *
 * @throws the error of the file system; `EEXIST` where it is there.
 */
export async function writeFresh(path: string, text: string, mode: number): Promise<void> {
  await writeFile(path, text, { flag: "wx", mode }).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") await rm(path, { force: true });
    throw error;
  });
}
