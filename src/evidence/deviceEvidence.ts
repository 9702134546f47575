// SPDX-License-Identifier: Apache-2.0
import { sha512 } from "@noble/hashes/sha2.js";
import { utf8 } from "@scure/base";
import { CloisterError } from "../core/errors";
import { type AnchorName, ANCHORS } from "../core/trust";
import { concatBytes, equalBytes } from "../crypto/der";
import { toSpki } from "../crypto/keys";
import { chainFromPem } from "../crypto/certificateContents";
import { platformFamily } from "./quotes/pck";
import { type VerifiedQuote, verifyTdxQuote } from "./quotes/tdx";
import { readTdxQuote } from "./quotes/tdxQuote";
import type { Trust } from "./trust";

/** Evidence that some pinned anchor verified. */
export interface VerifiedEvidence extends VerifiedQuote {
  readonly anchor: AnchorName;
}

/** Report data of a device: SHA-512 over a domain tag, its public key (SPKI DER) and its age recipient. */
export function deviceReportData(publicKey: Uint8Array, ageRecipient: string): Uint8Array {
  return sha512(concatBytes(utf8.decode("cloister/device/v1"), Uint8Array.from([0]), toSpki(publicKey), utf8.decode(ageRecipient)));
}

/**
 * Verifies a quote against whichever anchor of the trust file it ends in, and that it is about this key and recipient.
 * Collateral changes monthly, so a trust file may hold several sets for one platform: one that holds at `at` is enough.
 *
 * @throws CloisterError `AnchorNotTrusted`, `SimulatedNotAllowed`, `CollateralMissing`, `EvidenceOfOtherDevice`, or why the quote fails.
 */
export function verifyDeviceEvidence(quote: Uint8Array, publicKey: Uint8Array, ageRecipient: string, trust: Trust, at: Date): VerifiedEvidence {
  const anchor = anchorOf(quote, trust);
  const verified = verifyWithCollateral(quote, anchor, trust, at);
  if (!equalBytes(verified.reportData, deviceReportData(publicKey, ageRecipient))) {
    throw new CloisterError("EvidenceOfOtherDevice", "The quote is about another device key or age recipient than the certificate's.", "Do not use this machine.");
  }
  return { ...verified, anchor };
}

/** Refuses a measurement that is neither in the signed list nor accepted by name; gives the loader's name. */
export function checkMeasurement(measurement: string, trust: Trust, accepted: readonly string[] = []): string {
  const name = trust.measurements.get(measurement) ?? (accepted.includes(measurement) ? "accepted by the caller" : undefined);
  if (name !== undefined) return name;
  throw new CloisterError("MeasurementNotListed", `The loader's measurement ${measurement} is not in the reference values.`, `Choose a machine with a released loader, or pass --accept ${measurement} if you know this one.`, { measurement });
}

/** The anchor by the root certificate in the quote. The whole path is verified afterwards; this only picks the verifier's root. */
function anchorOf(quote: Uint8Array, trust: Trust): AnchorName {
  const root = chainFromPem(readTdxQuote(quote).pckChain).at(-1);
  const name = ANCHORS.find((candidate) => trust.anchors[candidate]?.fingerprint === root?.fingerprint);
  if (!name) {
    throw new CloisterError("AnchorNotTrusted", `The evidence ends in "${root?.commonName ?? "nothing"}" (sha256 ${root?.fingerprint ?? "-"}), which is no anchor of the trust file.`, "Choose another machine.");
  }
  if (name === "simulated" && !trust.allowSimulated) {
    throw new CloisterError("SimulatedNotAllowed", "The evidence is SIMULATED, which the trust file does not allow.", `Set "allowSimulated": true in trust.json for tests.`);
  }
  return name;
}

function verifyWithCollateral(quote: Uint8Array, anchor: AnchorName, trust: Trust, at: Date): VerifiedQuote {
  const root = trust.anchors[anchor];
  const [leaf] = chainFromPem(readTdxQuote(quote).pckChain);
  const fmspc = leaf ? platformFamily(leaf) : "";
  let failure = new CloisterError("CollateralMissing", `The trust file has no ${anchor} collateral for the processor family ${fmspc}.`, "Fetch the platform's collateral into trust.json.", { fmspc });
  for (const entry of trust.collateral) {
    if (!root || entry.anchor !== anchor || entry.fmspc !== fmspc) continue;
    try {
      return verifyTdxQuote({ quote, collateral: entry.collateral, anchor: root, at, acceptedTcbStatuses: trust.acceptedTcbStatuses });
    } catch (error) {
      if (!(error instanceof CloisterError)) throw error;
      failure = error;
    }
  }
  throw failure;
}
