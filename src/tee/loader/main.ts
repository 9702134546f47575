// SPDX-License-Identifier: Apache-2.0
import { Socket } from "node:net";
import { statfs } from "node:fs/promises";
import { parseArgs } from "node:util";
import { CloisterError } from "../../core/errors";
import { chooseRunner, type RunnerChoice } from "../runner/choose";
import { describe } from "./failure";
import { readLines, writeLine } from "./lines";
import { serve } from "./loader";
import type { QuoteAnswer } from "./protocol";

/** File system type of a tmpfs (statfs(2)). */
const TMPFS_MAGIC = 0x01021994;
/** Descriptor that the platform opened for this process. */
const PLATFORM_LINE = 3;

/**
 * The trusted loader as a process: `tee-loader --work <directory in a tmpfs> [--runner auto|bubblewrap|namespaces|unisolated]
 * [--allow-unisolated]`, JSON lines with the controller on stdin and stdout, with the platform on descriptor 3.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { work: { type: "string" }, runner: { type: "string", default: "auto" }, "allow-unisolated": { type: "boolean", default: false } } });
  const work = values.work;
  if (work === undefined) throw new CloisterError("WorkMissing", "The loader needs a directory for plaintext.", "Start it through its platform.");
  const { type } = await statfs(work);
  if (type !== TMPFS_MAGIC) throw new CloisterError("WorkNotInMemory", `${work} is not in a tmpfs; plaintext would reach a disk.`, "Start the loader through its platform.");
  const { runner, found } = await chooseRunner(values.runner as RunnerChoice, values["allow-unisolated"]);
  await serve({ input: process.stdin, output: process.stdout, quote: platformLine(), runner, found, work, now: () => new Date() });
}

/** Asks one question at a time on the platform's line; answers come in the order of the questions. */
function platformLine(): (reportData: Uint8Array) => Promise<QuoteAnswer> {
  const line = new Socket({ fd: PLATFORM_LINE });
  line.unref();
  const answers = readLines(line);
  let last: Promise<unknown> = Promise.resolve();
  return (reportData) => {
    const ask = async (): Promise<QuoteAnswer> => {
      line.ref();
      writeLine(line, { reportData: Buffer.from(reportData).toString("base64") });
      const answer = await answers.next();
      line.unref();
      return answer.done ? { error: "its line is closed" } : (JSON.parse(answer.value) as QuoteAnswer);
    };
    const answer = last.then(ask, ask);
    last = answer;
    return answer;
  };
}

main().then(
  // Open sockets must not keep a process alive whose controller is gone.
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`tee-loader: ${describe(error)}\n`);
    process.exit(1);
  },
);
