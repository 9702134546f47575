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
 * Looks who notices mutants: started by run.ts through Hardhat, with its plan in a file. A mutant that walks as the contracts do, or with
 * which all contract tests of its file pass, has survived that.
 */
export interface Plan {
  /** A file of {@link TARGETS}; undefined to look at the contracts as they are, with the tests of all. */
  readonly file?: string | undefined;
  readonly keys: readonly string[];
  /** `first`: a short walk, then the contract tests of the file. */
  readonly steps: "first" | "tests" | "walks";
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
interface Left {
  readonly mutant: Mutant;
  readonly codes?: Codes;
  /** How long was looked. */
  readonly seconds: number;
}

type Stage = "short walk" | "tests" | "walks";

/** What says how a mutant was noticed, undefined if it was not. */
const LOOKS: Readonly<Record<Stage, (codes: Codes, file: string) => Promise<string | undefined>>> = {
  "short walk": (codes) => differenceWith(codes, SEEDS.slice(0, 1), FIRST_STEPS),
  tests: (codes, file) => failureWith(codes, TARGETS[file] ?? []),
  walks: (codes) => differenceWith(codes, SEEDS, STEPS),
};

async function main(): Promise<void> {
  // Code that is not optimized is larger than a chain takes. The chain is made at its first use.
  Object.assign(hre.config.networks.hardhat, { allowUnlimitedContractSize: true });

  const { file, keys, steps, until, results } = JSON.parse(readFileSync(process.env.CLOISTER_MUTANTS ?? "", "utf8")) as Plan;
  if (file === undefined) return lookAtUnchanged();
  const asked = new Set(keys);
  const mutants = mutantsOf(file, readFileSync(join(ROOT, file), "utf8")).filter(({ key }) => asked.has(key));
  const stages: readonly Stage[] = steps === "first" ? ["short walk", "tests"] : [steps];
  let left: Left[] = mutants.map((mutant) => ({ mutant, seconds: 0 }));
  // Stage after stage, because a new chain for each mutant that is tested takes the world of the walks away.
  for (const stage of stages) {
    const next: Left[] = [];
    for (const { mutant, ...before } of left) {
      // Code that never ends fills the memory of the chain: another process goes on.
      if (Date.now() > until || process.memoryUsage().rss > MOST_MEMORY) break;
      const started = Date.now();
      const codes = before.codes ?? compile(mutant);
      const why = codes && (await LOOKS[stage](codes, file));
      const seconds = before.seconds + (Date.now() - started) / 1000;
      const by = stage === "tests" ? "tests" : "walks";
      if (codes === undefined) write(results, mutant, "invalid", by, undefined, seconds);
      else if (why !== undefined) write(results, mutant, "killed", by, why, seconds);
      else if (stage === stages.at(-1)) write(results, mutant, "survived", by, undefined, seconds);
      else next.push({ mutant, codes, seconds });
    }
    left = next;
  }
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
