// SPDX-License-Identifier: Apache-2.0
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { StorageSettings } from "../src/core/config";
import { StoreServer } from "../src/store/server/storeServer";
import { mintToken } from "../src/store/token";
import { settingsOf, startS3 } from "../test/unit/store/s3Server";

/** A store in a process of its own, as a machine far away has one. */
export interface Beside {
  readonly settings: StorageSettings;
  /** Its largest resident size so far, MiB. */
  peak(): number;
  stop(): Promise<void>;
}

/** Starts a store server (our own), or the S3 service of the tests: it shows what the client can do, nothing about a real bucket. */
export async function startBeside(kind: "http" | "s3", directory: string): Promise<Beside> {
  mkdirSync(directory);
  const child = spawn(process.execPath, ["--import", "tsx", __filename, kind, directory], { cwd: join(__dirname, ".."), stdio: ["ignore", "pipe", "inherit"] });
  const [line] = (await once(createInterface(child.stdout), "line")) as [string];
  return { settings: JSON.parse(line) as StorageSettings, peak: () => peakOf(child), stop: () => stop(child) };
}

async function serve(kind: string, directory: string): Promise<void> {
  if (kind === "s3") return void console.log(JSON.stringify(settingsOf(await startS3(directory))));
  mkdirSync(join(directory, "objects"));
  const key = randomBytes(32);
  const now = (): number => Math.floor(Date.now() / 1000);
  const { http } = new StoreServer({ directory, key, now, log: () => undefined });
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  const address = http.address();
  if (address === null || typeof address === "string") throw new Error("the store server has no port");
  console.log(JSON.stringify({ type: "HTTP", url: `http://127.0.0.1:${address.port}`, token: mintToken(key, { prefix: "bench", rights: ["read", "write", "delete"], notAfter: now() + 86_400 }) }));
}

function peakOf({ pid }: ChildProcess): number {
  const [, kibibytes = "0"] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Math.round(Number(kibibytes) / 1024);
}

async function stop(child: ChildProcess): Promise<void> {
  child.kill();
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
}

if (require.main === module) {
  serve(process.argv[2] ?? "", process.argv[3] ?? "").catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  });
}
