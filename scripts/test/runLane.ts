// SPDX-License-Identifier: Apache-2.0
import { spawn } from "node:child_process";
import { createWriteStream, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { ROOT } from "../check/files";
import type { Lane } from "./lanes";

/** Where each lane's whole output is kept. */
export const LOGS = join("cache", "test-logs");

/** What came out of a lane. */
export interface LaneResult {
  readonly lane: string;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly seconds: number;
  /** The failures as the tests printed them, in full. */
  readonly failures: string;
  readonly log: string;
}

/** Process groups that run now, to be ended with this process. */
const running = new Set<number>();

/** Ends what still runs. */
export function stopLanes(): void {
  for (const pid of running) killGroup(pid);
}

/** Runs a lane to its end, its output into its log. */
export async function runLane(lane: Lane): Promise<LaneResult> {
  mkdirSync(join(ROOT, LOGS), { recursive: true });
  const log = join(LOGS, `${lane.name}.log`);
  const started = performance.now();
  const code = await execute(lane, join(ROOT, log));
  const seconds = (performance.now() - started) / 1000;
  const output = readFileSync(join(ROOT, log), "utf8");
  const counts = countTests(output);
  // A process that failed without a failing test (it did not load, or hung) is a failure as well.
  const failed = code === 0 || counts.failed > 0 ? counts.failed : 1;
  return { lane: lane.name, ...counts, failed, seconds, failures: failed > 0 ? failuresIn(output) : "", log };
}

function execute(lane: Lane, log: string): Promise<number> {
  const file = createWriteStream(log);
  const env: NodeJS.ProcessEnv = { ...process.env, HARDHAT_DISABLE_TELEMETRY_PROMPT: "true", NO_COLOR: "1", FORCE_COLOR: "0", ...lane.env };
  const child = spawn(lane.program ?? process.execPath, lane.args, { cwd: lane.cwd ?? ROOT, env, stdio: ["ignore", "pipe", "pipe"], detached: true });
  const { pid } = child;
  if (pid !== undefined) running.add(pid);
  child.stdout.pipe(file, { end: false });
  child.stderr.pipe(file, { end: false });
  const timer = setTimeout(() => {
    file.write(`\nThe lane ${lane.name} did not end within ${lane.mostSeconds} s and was stopped.\n`);
    if (pid !== undefined) killGroup(pid);
  }, lane.mostSeconds * 1000);
  return new Promise((resolve) => {
    const end = (code: number) => {
      clearTimeout(timer);
      if (pid !== undefined) running.delete(pid);
      file.end(() => resolve(code));
    };
    child.once("error", (error) => {
      file.write(`${error.message}\n`);
      end(1);
    });
    child.once("close", (code) => end(code ?? 1));
  });
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error; // ESRCH: it has ended already
  }
}

/** Adds up what mocha ("12 passing"), forge ("6 tests passed, 0 failed, 0 skipped"), the mutants ("noticed: …") and our own runs ("8 passed, 0 failed") print. */
function countTests(output: string): { passed: number; failed: number; skipped: number } {
  const sum = (patterns: readonly RegExp[]) => patterns.flatMap((pattern) => [...output.matchAll(pattern)]).reduce((total, [, count]) => total + Number(count), 0);
  const lines = (pattern: RegExp) => [...output.matchAll(pattern)].length;
  return {
    passed: sum([/^(\d+) passed, \d+ failed/gm, /^ {2}(\d+) passing \(/gm, /: (\d+) tests passed, \d+ failed/g]) + lines(/^noticed: /gm),
    failed: sum([/^\d+ passed, (\d+) failed/gm, /^ {2}(\d+) failing$/gm, /: \d+ tests passed, (\d+) failed/g]) + lines(/^(SURVIVED|NOT ALONE): /gm),
    skipped: sum([/^ {2}(\d+) pending$/gm, /tests passed, \d+ failed, (\d+) skipped/g]),
  };
}

function failuresIn(output: string): string {
  const start = output.search(/^ {2}\d+ failing$|^Failing tests:|^Encountered (a total of )?\d+ failing/m);
  return (start < 0 ? output.split("\n").slice(-80).join("\n") : output.slice(start)).trimEnd();
}
