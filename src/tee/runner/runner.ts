// SPDX-License-Identifier: Apache-2.0

/** What a workload may use at most. Bytes are bytes, seconds are wall-clock seconds. */
export interface Limits {
  readonly wallSeconds: number;
  readonly memoryBytes: number;
  /** Sum of the files in /sp/output. */
  readonly outputBytes: number;
  /** /tmp; a quarter of it, 64 MiB at most, also for /dev/shm. */
  readonly scratchBytes: number;
  /** Processes and threads together. */
  readonly processes: number;
  readonly cpuCores: number;
  /** What is kept of stdout and stderr; more is left out in the middle and does not end the run. */
  readonly logBytes: number;
}
export type LimitName = "time" | "memory" | "output" | "scratch" | "processes" | "cpu" | "log";

/** A limit and what holds it: the same words appear in the order report. */
export interface HeldLimit {
  readonly limit: LimitName;
  readonly value: number;
  /** E.g. `cgroup v2`, `prlimit --data and a watch`, `sized tmpfs`. */
  readonly by: string;
}

/** One run of an unpacked image. */
export interface RunSpec {
  /** The unpacked image; mount points are made in it, else it is only read. */
  readonly rootfs: string;
  /** Program and arguments as seen inside. A name without slash is looked up in the PATH of `env`, inside. */
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly workdir: string;
  /** Directories of the host that become /sp/inputs/input-0001 and so on, read-only. */
  readonly inputs: readonly string[];
  /** Empty directory of the host that receives what the workload leaves in /sp/output. */
  readonly output: string;
  /** Directories of the host for /sp/certs and /sp/configurations, read-only; changes in them are seen inside. */
  readonly certs?: string;
  readonly configurations?: string;
  /** Private empty directory for the runner's own files. */
  readonly scratch: string;
  readonly limits: Limits;
  /** Ends the run: outcome `limitHit: "aborted"`, or "time" where that is the signal's reason. */
  readonly abort?: AbortSignal;
  /** Told once, when the sandbox is being built: how to look at the workload while it runs. */
  readonly onStarted?: (live: LiveRun) => void;
}

/** A run that is going on. */
export interface LiveRun {
  /** Where this process reads the workload's /sp/output now; undefined while it is not there. The workload may change it meanwhile. */
  output(): string | undefined;
  /** stdout and stderr so far. */
  log(): string;
}

/** How a run ended. */
export interface RunOutcome {
  /** Exit code of the program; 128 + n when signal n ended it, as shells write it. */
  readonly exitCode: number;
  /** Name of the signal, where the exit code says that one ended it. */
  readonly signal?: string;
  /** The limit that ended it, or `aborted`. */
  readonly limitHit?: LimitName | "aborted";
  /** stdout and stderr in the order they came, cut in the middle to `logBytes`. */
  readonly log: string;
  readonly used: { readonly wallSeconds: number; readonly memoryBytes: number; readonly processes: number; readonly outputBytes: number };
  readonly limits: readonly HeldLimit[];
  /** What /sp/output held that is not handed on (links, pipes, odd names), with the reason. */
  readonly leftOut: readonly string[];
}

/** `namespaces`: own user, mount, pid, net, ipc and uts namespaces. `UNISOLATED`: none of it. */
export type Isolation = "namespaces" | "UNISOLATED";

/** Runs images under one kind of isolation. All kinds pass the same conformance tests (but for what UNISOLATED cannot). */
export interface Runner {
  readonly name: "bubblewrap" | "namespaces" | "unisolated";
  readonly isolation: Isolation;
  /**
   * Tries it once for real.
   * @returns one line that says what was found.
   * @throws CloisterError `IsolationUnavailable`, `MissingTool`
   */
  probe(): Promise<string>;
  /** What would hold these limits, as the order report names it before the run. */
  held(limits: Limits): readonly HeldLimit[];
  /** @throws CloisterError `SandboxFailed` when the sandbox could not be built; what the workload does is an outcome, not an error. */
  run(spec: RunSpec): Promise<RunOutcome>;
}

/** A held limit as one short text, e.g. `memory 268435456 by cgroup v2`. */
export function limitText(held: HeldLimit): string {
  return `${held.limit} ${held.value} by ${held.by}`;
}
