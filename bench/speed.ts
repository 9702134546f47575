// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";

import { build } from "esbuild";

import { DIST } from "../scripts/localnet/network";
import { tellCollaboration } from "../scripts/story/collaboration";
import type { StorageSpeeds } from "./storage";

/**
 * Measures what users wait for and writes bench/speed.json: the phases of the collaboration in seconds, encryption, upload and
 * download in MiB/s beside their limits, and the start of the tools. `npx tsx bench/speed.ts [MiB]`.
 */
async function main(): Promise<void> {
  const mebibytes = Number(process.argv[2] ?? 512);
  const directory = await mkdtemp(join(tmpdir(), "cloister-speed-"));
  try {
    const { seconds } = await tellCollaboration({ directory, print: () => undefined });
    const storage = await measureApart(mebibytes, directory);
    const { encrypt, decrypt, upload, ageEncrypt, ageDecrypt, sha256 } = storage;
    const ratio = (a: { mebibytesPerSecond: number }, b?: { mebibytesPerSecond: number }) => (b ? Number((a.mebibytesPerSecond / b.mebibytesPerSecond).toFixed(2)) : null);
    const placingToDone = round(["place", "look", "approve", "run"].reduce((sum, phase) => sum + (seconds[phase] ?? 0), 0));
    const report = {
      machine: { processor: cpus()[0]?.model, cores: cpus().length, node: process.version },
      collaboration: {
        seconds: Object.fromEntries(Object.entries(seconds).map(([phase, value]) => [phase, round(value)])),
        placingToDone: { seconds: placingToDone, target: 3, peers: { "Super Protocol": "900 to 2700 (its guide: 15 to 45 minutes)" } },
      },
      storage: {
        ...storage,
        ratios: {
          encryptToAge: { value: ratio(encrypt, ageEncrypt), target: 0.5 },
          decryptToAge: { value: ratio(decrypt, ageDecrypt), target: 1 },
          uploadToSha256Pass: { value: ratio(upload, sha256) },
        },
        targets: { upload: 300, peakMebibytes: 150 },
      },
      tools: { helpMilliseconds: { value: start(["--help"]), target: 150 } },
    };
    await writeFile(join(__dirname, "speed.json"), `${JSON.stringify(report, null, 2)}\n`);
    console.log(JSON.stringify(report, null, 2));
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** In a process of its own, so that the memory is that of storing and not of the story. */
async function measureApart(mebibytes: number, directory: string): Promise<StorageSpeeds> {
  await build({ absWorkingDir: __dirname, entryPoints: ["storage.ts", "storeBeside.ts"], outdir: directory, bundle: true, platform: "node", format: "cjs", target: "node20", logLevel: "warning" });
  return JSON.parse(execFileSync(process.execPath, [join(directory, "storage.js"), String(mebibytes)], { encoding: "utf8" })) as StorageSpeeds;
}

/** Median milliseconds of seven starts of spctl. */
function start(args: readonly string[]): number {
  const times = Array.from({ length: 7 }, () => {
    const from = performance.now();
    execFileSync(process.execPath, [join(DIST, "spctl.js"), ...args], { stdio: "ignore" });
    return performance.now() - from;
  });
  return Math.round(times.sort((a, b) => a - b)[3]!);
}

function round(value: number): number {
  return Number(value.toFixed(2));
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
