// SPDX-License-Identifier: Apache-2.0
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { ROOT } from "../check/files";

/** Where results are kept from run to run, as lines of JSON. */
export const KEPT = join(ROOT, "cache", "mutation");

/** What became of a mutant. */
export interface Result {
  readonly key: string;
  readonly file: string;
  readonly line: number;
  readonly from: string;
  readonly to: string;
  /** `invalid`: it does not compile. */
  readonly outcome: "killed" | "survived" | "invalid";
  /** What looked at it last. */
  readonly by: "walks" | "tests";
  /** How it was noticed. */
  readonly why?: string | undefined;
  readonly seconds: number;
}

/** The last result of every mutant that was ever tried. */
export function readResults(): Map<string, Result> {
  mkdirSync(KEPT, { recursive: true });
  const results = new Map<string, Result>();
  for (const name of readdirSync(KEPT).filter((file) => file.endsWith(".jsonl")).sort()) {
    const path = join(KEPT, name);
    if (!existsSync(path)) continue;
    for (const line of readFileSync(path, "utf8").split("\n").filter((text) => text !== "")) {
      const result = JSON.parse(line) as Result;
      // Who was noticed once is, and all walks need not be taken twice: what survived is looked at again with more tests.
      const before = results.get(result.key);
      if (before === undefined || result.outcome === "killed" || (before.outcome === "survived" && result.by === "walks")) results.set(result.key, result);
    }
  }
  return results;
}
