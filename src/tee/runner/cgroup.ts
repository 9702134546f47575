// SPDX-License-Identifier: Apache-2.0
import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, rmdirSync, statSync, writeFileSync } from "node:fs";
import { randomBytes } from "node:crypto";
import { join, relative } from "node:path";
import type { Limits } from "./runner";

type Controller = "memory" | "pids" | "cpu";
const CONTROLLERS: readonly Controller[] = ["memory", "pids", "cpu"];
const CPU_PERIOD = 100_000;
/** Milliseconds after which an empty group of another PID namespace is taken for one that was left. */
const LEFT_AFTER = 3_600_000;
/** This process's PID namespace, as the kernel numbers it (namespaces(7)). */
const NAMESPACE = /\d+/.exec(readlinkSync("/proc/self/ns/pid"))?.[0] ?? "0";

/** A control group of its own for one run; only the controllers that could really be set are in it. */
export class Cgroup {
  private constructor(
    private readonly directories: ReadonlyMap<Controller, string>,
    readonly version: 1 | 2,
  ) {}

  /** Makes one below the group this process is in. @returns undefined where none may be written. */
  static create(limits: Limits): Cgroup | undefined {
    const name = `cloister-${NAMESPACE}-${process.pid}-${randomBytes(4).toString("hex")}`;
    const made = new Map<Controller, string>();
    const places = ownGroups();
    for (const controller of CONTROLLERS) {
      const place = places.get(controller);
      if (place === undefined) continue;
      sweep(place.directory);
      const directory = join(place.directory, name);
      if (setUp(directory, place.version, controller, limits)) made.set(controller, directory);
      else if (![...made.values()].includes(directory)) removeNow(directory);
    }
    if (made.size === 0) return undefined;
    return new Cgroup(made, places.get([...made.keys()][0] as Controller)?.version ?? 1);
  }

  holds(controller: Controller): boolean {
    return this.directories.has(controller);
  }

  /** Files a process writes `0` to, to join. */
  joinFiles(): string[] {
    return [...new Set(this.directories.values())].map((directory) => join(directory, "cgroup.procs"));
  }

  /** How many processes the kernel killed for want of memory. */
  oomKills(): number {
    const directory = this.directories.get("memory");
    if (directory === undefined) return 0;
    const text = read(join(directory, this.version === 2 ? "memory.events" : "memory.oom_control"));
    return Number(/^oom_kill (\d+)$/m.exec(text)?.[1] ?? 0);
  }

  /** Whether a fork was refused. */
  forksRefused(): boolean {
    const directory = this.directories.get("pids");
    return directory !== undefined && Number(/^max (\d+)$/m.exec(read(join(directory, "pids.events")))?.[1] ?? 0) > 0;
  }

  /** Most memory used at once, page cache included; 0 where the kernel does not say. */
  peakBytes(): number {
    const directory = this.directories.get("memory");
    return directory === undefined ? 0 : Number(read(join(directory, this.version === 2 ? "memory.peak" : "memory.max_usage_in_bytes")).trim()) || 0;
  }

  /** Removes it. The kernel frees a group some milliseconds after its last process. */
  async remove(): Promise<void> {
    for (const directory of new Set(this.directories.values())) {
      for (let tries = 0; tries < 50 && !removeNow(directory); tries++) await new Promise((later) => setTimeout(later, 20));
    }
  }
}

/**
 * Removes groups of runners that were killed before they could; one that has processes cannot be removed. Loaders have PID namespaces of
 * their own, so another's process is not to be seen from here: its group may be about to get its first process, and is left for an hour.
 */
function sweep(directory: string): void {
  for (const name of readdirSync(directory)) {
    const [, namespace, pid] = /^cloister-(\d+)-(\d+)-/.exec(name) ?? [];
    if (namespace === undefined) continue;
    const path = join(directory, name);
    if (namespace === NAMESPACE ? !existsSync(`/proc/${pid}`) : ageOf(path) > LEFT_AFTER) removeNow(path);
  }
}

/** Milliseconds; 0 of one that is gone. */
function ageOf(path: string): number {
  const made = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
  return made === undefined ? 0 : Date.now() - made;
}

function setUp(directory: string, version: 1 | 2, controller: Controller, limits: Limits): boolean {
  try {
    if (version === 2) writeFileSync(join(directory, "..", "cgroup.subtree_control"), `+${controller}`);
    mkdirSync(directory, { recursive: true });
    for (const [file, value] of settings(version, controller, limits)) writeFileSync(join(directory, file), value);
    const swap = join(directory, version === 2 ? "memory.swap.max" : "memory.memsw.limit_in_bytes");
    if (controller === "memory" && existsSync(swap)) writeFileSync(swap, version === 2 ? "0" : String(limits.memoryBytes));
    return true;
  } catch {
    // Not writable, or not given to this group: the limit is then held another way, and reported so.
    return false;
  }
}

function settings(version: 1 | 2, controller: Controller, limits: Limits): [string, string][] {
  const quota = Math.max(1000, Math.round(limits.cpuCores * CPU_PERIOD));
  if (controller === "memory") return [[version === 2 ? "memory.max" : "memory.limit_in_bytes", String(limits.memoryBytes)]];
  if (controller === "pids") return [["pids.max", String(limits.processes)]];
  if (version === 2) return [["cpu.max", `${quota} ${CPU_PERIOD}`]];
  return [
    ["cpu.cfs_period_us", String(CPU_PERIOD)],
    ["cpu.cfs_quota_us", String(quota)],
  ];
}

/** Directory of this process's own group for each controller (proc(5) "cgroup" and "mountinfo"). */
function ownGroups(): Map<Controller, { directory: string; version: 1 | 2 }> {
  const groups = new Map<Controller, { directory: string; version: 1 | 2 }>();
  const mounts = read("/proc/self/mountinfo").split("\n").map(parseMount);
  for (const line of read("/proc/self/cgroup").split("\n")) {
    const [, names, path] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? [];
    if (path === undefined || names === undefined || path.startsWith("/..")) continue;
    const wanted = names === "" ? CONTROLLERS.filter((controller) => !groups.has(controller)) : CONTROLLERS.filter((controller) => names.split(",").includes(controller));
    for (const controller of wanted) {
      const mount = mounts.find((entry) => (names === "" ? entry?.type === "cgroup2" : entry?.type === "cgroup" && entry.options.includes(controller)));
      if (mount === undefined) continue;
      const below = relative(mount.root, path);
      if (below.startsWith("..")) continue;
      const directory = join(mount.at, below);
      if (names === "" && !read(join(directory, "cgroup.controllers")).split(/\s/).includes(controller)) continue;
      groups.set(controller, { directory, version: names === "" ? 2 : 1 });
    }
  }
  return groups;
}

function parseMount(line: string): { root: string; at: string; type: string; options: string[] } | undefined {
  const [left, right] = line.split(" - ");
  if (left === undefined || right === undefined) return undefined;
  const [, , , root, at] = left.split(" ");
  const [type, , options] = right.split(" ");
  return { root: root ?? "/", at: at ?? "/", type: type ?? "", options: (options ?? "").split(",") };
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    // A file that this kernel does not have says nothing.
    return "";
  }
}

function removeNow(directory: string): boolean {
  try {
    rmdirSync(directory);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT";
  }
}
