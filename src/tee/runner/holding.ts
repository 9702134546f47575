// SPDX-License-Identifier: Apache-2.0
import { availableParallelism, release } from "node:os";
import { readFileSync } from "node:fs";
import { Cgroup } from "./cgroup";
import type { HeldLimit, Limits } from "./runner";
import { findTool, needTool } from "./tools";

/** Room above the memory limit that a process may map but not touch: runtimes reserve stacks and heaps they never fill. */
const MAPPED_ROOM = 512 * 2 ** 20;

/** How one run's limits are held on this machine. */
export interface Holding {
  readonly cgroup: Cgroup | undefined;
  /** Programs to put before the workload's own (`prlimit …`, `taskset …`), ending where the next program begins. */
  readonly prefix: readonly string[];
  /** Processes that a running program may start from now on, to be set from outside once it has users of its own; see {@link Users}. */
  readonly nprocLater: number | undefined;
  readonly held: readonly HeldLimit[];
}

/**
 * Whether the programs of the prefix run in the workload's own user namespace (`own`), or before there is one (`own later`), or there is
 * none (`shared`). `prlimit --nproc` counts the processes of a user in the namespace it is set in: outside of the workload's own it would
 * count all that the machine's user runs.
 */
export type Users = "own" | "own later" | "shared";

/** Chooses for each limit the strongest means this machine offers. The caller removes the cgroup. */
export function holdLimits(limits: Limits, storage: { output: string; fileSize: boolean }, users: Users = "own"): Holding {
  const cgroup = Cgroup.create(limits);
  const by = `cgroup v${cgroup?.version ?? 0}`;
  const prlimit = [`--cpu=${Math.ceil(limits.wallSeconds * Math.max(1, limits.cpuCores)) + 1}`, "--core=0"];
  if (!cgroup?.holds("memory")) prlimit.push(`--data=${limits.memoryBytes + MAPPED_ROOM}`);
  const countsPerNamespace = users !== "shared" && kernelAtLeast(5, 14);
  const nproc = !cgroup?.holds("pids") && countsPerNamespace ? limits.processes : undefined;
  if (nproc !== undefined && users === "own") prlimit.push(`--nproc=${nproc}`);
  if (storage.fileSize) prlimit.push(`--fsize=${Math.max(limits.outputBytes, limits.scratchBytes)}`);

  const prefix = [needTool("prlimit"), ...prlimit, "--"];
  const cores = Math.max(1, Math.ceil(limits.cpuCores));
  const allowed = allowedCpus();
  let cpuBy = by;
  if (!cgroup?.holds("cpu")) {
    const taskset = findTool("taskset");
    if (cores >= allowed.length) cpuBy = `the machine (${availableParallelism()} cores)`;
    else if (taskset === undefined) cpuBy = "nothing (taskset is missing)";
    else {
      cpuBy = "taskset";
      prefix.push(taskset, "-c", allowed.slice(0, cores).join(","));
    }
  }
  const held: HeldLimit[] = [
    { limit: "time", value: limits.wallSeconds, by: "timer" },
    { limit: "memory", value: limits.memoryBytes, by: cgroup?.holds("memory") ? by : "prlimit --data and a watch" },
    { limit: "processes", value: limits.processes, by: cgroup?.holds("pids") ? by : countsPerNamespace ? "prlimit --nproc and a watch" : "watch" },
    { limit: "cpu", value: limits.cpuCores, by: cpuBy },
    { limit: "output", value: limits.outputBytes, by: storage.output },
    { limit: "scratch", value: limits.scratchBytes, by: storage.fileSize && storage.output !== "sized tmpfs" ? "sized tmpfs" : storage.output },
    { limit: "log", value: limits.logBytes, by: "cut" },
  ];
  return { cgroup, prefix, nprocLater: users === "own later" ? nproc : undefined, held };
}

/** `prlimit --nproc` counts per user namespace since Linux 5.14; before, it would count all of the user's processes. */
function kernelAtLeast(major: number, minor: number): boolean {
  const [a = 0, b = 0] = release().split(".").map(Number);
  return a > major || (a === major && b >= minor);
}

function allowedCpus(): number[] {
  const list = /^Cpus_allowed_list:\s*(\S+)$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? "0";
  return list.split(",").flatMap((range) => {
    const [from = 0, to = from] = range.split("-").map(Number);
    return Array.from({ length: to - from + 1 }, (_, i) => from + i);
  });
}
