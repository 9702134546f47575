// SPDX-License-Identifier: Apache-2.0
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Context } from "mocha";

/** Skips the tests around it, and says why, where a program that is not ours does not run. */
export function needs(context: Context, program: string, ...probe: string[]): void {
  const { error, status, stderr } = spawnSync(program, probe, { encoding: "utf8" });
  if (error === undefined && status === 0) return;
  const why = (error?.message ?? stderr.trim().split("\n").pop()) || `it ended with ${status}`;
  process.stdout.write(`      SKIPPED: ${program} does not run here (${why})\n`);
  context.skip();
}

/** What a program answers on stdout; its failure is the test's. */
export function ask(program: string, args: readonly string[], input?: Uint8Array): Buffer {
  return execFileSync(program, args, { input, maxBuffer: 2 ** 28, stdio: ["pipe", "pipe", "pipe"] });
}

/** A directory for one suite, removed after it. */
export function scratch(): { path: (name: string) => string } {
  let directory = "";
  before(() => {
    directory = mkdtempSync(join(tmpdir(), "cloister-interop-"));
  });
  after(() => rmSync(directory, { recursive: true, force: true }));
  return { path: (name) => join(directory, name) };
}
