// SPDX-License-Identifier: Apache-2.0
import { execFileSync, spawnSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { createReadStream, createWriteStream, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { openStream, sealStream } from "../src/crypto/age";
import { newIdentity, recipientOf } from "../src/crypto/ageKeys";
import { DirectoryStore } from "../src/store/directory";
import { download } from "../src/store/download";
import { nodeCipher } from "../src/store/nodeCipher";
import { openStore } from "../src/store/openStore";
import { upload } from "../src/store/upload";
import { startBeside } from "./stores";

/** Speed in MiB/s and the process's largest resident size in MiB meanwhile. */
export interface Speed {
  readonly mebibytesPerSecond: number;
  readonly peakMebibytes: number;
}

/** What {@link measureStorage} measured; the age command line tool's figures only where it is installed. */
export interface StorageSpeeds {
  readonly mebibytes: number;
  readonly encrypt: Speed;
  readonly decrypt: Speed;
  readonly upload: Speed;
  readonly download: Speed;
  /** What bounds them: one SHA-256 pass over the same bytes in this process. An upload makes two and encrypts. */
  readonly sha256: Speed;
  readonly ageEncrypt?: Speed;
  readonly ageDecrypt?: Speed;
  /** The same upload and download over the loopback: to a store server, and to the S3 service of the tests. */
  readonly http: Remote;
  readonly s3: Remote;
}

/** Speeds to and from a store in a process of its own, and how large that process got, MiB. */
export interface Remote {
  readonly upload: Speed;
  readonly download: Speed;
  readonly serverPeakMebibytes: number;
}

/**
 * Measures sealing, opening, and the whole upload and download of one random file, in one run with what they are compared with: in a process
 * that speed.ts starts, bundled as the tools are, so that no compiler is in it. It prints {@link StorageSpeeds} as JSON.
 */
async function measureStorage(mebibytes: number, directory = tmpdir()): Promise<StorageSpeeds> {
  const home = mkdtempSync(join(directory, "cloister-bench-"));
  try {
    const source = join(home, "source");
    await pipeline(Readable.from(noise(mebibytes)), createWriteStream(source));
    settle();
    const identity = await newIdentity();
    const recipients = [await recipientOf(identity)];
    const read = (path: string): AsyncIterable<Uint8Array> => createReadStream(path, { highWaterMark: 1 << 20 });
    const sealed = join(home, "sealed");
    await pipeline(sealStream(read(source), recipients, nodeCipher), createWriteStream(sealed));
    settle();
    mkdirSync(join(home, "store"));
    const store = new DirectoryStore(join(home, "store"));
    const request = { source, store, stateDirectory: join(home, "state") };
    const sha256 = await measure(mebibytes, async () => {
      const hash = createHash("sha256");
      for await (const piece of read(source)) hash.update(piece);
      return hash.digest("hex");
    });
    const encrypt = await measure(mebibytes, () => drain(sealStream(read(source), recipients, nodeCipher)));
    const decrypt = await measure(mebibytes, () => drain(openStream(read(sealed), identity, nodeCipher)));
    const age = ageInstalled() ? await measureAge(mebibytes, { home, source, sealed, identity, recipient: recipients[0]! }) : {};
    rmSync(sealed);
    const put = await measure(mebibytes, () => upload(request));
    settle();
    const get = await measure(mebibytes, () => download({ resource: put.result.resource, directory: join(home, "out") }));
    for (const done of ["store", "out"]) rmSync(join(home, done), { recursive: true });
    settle();
    const http = await measureBeside("http", mebibytes, home, source);
    const s3 = await measureBeside("s3", mebibytes, home, source);
    return { mebibytes, encrypt: row(encrypt), decrypt: row(decrypt), upload: row(put), download: row(get), sha256: row(sha256), ...age, http, s3 };
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

async function measureBeside(kind: "http" | "s3", mebibytes: number, home: string, source: string): Promise<Remote> {
  const beside = await startBeside(kind, join(home, kind));
  try {
    const put = await measure(mebibytes, () => upload({ source, store: openStore(beside.settings), stateDirectory: join(home, "state") }));
    const get = await measure(mebibytes, () => download({ resource: put.result.resource, directory: join(home, "out") }));
    return { upload: row(put), download: row(get), serverPeakMebibytes: beside.peak() };
  } finally {
    await beside.stop();
    for (const done of [kind, "out"]) rmSync(join(home, done), { recursive: true, force: true });
  }
}

function ageInstalled(): boolean {
  return spawnSync("age", ["--version"]).status === 0;
}

/** The stock age tool on the same file, to /dev/null. Its memory is its own and not measured. */
async function measureAge(mebibytes: number, { home, source, sealed, identity, recipient }: Record<"home" | "source" | "sealed" | "identity" | "recipient", string>): Promise<Pick<StorageSpeeds, "ageEncrypt" | "ageDecrypt">> {
  const key = join(home, "key");
  writeFileSync(key, `${identity}\n`, { mode: 0o600 });
  const run = async (...args: string[]) => void execFileSync("age", ["-o", "/dev/null", ...args]);
  const speed = async (...args: string[]): Promise<Speed> => ({ mebibytesPerSecond: Math.round((await measure(mebibytes, () => run(...args))).speed), peakMebibytes: 0 });
  return { ageEncrypt: await speed("-r", recipient, source), ageDecrypt: await speed("-d", "-i", key, sealed) };
}

function row({ speed, peak }: { speed: number; peak: number }): Speed {
  return { mebibytesPerSecond: Math.round(speed), peakMebibytes: Math.round(peak) };
}

/** Has written files on their disk, so that the kernel does not write them while something else is measured. */
function settle(): void {
  execFileSync("sync");
}

function* noise(mebibytes: number): Generator<Buffer> {
  for (let n = 0; n < mebibytes; n++) yield randomBytes(1 << 20);
}

async function drain(bytes: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const piece of bytes) void piece;
}

async function measure<Result>(mebibytes: number, action: () => Promise<Result>): Promise<{ result: Result; speed: number; peak: number }> {
  let peak = 0;
  const watch = setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss())), 20);
  const start = process.hrtime.bigint();
  try {
    const result = await action();
    return { result, speed: mebibytes / (Number(process.hrtime.bigint() - start) / 1e9), peak: Math.max(peak, process.memoryUsage.rss()) / 2 ** 20 };
  } finally {
    clearInterval(watch);
  }
}

measureStorage(Number(process.argv[2])).then(
  (speeds) => console.log(JSON.stringify(speeds)),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exitCode = 1;
  },
);
