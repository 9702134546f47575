// SPDX-License-Identifier: Apache-2.0
import { existsSync } from "node:fs";
import { mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { holdLimits } from "./holding";
import { measureOutput, tidyOutput } from "./output";
import { heldLine } from "./probing";
import { inputName, workloadEnvironment } from "./root";
import type { HeldLimit, Limits, Runner, RunOutcome, RunSpec } from "./runner";
import { closedShell } from "./shell";
import { signalOf, supervise } from "./supervise";
import { needTool } from "./tools";

const OUTPUT = { output: "quota watch and prlimit --fsize", fileSize: true };
const MARK = "UNISOLATED ";

/**
 * Runs the program of an image as an ordinary process of this machine: it sees all files, processes and networks. Only by
 * explicit choice (`--allow-unisolated`), for machines that permit nothing else; every line of its log and the report say
 * UNISOLATED. There is no /sp here: the program must take its places from INPUT_DATA_FOLDER and the other variables.
 */
export class UnisolatedRunner implements Runner {
  readonly name = "unisolated";
  readonly isolation = "UNISOLATED";

  async probe(): Promise<string> {
    return `UNISOLATED: workloads run as ordinary processes of this machine; ${heldLine(this)}`;
  }

  held(limits: Limits): readonly HeldLimit[] {
    const holding = holdLimits(limits, OUTPUT, "shared");
    void holding.cgroup?.remove();
    return holding.held;
  }

  async run(spec: RunSpec): Promise<RunOutcome> {
    const inputs = join(spec.scratch, "inputs");
    const temporary = join(spec.scratch, "tmp");
    for (const directory of [inputs, temporary]) await mkdir(directory);
    for (const [i, input] of spec.inputs.entries()) await symlink(input, join(inputs, inputName(i)));
    const at = { inputs, output: spec.output, certs: spec.certs ?? join(spec.scratch, "certs"), configurations: spec.configurations ?? join(spec.scratch, "configurations") };
    const env = { ...workloadEnvironment(spec.env, at), TMPDIR: temporary, CLOISTER_ISOLATION: "UNISOLATED" };
    const holding = holdLimits(spec.limits, OUTPUT, "shared");
    // The shell stays as the parent, so that all of the workload is below one process.
    const start = `${(holding.cgroup?.joinFiles() ?? []).map((file) => `echo 0 > '${file}'; `).join("")}"$@"; exit $?`;
    let atLineStart = true;
    try {
      const supervision = await supervise({
        command: [needTool("setpriv"), "--pdeathsig", "KILL", "--no-new-privs", "--", ...closedShell(start), ...holding.prefix, ...spec.command.map((part) => outside(part, spec.rootfs))],
        env,
        cwd: existsSync(join(spec.rootfs, spec.workdir)) ? join(spec.rootfs, spec.workdir) : spec.rootfs,
        limits: spec.limits,
        holding,
        abort: spec.abort,
        onStarted: (log) => spec.onStarted?.({ log, output: () => spec.output }),
        workloadOf: (child) => child,
        outputNow: () => measureOutput(spec.output),
        mark: (chunk) => {
          const text = chunk.toString("latin1");
          const marked = (atLineStart ? MARK : "") + text.replace(/\n(?!$)/g, `\n${MARK}`);
          atLineStart = text.endsWith("\n");
          return Buffer.from(marked, "latin1");
        },
      });
      const { leftOut, bytes } = tidyOutput(spec.output);
      return { ...supervision, log: supervision.log || `${MARK}(no output)\n`, signal: signalOf(supervision.exitCode), used: { ...supervision.used, outputBytes: bytes }, limits: holding.held, leftOut };
    } finally {
      await holding.cgroup?.remove();
    }
  }
}

/** A path of the image as a path of the host; anything else as it is. */
function outside(part: string, rootfs: string): string {
  return part.startsWith("/") && existsSync(join(rootfs, part)) ? join(rootfs, part) : part;
}
