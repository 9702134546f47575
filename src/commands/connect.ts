// SPDX-License-Identifier: Apache-2.0
import { readFile } from "node:fs/promises";

import { CloisterError } from "../core/errors";
import type { TrustFile } from "../core/trust";
import type { Trust } from "../evidence/trust";
import { wrongUsage } from "./command";
import type { Context } from "./context";

/** The trust file of the configuration, its signatures checked. Whoever simulates is named SIMULATED by every tool. */
export async function openTrust(context: Context): Promise<Trust> {
  const evidence = await import("../evidence/trust");
  return evidence.openTrust(await readTrustFile(context));
}

/** The trust file of the configuration as it is written. */
export async function readTrustFile(context: Context): Promise<TrustFile> {
  const { section } = await import("../core/config");
  const { parseTrustFile } = await import("../core/trust");
  const configured = section(await context.config(), "trust");
  if (typeof configured !== "string") return parseTrustFile(JSON.stringify(configured), `trust of ${context.configPath}`);
  const text = await readFile(configured, "utf8").catch((error: unknown) => {
    throw new CloisterError("TrustFileMissing", `The trust file ${configured} cannot be read.`, "Correct trust in the configuration; the market's operator publishes one.", { path: configured }, { cause: error });
  });
  return parseTrustFile(text, configured);
}

/** A sha-256 given on the command line, in 64 lower-case hex digits. `what` names it in the refusal: an option, or "The hash". */
export function parseHash(given: string, what: string): string {
  if (!/^(?:0x)?[0-9a-fA-F]{64}$/.test(given)) throw wrongUsage(`${what} must be 64 hex digits (a sha256).`);
  return given.replace(/^0x/, "").toLowerCase();
}

/** The compute offer that `--offer` or the configuration's machine names. */
export function machineOffer(given: string | undefined, configured: string | undefined): bigint {
  const offer = given ?? configured;
  if (offer === undefined) throw wrongUsage("--offer is missing, and the configuration has no machine.offer.", "Name the compute offer of this machine.");
  return parseId(offer, "a compute offer");
}

/** Measurements given with `--accept`, in 64 lower-case hex digits. */
export function acceptedMeasurements(given: readonly string[]): string[] {
  return given.map((one) => parseHash(one, "--accept"));
}

/** An id given on the command line. */
export function parseId(given: string, what: string): bigint {
  if (/^[1-9]\d{0,14}$/.test(given)) return BigInt(given);
  throw new CloisterError("IdInvalid", `"${given}" is not the id of ${what}.`, "Give a whole number from 1 on.", { given });
}
