// SPDX-License-Identifier: Apache-2.0
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * Makes a checkout ready to run, and does nothing where nothing is stale: installs the locked dependencies, compiles the contracts,
 * bundles the executables (not with --contracts). Plain JavaScript and Node's own modules only, because on a fresh clone there is nothing else.
 */

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");
const COMPILED = join(ROOT, "cache", "contracts.sha256");

/** What decides about the compiled contracts and their types. */
const COMPILER_INPUTS = ["contracts", "hardhat.config.ts", "package-lock.json"];

/** Hardhat's notice about a compiler newer than its stack traces, and solc's about transient storage, which is used as meant here. */
const NOTICES = [/is not fully supported yet/, /hardhat-runner\/docs\/reference\/solidity-support/, /^Warning: Transient storage as defined by EIP-1153/];

/** Whether every package of the lock file lies in node_modules in the locked version. */
function isInstalled() {
  const installedLock = join(ROOT, "node_modules", ".package-lock.json");
  if (!existsSync(installedLock)) return false;
  const locked = JSON.parse(readFileSync(join(ROOT, "package-lock.json"), "utf8")).packages;
  const installed = JSON.parse(readFileSync(installedLock, "utf8")).packages;
  return Object.entries(locked).every(([path, { version, optional }]) => {
    if (path === "") return true;
    const found = installed[path];
    return found === undefined ? optional === true : found.version === version;
  });
}

function filesUnder(path) {
  return readdirSync(path, { withFileTypes: true })
    .flatMap((entry) => (entry.isDirectory() ? filesUnder(join(path, entry.name)) : [join(path, entry.name)]))
    .sort();
}

function compilerInputs() {
  const hash = createHash("sha256");
  for (const input of COMPILER_INPUTS) {
    const path = join(ROOT, input);
    for (const file of input.includes(".") ? [path] : filesUnder(path)) {
      hash.update(`${file.slice(ROOT.length)}\0`);
      hash.update(createHash("sha256").update(readFileSync(file)).digest());
    }
  }
  return hash.digest("hex");
}

function isCompiled(inputs) {
  const made = ["artifacts/contracts", "typechain-types/index.ts"].every((path) => existsSync(join(ROOT, path)));
  return made && existsSync(COMPILED) && readFileSync(COMPILED, "utf8") === inputs;
}

/** Runs a step; what it prints goes to stderr, without notices, so that stdout stays the caller's. */
async function run(what, command, args) {
  process.stderr.write(`${what}\n`);
  const env = { ...process.env, HARDHAT_DISABLE_TELEMETRY_PROMPT: "true", npm_config_loglevel: "error" };
  const child = spawn(command, args, { cwd: ROOT, env, stdio: ["ignore", "pipe", "pipe"] });
  const printed = [];
  child.stdout.on("data", (chunk) => printed.push(chunk));
  child.stderr.on("data", (chunk) => printed.push(chunk));
  const code = await new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  const lines = Buffer.concat(printed).toString("utf8").split("\n");
  const rest = lines.filter((line) => line.trim() !== "" && !NOTICES.some((notice) => notice.test(line)));
  if (rest.length > 0 && code !== 0) process.stderr.write(`${rest.join("\n")}\n`);
  if (code !== 0) throw new Error(`${what} failed: ${command} ${args.join(" ")} ended with ${code}.`);
}

async function main() {
  if (!isInstalled()) await run("Installing the locked dependencies", "npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
  const inputs = compilerInputs();
  if (!isCompiled(inputs)) {
    await run("Compiling the contracts", process.execPath, [join(ROOT, "node_modules/hardhat/internal/cli/bootstrap.js"), "compile"]);
    mkdirSync(dirname(COMPILED), { recursive: true });
    writeFileSync(COMPILED, inputs);
  }
  if (process.argv.includes("--contracts")) return;
  const bundles = spawn(process.execPath, ["--import", "tsx", join(ROOT, "scripts/build.ts")], { cwd: ROOT, stdio: ["ignore", 2, 2] });
  const code = await new Promise((resolve) => bundles.once("close", resolve));
  if (code !== 0) throw new Error("Bundling the executables failed.");
}

main().catch((error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
