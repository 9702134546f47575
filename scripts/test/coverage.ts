// SPDX-License-Identifier: Apache-2.0
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { join, relative } from "node:path";

import { ROOT } from "../check/files";
import { type LaneResult, LOGS, runLane } from "./runLane";

/**
 * `npm run coverage`: runs the contract tests on instrumented contracts; a line or branch that no test takes is named. The tests are
 * dealt out to two processes, each in a copy of the tree, because instrumented contracts are slow and would lie in this one's artifacts.
 */

/** Processes at a time. */
const SHARDS = 2;
/** What a copy needs not, or must have as its own. */
const NOT_COPIED = new Set([".git", "artifacts", "cache", "coverage", "coverage.json", "dist", "node_modules", "out"]);

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
  const file = coverage.path;
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

/** The test files in two lots of about as many tests. */
function lots(): string[][] {
  const directory = join(ROOT, "test", "contracts");
  const files = readdirSync(directory, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".test.ts"));
  const counted = files.map((file) => ({ file: join("test", "contracts", file), tests: readFileSync(join(directory, file), "utf8").split(/\bit\(/).length }));
  const dealt = Array.from({ length: SHARDS }, () => ({ tests: 0, files: [] as string[] }));
  for (const { file, tests } of counted.sort((a, b) => b.tests - a.tests)) {
    const [least] = dealt.sort((a, b) => a.tests - b.tests);
    least!.files.push(file);
    least!.tests += tests;
  }
  return dealt.map(({ files: lot }) => lot);
}

/** Runs some test files in a copy of the tree. */
async function runLot(files: readonly string[], index: number): Promise<{ result: LaneResult; coverage: FileCoverage[] }> {
  const copy = join(ROOT, "cache", `coverage-${index}`);
  rmSync(copy, { recursive: true, force: true });
  mkdirSync(copy, { recursive: true });
  for (const name of readdirSync(ROOT)) if (!NOT_COPIED.has(name)) cpSync(join(ROOT, name), join(copy, name), { recursive: true });
  symlinkSync(join(ROOT, "node_modules"), join(copy, "node_modules"));
  const hardhat = join("node_modules", "hardhat", "internal", "cli", "bootstrap.js");
  const result = await runLane({ name: `coverage-${index}`, cwd: copy, args: [hardhat, "coverage", "--testfiles", `{${files.join(",")}}`], mostSeconds: 1200 });
  const found = JSON.parse(readFileSync(join(copy, "coverage.json"), "utf8")) as Record<string, FileCoverage>;
  rmSync(copy, { recursive: true, force: true });
  return { result, coverage: Object.values(found).map((file) => ({ ...file, path: relative(copy, file.path) })) };
}

/** The hits of all lots together. */
function merged(all: readonly FileCoverage[]): FileCoverage[] {
  const files = new Map<string, FileCoverage>();
  for (const file of all) {
    const known = files.get(file.path);
    if (!known) {
      files.set(file.path, file);
      continue;
    }
    const l = Object.fromEntries(Object.entries(file.l).map(([line, hits]) => [line, hits + (known.l[line] ?? 0)]));
    const b = Object.fromEntries(Object.entries(file.b).map(([id, hits]) => [id, hits.map((count, index) => count + (known.b[id]?.[index] ?? 0))]));
    files.set(file.path, { ...file, l, b });
  }
  return [...files.values()];
}

async function main(): Promise<void> {
  process.stdout.write("coverage: running\n");
  const done = await Promise.all(lots().map(runLot));
  const results = done.map(({ result }) => result);
  const passed = results.reduce((sum, result) => sum + result.passed, 0);
  const failed = results.reduce((sum, result) => sum + result.failed, 0);
  process.stdout.write(`coverage: ${passed} tests passed, ${failed} failed (${Math.max(...results.map(({ seconds }) => seconds)).toFixed(0)} s), output in ${LOGS}/\n`);
  for (const { failures } of results) if (failures !== "") process.stdout.write(`\n${failures}\n`);
  const files = merged(done.flatMap(({ coverage }) => coverage)).map(untaken);
  const missing = files.flatMap((file) => file.missing);
  for (const line of byFile(missing)) process.stdout.write(`${line}\n`);
  for (const [file, lines] of Object.entries(EXCEPTIONS)) for (const [line, why] of Object.entries(lines)) process.stdout.write(`${file}:${line}: excepted, ${why}\n`);
  const taken = files.reduce((sum, file) => sum + file.taken, 0);
  const all = files.reduce((sum, file) => sum + file.all, 0);
  const percent = (100 * taken) / Math.max(all, 1);
  const enough = missing.length === 0;
  process.stdout.write(`Lines and branches of the contracts: ${taken} of ${all} taken (${percent.toFixed(1)} %; all are wanted)\n`);
  process.stdout.write(`${passed} passed, ${failed + (enough ? 0 : 1)} failed\n`);
  process.exitCode = failed === 0 && passed > 0 && enough ? 0 : 1;
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
