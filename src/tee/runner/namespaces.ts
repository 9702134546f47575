// SPDX-License-Identifier: Apache-2.0
import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { CloisterError } from "../../core/errors";
import { lstat } from "../image/rootPath";
import { holdLimits } from "./holding";
import { heldLine, isolationUnavailable } from "./probing";
import { tidyOutput } from "./output";
import { prepareRoot, workloadEnvironment } from "./root";
import type { HeldLimit, Limits, Runner, RunOutcome, RunSpec } from "./runner";
import { innerScript, outerScript, splitEnvironment, type ScriptPlaces } from "./script";
import { closedShell } from "./shell";
import { signalOf, supervise } from "./supervise";
import { needTool } from "./tools";

const execute = promisify(execFile);
const BARE = { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", LC_ALL: "C" };
const FRESH = ["--user", "--map-root-user", "--mount", "--net", "--ipc", "--uts"];
const OUTPUT = { output: "sized tmpfs", fileSize: false };

/** Runs images with util-linux alone, as root or as a plain user: see script.ts for what it builds. */
export class NamespacesRunner implements Runner {
  readonly name = "namespaces";
  readonly isolation = "namespaces";

  async probe(): Promise<string> {
    for (const tool of ["mount", "setpriv", "prlimit", "cp", "hostname"] as const) needTool(tool);
    const unshare = needTool("unshare");
    const sh = needTool("sh");
    const mount = needTool("mount");
    // All that a run needs from the kernel, once: own namespaces, a tmpfs, a /proc, and a user namespace inside.
    const inner = `set -e; ${mount} -t tmpfs cloister /tmp; ${mount} -t proc proc /proc; exec ${unshare} --user --map-user=1000 --map-group=1000 -- ${sh} -c :`;
    try {
      await execute(unshare, [...FRESH, "--", unshare, "--pid", "--fork", "--kill-child=KILL", "--", sh, "-c", inner], { env: BARE });
    } catch (error) {
      throw isolationUnavailable("unshare", error);
    }
    const version = (await execute(unshare, ["--version"], { env: BARE })).stdout.trim();
    const as = process.getuid?.() === 0 ? "root" : "a plain user";
    return `namespaces: user, mount, pid, net, ipc and uts namespaces with ${version}, started as ${as}; ${heldLine(this)}`;
  }

  held(limits: Limits): readonly HeldLimit[] {
    const holding = holdLimits(limits, OUTPUT);
    void holding.cgroup?.remove();
    return holding.held;
  }

  async run(spec: RunSpec): Promise<RunOutcome> {
    prepareRoot(spec);
    const env = workloadEnvironment(spec.env);
    assertCarried(env, spec);
    const at = (name: string) => join(spec.scratch, name);
    const places: ScriptPlaces = { stage: at("stage"), pidFile: at("workload.pid"), started: at("started"), lost: at("lost"), full: at("full"), innerLog: at("inner.log"), inner: at("inner.sh") };
    const holding = holdLimits(spec.limits, OUTPUT);
    const workloadOf = pidReader(places.pidFile);
    try {
      await mkdir(places.stage);
      const outer = at("outer.sh");
      await writeFile(outer, outerScript(spec, places), { mode: 0o600 });
      await writeFile(places.inner, innerScript(spec, places, holding.cgroup?.joinFiles() ?? [], holding.prefix, env), { mode: 0o600 });
      const setup = at("outer.log");
      // File descriptor 9 keeps the log of the workload while the scripts' own complaints go to a file.
      const start = closedShell('setup=$1; shift; exec 9>&2 2>"$setup"; exec "$@"');
      const supervision = await supervise({
        command: [needTool("setpriv"), "--pdeathsig", "KILL", "--", ...start, setup, needTool("unshare"), ...FRESH, "--", needTool("sh"), outer],
        env: BARE,
        limits: spec.limits,
        holding,
        abort: spec.abort,
        onStarted: (log) => spec.onStarted?.({ log, output: () => outputOf(workloadOf(), places) }),
        workloadOf,
      });
      if (!existsSync(places.started) && supervision.limitHit === undefined) {
        const complaint = `${await textOf(setup)} ${await textOf(places.innerLog)} ${supervision.log}`.trim();
        throw new CloisterError("SandboxFailed", `The sandbox could not be built: ${complaint || `it ended with ${supervision.exitCode}`}.`, "See what the runner's probe says about this machine.", { exitCode: supervision.exitCode });
      }
      const { leftOut, bytes } = tidyOutput(spec.output);
      if (existsSync(places.lost)) leftOut.push("a part of /sp/output could not be copied");
      // A program that failed beside a full disk failed for it.
      const full = (["output", "scratch"] as const).find((name) => existsSync(`${places.full}-${name}`));
      const limitHit = supervision.limitHit ?? (supervision.exitCode !== 0 ? full : undefined);
      return { ...supervision, limitHit, signal: signalOf(supervision.exitCode), used: { ...supervision.used, outputBytes: bytes }, limits: holding.held, leftOut };
    } finally {
      await holding.cgroup?.remove();
    }
  }
}

/** @throws CloisterError `EnvironmentNotCarried` when variables must be set inside and the image has nothing to do it. */
function assertCarried(env: Readonly<Record<string, string>>, spec: RunSpec): void {
  const { carried } = splitEnvironment(env);
  if (carried.length === 0 || lstat(join(spec.rootfs, "usr/bin/env")) !== undefined) return;
  const names = carried.map((line) => line.slice(0, line.indexOf("="))).join(", ");
  throw new CloisterError("EnvironmentNotCarried", `The variables ${names} can only be set by /usr/bin/env of the image, which it does not have.`, "Add /usr/bin/env to the image, or set them in a start script.", { names });
}

/** The sized tmpfs of /sp/output, as this process reaches it while the sandbox stands: through the starter's mount namespace. */
function outputOf(starter: number | undefined, { stage }: ScriptPlaces): string | undefined {
  const path = `/proc/${starter}/root${stage}/output`;
  return starter !== undefined && existsSync(path) ? path : undefined;
}

/** Reads the starter's process id once it is written whole. */
function pidReader(file: string): () => number | undefined {
  let known: number | undefined;
  return () => {
    if (known === undefined && existsSync(file)) {
      const text = readFileSync(file, "utf8");
      if (text.endsWith("\n")) known = Number(text);
    }
    return known;
  };
}

async function textOf(file: string): Promise<string> {
  return existsSync(file) ? (await readFile(file, "utf8")).trim() : "";
}
