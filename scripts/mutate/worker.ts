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

/** The walks of the tests (test/model/walks.test.ts). */
const SEEDS = [2, 3, 4, 5];
const STEPS = 120;

/** In bytes. */
const MOST_MEMORY = 5e9;

async function main(): Promise<void> {
  // Code that is not optimized is larger than a chain takes. The chain is made at its first use.
  Object.assign(hre.config.networks.hardhat, { allowUnlimitedContractSize: true });

  const { file, keys, testsOnly, until, results } = JSON.parse(readFileSync(process.env.CLOISTER_MUTANTS ?? "", "utf8")) as Plan;
  if (file === undefined) return lookAtUnchanged();
  const asked = new Set(keys);
  const survivors: { readonly mutant: Mutant; readonly codes: Codes; readonly seconds: number }[] = [];
  for (const mutant of mutantsOf(file, readFileSync(join(ROOT, file), "utf8")).filter(({ key }) => asked.has(key))) {
    // Code that never ends fills the memory of the chain: another process goes on.
    if (Date.now() > until || process.memoryUsage().rss > MOST_MEMORY) break;
    const started = Date.now();
    const codes = compile(mutant);
    const why = codes === undefined || testsOnly ? undefined : await differenceWith(codes);
    const seconds = (Date.now() - started) / 1000;
    if (codes !== undefined && why === undefined) survivors.push({ mutant, codes, seconds });
    else write(results, mutant, codes === undefined ? "invalid" : "killed", "walks", why, seconds);
  }
  // After the walks, because a new chain for each mutant would take their world away.
  for (const { mutant, codes, seconds } of survivors) {
    if (Date.now() > until) return;
    const started = Date.now();
    const why = await failureWith(codes, TARGETS[file] ?? []);
    write(results, mutant, why === undefined ? "survived" : "killed", "tests", why, seconds + (Date.now() - started) / 1000);
  }
}

/** Throws unless the contracts themselves walk as the model does and pass their tests: else every mutant would seem to be noticed. */
async function lookAtUnchanged(): Promise<void> {
  const unchanged = compile(undefined);
  if (unchanged === undefined) throw new Error("The contracts do not compile.");
  const why = (await differenceWith(unchanged)) ?? (await failureWith(unchanged, [...new Set(Object.values(TARGETS).flat())]));
  if (why !== undefined) throw new Error(`The contracts themselves are noticed: ${why}`);
}

async function differenceWith(codes: Codes): Promise<string | undefined> {
  const { noticed } = await import("../../test/model/replacing");
  return noticed(codes, SEEDS, STEPS);
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
