// SPDX-License-Identifier: Apache-2.0
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { StorageSettings } from "../src/core/config";

/** A store in a process of its own, as a machine far away has one. */
export interface Beside {
  readonly settings: StorageSettings;
  /** Its largest resident size so far, MiB. */
  peak(): number;
  stop(): Promise<void>;
}

/**
 * Starts a store server (our own), or the S3 service of the tests: it shows what the client can do, nothing about a real bucket. Its program
 * is the bundle of storeBeside.ts beside this one's.
 */
export async function startBeside(kind: "http" | "s3", directory: string): Promise<Beside> {
  mkdirSync(directory);
  const child = spawn(process.execPath, [join(__dirname, "storeBeside.js"), kind, directory], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = (await once(createInterface(child.stdout), "line")) as [string];
  return { settings: JSON.parse(line) as StorageSettings, peak: () => peakOf(child), stop: () => stop(child) };
}

function peakOf({ pid }: ChildProcess): number {
  const [, kibibytes = "0"] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Math.round(Number(kibibytes) / 1024);
}

async function stop(child: ChildProcess): Promise<void> {
  child.kill();
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
}
