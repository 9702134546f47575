// SPDX-License-Identifier: Apache-2.0
import { appendFileSync, readFileSync } from "node:fs";
import { join } from "node:path";

import hre from "hardhat";

import { ROOT } from "../check/files";
import { compile } from "./build";
import { mutantsOf } from "./mutators";
import type { Result } from "./results";

/**
 * Walks with mutants, one after the other: started by run.ts through Hardhat, with the keys of its mutants in a file. A mutant that walks
 * as the contracts do has survived them.
 */

/** The walks of the tests (test/model/walks.test.ts). */
const SEEDS = [2, 3, 4, 5];
const STEPS = 120;

/** In bytes. */
const MOST_MEMORY = 2.5e9;

async function main(): Promise<void> {
  // Code that is not optimized is larger than a chain takes. The chain is made at its first use.
  Object.assign(hre.config.networks.hardhat, { allowUnlimitedContractSize: true });
  const { noticed } = await import("../../test/model/replacing");

  const { keys, file, until, results, first } = JSON.parse(readFileSync(process.env.CLOISTER_MUTANTS ?? "", "utf8")) as { keys: string[]; file: string; until: number; results: string; first: boolean };
  const asked = new Set(keys);
  const mutants = mutantsOf(file, readFileSync(join(ROOT, file), "utf8")).filter(({ key }) => asked.has(key)).sort((a, b) => (a.key < b.key ? -1 : 1));
  if (first) {
    const unchanged = compile(undefined);
    if (unchanged === undefined) throw new Error("The contracts do not compile.");
    const why = await noticed(unchanged, SEEDS, STEPS);
    if (why !== undefined) throw new Error(`The contracts themselves do not walk as the model does: ${why}`);
  }

  for (const mutant of mutants) {
    // Code that never ends fills the memory of the chain: another process goes on.
    if (Date.now() > until || process.memoryUsage().rss > MOST_MEMORY) return;
    const started = Date.now();
    const codes = compile(mutant);
    const why = codes === undefined ? undefined : await noticed(codes, SEEDS, STEPS);
    const { key, line, from, to } = mutant;
    const outcome = codes === undefined ? "invalid" : why === undefined ? "survived" : "killed";
    const result: Result = { key, file, line, from, to, outcome, by: "walks", why: why?.slice(0, 160), seconds: (Date.now() - started) / 1000 };
    appendFileSync(results, `${JSON.stringify(result)}\n`);
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 1;
});
