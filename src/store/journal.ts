// SPDX-License-Identifier: Apache-2.0
import { createHash, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import * as v from "valibot";
import { CloisterError } from "../core/errors";

/**
 * What an interrupted upload needs to go on. It holds the content's key, so it lives with the uploader (mode 0600), never in the store.
 * One key seals one content: the upload continues only where the staged bytes are this content's (see upload.ts).
 */
const journalSchema = v.strictObject({
  version: v.literal(1),
  source: v.string(),
  fingerprint: v.string(),
  /** Name of the staging file in the store. */
  staging: v.string(),
  encryption: v.optional(v.strictObject({ identity: v.string(), prologue: v.string(), payloadKey: v.string() })),
  /** The process that writes: its id and the moment it started, so that a reused id is not taken for it. */
  owner: v.string(),
});
export type Journal = v.InferOutput<typeof journalSchema>;

/** Journals in use by this very process, where a process id cannot tell two uploads apart. */
const inUse = new Set<string>();

/** The journal file of one source and one store. */
export class JournalFile {
  private constructor(readonly path: string) {}

  /**
   * Takes the journal for this process.
   *
   * @throws CloisterError `UploadInProgress` when another process, or another upload of this one, holds it.
   */
  static async take(stateDirectory: string, subject: readonly string[]): Promise<{ file: JournalFile; earlier?: Journal }> {
    const directory = join(stateDirectory, "uploads");
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const key = createHash("sha256").update(JSON.stringify(subject)).digest("hex").slice(0, 40);
    const file = new JournalFile(join(directory, `${key}.json`));
    if (inUse.has(file.path)) throw inProgress(subject[0] ?? "");
    inUse.add(file.path);
    const earlier = await file.read();
    if (earlier !== undefined && earlier.owner !== thisProcess() && isAlive(earlier.owner)) {
      inUse.delete(file.path);
      throw inProgress(subject[0] ?? "");
    }
    return { file, earlier };
  }

  async write(entry: Omit<Journal, "version" | "owner">): Promise<void> {
    const temporary = `${this.path}.${randomBytes(6).toString("hex")}`;
    const handle = await open(temporary, "wx", 0o600);
    try {
      await handle.writeFile(JSON.stringify({ version: 1, ...entry, owner: thisProcess() } satisfies Journal));
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, this.path);
  }

  /** Gives the journal back and keeps it: the upload can be continued. */
  release(): void {
    inUse.delete(this.path);
  }

  async remove(): Promise<void> {
    await rm(this.path, { force: true });
  }

  private async read(): Promise<Journal | undefined> {
    const text = await readFile(this.path, "utf8").catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return "null";
      throw error;
    });
    let value: unknown = null;
    try {
      value = JSON.parse(text);
    } catch {
      // Written atomically, so only a disk fault leads here: the upload starts anew.
    }
    const parsed = v.safeParse(journalSchema, value);
    return parsed.success ? parsed.output : undefined;
  }
}

function inProgress(source: string): CloisterError {
  return new CloisterError("UploadInProgress", `${source} is being uploaded to this store already.`, "Wait for that upload to end.", { source });
}

function thisProcess(): string {
  return `${process.pid}:${startOf(process.pid)}`;
}

function isAlive(owner: string): boolean {
  const pid = Number(owner.split(":")[0]);
  const started = startOf(pid);
  return started !== "" && owner === `${pid}:${started}`;
}

/**
 * Field 22 of /proc/<pid>/stat: when the process started, in clock ticks since boot.
 * Empty when there is none, or only its exit status, which nobody has collected yet.
 */
function startOf(pid: number): string {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The second field is the command in parentheses, which may itself hold spaces.
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    const ended = fields[0] === "Z" || fields[0] === "X";
    return ended ? "" : (fields[19] ?? "");
  } catch {
    return "";
  }
}
