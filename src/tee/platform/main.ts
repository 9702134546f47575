// SPDX-License-Identifier: Apache-2.0
import { spawn, type ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import type { Duplex } from "node:stream";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { CloisterError, isCloisterError } from "../../core/errors";
import { describe } from "../loader/failure";
import { readLines, writeLine } from "../loader/lines";
import type { QuoteAnswer, QuoteRequest } from "../loader/protocol";
import { NamespacesRunner } from "../runner/namespaces";
import { closedShell, quote } from "../runner/shell";
import { needTool } from "../runner/tools";
import { type Attester, openAttester } from "./attester";
import { TSM_REPORTS } from "./configfsTsm";
import { measureGuest, type MeasuredGuest } from "./guest";

const HELP = `tee-platform: measures a loader, starts exactly what it measured, and answers it with evidence: SIMULATED, or the machine's own.

  --loader <file>      the loader bundle (dist/tee-loader.js)
  --state <directory>  where the simulated platform's keys are kept
  --memory <bytes>     size of the loader's tmpfs, default 4294967296
  --runner <name>      auto, bubblewrap, namespaces or unisolated
  --allow-unisolated   go on where the system permits no namespaces (every line then says UNISOLATED)
  --evidence <source>  simulated (the default) or tsm: the kernel's interface on a real TDX or SEV-SNP guest
  --collateral <file>  with tsm: the platform's collateral, an entry of a trust file
  --tsm <directory>    where that interface is, default ${TSM_REPORTS}
  --measure            print the measurement of the loader and exit

stdin and stdout belong to the loader. Example:
  node dist/tee-platform.js --loader dist/tee-loader.js --state .cloister/platform
`;
const OPTIONS = {
  loader: { type: "string" },
  state: { type: "string" },
  memory: { type: "string", default: String(4 * 2 ** 30) },
  runner: { type: "string", default: "auto" },
  "allow-unisolated": { type: "boolean", default: false },
  evidence: { type: "string", default: "simulated" },
  collateral: { type: "string" },
  tsm: { type: "string", default: TSM_REPORTS },
  measure: { type: "boolean", default: false },
  help: { type: "boolean", default: false },
} as const;

async function main(): Promise<number> {
  const { values } = parseArgs({ options: OPTIONS });
  if (values.help || values.loader === undefined || values.state === undefined) {
    process.stderr.write(HELP);
    return values.help ? 0 : 2;
  }
  const state = resolve(values.state);
  await mkdir(state, { recursive: true, mode: 0o700 });
  await sweepGuests(state);
  const house = await mkdtemp(join(state, `guest-${process.pid}-`));
  let memory: string | undefined;
  try {
    const guest = await measureGuest(resolve(values.loader), process.execPath, join(house, "bin"));
    const attester = await openAttester(values.evidence, state, guest, { collateral: values.collateral, reports: values.tsm });
    const { name, measurement } = attester;
    if (values.measure) {
      process.stdout.write(`${measurement}\n`);
      return 0;
    }
    process.stderr.write(`${name} measurement ${measurement}\n`);
    const isolated = await mayUnshare(values["allow-unisolated"]);
    const work = isolated ? join(house, "work") : (memory = await mkdtemp("/dev/shm/cloister-"));
    if (isolated) await mkdir(work);
    const options = ["--work", work, "--runner", values.runner, ...(values["allow-unisolated"] ? ["--allow-unisolated"] : [])];
    const child = start(isolated, guest, work, memorySize(values.memory), options);
    for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, () => child.kill("SIGKILL"));
    void answerQuotes(attester, child.stdio[3] as Duplex);
    return await new Promise<number>((done, failed) => {
      child.once("error", failed);
      child.once("exit", (code) => done(code ?? 1));
    });
  } finally {
    // The directories are read-only to protect their content, not from their owner.
    for (const directory of [house, memory]) if (directory !== undefined) await rm(directory, { recursive: true, force: true });
  }
}

/**
 * Starts the measured copies. The loader's tmpfs exists in its own mount namespace only, so with its last process all plaintext is
 * gone. It inherits the controller's pipes and one line to this process, and nothing of the environment that steers Node.
 */
function start(isolated: boolean, guest: MeasuredGuest, work: string, memory: number, options: readonly string[]): ChildProcess {
  const program = [guest.node, guest.loader, ...options];
  const mount = `${quote(needTool("mount"))} -t tmpfs -o size=${memory},mode=700,nosuid,nodev cloister ${quote(work)} && exec "$@"`;
  const unshare = [needTool("unshare"), "--user", "--map-root-user", "--mount", "--fork", "--kill-child=KILL", "--"];
  const command = isolated ? [...unshare, needTool("sh"), "-c", mount, "sh", ...program] : program;
  const [first, ...rest] = [needTool("setpriv"), "--pdeathsig", "KILL", "--", ...closedShell('exec "$@"', [3]), ...command] as [string, ...string[]];
  const env = { PATH: process.env.PATH ?? "/usr/bin:/bin", LC_ALL: "C", TMPDIR: work, HOME: work };
  return spawn(first, rest, { stdio: ["inherit", "inherit", "inherit", "pipe"], env, cwd: "/" });
}

/** Answers on the line that only this loader holds. */
async function answerQuotes(attester: Attester, line: Duplex): Promise<void> {
  line.on("error", () => undefined); // The loader's end is reported by its exit.
  for await (const text of readLines(line)) writeLine(line, await answer(attester, text));
}

async function answer(attester: Attester, text: string): Promise<QuoteAnswer> {
  try {
    const { reportData } = JSON.parse(text) as QuoteRequest;
    const { quote, collateral } = await attester.attest(Uint8Array.from(Buffer.from(reportData, "base64")));
    return { quote: Buffer.from(quote).toString("base64"), ...(collateral && { collateral }) };
  } catch (error) {
    return { error: describe(error) };
  }
}

/** Removes the copies of platforms that were killed. */
async function sweepGuests(state: string): Promise<void> {
  for (const name of await readdir(state)) {
    const pid = /^guest-(\d+)-/.exec(name)?.[1];
    if (pid !== undefined && !existsSync(`/proc/${pid}`)) await rm(join(state, name), { recursive: true, force: true });
  }
}

/** Whether the loader gets namespaces of its own. @throws CloisterError `IsolationUnavailable` unless that was allowed. */
async function mayUnshare(allowUnisolated: boolean): Promise<boolean> {
  try {
    await new NamespacesRunner().probe();
    return true;
  } catch (error) {
    if (!allowUnisolated || !isCloisterError(error, "IsolationUnavailable")) throw error;
    process.stderr.write(`UNISOLATED: the loader has no namespaces of its own; its plaintext lies in ${existsSync("/dev/shm") ? "/dev/shm" : "memory"}\n`);
    return false;
  }
}

function memorySize(text: string): number {
  const size = Number(text);
  if (Number.isSafeInteger(size) && size >= 64 * 2 ** 20) return size;
  throw new CloisterError("MemoryInvalid", `--memory ${text} is not a number of bytes of at least 67108864.`, "Give the size of the loader's memory in bytes.", { given: text });
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`tee-platform: ${describe(error)}\n`);
    process.exit(1);
  },
);
