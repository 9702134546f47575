// SPDX-License-Identifier: Apache-2.0
import { allPassed, type Check, CheckList } from "../core/checks";
import { CloisterError } from "../core/errors";
import { ageRecipientOf, evidenceOf } from "../crypto/certificateContents";
import { keyId } from "../crypto/keys";
import type { Certificate } from "../crypto/x509";
import { verifyPath } from "./chain";
import { checkMeasurement, verifyDeviceEvidence } from "./deviceEvidence";
import { EVIDENCE_NAMES } from "./quotes/verifiedQuote";
import { pinnedRoot, type RootKind, type Trust } from "./trust";

/** Names of the checks, as every tool prints them. */
export const DeviceCheck = {
  root: "root pinned",
  chain: "chain",
  evidence: "evidence to device",
  measurement: "measurement",
} as const;

/** What is verified of a device. */
export interface DeviceVerification {
  /** Root, sub CA, device. */
  readonly chain: readonly Certificate[];
  readonly trust: Trust;
  readonly at: Date;
  /** Measurements (hex) that the caller accepts beyond the signed list (`--accept`). */
  readonly accept?: readonly string[];
}

/** The outcome. Nothing may be sealed to `ageRecipient` unless `passed`. */
export interface DeviceVerdict {
  readonly passed: boolean;
  /** True if the evidence or the chain is SIMULATED: decided by the pinned roots, never by what the device says. */
  readonly simulated: boolean;
  /** Id on chain: keccak256 of the public key, hex with 0x. */
  readonly device: string;
  readonly publicKey: Uint8Array;
  readonly validUntil: Date;
  readonly ageRecipient?: string;
  readonly measurement?: string;
  readonly tcbStatus?: string;
  readonly checks: readonly Check[];
}

/** Path lengths of root, sub CA and device, as the contract wants them. */
const PATH_LENGTHS = [2, 1, 0];

/**
 * Verifies a TEE device by its certificate chain: pinned root, chain, evidence bound to key and recipient, measurement.
 *
 * @throws CloisterError `ChainLengthWrong`, when there is no device to speak of. Everything else is a failed check.
 */
export function verifyDevice({ chain, trust, at, accept = [] }: DeviceVerification): DeviceVerdict {
  const [root, subCa, device, ...more] = chain;
  if (!root || !subCa || !device || more.length > 0) {
    throw new CloisterError("ChainLengthWrong", `A device's chain is root, sub CA and device; ${chain.length} certificates were given.`, "Give the whole chain, root first.", { expected: 3, given: chain.length });
  }
  const list = new CheckList();
  const pinned = list.run(DeviceCheck.root, () => {
    const found = pinnedRoot(trust, root);
    return [found, `"${root.commonName}" is pinned, ${kindName(found.kind)}`];
  });
  list.run(DeviceCheck.chain, () => {
    verifyDevicePath([root, subCa, device], CheckList.needed(pinned, DeviceCheck.root).certificate, at);
    return [true, `valid until ${device.validUntil.toISOString()}`];
  });
  const evidence = list.run(DeviceCheck.evidence, () => {
    const ageRecipient = ageRecipientOf(device);
    const { kind, evidence: bytes } = evidenceOf(device);
    const verified = verifyDeviceEvidence(bytes, device.publicKey, ageRecipient, trust, at);
    if (verified.kind !== kind) throw new CloisterError("EvidenceMalformed", `The certificate calls its evidence ${kind}; it is ${verified.kind}.`, "Ask for a certificate issued by current tools.");
    if (pinned?.kind === "Hardware" && verified.anchor === "simulated") {
      throw new CloisterError("EvidenceKindWrong", "A Hardware root certified a device with SIMULATED evidence.", "Do not use this machine, and tell the root's owner.");
    }
    return [{ ...verified, ageRecipient }, `${verified.anchor === "simulated" ? "SIMULATED " : ""}${[`${EVIDENCE_NAMES[kind]} for this key and recipient, TCB ${verified.tcbStatus}`, ...verified.unchecked].join("; ")}`];
  });
  list.run(DeviceCheck.measurement, () => {
    const { measurement } = CheckList.needed(evidence, DeviceCheck.evidence);
    return [true, `${checkMeasurement(measurement, trust, accept)}: ${measurement}`];
  });
  return {
    passed: allPassed(list.checks),
    simulated: pinned?.kind === "Simulated" || evidence?.anchor === "simulated",
    device: keyId(device.publicKey),
    publicKey: device.publicKey,
    validUntil: device.validUntil,
    checks: list.checks,
    ...(evidence && { ageRecipient: evidence.ageRecipient, measurement: evidence.measurement, tcbStatus: evidence.tcbStatus }),
  };
}

/** Verifies root, sub CA, device (and an order certificate below it) as a path, with the path lengths that the contract wants. */
export function verifyDevicePath(path: readonly Certificate[], pinned: Certificate, at: Date): void {
  verifyPath(path, { pins: new Set([pinned.fingerprint]), at });
  PATH_LENGTHS.forEach((expected, index) => {
    const certificate = path[index];
    if (certificate?.isAuthority && certificate.pathLength === expected) return;
    throw new CloisterError("PathLengthWrong", `The certificate "${certificate?.commonName ?? "(none)"}" must be a CA with path length ${expected}; it says ${certificate?.pathLength ?? "nothing"}.`, "Ask the certification authority for a correct certificate.", { expected, given: certificate?.pathLength });
  });
}

function kindName(kind: RootKind): string {
  return kind === "Simulated" ? "SIMULATED" : "Hardware";
}
