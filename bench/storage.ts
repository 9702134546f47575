// SPDX-License-Identifier: Apache-2.0
import { createReadStream, createWriteStream, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { randomBytes } from "node:crypto";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { openStream, sealStream } from "../src/crypto/age";
import { newIdentity, recipientOf } from "../src/crypto/ageKeys";
import { DirectoryStore } from "../src/store/directory";
import { download } from "../src/store/download";
import { nodeCipher } from "../src/store/nodeCipher";
import { upload } from "../src/store/upload";

/**
 * Measures sealing, opening, and the whole upload and download of one random file; prints one JSON value.
 * `npx tsx bench/storage.ts [MiB] [directory]`: 1024 MiB in the system's temporary directory by default.
 */
async function main(): Promise<void> {
  const mebibytes = Number(process.argv[2] ?? 1024);
  const home = mkdtempSync(join(process.argv[3] ?? tmpdir(), "cloister-bench-"));
  try {
    const source = join(home, "source");
    await pipeline(Readable.from(noise(mebibytes)), createWriteStream(source));
    const identity = await newIdentity();
    const recipients = [await recipientOf(identity)];
    const read = (path: string): AsyncIterable<Uint8Array> => createReadStream(path, { highWaterMark: 1 << 20 });
    const sealed = join(home, "sealed");
    await pipeline(sealStream(read(source), recipients, nodeCipher), createWriteStream(sealed));
    mkdirSync(join(home, "store"));
    const store = new DirectoryStore(join(home, "store"));
    const request = { source, store, stateDirectory: join(home, "state") };
    const seal = await measure(mebibytes, () => drain(sealStream(read(source), recipients, nodeCipher)));
    const open = await measure(mebibytes, () => drain(openStream(read(sealed), identity, nodeCipher)));
    rmSync(sealed);
    const put = await measure(mebibytes, () => upload(request));
    const get = await measure(mebibytes, () => download({ resource: put.result.resource, directory: join(home, "out") }));
    const row = ({ speed, peak }: { speed: number; peak: number }) => ({ mebibytesPerSecond: Math.round(speed), peakMebibytes: Math.round(peak) });
    const machine = { processor: cpus()[0]?.model, cores: cpus().length, node: process.version };
    process.stdout.write(`${JSON.stringify({ machine, mebibytes, seal: row(seal), open: row(open), upload: row(put), download: row(get) }, null, 2)}\n`);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

function* noise(mebibytes: number): Generator<Buffer> {
  for (let n = 0; n < mebibytes; n++) yield randomBytes(1 << 20);
}

async function drain(bytes: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const piece of bytes) void piece;
}

/** Speed in MiB/s and the process's largest resident size in MiB meanwhile. */
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

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
