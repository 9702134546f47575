// SPDX-License-Identifier: Apache-2.0
import { spawn } from "node:child_process";
import { appendFileSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { ROOT } from "../check/files";
import { compile } from "./build";
import type { Mutant } from "./mutators";
import { KEPT, type Result } from "./results";

/** After so long a test hangs, and has noticed. */
const MOST_SECONDS = 240;

/** Throws unless the contract tests pass with the contracts as they are, in such a copy: else every mutant would seem to be killed. */
export async function checkUnchanged(tests: readonly string[], worker: number): Promise<void> {
  const { code, output } = await testWith(undefined, tests, worker);
  if (code !== 0) throw new Error(`The tests fail without any mutant:\n${output.slice(-2000)}`);
}

/** Runs contract tests with a mutant's code in the place of what Hardhat compiled, in a copy of the checkout, up to the first failure. */
export async function testSurvivor(mutant: Mutant, tests: readonly string[], results: string, worker: number): Promise<void> {
  const started = Date.now();
  const { code, output } = await testWith(mutant, tests, worker);
  const failed = /^ {2}1\) .+$|^ {4,}1\) .+$/m.exec(output)?.[0].trim();
  if (code !== 0 && failed === undefined && !/failing|did not end/.test(output)) throw new Error(`The tests did not run:\n${output.slice(-2000)}`);
  const { key, file, line, from, to } = mutant;
  const result: Result = { key, file, line, from, to, by: "tests", seconds: (Date.now() - started) / 1000, outcome: code === 0 ? "survived" : "killed", why: failed?.slice(0, 160) };
  appendFileSync(results, `${JSON.stringify(result)}\n`);
}

async function testWith(mutant: Mutant | undefined, tests: readonly string[], worker: number): Promise<{ code: number | null; output: string }> {
  const codes = compile(mutant);
  if (codes === undefined) throw new Error(`Does not compile: ${mutant?.file} ${mutant?.line}`);
  const copy = join(KEPT, `copy-${worker}`);
  makeCopy(copy);
  for (const [name, { creation, runtime }] of codes) {
    const path = join(copy, "artifacts", "contracts", `${name}.sol`, `${name}.json`);
    const artifact = JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>;
    writeFileSync(path, JSON.stringify({ ...artifact, bytecode: creation, deployedBytecode: runtime }));
  }
  const files = tests.flatMap((path) => (path.endsWith(".ts") ? [path] : readdirSync(join(ROOT, path), { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".test.ts")).map((name) => join(path, name))));
  return run(copy, files);
}

function makeCopy(copy: string): void {
  rmSync(copy, { recursive: true, force: true });
  mkdirSync(copy, { recursive: true });
  for (const name of ["test", "deploy", "src", "tasks", "scripts", "typechain-types", "contracts", "package.json", "tsconfig.json"]) cpSync(join(ROOT, name), join(copy, name), { recursive: true });
  cpSync(join(ROOT, "artifacts"), join(copy, "artifacts"), { recursive: true, filter: (path) => !path.endsWith("build-info") });
  symlinkSync(join(ROOT, "artifacts", "build-info"), join(copy, "artifacts", "build-info"));
  for (const name of ["node_modules", "dist"]) if (existsSync(join(ROOT, name))) symlinkSync(join(ROOT, name), join(copy, name));
  // Code that is not optimized is larger than a chain takes.
  const config = readFileSync(join(ROOT, "hardhat.config.ts"), "utf8");
  writeFileSync(join(copy, "hardhat.config.ts"), config.replace("allowUnlimitedContractSize: false", "allowUnlimitedContractSize: true"));
}

async function run(copy: string, files: readonly string[]): Promise<{ code: number | null; output: string }> {
  const args = [join("node_modules", "hardhat", "internal", "cli", "bootstrap.js"), "test", "--no-compile", "--bail", ...files];
  const child = spawn(process.execPath, args, { cwd: copy, env: { ...process.env, HARDHAT_DISABLE_TELEMETRY_PROMPT: "true", NO_COLOR: "1", FORCE_COLOR: "0" }, stdio: ["ignore", "pipe", "pipe"] });
  const chunks: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => chunks.push(chunk));
  const timer = setTimeout(() => {
    chunks.push(Buffer.from("did not end\n"));
    child.kill("SIGKILL");
  }, MOST_SECONDS * 1000);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  clearTimeout(timer);
  return { code, output: Buffer.concat(chunks).toString("utf8") };
}
