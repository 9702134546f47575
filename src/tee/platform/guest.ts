// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import { constants, createReadStream } from "node:fs";
import { chmod, copyFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { hex } from "@scure/base";
import { readTdxQuote, measurementOf } from "../../evidence/quotes/tdxQuote";
import { makeQuote, type GuestState } from "./simulatedTdx";
import type { SimulatedPlatform } from "./simulatedPki";

/** A loader as the SIMULATED processor measured it: exactly the copies that are started. */
export interface MeasuredGuest {
  /** Copy of the loader bundle. */
  readonly loader: string;
  /** Copy of the Node executable. */
  readonly node: string;
  /** SHA-384 of both, in the registers where a real guest has its firmware and its kernel. */
  readonly state: Pick<GuestState, "mrTd" | "rtMr">;
}

/**
 * Copies the loader bundle and the Node executable into a directory of the platform's own and measures the copies. What is
 * started is what was measured: nobody else can write there.
 */
export async function measureGuest(loader: string, node: string, directory: string): Promise<MeasuredGuest> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const guest = { loader: join(directory, "tee-loader.js"), node: join(directory, "node") };
  await copyFile(loader, guest.loader, constants.COPYFILE_EXCL);
  await copyFile(node, guest.node, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
  await chmod(guest.loader, 0o400);
  await chmod(guest.node, 0o500);
  const [mrTd, executable] = await Promise.all([sha384(guest.loader), sha384(guest.node)]);
  return { ...guest, state: { mrTd, rtMr: [executable] } };
}

/** A quote of this guest over 64 bytes of its choice. */
export function quoteGuest(platform: SimulatedPlatform, guest: MeasuredGuest, reportData: Uint8Array): Uint8Array {
  return makeQuote(platform, { ...guest.state, reportData });
}

/** The measurement (hex) by which reference values name this guest; it depends on nothing but the two files. */
export function guestMeasurement(platform: SimulatedPlatform, guest: MeasuredGuest): string {
  return measurementOf(readTdxQuote(quoteGuest(platform, guest, new Uint8Array(64))));
}

async function sha384(path: string): Promise<Uint8Array> {
  const hash = createHash("sha384");
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
  return hex.decode(hash.digest("hex"));
}
