// SPDX-License-Identifier: Apache-2.0
import { readFile } from "node:fs/promises";
import { CloisterError } from "../../core/errors";
import { parsePlatformCollateral, type PlatformCollateral } from "../../core/trust";
import { snpMeasurementOf, readSnpReport } from "../../evidence/quotes/snpReport";
import { measurementOf, readTdxQuote } from "../../evidence/quotes/tdxQuote";
import { refuseToSimulateBesideRealTee, tsmEvidence, type TsmEvidence, TSM_REPORTS } from "./configfsTsm";
import { guestMeasurement, type MeasuredGuest, quoteGuest } from "./guest";
import { currentCollateral, openPlatform } from "./platformState";

/** Where a platform's evidence comes from. Nothing but the anchor that verifies it tells one from the other. */
export interface Attester {
  /** What the platform says of itself when it starts. */
  readonly name: string;
  /** Hex, as in reference values. */
  readonly measurement: string;
  attest(reportData: Uint8Array): Promise<{ quote: Uint8Array; collateral?: PlatformCollateral }>;
}

/** Which source was asked for; there is no choice by what is found. */
export const EVIDENCE_SOURCES = ["simulated", "tsm"] as const;
export type EvidenceSource = (typeof EVIDENCE_SOURCES)[number];

/** Evidence of a SIMULATED processor about the loader that is started. @throws CloisterError `RealTeePresent`. */
export async function simulatedAttester(state: string, guest: MeasuredGuest, reports = TSM_REPORTS): Promise<Attester> {
  refuseToSimulateBesideRealTee(reports);
  const platform = await openPlatform(state, new Date());
  return {
    name: "SIMULATED TEE: loader",
    measurement: guestMeasurement(platform, guest),
    attest: async (reportData) => ({ quote: quoteGuest(platform, guest, reportData), collateral: await currentCollateral(platform, new Date()) }),
  };
}

/**
 * Evidence of the real machine. It is about the whole guest, of which the loader has to be a measured part.
 *
 * @param collateral path of a collateral entry as in a trust file, handed on with each quote.
 */
export async function tsmAttester(collateral: string | undefined, ask: (reportData: Uint8Array) => Promise<TsmEvidence>): Promise<Attester> {
  const brought = collateral === undefined ? undefined : await readCollateral(collateral);
  const { kind, evidence } = await ask(new Uint8Array(64));
  return {
    name: `TEE (${kind}): guest`,
    measurement: kind === "tdx" ? measurementOf(readTdxQuote(evidence)) : snpMeasurementOf(readSnpReport(evidence)),
    attest: async (reportData) => ({ quote: (await ask(reportData)).evidence, ...(brought && { collateral: brought }) }),
  };
}

/** The attester of the explicit choice. @throws CloisterError `EvidenceSourceInvalid`. */
export function openAttester(source: string, state: string, guest: MeasuredGuest, { collateral, reports = TSM_REPORTS }: { collateral?: string; reports?: string }): Promise<Attester> {
  if (source === "simulated") return simulatedAttester(state, guest, reports);
  if (source === "tsm") return tsmAttester(collateral, (reportData) => tsmEvidence(reportData, reports));
  throw new CloisterError("EvidenceSourceInvalid", `--evidence ${source} is not one of ${EVIDENCE_SOURCES.join(", ")}.`, "Say where evidence comes from.", { given: source });
}

async function readCollateral(path: string): Promise<PlatformCollateral> {
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw new CloisterError("CollateralMissing", `${path} cannot be read.`, "Give the platform's collateral as an entry of a trust file.", { path }, { cause });
  });
  return parsePlatformCollateral(text, path);
}
