// SPDX-License-Identifier: Apache-2.0
import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

import { ROOT } from "../check/files";
import { WORK } from "./build";

/** The analyser, exact; its compiler bridge decides how builds are read, so it is pinned as well. */
const PACKAGES = ["slither-analyzer==0.11.6", "crytic-compile==0.4.2"];
const VENV = join(ROOT, ".cloister", "slither");

/** What the analyser found. */
export interface Finding {
  readonly detector: string;
  /** Contract and function (or event, or `Contract.function.variable` cut to its function), e.g. `OrderBook.setPaused`. */
  readonly where: string;
  readonly impact: string;
  /** Its first line, with file and line numbers. */
  readonly text: string;
}

/** Installs the analyser into a directory of its own. @returns why it cannot run here, undefined where it can. */
export function install(): string | undefined {
  if (installed()) return undefined;
  process.stderr.write(`Installing ${PACKAGES[0]}\n`);
  for (const [program, args] of [
    ["python3", ["-m", "venv", "--clear", VENV]],
    [join(VENV, "bin", "pip"), ["install", "--quiet", "--disable-pip-version-check", ...PACKAGES]],
  ] as const) {
    const ended = spawnSync(program, args, { cwd: ROOT, encoding: "utf8" });
    if (ended.status !== 0) return `${args.includes("venv") ? "python3 -m venv" : `pip install ${PACKAGES.join(" ")}`} failed: ${lastLine(ended)}`;
  }
  return installed() ? undefined : "the installed analyser does not start";
}

function installed(): boolean {
  const { status, stdout } = spawnSync(join(VENV, "bin", "slither"), ["--version"], { encoding: "utf8" });
  return status === 0 && stdout.trim() === PACKAGES[0]?.split("==")[1];
}

/** Runs the analyser over what {@link buildForAnalysis} wrote. */
export function analyze(): Finding[] {
  const report = join(ROOT, WORK, "findings.json");
  rmSync(report, { force: true });
  const ended = spawnSync(join(VENV, "bin", "slither"), [".", "--json", report], { cwd: ROOT, encoding: "utf8", maxBuffer: 2 ** 28, env: { ...process.env, HARDHAT_DISABLE_TELEMETRY_PROMPT: "true" } });
  if (!existsSync(report)) throw new Error(`Slither wrote no report: ${lastLine(ended)}`);
  const { success, error, results } = JSON.parse(readFileSync(report, "utf8")) as Report;
  if (!success) throw new Error(`Slither failed: ${error ?? lastLine(ended)}`);
  return (results.detectors ?? []).map(({ check, impact, description, elements }) => ({ detector: check, where: placeOf(elements[0]), impact, text: description.trim().split("\n")[0] ?? "" }));
}

interface Report {
  readonly success: boolean;
  readonly error?: string | null;
  readonly results: { readonly detectors?: readonly { readonly check: string; readonly impact: string; readonly description: string; readonly elements: readonly Element[] }[] };
}

interface Element {
  readonly type: string;
  readonly name: string;
  readonly type_specific_fields?: { readonly parent?: Element };
}

/** The innermost named places of an element, outermost first: contract and function; a variable counts for what it stands in. */
function placeOf(element: Element | undefined): string {
  const names: string[] = [];
  for (let at = element; at !== undefined; at = at.type_specific_fields?.parent) {
    if (["contract", "function", "event", "struct", "enum"].includes(at.type)) names.unshift(at.name);
    else if (at.type === "variable" && at.type_specific_fields?.parent?.type === "contract") names.unshift(at.name);
  }
  return names.join(".");
}

function lastLine({ stderr, stdout, error }: SpawnSyncReturns<string>): string {
  return error?.message ?? `${stdout}\n${stderr}`.trim().split("\n").at(-1) ?? "";
}
