// SPDX-License-Identifier: Apache-2.0
import { readFileSync, rmSync } from "node:fs";
import { join, relative } from "node:path";

import { ROOT } from "../check/files";
import { LOGS, runLane } from "./runLane";

/** `npm run coverage`: runs the contract tests on instrumented contracts; a line or branch that no test takes is named. */

/** Lines and branches together, in percent, below which the lane fails. It only ever rises; at 100 it is no longer needed. */
const FLOOR = 97;

/** Lines that no test can take, by file, each with the reason. */
const EXCEPTIONS: Readonly<Record<string, Readonly<Record<number, string>>>> = {};

interface FileCoverage {
  readonly path: string;
  readonly l: Readonly<Record<string, number>>;
  readonly b: Readonly<Record<string, readonly number[]>>;
  readonly branchMap: Readonly<Record<string, { readonly line: number }>>;
}

interface Untaken {
  readonly file: string;
  readonly line: number;
  readonly what: "line" | "branch";
}

/** What no test took, and how much was taken. */
function untaken(coverage: FileCoverage): { taken: number; all: number; missing: Untaken[] } {
  const file = relative(ROOT, coverage.path);
  const excused = EXCEPTIONS[file] ?? {};
  const missing: Untaken[] = [];
  let all = 0;
  const look = (line: number, hits: number, what: Untaken["what"]) => {
    if (excused[line] !== undefined) return;
    all++;
    if (hits === 0) missing.push({ file, line, what });
  };
  for (const [line, hits] of Object.entries(coverage.l)) look(Number(line), hits, "line");
  for (const [id, branches] of Object.entries(coverage.b)) for (const hits of branches) look(coverage.branchMap[id]?.line ?? 0, hits, "branch");
  return { taken: all - missing.length, all, missing };
}

/** One line a file and kind, with the numbers of its lines. */
function byFile(missing: readonly Untaken[]): string[] {
  const lines = new Map<string, Set<number>>();
  for (const { file, line, what } of missing) {
    const name = `${file}: no test takes ${what === "line" ? "lines" : "branches in lines"}`;
    lines.set(name, (lines.get(name) ?? new Set()).add(line));
  }
  return [...lines].map(([name, numbers]) => `${name} ${[...numbers].sort((a, b) => a - b).join(", ")}`);
}

async function main(): Promise<void> {
  const hardhat = join("node_modules", "hardhat", "internal", "cli", "bootstrap.js");
  process.stdout.write("coverage: running\n");
  const result = await runLane({ name: "coverage", args: [hardhat, "coverage"], mostSeconds: 1200 });
  // What lies in artifacts now is instrumented: whoever comes next compiles anew.
  rmSync(join(ROOT, "artifacts"), { recursive: true, force: true });
  process.stdout.write(`coverage: ${result.passed} tests passed, ${result.failed} failed (${result.seconds.toFixed(0)} s), output in ${LOGS}/\n`);
  if (result.failures !== "") process.stdout.write(`\n${result.failures}\n`);
  const coverage = JSON.parse(readFileSync(join(ROOT, "coverage.json"), "utf8")) as Record<string, FileCoverage>;
  const files = Object.values(coverage).map(untaken);
  const missing = files.flatMap((file) => file.missing);
  for (const line of byFile(missing)) process.stdout.write(`${line}\n`);
  for (const [file, lines] of Object.entries(EXCEPTIONS)) for (const [line, why] of Object.entries(lines)) process.stdout.write(`${file}:${line}: excepted, ${why}\n`);
  const taken = files.reduce((sum, file) => sum + file.taken, 0);
  const all = files.reduce((sum, file) => sum + file.all, 0);
  const percent = (100 * taken) / Math.max(all, 1);
  const enough = percent >= FLOOR;
  process.stdout.write(`Lines and branches of the contracts: ${taken} of ${all} taken (${percent.toFixed(1)} %, at least ${FLOOR} % wanted)\n`);
  process.stdout.write(`${result.passed} passed, ${result.failed + (enough ? 0 : 1)} failed\n`);
  process.exitCode = result.failed === 0 && result.passed > 0 && enough ? 0 : 1;
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
