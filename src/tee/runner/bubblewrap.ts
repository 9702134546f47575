// SPDX-License-Identifier: Apache-2.0
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { promisify } from "node:util";
import { CloisterError } from "../../core/errors";
import { holdLimits } from "./holding";
import { measureOutput, tidyOutput } from "./output";
import { heldLine, isolationUnavailable } from "./probing";
import { HOSTNAME, INSIDE, INSIDE_ID, inputName, PROC_HIDDEN, PROC_READ_ONLY, prepareRoot, workloadEnvironment } from "./root";
import type { HeldLimit, Limits, Runner, RunOutcome, RunSpec } from "./runner";
import { ScratchHandle } from "./scratchHandle";
import { closedShell } from "./shell";
import { signalOf, supervise } from "./supervise";
import { needTool } from "./tools";

const execute = promisify(execFile);
const BARE = { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", LC_ALL: "C" };
const OUTPUT = { output: "quota watch and prlimit --fsize", fileSize: true };
/** What comes before bubblewrap runs as the machine's user: the limit of processes is set from outside while bubblewrap waits. */
const USERS = "own later";
/** Options that came with bubblewrap 0.8 and without which the sandbox would be weaker than this project promises. */
const NEEDED = ["--size", "--disable-userns", "--cap-drop", "--as-pid-1"];
const ISOLATE = ["--unshare-user", "--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try", "--die-with-parent", "--new-session", "--as-pid-1"];

/** Runs images in bubblewrap, which some systems permit where they refuse namespaces to everything else. */
export class BubblewrapRunner implements Runner {
  readonly name = "bubblewrap";
  readonly isolation = "namespaces";

  async probe(): Promise<string> {
    const bwrap = needTool("bwrap");
    needTool("prlimit");
    const help = (await execute(bwrap, ["--help"], { env: BARE })).stdout;
    const missing = NEEDED.filter((option) => !help.includes(option));
    if (missing.length > 0) {
      throw new CloisterError("IsolationUnavailable", `${bwrap} is too old: it lacks ${missing.join(", ")}.`, "Install bubblewrap 0.8 or later, or remove it so that namespaces are used.", { tool: bwrap });
    }
    try {
      await execute(bwrap, [...ISOLATE, "--disable-userns", "--cap-drop", "ALL", "--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev", needTool("sh"), "-c", ":"], { env: BARE });
    } catch (error) {
      throw isolationUnavailable("bubblewrap", error);
    }
    const version = (await execute(bwrap, ["--version"], { env: BARE })).stdout.trim();
    return `bubblewrap: ${version}, started as ${process.getuid?.() === 0 ? "root" : "a plain user"}; ${heldLine(this)}`;
  }

  held(limits: Limits): readonly HeldLimit[] {
    const holding = holdLimits(limits, OUTPUT, USERS);
    void holding.cgroup?.remove();
    return holding.held;
  }

  async run(spec: RunSpec): Promise<RunOutcome> {
    prepareRoot(spec);
    const holding = holdLimits(spec.limits, OUTPUT, USERS);
    // Descriptor 4 says which process it starts, which then waits for a byte from 5.
    const gate = holding.nprocLater === undefined ? [] : ["--info-fd", "4", "--block-fd", "5"];
    const options = [...gate, ...bubblewrapOptions(spec)];
    const scratch = new ScratchHandle(spec.limits.scratchBytes);
    const join = (holding.cgroup?.joinFiles() ?? []).map((file) => `echo 0 > '${file}'; `).join("");
    try {
      const supervision = await supervise({
        // Options come through descriptor 3, so that no variable shows in a process list.
        command: [needTool("setpriv"), "--pdeathsig", "KILL", "--", ...closedShell(`${join}exec "$@"`, [3, 4, 5]), ...holding.prefix, needTool("bwrap"), "--args", "3", "--", ...spec.command],
        env: BARE,
        third: Buffer.from(options.map((option) => `${option}\0`).join("")),
        limits: spec.limits,
        holding,
        abort: spec.abort,
        onStarted: (log) => spec.onStarted?.({ log, output: () => spec.output }),
        // bubblewrap itself stays outside as the parent of the first process inside.
        workloadOf: (child) => child,
        looked: (child) => scratch.look(child),
        outputNow: () => measureOutput(spec.output),
      });
      if (supervision.exitCode === 1 && supervision.log.startsWith("bwrap: ") && !supervision.log.startsWith("bwrap: execvp")) {
        throw new CloisterError("SandboxFailed", `The sandbox could not be built: ${supervision.log.trim()}.`, "See what the runner's probe says about this machine.", { exitCode: 1 });
      }
      const { leftOut, bytes } = tidyOutput(spec.output);
      // A program that failed with a disk full failed for it: a file may be as long as all of the output, and no longer.
      const full = bytes >= spec.limits.outputBytes ? "output" : scratch.isFull() ? "scratch" : undefined;
      const limitHit = supervision.limitHit ?? (supervision.exitCode !== 0 ? full : undefined);
      return { ...supervision, limitHit, signal: signalOf(supervision.exitCode), used: { ...supervision.used, outputBytes: bytes }, limits: holding.held, leftOut };
    } finally {
      scratch.close();
      await holding.cgroup?.remove();
    }
  }
}

/** The sandbox as options of bwrap(1); later mounts lie upon earlier ones. */
function bubblewrapOptions(spec: RunSpec): string[] {
  const tmpfs = (size: number, at: string) => ["--size", String(size), "--tmpfs", at];
  const shared = Math.min(Math.floor(spec.limits.scratchBytes / 4), 64 * 2 ** 20);
  const options = [...ISOLATE, "--disable-userns", "--cap-drop", "ALL", "--uid", String(INSIDE_ID), "--gid", String(INSIDE_ID), "--hostname", HOSTNAME];
  options.push("--ro-bind", spec.rootfs, "/", "--proc", "/proc", "--dev", "/dev", ...tmpfs(shared, "/dev/shm"), "--remount-ro", "/dev", ...tmpfs(spec.limits.scratchBytes, "/tmp"));
  // bubblewrap leaves these writable for whoever the kernel knows as root, which the workload is when this process is.
  for (const name of PROC_READ_ONLY) options.push("--ro-bind-try", `/proc/${name}`, `/proc/${name}`);
  for (const name of PROC_HIDDEN) if (existsSync(`/proc/${name}`)) options.push("--ro-bind", "/dev/null", `/proc/${name}`);
  spec.inputs.forEach((input, i) => options.push("--ro-bind", input, `${INSIDE.inputs}/${inputName(i)}`));
  options.push("--bind", spec.output, INSIDE.output);
  if (spec.certs !== undefined) options.push("--ro-bind", spec.certs, INSIDE.certs);
  if (spec.configurations !== undefined) options.push("--ro-bind", spec.configurations, INSIDE.configurations);
  options.push("--clearenv");
  for (const [name, value] of Object.entries(workloadEnvironment(spec.env))) options.push("--setenv", name, value);
  options.push("--chdir", spec.workdir);
  return options;
}
