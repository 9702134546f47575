// SPDX-License-Identifier: Apache-2.0
import { existsSync, readFileSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { CloisterError } from "../../core/errors";

const FILE = "process.json";

/** The process that serves an offer from a state directory. */
export interface MachineProcess {
  readonly pid: number;
  /** When it started, in the kernel's ticks since boot: tells it from a later process of the same number. */
  readonly started: string;
}

/**
 * Marks a machine's directory as served by this process; two would fight over its orders.
 *
 * @returns ends it.
 * @throws CloisterError `MachineRunsAlready`.
 */
export async function takeMachine(directory: string): Promise<() => Promise<void>> {
  const running = await runningMachine(directory);
  if (running !== undefined) {
    throw new CloisterError("MachineRunsAlready", `Process ${running.pid} serves this offer already, with ${directory}.`, "Stop it first, or look at it with `tee status`.", { pid: running.pid });
  }
  const file = join(directory, FILE);
  await writeFile(file, `${JSON.stringify({ pid: process.pid, started: startOf(process.pid) })}\n`, { mode: 0o600 });
  return () => rm(file, { force: true });
}

/** The process that serves from a directory now, if one does. */
export async function runningMachine(directory: string): Promise<MachineProcess | undefined> {
  try {
    const found = JSON.parse(await readFile(join(directory, FILE), "utf8")) as MachineProcess;
    return startOf(found.pid) === found.started ? found : undefined;
  } catch (error) {
    // Never started, or killed while it wrote this file.
    if ((error as NodeJS.ErrnoException).code === "ENOENT" || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function startOf(pid: number): string | undefined {
  const file = `/proc/${pid}/stat`;
  if (!existsSync(file)) return undefined;
  const stat = readFileSync(file, "latin1");
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
}
