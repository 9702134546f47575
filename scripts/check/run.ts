// SPDX-License-Identifier: Apache-2.0
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";

import { checkDocuments } from "../docs/documents";
import { checkHouse } from "./house";
import { printed, ROOT } from "./files";

/** `npm run lint`: every rule that a program can hold, each named, with what breaks it. */

interface Check {
  readonly name: string;
  /** What breaks it, as lines; empty if nothing does. */
  readonly run: () => Promise<readonly string[]>;
}

const CHECKS: readonly Check[] = [
  { name: "the rules of the house", run: async () => checkHouse().map(printed) },
  { name: "generated pages are current", run: async () => checkDocuments() },
  { name: "types (tsc)", run: () => tool("typescript/bin/tsc", ["--noEmit", "-p", "."]) },
  { name: "TypeScript (eslint)", run: () => tool("eslint/bin/eslint.js", ["."]) },
  { name: "Solidity (solhint)", run: () => tool("solhint/solhint.js", ["--disc", "--noPoster", "--quiet", "contracts/**/*.sol"]) },
  { name: "typechain-types is current", run: checkTypes },
];

/** The lines a program of node_modules prints when it fails. */
async function tool(program: string, args: readonly string[]): Promise<readonly string[]> {
  const { code, output } = await run([join(ROOT, "node_modules", program), ...args]);
  return code === 0 ? [] : [output.trim() || `${program} ended with ${code}`];
}

/** The committed types are those that the compiler makes: compiling (done before this runs) leaves no difference. */
async function checkTypes(): Promise<readonly string[]> {
  const { code, output } = await run(["status", "--porcelain", "--", "typechain-types"], "git");
  if (code !== 0) return [output];
  if (output.trim() !== "") return [output.trimEnd(), "Commit what compiling generated."];
  return leftTypes();
}

/** Compiling takes away no type of a contract that is gone: it is only exported no more. */
async function leftTypes(): Promise<readonly string[]> {
  const { output } = await run(["ls-files", "--", "typechain-types/contracts", "typechain-types/factories/contracts"], "git");
  const left = output.split("\n").filter((file) => {
    const name = basename(file, ".ts");
    return name !== "" && name !== "index" && !readFileSync(join(ROOT, dirname(file), "index.ts"), "utf8").includes(`"./${name}"`);
  });
  return left.map((file) => `${file} is of a contract that is gone; remove it.`);
}

function run(args: readonly string[], command: string = process.execPath): Promise<{ code: number | null; output: string }> {
  const child = spawn(command, args, { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] });
  const chunks: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => chunks.push(chunk));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, output: Buffer.concat(chunks).toString("utf8") }));
  });
}

async function main(): Promise<void> {
  let failed = 0;
  for (const { name, run: check } of CHECKS) {
    const found = await check();
    process.stdout.write(`${found.length === 0 ? "ok     " : "FAILED "} ${name}\n`);
    for (const line of found) process.stdout.write(`${line.replace(/^/gm, "        ")}\n`);
    if (found.length > 0) failed++;
  }
  process.stdout.write(`${CHECKS.length - failed} passed, ${failed} failed\n`);
  process.exitCode = failed === 0 ? 0 : 1;
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 1;
});
