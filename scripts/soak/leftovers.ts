// SPDX-License-Identifier: Apache-2.0
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { tmpdir } from "node:os";

/** What may be left of a run on this machine. */
export interface Leftovers {
  /** Command lines of processes that name a directory. */
  readonly processes: readonly string[];
  /** Open files and pipes of this process; sockets are kept a while by Node for the next request. */
  readonly descriptors: number;
  /** Temporary files and directories of this project. */
  readonly temporary: readonly string[];
}

/** Looks at processes that name `directory`, at this process's descriptors, and at temporary directories. */
export function leftovers(directory: string): Leftovers {
  const processes: string[] = [];
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) continue;
    const command = textOf(`/proc/${name}/cmdline`).replaceAll("\0", " ");
    if (command.includes(directory)) processes.push(command.trim());
  }
  const temporary = [tmpdir(), "/dev/shm"].flatMap((place) => readdirSync(place).filter((name) => name.startsWith("cloister-")).map((name) => `${place}/${name}`));
  return { processes, descriptors: descriptorsOf(process.pid), temporary };
}

/** Open descriptors of a process but for its sockets; 0 where it is gone. */
export function descriptorsOf(pid: number): number {
  try {
    return readdirSync(`/proc/${pid}/fd`).filter((name) => !kindOf(`/proc/${pid}/fd/${name}`).startsWith("socket:")).length;
  } catch (error) {
    if (["ENOENT", "ESRCH"].includes((error as NodeJS.ErrnoException).code ?? "")) return 0;
    throw error;
  }
}

/** What a descriptor is; nothing where it was closed between the listing and the look. */
function kindOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "socket: closed";
    throw error;
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (["ENOENT", "ESRCH", "EACCES"].includes((error as NodeJS.ErrnoException).code ?? "")) return "";
    throw error;
  }
}
