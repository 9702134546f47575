// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { inTurn } from "./inTurn";

/** Where a directory store keeps them: the file `.until/<sha256>` holds the date in Unix seconds. */
export const END_DATES = ".until";

/**
 * The end dates of a directory store's objects. A date outlives its object, so that a read can say "expired" instead of "not found".
 * A file of its own for each, because two uploads of other objects must not wait for each other.
 */
export class EndDates {
  private readonly directory: string;

  constructor(store: string) {
    this.directory = join(store, END_DATES);
  }

  /** Unix seconds; undefined where the object is kept without end, or never was. */
  async of(sha256: string): Promise<number | undefined> {
    const text = await readFile(join(this.directory, sha256), "utf8").catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return "";
      throw error;
    });
    return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
  }

  /**
   * Notes an object's date when it is stored. Of an object that is there the later date counts, and none is the latest.
   *
   * @param there whether the object was there and not expired.
   */
  async note(sha256: string, until: number | undefined, there: boolean): Promise<void> {
    await inTurn(join(this.directory, sha256), async () => {
      const known = await this.of(sha256);
      if (there && (known === undefined || known >= (until ?? Infinity))) return;
      if (until === undefined) return this.remove(sha256);
      await this.write(sha256, there ? Math.max(known ?? 0, until) : until);
    });
  }

  async remove(sha256: string): Promise<void> {
    await rm(join(this.directory, sha256), { force: true });
  }

  /** Every date, in no order. */
  async *all(): AsyncGenerator<{ sha256: string; until: number }> {
    const names = await readdir(this.directory).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return [];
      throw error;
    });
    for (const sha256 of names) {
      if (!/^[0-9a-f]{64}$/.test(sha256)) continue;
      const until = await this.of(sha256);
      if (until !== undefined) yield { sha256, until };
    }
  }

  private async write(sha256: string, until: number): Promise<void> {
    await mkdir(this.directory, { recursive: true });
    const temporary = join(this.directory, `.${randomBytes(12).toString("hex")}`);
    try {
      await writeFile(temporary, String(until), { flag: "wx" });
      await rename(temporary, join(this.directory, sha256));
    } finally {
      await rm(temporary, { force: true });
    }
  }
}
