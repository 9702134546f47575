// SPDX-License-Identifier: Apache-2.0
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { TsmFiles } from "../../../src/tee/platform/configfsTsm";

/**
 * Plays the kernel below a directory of the shape of configfs-tsm: a request's directory appears with its attributes, a write to inblob
 * counts the generation up and makes the outblob, removing the directory takes the attributes along.
 */
export class StandInKernel implements TsmFiles {
  /** Paths of the files that were written, and directories made and removed. */
  readonly written: string[] = [];
  open = 0;

  constructor(
    private readonly provider: string,
    private readonly attest: (inblob: Uint8Array) => Uint8Array,
    private readonly more: { auxblob?: Uint8Array; meddle?: (entry: string, round: number) => Promise<void> } = {},
  ) {}

  async mkdir(entry: string): Promise<void> {
    await mkdir(entry);
    this.open++;
    await writeFile(join(entry, "provider"), `${this.provider}\n`);
    await writeFile(join(entry, "generation"), "0\n");
    if (this.more.auxblob) await writeFile(join(entry, "auxblob"), this.more.auxblob);
  }

  async rmdir(entry: string): Promise<void> {
    this.open--;
    await rm(entry, { recursive: true });
  }

  async write(path: string, content: Uint8Array): Promise<void> {
    this.written.push(basename(path));
    await StandInKernel.count(dirname(path));
    await writeFile(join(dirname(path), "outblob"), this.attest(content));
    await this.more.meddle?.(dirname(path), this.written.length);
  }

  read(path: string): Promise<Uint8Array> {
    if (basename(path) === "inblob") return Promise.reject(Object.assign(new Error("write only"), { code: "EACCES" }));
    return readFile(path);
  }

  /** What a write of anybody does to a request. */
  static async count(entry: string): Promise<void> {
    const path = join(entry, "generation");
    await writeFile(path, `${Number(await readFile(path, "utf8")) + 1}\n`);
  }
}
