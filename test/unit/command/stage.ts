// SPDX-License-Identifier: Apache-2.0
import { PassThrough, Readable } from "node:stream";
import { runCommandLine } from "../../../src/commands/commandLine";
import type { AnyCommand } from "../../../src/commands/command";
import { spctlCommands } from "../../../src/commands/catalogue";
import type { Surroundings } from "../../../src/commands/context";

/** What a command line did. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Stage {
  readonly cwd?: string;
  readonly env?: Record<string, string>;
  /** Lines on stdin. */
  readonly answers?: readonly string[];
  readonly commands?: readonly AnyCommand[];
  /** Whether stderr is a terminal. */
  readonly terminal?: boolean;
  /** Whether stdin is one. */
  readonly atTerminal?: boolean;
  readonly at?: Date;
}

/** Runs `spctl` with these words in this process. */
export async function spctl(args: readonly string[], stage: Stage = {}): Promise<Outcome> {
  const out: string[] = [];
  const err: string[] = [];
  const input = stage.answers === undefined ? new PassThrough().end() : Readable.from(stage.answers.map((line) => `${line}\n`));
  const stdin = Object.assign(input, { isTTY: stage.atTerminal });
  const surroundings: Surroundings = {
    stdin,
    stdout: { write: (text) => out.push(text) },
    stderr: { write: (text) => err.push(text), isTTY: stage.terminal },
    env: stage.env ?? {},
    cwd: stage.cwd ?? process.cwd(),
    now: () => stage.at ?? new Date(0),
  };
  const line = { name: "spctl", summary: "a test", version: "1.2.3", commands: stage.commands ?? spctlCommands };
  const code = await runCommandLine(line, args, surroundings);
  return { code, stdout: out.join(""), stderr: err.join("") };
}
