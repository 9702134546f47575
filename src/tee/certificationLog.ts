// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import { appendFile, open, readFile, rm } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import * as v from "valibot";

import { CloisterError } from "../core/errors";
import { readJson, readShape } from "../core/schema";

const entrySchema = v.strictObject({
  /** From 1. */
  number: v.number(),
  /** ISO time. */
  at: v.string(),
  what: v.picklist(["begun", "issued", "refused", "revoked"]),
  /** Id of the device's key, 0x-hex. */
  device: v.optional(v.string()),
  /** Hex, of the certificate issued. */
  serial: v.optional(v.string()),
  fingerprint: v.optional(v.string()),
  until: v.optional(v.string()),
  /** Why it was refused or revoked. */
  reason: v.optional(v.string()),
  /** sha256 of the line before; zeros for the first. */
  previous: v.string(),
});

/** One thing that the authority did. */
export type LogEntry = v.InferOutput<typeof entrySchema>;
export type NewEntry = Omit<LogEntry, "number" | "previous" | "at">;

/** How long another process may write, in milliseconds. */
const PATIENCE = 5000;
const START = "0".repeat(64);

/**
 * What a certification authority did, one line of JSON each; every line holds the hash of the one before, so that none can be changed
 * or taken out without all later ones showing it. The last hash stands for the whole.
 */
export class CertificationLog {
  private last: Promise<unknown> = Promise.resolve();

  constructor(private readonly file: string) {}

  /** Adds an entry behind all others of this process. @throws CloisterError `LogBroken`. */
  append(entry: NewEntry, at: Date): Promise<LogEntry> {
    const add = () =>
      this.alone(async () => {
        const { entries, head } = await this.read();
        const full: LogEntry = { number: entries.length + 1, at: at.toISOString(), ...entry, previous: head };
        await appendFile(this.file, `${JSON.stringify(full)}\n`, { mode: 0o644, flush: true });
        return full;
      });
    const added = this.last.then(add, add);
    this.last = added;
    return added;
  }

  /** All entries, each line checked against the one before, and the hash of the last. @throws CloisterError `LogBroken`. */
  async read(): Promise<{ entries: LogEntry[]; head: string }> {
    const lines = (await this.text()).split("\n").filter((line) => line !== "");
    let head = START;
    const entries = lines.map((line, index) => {
      const reading = { what: `Line ${index + 1} of ${this.file}`, code: "LogBroken", fix: "Compare it with a copy; every entry before it is intact." };
      const entry = readShape(entrySchema, readJson(line, reading), reading);
      if (entry.previous !== head || entry.number !== index + 1) {
        throw new CloisterError("LogBroken", `Line ${index + 1} of ${this.file} does not follow the line before: it names ${entry.previous}, that one is ${head}.`, "Compare it with a copy; every entry before it is intact.", { line: index + 1 });
      }
      head = createHash("sha256").update(line).digest("hex");
      return entry;
    });
    return { entries, head };
  }

  /** Does something while no other process (`ca revoke` beside `ca run`) writes. @throws CloisterError `LogBusy`. */
  private async alone<Value>(work: () => Promise<Value>): Promise<Value> {
    const lock = `${this.file}.lock`;
    for (const until = Date.now() + PATIENCE; ; await sleep(20)) {
      try {
        await (await open(lock, "wx")).close();
        break;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
        if (Date.now() > until) throw new CloisterError("LogBusy", `${lock} exists for more than ${PATIENCE / 1000} s.`, "Remove it if no `ca` command is running: one was killed while it wrote.");
      }
    }
    try {
      return await work();
    } finally {
      await rm(lock, { force: true });
    }
  }

  private async text(): Promise<string> {
    try {
      return await readFile(this.file, "utf8");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
      throw error;
    }
  }
}
