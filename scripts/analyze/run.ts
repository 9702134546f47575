// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { ROOT } from "../check/files";
import { buildForAnalysis } from "./build";
import { analyze, install } from "./slither";

/**
 * `npm run analyze`: Slither over all contracts but those of tests. Every finding is fixed or has an answer in answers.json (by
 * detector and place), which docs/security.md gives in words; one without an answer fails, and so does an answer to nothing.
 */

interface Answer {
  readonly detector: string;
  readonly answer: string;
  readonly places: readonly string[];
}

function main(): void {
  const unavailable = install();
  if (unavailable !== undefined) {
    process.stdout.write(`SKIPPED static analysis: ${unavailable}\n`);
    return;
  }
  process.stderr.write("Analysing the contracts\n");
  buildForAnalysis();
  const findings = analyze();
  const answers = JSON.parse(readFileSync(join(ROOT, "scripts", "analyze", "answers.json"), "utf8")) as readonly Answer[];
  const keys = new Set(answers.flatMap(({ detector, places }) => places.map((place) => `${detector} ${place}`)));
  const open = findings.filter(({ detector, where }) => !keys.has(`${detector} ${where}`));
  const found = new Set(findings.map(({ detector, where }) => `${detector} ${where}`));
  const idle = [...keys].filter((key) => !found.has(key));

  for (const { detector, answer, places } of answers) process.stdout.write(`answered  ${detector} (${places.length}): ${answer}\n`);
  for (const { detector, where, impact, text } of open) process.stdout.write(`OPEN      ${detector} ${where} (${impact}): ${text}\n`);
  for (const key of idle) process.stdout.write(`IDLE      ${key}: answered, and not found any more; take it out of answers.json\n`);
  process.stdout.write(`${findings.length} findings, ${findings.length - open.length} answered, ${open.length} open, ${idle.length} idle answers\n`);
  process.exitCode = open.length === 0 && idle.length === 0 ? 0 : 1;
}

try {
  main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
