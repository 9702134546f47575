// SPDX-License-Identifier: Apache-2.0
import { sha512 } from "@noble/hashes/sha2.js";
import { utf8 } from "@scure/base";
import { CloisterError } from "../core/errors";
import type { AnchorName } from "../core/trust";
import { concatBytes, equalBytes } from "../crypto/der";
import { toSpki } from "../crypto/keys";
import { candidatesFor } from "./candidates";
import { examineBest, kindOf } from "./examine";
import { demand, type VerifiedQuote } from "./quotes/verifiedQuote";
import type { Trust } from "./trust";

/** Evidence that some pinned anchor verified. */
export interface VerifiedEvidence extends VerifiedQuote {
  readonly anchor: AnchorName;
  /** What could not be checked for want of something to check against, as sentences. */
  readonly unchecked: readonly string[];
}

/** Report data of a device: SHA-512 over a domain tag, its public key (SPKI DER) and its age recipient. */
export function deviceReportData(publicKey: Uint8Array, ageRecipient: string): Uint8Array {
  return sha512(concatBytes(utf8.decode("cloister/device/v1"), Uint8Array.from([0]), toSpki(publicKey), utf8.decode(ageRecipient)));
}

/**
 * Verifies evidence of any kind against whichever anchor of the trust file it ends in, and that it is about this key and recipient.
 * Collateral changes monthly, so a trust file may hold several sets for one platform: one that holds at `at` is enough, unless
 * another one that holds says that a certificate was revoked.
 *
 * @throws CloisterError `AnchorNotTrusted`, `SimulatedNotAllowed`, `CollateralMissing`, `EvidenceOfOtherDevice`, or why the evidence fails.
 */
export function verifyDeviceEvidence(evidence: Uint8Array, publicKey: Uint8Array, ageRecipient: string, trust: Trust, at: Date): VerifiedEvidence {
  const candidates = candidatesFor(evidence, kindOf(evidence), trust);
  const { examination } = examineBest(evidence, candidates.bases, { at, acceptedTcbStatuses: trust.acceptedTcbStatuses });
  const verified = demand(examination);
  if (!equalBytes(verified.reportData, deviceReportData(publicKey, ageRecipient))) {
    throw new CloisterError("EvidenceOfOtherDevice", "The quote is about another device key or age recipient than the certificate's.", "Do not use this machine.");
  }
  const unchecked = examination.list.checks.filter((check) => check.skipped).map(({ name, reason }) => `${name}: ${reason}`);
  return { ...verified, anchor: candidates.anchor, unchecked };
}

/** Refuses a measurement that is neither in the signed list nor accepted by name; gives the loader's name. */
export function checkMeasurement(measurement: string, trust: Trust, accepted: readonly string[] = []): string {
  const name = trust.measurements.get(measurement) ?? (accepted.includes(measurement) ? "accepted by the caller" : undefined);
  if (name !== undefined) return name;
  throw new CloisterError("MeasurementNotListed", `The loader's measurement ${measurement} is not in the reference values.`, `Choose a machine with a released loader, or pass --accept ${measurement} if you know this one.`, { measurement });
}
