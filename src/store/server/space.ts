// SPDX-License-Identifier: Apache-2.0
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { CloisterError } from "../../core/errors";
import { inTurn } from "../inTurn";

/** What a prefix may hold, and the whole store. Absent means no limit. */
export interface SpaceLimits {
  readonly largest?: number;
  readonly space?: number;
  readonly count?: number;
  readonly total?: number;
}

interface Used {
  bytes: number;
  objects: number;
  /** Takings that are not settled yet. */
  open: number;
}

/**
 * Counts what the prefixes of a store server hold, uploads on their way included, so that limits hold before bytes are written.
 * A prefix is counted on the disk at its first use and kept up to date after that; one server owns its directory.
 */
export class Space {
  private readonly used = new Map<string, Used>();

  /** @param root directory that holds one directory for each prefix. */
  constructor(private readonly root: string) {}

  /**
   * Takes bytes, and one object where `starts`, before they are written. Each taking is settled once.
   *
   * @throws CloisterError `StoreSpaceUsed` or `TooManyObjects`.
   */
  async take(prefix: string, bytes: number, starts: boolean, limits: SpaceLimits): Promise<void> {
    const used = await this.of(prefix);
    const { space = Infinity, count = Infinity, total = Infinity } = limits;
    if (used.bytes + bytes > space) throw spaceUsed(`prefix ${prefix}`, used.bytes, bytes, space);
    const all = total === Infinity ? 0 : await this.total();
    if (all + bytes > total) throw spaceUsed("the store", all, bytes, total);
    if (starts && used.objects + 1 > count) {
      throw new CloisterError("TooManyObjects", `Prefix ${prefix} holds ${used.objects} objects, and may hold ${count}.`, "Delete what is not needed, or ask the store's operator for more.", { prefix, limit: count });
    }
    used.bytes += bytes;
    used.objects += starts ? 1 : 0;
    used.open++;
  }

  /** Ends a taking, and gives back what was not written. */
  async settle(prefix: string, bytes: number, objects: number): Promise<void> {
    const used = await this.of(prefix);
    used.open--;
    await this.give(prefix, bytes, objects);
  }

  /** Gives back what was deleted. */
  async give(prefix: string, bytes: number, objects: number): Promise<void> {
    const used = await this.of(prefix);
    used.bytes -= bytes;
    used.objects -= objects;
  }

  /** Has a prefix counted anew at its next use, after a sweep; not while something is written to it. */
  forget(prefix: string): void {
    if (this.used.get(prefix)?.open === 0) this.used.delete(prefix);
  }

  private async total(): Promise<number> {
    let sum = 0;
    for (const prefix of await namesIn(this.root)) sum += (await this.of(prefix)).bytes;
    return sum;
  }

  private of(prefix: string): Promise<Used> {
    return inTurn(`space:${this.root}/${prefix}`, async () => {
      const known = this.used.get(prefix) ?? (await countFiles(join(this.root, prefix)));
      this.used.set(prefix, known);
      return known;
    });
  }
}

/** Objects and what is staged; end dates are not counted. */
async function countFiles(directory: string): Promise<Used> {
  const used = { bytes: 0, objects: 0, open: 0 };
  for (const folder of await namesIn(directory)) {
    if (!/^([0-9a-f]{2}|\.staging)$/.test(folder)) continue;
    for (const name of await namesIn(join(directory, folder))) {
      const found = await stat(join(directory, folder, name)).catch(() => undefined); // removed meanwhile
      if (found === undefined) continue;
      used.bytes += found.size;
      used.objects++;
    }
  }
  return used;
}

async function namesIn(directory: string): Promise<string[]> {
  return readdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
}

function spaceUsed(what: string, used: number, more: number, limit: number): CloisterError {
  return new CloisterError("StoreSpaceUsed", `${what} holds ${used} bytes; ${more} more would pass its limit of ${limit}.`, "Delete what is not needed, or ask the store's operator for more.", { used, more, limit });
}
