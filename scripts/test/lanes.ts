// SPDX-License-Identifier: Apache-2.0
import { existsSync, readdirSync, readFileSync } from "node:fs";
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
  /** Where it runs; the checkout if nothing is said. */
  readonly cwd?: string;
  /** After so many seconds it hangs. */
  readonly mostSeconds: number;
  /** Measures time: nothing runs beside it. */
  readonly alone?: boolean;
  /** Why it cannot run here; it is skipped, and this is said. */
  readonly unavailable?: string;
}

const HARDHAT = join("node_modules", "hardhat", "internal", "cli", "bootstrap.js");
/** `--require tsx/cjs` would break imports that are loaded late. */
const MOCHA = ["--import", "tsx", join("node_modules", "mocha", "bin", "mocha.js"), "--timeout", "60000", "--recursive"];

const TSX = ["--import", "tsx"];

const FORGE = join("node_modules", ".bin", "forge");

/** Where random tests begin: the same everywhere, so that a failure can be run again. */
export const SEED = "0x636c6f6973746572";

/** How long invariants are tried, as settings of forge: half a minute, a minute, and the deployed build (foundry.toml, profile deep). */
const INVARIANTS: Readonly<Record<Depth, Readonly<Record<string, string>>>> = { quick: {}, ci: { FOUNDRY_INVARIANT_RUNS: "16" }, deep: { FOUNDRY_PROFILE: "deep" } };

/** How many random walks the contracts and the model of the money take together. */
const WALKS: Readonly<Record<Depth, string>> = { quick: "4", ci: "16", deep: "150" };

const scenarios = (...names: string[]) => names.map((name) => `test/scenario/${name}.test.ts`);

/** Scenarios that take minutes: crashes at every step, a chain that is killed, many machines, services over time. */
const ENDURANCE = scenarios("chainRestart", "crash", "machines", "services");
/** What goes beyond the seed documents, story by story, and every artefact tampered with. */
const STORIES = scenarios("approvals", "bundle", "choosing", "deploy", "restartedMachine", "sdk", "solutions", "stores", "tamper");

/** Units of the compute layer: a lane of their own, because they take as long as all others. */
const COMPUTE = ["controller", "image", "loader", "platform", "provisioner", "runner", "store"];

/** What takes long or needs programs that are not ours, and runs only when named. */
const CROSS_CHECKS: readonly Lane[] = [
  { name: "endurance", args: [...MOCHA, ...ENDURANCE], mostSeconds: 900 },
  { name: "stories", args: [...MOCHA, ...STORIES], mostSeconds: 900 },
  { name: "interop", args: [...MOCHA, ...["age", "openssl", "curl", "s3"].map((name) => `test/interop/${name}.test.ts`)], mostSeconds: 300 },
  { name: "runners", args: [...MOCHA, "test/unit/runner/**/*.test.ts"], mostSeconds: 300 },
  { name: "docker", args: [...MOCHA, "test/interop/docker.test.ts"], mostSeconds: 600 },
];

/** Statements of the invariants, each of which can be walked alone: its lane has its name. */
function statements(): string[] {
  return [...readFileSync(join(ROOT, "test", "invariant", "Market.t.sol"), "utf8").matchAll(/function (invariant_\w+)/g)].flatMap(([, name]) => name ?? []);
}

/** The lanes that have tests, the longest first; with `named`, those that run only when asked for. */
export function lanes(depth: Depth, named = false): Lane[] {
  const withoutForge = existsSync(join(ROOT, FORGE)) ? undefined : `forge has no package for ${process.platform} on ${process.arch}`;
  const invariants = (name: string, ...chosen: string[]): Lane => ({
    name,
    program: FORGE,
    args: ["test", "--fuzz-seed", SEED, ...chosen],
    env: INVARIANTS[depth],
    mostSeconds: depth === "deep" ? 7200 : 600,
    unavailable: withoutForge,
  });
  const all: Lane[] = [
    { name: "contracts", args: [HARDHAT, "test", "--no-compile"], mostSeconds: 600 },
    { name: "model", args: [HARDHAT, "test", "--no-compile", "test/model/walks.test.ts"], env: { CLOISTER_WALKS: WALKS[depth] }, mostSeconds: depth === "deep" ? 7200 : 600 },
    { name: "unit", args: [...MOCHA, ...COMPUTE.flatMap((name) => ["--ignore", `test/unit/${name}/**`]), "test/unit/**/*.test.ts"], mostSeconds: 600 },
    { name: "compute", args: [...MOCHA, ...COMPUTE.map((name) => `test/unit/${name}/**/*.test.ts`)], mostSeconds: 600 },
    { name: "scenario", args: [...MOCHA, ...[...ENDURANCE, ...STORIES].flatMap((file) => ["--ignore", file]), "test/scenario/**/*.test.ts"], mostSeconds: 600, alone: true },
    invariants("invariants"),
  ];
  if (depth === "deep") {
    all.push(
      { name: "mutants", args: [...TSX, join("test", "invariant", "mutants.ts")], mostSeconds: 7200, unavailable: withoutForge },
      { name: "proofs", args: [...TSX, join("scripts", "prove", "run.ts")], mostSeconds: 7200 },
      { name: "soak", args: [...TSX, join("scripts", "soak", "run.ts"), "--orders", "200", "--out", join("bench", "soak.json")], mostSeconds: 3600, alone: true },
    );
  }
  if (named) return [...all, ...CROSS_CHECKS, ...statements().map((name) => invariants(name, "--match-test", name))];
  return all.filter(({ name }) => !["contracts", "model", "unit", "scenario", "invariants"].includes(name) || hasTests(join(ROOT, "test", name === "invariants" ? "invariant" : name)));
}

function hasTests(directory: string): boolean {
  return existsSync(directory) && readdirSync(directory, { recursive: true, encoding: "utf8" }).some((file) => /\.(test\.ts|t\.sol)$/.test(file));
}
