// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from "node:crypto";
import { link, mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CloisterError } from "../../core/errors";
import { storeError } from "../storeErrors";

const KEY_FILE = "token.key";

/** Whether a directory is a store server's. */
export async function isServerDirectory(directory: string): Promise<boolean> {
  return stat(join(directory, KEY_FILE)).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return false;
      throw storeError(error, directory);
    },
  );
}

/**
 * The key that a store server's tokens are made with: 32 bytes, in hex in `token.key` (mode 0600) of its directory. It is made at first
 * use; without it all tokens that were given out are void.
 *
 * @throws CloisterError `StoreKeyInvalid`, `StoreMissing`, `StoreDenied`.
 */
export async function serverKey(directory: string): Promise<Buffer> {
  const path = join(directory, KEY_FILE);
  try {
    if (!(await isServerDirectory(directory))) await makeKey(directory, path);
    const text = (await readFile(path, "utf8")).trim();
    if (/^[0-9a-f]{64}$/.test(text)) return Buffer.from(text, "hex");
  } catch (error) {
    throw storeError(error, directory);
  }
  throw new CloisterError("StoreKeyInvalid", `${path} does not hold a key of 64 hex digits.`, "Restore it; or remove it, which makes a new key and voids every token.", { path });
}

/** Two processes that start at the same time end with the same key. */
async function makeKey(directory: string, path: string): Promise<void> {
  await mkdir(join(directory, "objects")).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error;
  });
  const temporary = `${path}.${randomBytes(6).toString("hex")}`;
  try {
    await writeFile(temporary, `${randomBytes(32).toString("hex")}\n`, { mode: 0o600, flag: "wx" });
    await link(temporary, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
    });
  } finally {
    await rm(temporary, { force: true });
  }
}
