// SPDX-License-Identifier: Apache-2.0
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

import { ROOT } from "../check/files";

/** How long the tests look: at every change, before a change is taken, or without limit. */
export type Depth = "quick" | "ci" | "deep";

/** Tests that run as one process. */
export interface Lane {
  readonly name: string;
  /** What runs it: arguments of this Node, or a program of node_modules. */
  readonly program?: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** After so many seconds it hangs. */
  readonly mostSeconds: number;
  /** Measures time: nothing runs beside it. */
  readonly alone?: boolean;
}

const HARDHAT = join("node_modules", "hardhat", "internal", "cli", "bootstrap.js");
/** `--require tsx/cjs` would break imports that are loaded late. */
const MOCHA = ["--import", "tsx", join("node_modules", "mocha", "bin", "mocha.js"), "--timeout", "60000", "--recursive"];

/** Where random tests begin: the same everywhere, so that a failure can be run again. */
export const SEED = "0x636c6f6973746572";

/** Seconds for which invariants are tried, all together. */
const INVARIANT_SECONDS: Readonly<Record<Depth, number>> = { quick: 30, ci: 60, deep: 3600 };

/** What needs programs that are not ours, and runs only when named. */
const CROSS_CHECKS: readonly Lane[] = [
  { name: "interop", args: [...MOCHA, "test/interop/age.test.ts", "test/interop/openssl.test.ts"], mostSeconds: 300 },
  { name: "runners", args: [...MOCHA, "test/unit/runner/**/*.test.ts"], mostSeconds: 300 },
  { name: "docker", args: [...MOCHA, "test/interop/docker.test.ts"], mostSeconds: 600 },
];

/** The lanes that have tests, the longest first; with `named`, those that run only when asked for. */
export function lanes(depth: Depth, named = false): Lane[] {
  const all: Lane[] = [
    { name: "contracts", args: [HARDHAT, "test", "--no-compile"], mostSeconds: 600 },
    { name: "unit", args: [...MOCHA, "test/unit/**/*.test.ts"], mostSeconds: 600 },
    { name: "scenario", args: [...MOCHA, "test/scenario/**/*.test.ts"], mostSeconds: 600, alone: true },
    {
      name: "invariants",
      program: join("node_modules", ".bin", "forge"),
      args: ["test", "--fuzz-seed", SEED],
      env: { FOUNDRY_INVARIANT_TIMEOUT: String(INVARIANT_SECONDS[depth]) },
      mostSeconds: 300 + 10 * INVARIANT_SECONDS[depth],
    },
  ];
  if (named) return [...all, ...CROSS_CHECKS];
  return all.filter(({ name }) => hasTests(join(ROOT, "test", name === "invariants" ? "invariant" : name)));
}

function hasTests(directory: string): boolean {
  return existsSync(directory) && readdirSync(directory, { recursive: true, encoding: "utf8" }).some((file) => /\.(test\.ts|t\.sol)$/.test(file));
}
