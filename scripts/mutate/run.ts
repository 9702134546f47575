// SPDX-License-Identifier: Apache-2.0
import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { ROOT } from "../check/files";
import { type Mutant, mutantsOf } from "./mutators";
import { KEPT, readResults, type Result } from "./results";
import { TARGETS } from "./targets";
import { checkUnchanged, testSurvivor } from "./tests";

/**
 * `npm run mutate`: changes one line after the other of the contracts that compute or move money, and looks who notices: the walks with
 * the reference model first, then the contract tests of the verb. Goes on where it was stopped. `--file contracts/orders/Earning.sol` (any
 * number of them) for some files, `--seconds 600` for how long. Its figures are kept in bench/mutation.json; a survivor needs an answer in
 * answers.json, or a test that kills it.
 */

interface Answer {
  readonly file: string;
  readonly from: string;
  readonly to: readonly string[];
  readonly answer: string;
}

const WORKERS = 2;

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { file: { type: "string", multiple: true }, seconds: { type: "string" } } });
  const files = values.file ?? Object.keys(TARGETS);
  for (const file of files) if (TARGETS[file] === undefined) throw new Error(`${file} is no file of money. Files: ${Object.keys(TARGETS).join(", ")}.`);
  const until = Date.now() + Number(values.seconds ?? 3600) * 1000;
  const mutants = new Map(Object.keys(TARGETS).map((file) => [file, mutantsOf(file, readFileSync(join(ROOT, file), "utf8"))]));

  // Before the first mutant the contracts themselves have to walk as the model does.
  let first = true;
  let left = files.length;
  await each(files, async (file, worker) => {
    // What time there is is shared by the files; within a file the order is that of the keys, by chance.
    const ending = Date.now() + Math.min((until - Date.now()) * Math.min(1, WORKERS / left), until - Date.now());
    left--;
    const openOnes = () => {
      const known = readResults();
      return (mutants.get(file) ?? []).filter(({ key }) => !known.has(key)).sort((a, b) => (a.key < b.key ? -1 : 1));
    };
    for (let open = openOnes(); open.length > 0 && Date.now() < ending; open = openOnes()) {
      await walkWith(file, open, ending, worker, first);
      first = false;
    }
  });
  await each(files, async (file, worker) => {
    const own = new Set(mutants.get(file)?.map(({ key }) => key));
    const survivors = [...readResults().values()].filter(({ key, outcome, by }) => outcome === "survived" && by === "walks" && own.has(key));
    await testSurvivors(file, mutants.get(file) ?? [], survivors, until, worker);
    process.stdout.write(`${line(file, mutants.get(file) ?? [])}\n`);
  });
  process.exitCode = report(mutants);
}

/** Works on all files, {@link WORKERS} at once. */
async function each(files: readonly string[], work: (file: string, worker: number) => Promise<void>): Promise<void> {
  const waiting = [...files];
  await Promise.all(
    Array.from({ length: WORKERS }, async (_, worker) => {
      for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) await work(file, worker);
    }),
  );
}

/** One process walks with all open mutants of a file. */
async function walkWith(file: string, open: readonly Mutant[], until: number, worker: number, first: boolean): Promise<void> {
  process.stderr.write(`${file}: ${open.length} mutants\n`);
  const plan = join(KEPT, `plan-${worker}.json`);
  writeFileSync(plan, JSON.stringify({ file, until, first, results: join(KEPT, `walks-${worker}.jsonl`), keys: open.map(({ key }) => key) }));
  const child = spawn(process.execPath, [join("node_modules", "hardhat", "internal", "cli", "bootstrap.js"), "run", "--no-compile", "scripts/mutate/worker.ts"], {
    cwd: ROOT,
    env: { ...process.env, HARDHAT_DISABLE_TELEMETRY_PROMPT: "true", CLOISTER_MUTANTS: plan },
    stdio: ["ignore", "ignore", "inherit"],
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  if (code !== 0) throw new Error(`The walks with mutants of ${file} ended with ${code}.`);
}

async function testSurvivors(file: string, mutants: readonly Mutant[], survivors: readonly Result[], until: number, worker: number): Promise<void> {
  const answered = readAnswers();
  const open = survivors.filter((result) => answerTo(result, answered) === undefined);
  if (open.length > 0 && Date.now() < until) await checkUnchanged(TARGETS[file] ?? [], worker);
  for (const survivor of open) {
    if (Date.now() > until) return;
    const mutant = mutants.find(({ key }) => key === survivor.key);
    if (mutant !== undefined) await testSurvivor(mutant, TARGETS[file] ?? [], join(KEPT, `tests-${worker}.jsonl`), worker);
  }
}

function readAnswers(): readonly Answer[] {
  return JSON.parse(readFileSync(join(ROOT, "scripts", "mutate", "answers.json"), "utf8")) as readonly Answer[];
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
  const survivors = [...mutants.values()].flat().flatMap(({ key }) => results.get(key) ?? []).filter(({ outcome }) => outcome === "survived");
  // An answer is of one line: where the same change survives on another, that is a survivor of its own.
  const used = new Set<string>();
  const unanswered = survivors.filter((result) => {
    const key = `${result.file} ${result.from} ${result.to}`;
    const isAnswered = answerTo(result, answers) !== undefined && !used.has(key);
    used.add(key);
    return !isAnswered;
  });
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
