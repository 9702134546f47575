// SPDX-License-Identifier: Apache-2.0
import { execFile, spawn, type ChildProcess, type StdioOptions } from "node:child_process";
import { constants } from "node:os";
import type { Readable, Writable } from "node:stream";
import { BoundedLog } from "./boundedLog";
import type { Holding } from "./holding";
import { readTree, signalIfThere } from "./processes";
import type { Limits, LimitName, RunOutcome } from "./runner";
import { needTool } from "./tools";

/** What to start and how to look at it. */
export interface Supervised {
  readonly command: readonly string[];
  /** Environment of the first program; where the runner hands the workload's own on by other means, a bare one. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Bytes for the program's file descriptor 3. Where the holding has `nprocLater`, descriptors 4 and 5 are those of {@link holdAtGate}. */
  readonly third?: Buffer;
  readonly limits: Limits;
  readonly holding: Holding;
  readonly abort?: AbortSignal;
  /** Told at the start how to read the log so far. */
  readonly onStarted?: (log: () => string) => void;
  /** Process whose descendants are the workload; asked again at every look, undefined while not known. */
  workloadOf(child: number): number | undefined;
  /** Told at every look, beginning at the start, which process was started. */
  looked?(child: number): void;
  /** Bytes of the output now, where a watch holds them. */
  outputNow?(): number;
  /** Changes what goes to the log, e.g. marks its lines. */
  mark?(chunk: Buffer): Buffer;
}

/** What {@link supervise} saw; the runner adds what it knows of the output. */
export type Supervision = Pick<RunOutcome, "limitHit" | "log"> & { exitCode: number; used: { wallSeconds: number; memoryBytes: number; processes: number } };

/** What a shell says of a process that SIGKILL ended. */
const KILLED = 137;
/** Looks come often while a limit is held by looking, seldom where the kernel holds it. */
const OFTEN = 25;
const SELDOM = 200;
/** Seconds that a timer of Node counts at most. */
const LONGEST_TIMER = 2 ** 31 / 1000;
/** How long the sandbox may take to clear up after its workload was killed, before all of it is killed. */
const CLEARING = 15_000;

/** Runs a program under watch: time, memory, processes and output; ends the whole tree when a limit is passed. */
export async function supervise(spec: Supervised): Promise<Supervision> {
  const { limits, holding } = spec;
  const started = process.hrtime.bigint();
  const log = new BoundedLog(limits.logBytes);
  const isGated = holding.nprocLater !== undefined;
  const stdio: StdioOptions = ["ignore", "pipe", "pipe", spec.third ? "pipe" : "ignore", ...(isGated ? (["pipe", "pipe"] as const) : [])];
  const [program, ...args] = spec.command as [string, ...string[]];
  const child = spawn(program, args, { stdio, env: { ...spec.env }, cwd: spec.cwd ?? "/", detached: true });
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk: Buffer) => log.push(spec.mark ? spec.mark(chunk) : chunk));
  if (spec.third) writeThird(child, spec.third);
  if (holding.nprocLater !== undefined) holdAtGate(child, holding.nprocLater, (reason) => log.push(Buffer.from(`${reason}\n`)));
  spec.onStarted?.(() => log.text());

  let limitHit: LimitName | "aborted" | undefined;
  let memoryPeak = 0;
  let tasksPeak = 0;
  let clearing: NodeJS.Timeout | undefined;
  const end = (reason: LimitName | "aborted") => {
    limitHit ??= reason;
    killWorkload(child, spec);
    clearing ??= setTimeout(() => killAll(child), CLEARING);
  };
  const look = () => {
    if (child.pid !== undefined) spec.looked?.(child.pid);
    const workload = child.pid === undefined ? undefined : spec.workloadOf(child.pid);
    if (workload !== undefined) {
      const use = readTree(workload);
      memoryPeak = Math.max(memoryPeak, use.memoryBytes);
      tasksPeak = Math.max(tasksPeak, use.tasks);
      if (!holding.cgroup?.holds("memory") && use.memoryBytes > limits.memoryBytes) end("memory");
      if (!holding.cgroup?.holds("pids") && use.tasks > limits.processes) end("processes");
    }
    // Longer than a timer can count (24.8 days): looked at as well.
    if (Number(process.hrtime.bigint() - started) / 1e9 > limits.wallSeconds) end("time");
    if (spec.outputNow !== undefined && spec.outputNow() > limits.outputBytes) end("output");
    // A kill may have come before the workload was there.
    if (limitHit !== undefined) killWorkload(child, spec);
  };
  const kernelHolds = holding.cgroup?.holds("memory") && holding.cgroup.holds("pids") && spec.outputNow === undefined;
  const looking = setInterval(look, kernelHolds ? SELDOM : OFTEN);
  const time = limits.wallSeconds < LONGEST_TIMER ? setTimeout(() => end("time"), limits.wallSeconds * 1000) : undefined;
  const aborted = () => end(spec.abort?.reason === "time" ? "time" : "aborted");
  spec.abort?.addEventListener("abort", aborted);
  if (spec.abort?.aborted) aborted();
  try {
    let exitCode = await ended(child);
    if (limitHit === undefined && exitCode !== 0 && (holding.cgroup?.oomKills() ?? 0) > 0) limitHit = "memory";
    if (limitHit === undefined && exitCode !== 0 && holding.cgroup?.forksRefused()) limitHit = "processes";
    // unshare before 2.39 says 1 when its child was killed.
    if (limitHit !== undefined && exitCode === 1) exitCode = KILLED;
    const wallSeconds = Number(process.hrtime.bigint() - started) / 1e9;
    return { exitCode, limitHit, log: log.text(), used: { wallSeconds, memoryBytes: Math.max(memoryPeak, holding.cgroup?.peakBytes() ?? 0), processes: tasksPeak } };
  } finally {
    clearInterval(looking);
    clearTimeout(time);
    clearTimeout(clearing);
    spec.abort?.removeEventListener("abort", aborted);
  }
}

