// SPDX-License-Identifier: Apache-2.0
import { link, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { hex } from "@scure/base";
import type { PlatformCollateral } from "../../core/trust";
import { toPem } from "../../crypto/pem";
import { FMSPC, makeSimulatedPlatform, platformFromJson, platformToJson, type SimulatedPlatform } from "./simulatedPki";
import { makeCollateral } from "./simulatedTdx";

const DAY = 86_400_000;
/** Life of a simulated root. It is made locally and means nothing elsewhere. */
const LIFE = 3650 * DAY;
/** Life of collateral, as Intel's. */
const COLLATERAL_LIFE = 30 * DAY;

/**
 * The SIMULATED platform of a state directory, made at the first start: `platform.json` holds its keys (owner only),
 * `anchor.pem` its root, for trust files. Two starts at once end with the same one.
 */
export async function openPlatform(directory: string, at: Date): Promise<SimulatedPlatform> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const file = join(directory, "platform.json");
  const known = await readIfThere(file);
  if (known !== undefined) return platformFromJson(known);
  const made = await makeSimulatedPlatform({ from: new Date(at.getTime() - DAY), until: new Date(at.getTime() + LIFE) });
  const temporary = `${file}.${randomBytes(6).toString("hex")}`;
  await writeFile(temporary, platformToJson(made), { mode: 0o600 });
  try {
    await link(temporary, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    await rm(temporary);
  }
  const platform = platformFromJson(await readFile(file, "utf8"));
  await writeFile(join(directory, "anchor.pem"), toPem("CERTIFICATE", platform.root.certificate.der));
  return platform;
}

/** What a verifier needs beside a quote of this platform, as of now. */
export async function currentCollateral(platform: SimulatedPlatform, at: Date): Promise<PlatformCollateral> {
  const collateral = await makeCollateral(platform, { from: new Date(at.getTime() - DAY), until: new Date(at.getTime() + COLLATERAL_LIFE) });
  return { anchor: "simulated", fmspc: hex.encode(FMSPC), collateral };
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
