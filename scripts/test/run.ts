// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { ROOT } from "../check/files";
import { type Depth, type Lane, lanes, SEED } from "./lanes";
import { type LaneResult, LOGS, runLane, stopLanes } from "./runLane";

/**
 * `npm test`: every lane, two at a time, failures in full, totals as the last line. `npm test -- unit contracts` runs the lanes named;
 * `--ci` and `--deep` look longer, and `--deep` keeps its result in bench/deep.json, lane by lane.
 */
async function main(): Promise<void> {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { ci: { type: "boolean" }, deep: { type: "boolean" } } });
  const depth: Depth = values.deep === true ? "deep" : values.ci === true ? "ci" : "quick";
  const known = lanes(depth, positionals.length > 0);
  const unknown = positionals.filter((name) => !known.some((lane) => lane.name === name));
  if (unknown.length > 0) throw new Error(`There are no tests called ${unknown.join(", ")}. Lanes: ${known.map(({ name }) => name).join(", ")}.`);
  const chosen = known.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => {
      stopLanes();
      process.exit(130);
    });
  }
  const results = await runAll(chosen);
  if (depth === "deep") keep(results);
  process.exitCode = report(results);
}

/** Keeps the last result of each lane of the longest look, to be committed; lanes that were named now replace what they said before. */
function keep(results: readonly LaneResult[]): void {
  const path = join(ROOT, "bench", "deep.json");
  const commit = execFileSync("git", ["rev-parse", "HEAD"], { cwd: ROOT, encoding: "utf8" }).trim();
  const before = existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as { lanes: Record<string, unknown> }).lanes : {};
  const now = Object.fromEntries(results.map(({ lane, passed, failed, skipped, seconds }) => [lane, { commit, passed, failed, skipped, seconds: Math.round(seconds) }]));
  writeFileSync(path, `${JSON.stringify({ seed: SEED, lanes: { ...before, ...now } }, null, 2)}\n`);
}

async function runAll(chosen: readonly Lane[]): Promise<LaneResult[]> {
  const results: LaneResult[] = [];
  const run = async (lane: Lane) => {
    if (lane.unavailable !== undefined) {
      print(`${lane.name}: SKIPPED, ${lane.unavailable}`);
      results.push({ lane: lane.name, passed: 0, failed: 0, skipped: 1, seconds: 0, failures: "", log: "" });
      return;
    }
    print(`${lane.name}: running`);
    const result = await runLane(lane);
    results.push(result);
    print(`${lane.name}: ${totals([result])} (${result.seconds.toFixed(0)} s)`);
    if (result.failures !== "") print(`\n${result.failures}\n`);
  };
  const waiting = chosen.filter(({ alone }) => alone !== true);
  const worker = async () => {
    for (let lane = waiting.shift(); lane !== undefined; lane = waiting.shift()) await run(lane);
  };
  await Promise.all([worker(), worker()]);
  for (const lane of chosen.filter(({ alone }) => alone === true)) await run(lane);
  return results;
}

/** Prints the totals, the last line by itself, and tells how the process ends: no test is no success. */
function report(results: readonly LaneResult[]): number {
  const failed = results.filter((result) => result.failed > 0);
  print(`\nEverything that was printed is in ${LOGS}/`);
  if (failed.length > 0) print(`Failed: ${failed.map(({ lane, log }) => `${lane} (${log})`).join(", ")}`);
  if (process.env.CLOISTER_ALLOW_UNISOLATED === "1") print("UNISOLATED: where this system permits no isolation, workloads ran without any.");
  const none = results.every(({ passed }) => passed === 0);
  if (none) print("No test ran.");
  print(totals(results));
  return failed.length > 0 || none ? 1 : 0;
}

function totals(results: readonly LaneResult[]): string {
  const sum = (name: "passed" | "failed" | "skipped") => results.reduce((total, result) => total + result[name], 0);
  const skipped = sum("skipped");
  return `${sum("passed")} passed, ${sum("failed")} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

main().catch((error: unknown) => {
  stopLanes();
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
