// SPDX-License-Identifier: Apache-2.0
import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { ROOT } from "../check/files";
import { type Mutant, mutantsOf } from "./mutators";
import { KEPT, readResults, type Result } from "./results";
import { TARGETS } from "./targets";
import type { Plan } from "./worker";

/**
 * `npm run mutate`: changes one line after the other of the contracts that compute or move money, and looks who notices: a walk with
 * the reference model first, then the contract tests of the verb, then, for what has no answer, further walks. Goes on where it was stopped.
 * `--file contracts/orders/Earning.sol` (any number of them) for some files, `--seconds 600` for how long, `--again` to look at unanswered
 * survivors once more, after a test was written. Its figures are kept in bench/mutation.json; a survivor needs an answer in answers.json, or a
 * test that notices it.
 */

interface Answer {
  readonly file: string;
  readonly from: string;
  readonly to: readonly string[];
  readonly answer: string;
  /** How many lines of the file have this change; one if nothing is said. */
  readonly lines?: number;
}

type Batch = Pick<Plan, "file" | "keys" | "steps">;

const WORKERS = 2;
/** Mutants of one process: enough for its start not to matter, few enough that both end together. */
const BATCH = 80;

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { file: { type: "string", multiple: true }, seconds: { type: "string" }, again: { type: "boolean", default: false } } });
  const files = values.file ?? Object.keys(TARGETS);
  for (const file of files) if (TARGETS[file] === undefined) throw new Error(`${file} is no file of money. Files: ${Object.keys(TARGETS).join(", ")}.`);
  const until = Date.now() + Number(values.seconds ?? 24 * 3600) * 1000;
  const mutants = new Map(Object.keys(TARGETS).map((file) => [file, mutantsOf(file, readFileSync(join(ROOT, file), "utf8"))]));

  const open = (steps: Plan["steps"], isOpen: (result: Result | undefined) => boolean): Batch[] => {
    const results = readResults();
    const keys = (file: string) => (mutants.get(file) ?? []).map(({ key }) => key).filter((key) => isOpen(results.get(key)));
    return files.flatMap((file) => inBatches(keys(file)).map((batch) => ({ file, keys: batch, steps })));
  };
  const unanswered = (by: readonly Result["by"][]) => {
    const keys = new Set(unansweredOf(survivorsOf(mutants)).map(({ key }) => key));
    return (result: Result | undefined) => result !== undefined && by.includes(result.by) && keys.has(result.key);
  };
  const first = values.again ? open("tests", unanswered(["tests", "walks"])) : open("first", (result) => result === undefined);
  // The contracts as they are come first: where they are noticed themselves, what was found beside them means nothing.
  if (first.length > 0) await workAt([{ keys: [], steps: "first" }, ...first], until);
  await workAt(open("walks", unanswered(["tests"])), until);
  for (const file of files) process.stdout.write(`${line(file, mutants.get(file) ?? [])}\n`);
  process.exitCode = report(mutants);
}

function inBatches(keys: readonly string[]): string[][] {
  return Array.from({ length: Math.ceil(keys.length / BATCH) }, (_, index) => keys.slice(index * BATCH, (index + 1) * BATCH));
}

/** Works on all batches, {@link WORKERS} at once. */
async function workAt(batches: Batch[], until: number): Promise<void> {
  await Promise.all(
    Array.from({ length: WORKERS }, async (_, worker) => {
      for (let batch = batches.shift(); batch !== undefined && Date.now() < until; batch = batches.shift()) {
        const { file = "the contracts as they are", keys, steps } = batch;
        process.stderr.write(`${file}: ${steps === "first" ? "" : `${steps} with `}${keys.length} mutants, ${batches.length} batches wait\n`);
        await work(batch, until, worker);
        // A process that had to stop early (see worker.ts) leaves the rest to the next.
        const rest = steps === "first" ? keys.filter((key) => !readResults().has(key)) : [];
        if (rest.length > 0 && rest.length < keys.length) batches.unshift({ ...batch, keys: rest });
      }
    }),
  );
}