function ended(child: ChildProcess): Promise<number> {
  return new Promise((done, failed) => {
    child.once("error", failed);
    child.once("close", (code, signal) => done(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
  });
}

/** Kills the children of the sandbox's inner starter: the first of a pid namespace takes all others with it. */
function killWorkload(child: ChildProcess, spec: Supervised): void {
  if (child.pid === undefined || child.exitCode !== null) return;
  const workload = spec.workloadOf(child.pid);
  if (workload !== undefined) for (const pid of readTree(workload).pids) signalIfThere(pid, "SIGKILL");
}

function killAll(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null) return;
  for (const pid of readTree(child.pid).pids) signalIfThere(pid, "SIGKILL");
  signalIfThere(child.pid, "SIGKILL");
}

function writeThird(child: ChildProcess, bytes: Buffer): void {
  const pipe = child.stdio[3] as NodeJS.WritableStream;
  // A program that ends before it has read is reported by its exit code.
  pipe.on("error", () => undefined);
  pipe.end(bytes);
}

/**
 * Limits the processes of a program that tells on descriptor 4, as `{"child-pid": …}`, which process it has started in users of its own,
 * and lets that go on with a byte on descriptor 5. Where the limit cannot be set, the log says why and the program is ended.
 */
function holdAtGate(child: ChildProcess, processes: number, say: (reason: string) => void): void {
  const [, , , , info, gate] = child.stdio as unknown as [null, Readable, Readable, Writable, Readable, Writable];
  // A program that ended before is reported by its exit code.
  gate.on("error", () => undefined);
  let told = "";
  info.setEncoding("utf8").on("data", (text: string) => {
    told += text;
    const pid = /"child-pid":\s*(\d+)/.exec(told)?.[1];
    if (pid === undefined) return;
    info.removeAllListeners("data").resume();
    execFile(needTool("prlimit"), ["--pid", pid, `--nproc=${processes}`], (error) => {
      if (error === null) return void gate.end("\n");
      if (child.exitCode !== null) return; // ended meanwhile, with its own reason
      say(`The limit of ${processes} processes could not be set: ${error.message.trim()}`);
      killAll(child);
    });
  });
}

/** Name of the signal that an exit code above 128 stands for. */
export function signalOf(exitCode: number): string | undefined {
  if (exitCode <= 128) return undefined;
  return Object.entries(constants.signals).find(([, number]) => number === exitCode - 128)?.[0];
}
