// SPDX-License-Identifier: Apache-2.0
import { utf8 } from "@scure/base";
import { CloisterError } from "../core/errors";
import type { PlatformCollateral } from "../core/trust";
import { type Issuer, issueDevice, issueRoot, issueSubCa, type Validity } from "../crypto/certificate";
import { concatBytes } from "../crypto/der";
import { fromSpki, generateKeyPair, keyId, sign, type KeyPair, verify } from "../crypto/keys";
import type { Certificate } from "../crypto/x509";
import { checkMeasurement, verifyDeviceEvidence } from "../evidence/deviceEvidence";
import type { RootKind, Trust } from "../evidence/trust";

/** A certification authority in service. The root's key may be kept elsewhere: only the sub CA's issues. */
export interface CertificationAuthority {
  readonly kind: RootKind;
  readonly root: Certificate;
  readonly subCa: Issuer;
}

/** A new root with its key and a sub CA below it. */
export interface NewAuthority extends CertificationAuthority {
  readonly rootKey: KeyPair;
}

/** Makes a root and a sub CA. `name` tells roots apart: the contract takes one listed root of a name. */
export async function makeCertificationAuthority(kind: RootKind, name: string, root: Validity, subCa: Validity): Promise<NewAuthority> {
  const prefix = kind === "Simulated" ? "SIMULATED " : "";
  const [rootKey, key] = [generateKeyPair(), generateKeyPair()];
  const certificate = await issueRoot(rootKey, `${prefix}${name} Root CA`, root);
  const sub = await issueSubCa({ key: rootKey, certificate }, key.publicKey, `${prefix}${name} Sub CA`, subCa);
  return { kind, root: certificate, rootKey, subCa: { key, certificate: sub } };
}

/** What a loader sends to be certified. */
export interface DeviceRequest {
  readonly quote: Uint8Array;
  /** Collateral for the quote, if the authority has none of its own; it is signed by the anchor, so anybody may bring it. */
  readonly collateral?: PlatformCollateral;
  /** SubjectPublicKeyInfo DER of the device key. */
  readonly publicKey: Uint8Array;
  readonly ageRecipient: string;
  /** By the device key over {@link possessionMessage}, 64 bytes. */
  readonly proofOfPossession: Uint8Array;
}

/** How the authority decides. */
export interface IssuePolicy {
  readonly trust: Trust;
  readonly at: Date;
  /** Life of the certificate, in seconds. */
  readonly lifetime: number;
  /** How far back the certificate begins, for clocks that are a little late; 60 seconds unless told. */
  readonly leeway?: number;
  /** Refuses devices that were revoked. Called before the evidence is verified. */
  readonly refuse?: (device: string) => void;
}

/**
 * What the device signs to show that it holds its key. The recipient is in it, so that a request cannot be mixed from two.
 */
export function possessionMessage(spki: Uint8Array, ageRecipient: string): Uint8Array {
  return concatBytes(utf8.decode("cloister/device-request/v1"), Uint8Array.from([0]), spki, utf8.decode(ageRecipient));
}

/** The signature that goes into {@link DeviceRequest.proofOfPossession}. */
export function provePossession(key: KeyPair, spki: Uint8Array, ageRecipient: string): Uint8Array {
  return sign(key, possessionMessage(spki, ageRecipient));
}

/**
 * Issues a device certificate after the evidence was verified and its measurement found in the reference values.
 *
 * @returns root, sub CA, device.
 * @throws CloisterError `PossessionNotProven`, `EvidenceKindWrong`, `MeasurementNotListed`, `CertificateExpired`, or why the evidence fails.
 */
export async function issueDeviceCertificate(authority: CertificationAuthority, request: DeviceRequest, policy: IssuePolicy): Promise<Certificate[]> {
  const { trust, at } = policy;
  const publicKey = fromSpki(request.publicKey);
  if (!verify(publicKey, possessionMessage(request.publicKey, request.ageRecipient), request.proofOfPossession)) {
    throw new CloisterError("PossessionNotProven", `The request is not signed by the device key ${keyId(publicKey)}.`, "Sign the request with the key that is to be certified.");
  }
  policy.refuse?.(keyId(publicKey));
  const collateral = request.collateral ? [request.collateral, ...trust.collateral] : trust.collateral;
  const evidence = verifyDeviceEvidence(request.quote, publicKey, request.ageRecipient, { ...trust, collateral }, at);
  const found: RootKind = evidence.anchor === "simulated" ? "Simulated" : "Hardware";
  if (found !== authority.kind) {
    throw new CloisterError("EvidenceKindWrong", `This authority certifies ${authority.kind} devices; the evidence is ${found}.`, `Ask an authority for ${found} devices.`, { expected: authority.kind, given: found });
  }
  checkMeasurement(evidence.measurement, trust);

  const { certificate: issuer } = authority.subCa;
  if (at > issuer.validUntil) {
    throw new CloisterError("CertificateExpired", `The sub CA's certificate ended at ${issuer.validUntil.toISOString()}.`, "Make a new sub CA under the root.");
  }
  const from = new Date(Math.max(at.getTime() - (policy.leeway ?? 60) * 1000, issuer.validFrom.getTime()));
  const until = new Date(Math.min(at.getTime() + policy.lifetime * 1000, issuer.validUntil.getTime()));
  const commonName = `${authority.kind === "Simulated" ? "SIMULATED " : ""}Cloister TEE device ${keyId(publicKey).slice(2, 18)}`;
  const identity = { publicKey, ageRecipient: request.ageRecipient, quote: request.quote, kind: evidence.kind, commonName };
  return [authority.root, issuer, await issueDevice(authority.subCa, identity, { from, until })];
}