/** One process looks at mutants of one file. */
async function work(plan: Batch, until: number, worker: number): Promise<void> {
  const path = join(KEPT, `plan-${worker}.json`);
  writeFileSync(path, JSON.stringify({ ...plan, until, results: join(KEPT, `results-${worker}.jsonl`) } satisfies Plan));
  const child = spawn(process.execPath, [join("node_modules", "hardhat", "internal", "cli", "bootstrap.js"), "run", "--no-compile", "scripts/mutate/worker.ts"], {
    cwd: ROOT,
    env: { ...process.env, HARDHAT_DISABLE_TELEMETRY_PROMPT: "true", CLOISTER_MUTANTS: path },
    stdio: ["ignore", "ignore", "inherit"],
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  if (code !== 0) throw new Error(`Looking at ${plan.file === undefined ? "the contracts themselves" : `mutants of ${plan.file}`} ended with ${code}.`);
}

function readAnswers(): readonly Answer[] {
  return JSON.parse(readFileSync(join(ROOT, "scripts", "mutate", "answers.json"), "utf8")) as readonly Answer[];
}

function survivorsOf(mutants: ReadonlyMap<string, readonly Mutant[]>): Result[] {
  const results = readResults();
  return [...mutants.values()].flat().flatMap(({ key }) => results.get(key) ?? []).filter(({ outcome }) => outcome === "survived");
}

/** An answer is of one line, or of as many as it says: where the same change survives on another, that is a survivor of its own. */
function unansweredOf(survivors: readonly Result[]): Result[] {
  const answers = readAnswers();
  const used = new Map<string, number>();
  return survivors.filter((result) => {
    const key = `${result.file} ${result.from} ${result.to}`;
    const lines = (used.get(key) ?? 0) + 1;
    used.set(key, lines);
    const answer = answerTo(result, answers);
    return answer === undefined || lines > (answer.lines ?? 1);
  });
}

function answerTo({ file, from, to }: Result, answers: readonly Answer[]): Answer | undefined {
  return answers.find((answer) => answer.file === file && answer.from === from && answer.to.includes(to));
}

function line(file: string, mutants: readonly Mutant[]): string {
  const { killed, survived, invalid, open } = countsOf(mutants, readResults());
  return `${file}: ${killed} killed, ${survived} survived, ${invalid} do not compile, ${open} not tried`;
}

function countsOf(mutants: readonly Mutant[], results: ReadonlyMap<string, Result>) {
  const count = (outcome: Result["outcome"] | undefined) => mutants.filter(({ key }) => results.get(key)?.outcome === outcome).length;
  const byWalks = mutants.filter(({ key }) => results.get(key)?.outcome === "killed" && results.get(key)?.by === "walks").length;
  return { killed: count("killed"), byWalks, survived: count("survived"), invalid: count("invalid"), open: count(undefined) };
}

/** Keeps the figures, prints every survivor, and tells how the process ends. */
function report(mutants: ReadonlyMap<string, readonly Mutant[]>): number {
  const results = readResults();
  const answers = readAnswers();
  const figures = Object.fromEntries([...mutants].map(([file, list]) => [file, countsOf(list, results)]));
  const survivors = survivorsOf(mutants);
  const unanswered = unansweredOf(survivors);
  const idle = answers.flatMap(({ file, from, to }) => to.filter((one) => !survivors.some((result) => result.file === file && result.from === from && result.to === one)).map((one) => `${file}: ${from} => ${one}`));
  for (const { file, line: at, from, to, by } of unanswered) process.stdout.write(`SURVIVED  ${file}:${at} (${by})\n          ${from}\n          ${to || "(left out)"}\n`);
  for (const one of idle) process.stdout.write(`not met   ${one}: answered, and no survivor of this run\n`);
  const sum = (name: "killed" | "byWalks" | "survived" | "invalid" | "open") => Object.values(figures).reduce((total, counts) => total + counts[name], 0);
  const total = { killed: sum("killed"), byWalks: sum("byWalks"), survived: sum("survived"), answered: survivors.length - unanswered.length, invalid: sum("invalid"), notTried: sum("open") };
  const open = unanswered.map(({ file, line: at, from, to, by }) => ({ file, line: at, from, to, by }));
  writeFileSync(join(ROOT, "bench", "mutation.json"), `${JSON.stringify({ total, files: figures, unanswered: open }, null, 2)}\n`);
  process.stdout.write(`${total.killed} killed (${total.byWalks} by walks), ${total.survived} survived, ${total.answered} of them answered; ${total.invalid} do not compile, ${total.notTried} not tried\n`);
  return unanswered.length === 0 ? 0 : 1;
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
