// SPDX-License-Identifier: Apache-2.0
import { readdirSync, readFileSync } from "node:fs";

/** What a process tree uses now. */
export interface TreeUse {
  readonly pids: readonly number[];
  /** Sum of the resident pages in bytes; pages shared by two processes count twice. */
  readonly memoryBytes: number;
  /** Processes and threads. */
  readonly tasks: number;
}

const PAGE = 4096;

/** All descendants of a process, itself not included, by the parent field of /proc: orphans of a pid namespace stay below it. */
export function readTree(root: number): TreeUse {
  const children = new Map<number, { pid: number; tasks: number; pages: number }[]>();
  for (const name of readdirSync("/proc")) {
    const pid = Number(name);
    if (!Number.isInteger(pid)) continue;
    const stat = readStat(pid);
    if (stat === undefined) continue;
    const siblings = children.get(stat.parent);
    if (siblings === undefined) children.set(stat.parent, [{ pid, ...stat }]);
    else siblings.push({ pid, ...stat });
  }
  const pids: number[] = [];
  let tasks = 0;
  let pages = 0;
  for (const queue = [root]; queue.length > 0; ) {
    for (const child of children.get(queue.pop() as number) ?? []) {
      pids.push(child.pid);
      queue.push(child.pid);
      tasks += child.tasks;
      pages += child.pages;
    }
  }
  return { pids, memoryBytes: pages * PAGE, tasks };
}

/** The program's name stands in parentheses and may hold anything, so fields are counted from the last one (proc(5), "stat"). */
function readStat(pid: number): { parent: number; tasks: number; pages: number } | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, "latin1");
  } catch {
    // It ended between the listing and the reading.
    return undefined;
  }
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return { parent: Number(fields[1]), tasks: Number(fields[17]), pages: Number(fields[21]) };
}

/** Sends a signal; a process that is gone already is no error. */
export function signalIfThere(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
