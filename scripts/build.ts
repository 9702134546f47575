// SPDX-License-Identifier: Apache-2.0
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync, chmodSync } from "node:fs";
import { join, relative } from "node:path";

/** Bundles each executable into one file in dist/, if any of its sources changed since. */

const ROOT = join(__dirname, "..");
const DIST = join(ROOT, "dist");
const STATE = join(DIST, ".build.json");

/** Executable to its first source file; what does not exist yet is left out. */
const ENTRIES: Readonly<Record<string, string>> = {
  index: "src/index.ts",
  spctl: "bin/spctl.ts",
  "provider-tools": "bin/provider-tools.ts",
  "tee-loader": "src/tee/loader/main.ts",
  "tee-platform": "src/tee/platform/main.ts",
  "tee-controller": "src/tee/controller/main.ts",
};

/** For each executable the sources it was made of, with size and time of change. */
type BuildState = Record<string, Record<string, string>>;

function stamp(source: string): string {
  const found = statSync(join(ROOT, source), { throwIfNoEntry: false });
  return found === undefined ? "missing" : `${found.size}:${found.mtimeMs}`;
}

function readState(): BuildState {
  if (!existsSync(STATE)) return {};
  try {
    return JSON.parse(readFileSync(STATE, "utf8")) as BuildState;
  } catch {
    return {}; // a build that was killed while writing: everything is made again
  }
}

function isFresh(name: string, state: BuildState): boolean {
  const sources = state[name];
  return sources !== undefined && existsSync(join(DIST, `${name}.js`)) && Object.entries(sources).every(([source, known]) => stamp(source) === known);
}

async function bundle(name: string, entry: string): Promise<Record<string, string>> {
  const { build } = await import("esbuild");
  const outfile = join(DIST, `${name}.js`);
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node20",
    // Names stay, for --debug; white space goes, because the file is parsed at every start.
    minifyWhitespace: true,
    minifySyntax: true,
    keepNames: true,
    metafile: true,
    banner: { js: "#!/usr/bin/env node" },
    logLevel: "warning",
  });
  chmodSync(outfile, 0o755);
  // This script and the lock file decide about the result as well.
  const sources = [...Object.keys(metafile.inputs).filter((source) => !source.startsWith("(")), relative(ROOT, __filename), "package-lock.json"];
  return Object.fromEntries(sources.map((source) => [source, stamp(source)]));
}

async function main(): Promise<void> {
  mkdirSync(DIST, { recursive: true });
  const state = readState();
  const force = process.argv.includes("--force");
  for (const [name, entry] of Object.entries(ENTRIES)) {
    if (!existsSync(join(ROOT, entry))) {
      rmSync(join(DIST, `${name}.js`), { force: true });
      continue;
    }
    if (!force && isFresh(name, state)) continue;
    state[name] = await bundle(name, entry);
    writeFileSync(STATE, JSON.stringify(state));
    process.stderr.write(`built dist/${name}.js\n`);
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
