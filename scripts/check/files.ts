// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

/** The checkout. */
export const ROOT = resolve(__dirname, "..", "..");

/** Something that breaks a rule of the house: where, and which rule. */
export interface Finding {
  readonly file: string;
  readonly line?: number;
  readonly rule: string;
}

/** What belongs to the project: files that git holds or would take, without those of generated types. */
export function projectFiles(): string[] {
  const listed = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], { cwd: ROOT, encoding: "utf8", maxBuffer: 2 ** 26 });
  return [...new Set(listed.split("\0"))].filter((file) => file !== "" && !file.startsWith("typechain-types/") && existsSync(join(ROOT, file))).sort();
}

/** A project file's text. */
export function textOf(file: string): string {
  return readFileSync(join(ROOT, file), "utf8");
}

/** One line a finding, as compilers print them. */
export function printed({ file, line, rule }: Finding): string {
  return `${file}${line === undefined ? "" : `:${line}`}: ${rule}`;
}
