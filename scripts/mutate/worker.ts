// SPDX-License-Identifier: Apache-2.0
import { appendFileSync, readFileSync } from "node:fs";
import { join } from "node:path";

import hre from "hardhat";

import { ROOT } from "../check/files";
import { type Codes, compile } from "./build";
import { type Mutant, mutantsOf } from "./mutators";
import type { Result } from "./results";
import { TARGETS } from "./targets";

/**
 * Looks who notices mutants, one after the other: started by run.ts through Hardhat, with its plan in a file. A mutant that walks as the
 * contracts do, and with which all contract tests of its file pass, has survived.
 */
export interface Plan {
  /** A file of {@link TARGETS}; undefined to look at the contracts as they are, with the tests of all. */
  readonly file?: string | undefined;
  readonly keys: readonly string[];
  /** Whether the walks are left out, which the mutants have survived before. */
  readonly testsOnly: boolean;
  /** When no further mutant is begun, in milliseconds since 1970. */
  readonly until: number;
  /** Where results are added, as lines of JSON. */
  readonly results: string;
}

/** The walks of the tests (test/model/walks.test.ts). Most mutants are noticed in the first steps; those that the tests do not notice take all. */
const SEEDS = [2, 3, 4, 5];
const STEPS = 120;
const FIRST_STEPS = 40;

/** In bytes. */
const MOST_MEMORY = 5e9;

/** A mutant that nobody has noticed so far. */
interface Survivor {
  readonly mutant: Mutant;
  readonly codes: Codes;
  /** How long was looked. */
  readonly seconds: number;
}

async function main(): Promise<void> {
  // Code that is not optimized is larger than a chain takes. The chain is made at its first use.
  Object.assign(hre.config.networks.hardhat, { allowUnlimitedContractSize: true });

  const { file, keys, testsOnly, until, results } = JSON.parse(readFileSync(process.env.CLOISTER_MUTANTS ?? "", "utf8")) as Plan;
  if (file === undefined) return lookAtUnchanged();
  const asked = new Set(keys);
  const look = async (mutant: Mutant, codes: Codes, by: Result["by"], before: number, noticed: () => Promise<string | undefined>) => {
    const started = Date.now();
    const why = await noticed();
    const seconds = before + (Date.now() - started) / 1000;
    if (why !== undefined) write(results, mutant, "killed", by, why, seconds);
    return why === undefined ? [{ mutant, codes, seconds }] : [];
  };

  const afterWalk: Survivor[] = [];
  for (const mutant of mutantsOf(file, readFileSync(join(ROOT, file), "utf8")).filter(({ key }) => asked.has(key))) {
    if (isOver(until)) break;
    const started = Date.now();
    const codes = compile(mutant);
    const seconds = (Date.now() - started) / 1000;
    if (codes === undefined) write(results, mutant, "invalid", "walks", undefined, seconds);
    else if (testsOnly) afterWalk.push({ mutant, codes, seconds });
    else afterWalk.push(...(await look(mutant, codes, "walks", seconds, () => differenceWith(codes, SEEDS.slice(0, 1), FIRST_STEPS))));
  }
  // A new chain for each mutant takes the world of the walks away: these go on when all tests are through.
  const afterTests: Survivor[] = [];
  for (const { mutant, codes, seconds } of afterWalk) {
    if (isOver(until)) break;
    afterTests.push(...(await look(mutant, codes, "tests", seconds, () => failureWith(codes, TARGETS[file] ?? []))));
  }
  for (const { mutant, codes, seconds } of afterTests) {
    if (isOver(until)) return;
    const [survivor] = testsOnly ? [{ seconds }] : await look(mutant, codes, "walks", seconds, () => differenceWith(codes, SEEDS, STEPS));
    if (survivor !== undefined) write(results, mutant, "survived", testsOnly ? "tests" : "walks", undefined, survivor.seconds);
  }
}

/** Code that never ends fills the memory of the chain: another process goes on. */
function isOver(until: number): boolean {
  return Date.now() > until || process.memoryUsage().rss > MOST_MEMORY;
}

/** Throws unless the contracts themselves walk as the model does and pass their tests: else every mutant would seem to be noticed. */
async function lookAtUnchanged(): Promise<void> {
  const unchanged = compile(undefined);
  if (unchanged === undefined) throw new Error("The contracts do not compile.");
  const why = (await differenceWith(unchanged, SEEDS, STEPS)) ?? (await failureWith(unchanged, [...new Set(Object.values(TARGETS).flat())]));
  if (why !== undefined) throw new Error(`The contracts themselves are noticed: ${why}`);
}

async function differenceWith(codes: Codes, seeds: readonly number[], steps: number): Promise<string | undefined> {
  const { noticed } = await import("../../test/model/replacing");
  return noticed(codes, seeds, steps);
}

async function failureWith(codes: Codes, tests: readonly string[]): Promise<string | undefined> {
  const testing = await import("./testing");
  return testing.failureWith(codes, tests);
}

function write(results: string, mutant: Mutant, outcome: Result["outcome"], by: Result["by"], why: string | undefined, seconds: number): void {
  const { key, file, line, from, to } = mutant;
  const result: Result = { key, file, line, from, to, outcome, by, why: why?.slice(0, 160), seconds };
  appendFileSync(results, `${JSON.stringify(result)}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 1;
});
