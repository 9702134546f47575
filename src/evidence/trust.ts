// SPDX-License-Identifier: Apache-2.0
import { utf8 } from "@scure/base";
import { CloisterError } from "../core/errors";
import { type AmdMinimum, parseReferenceValues, type PlatformCollateral, REFERENCE_VALUES, type ReferenceValues, type TrustFile } from "../core/trust";
import type { Envelope } from "../core/dsse";
import { openEnvelope, signEnvelope } from "../crypto/dsse";
import { fromSpki, type KeyPair } from "../crypto/keys";
import { fromPem, onePem } from "../crypto/pem";
import { type Certificate, readCertificate } from "../crypto/x509";
import { type AmdAuthority, readAmdAuthority } from "./quotes/amdCertificate";

/** What vouches for a device; a root has one kind for good. */
export type RootKind = "Hardware" | "Simulated";

/** A root that device chains may end in. */
export interface TrustedRoot {
  readonly kind: RootKind;
  readonly certificate: Certificate;
}

/** A trust file with its certificates read and its signed list checked. */
export interface Trust {
  readonly allowSimulated: boolean;
  readonly certificationRoots: readonly TrustedRoot[];
  /** Roots of evidence; AMD has one for each product line. */
  readonly anchors: { readonly intel?: Certificate; readonly amd?: readonly AmdAuthority[]; readonly simulated?: Certificate };
  /** Name of the released loader by its measurement (hex). */
  readonly measurements: ReadonlyMap<string, string>;
  readonly acceptedTcbStatuses: readonly string[];
  readonly collateral: readonly PlatformCollateral[];
  /** Only of the trust file itself: collateral may come from anybody, this may not. */
  readonly amdMinimumTcb?: readonly AmdMinimum[];
}

/**
 * Reads the certificates of a trust file and checks the publisher's signature over the reference values.
 *
 * @throws CloisterError `WrongEnvelopeSignature` when the list is not the publisher's, `CertificateMalformed`, `TrustFileInvalid`.
 */
export function openTrust(file: TrustFile): Trust {
  const publisher = fromSpki(onePem("PUBLIC KEY", file.publisher));
  const values = parseReferenceValues(utf8.encode(openEnvelope(file.referenceValues, publisher, REFERENCE_VALUES)));
  const { intel, amd, simulated } = file.evidenceAnchors;
  return {
    allowSimulated: file.allowSimulated,
    certificationRoots: file.certificationRoots.map(({ kind, certificate }) => ({ kind, certificate: readPem(certificate) })),
    anchors: {
      ...(intel && { intel: readPem(intel) }),
      ...(amd && { amd: fromPem("CERTIFICATE", amd).map(readAmdAuthority) }),
      ...(simulated && { simulated: readPem(simulated) }),
    },
    measurements: new Map(values.measurements.map(({ name, measurement }) => [measurement, name])),
    acceptedTcbStatuses: file.acceptedTcbStatuses,
    collateral: file.collateral,
    amdMinimumTcb: file.amdMinimumTcb ?? [],
  };
}

/** Signs a list of reference values, as the publisher of loaders does. */
export function signReferenceValues(publisher: KeyPair, values: ReferenceValues): Envelope {
  return signEnvelope(publisher, REFERENCE_VALUES, utf8.decode(JSON.stringify(values)));
}

/** The pinned root with this certificate; refused if there is none, or if it is simulated and that is not allowed. */
export function pinnedRoot(trust: Trust, certificate: Certificate): TrustedRoot {
  const root = trust.certificationRoots.find((known) => known.certificate.fingerprint === certificate.fingerprint);
  if (!root) {
    throw new CloisterError("RootNotPinned", `The root "${certificate.commonName}" (sha256 ${certificate.fingerprint}) is not in the trust file.`, "Add it to trust.json if you know and trust its owner.", { root: certificate.fingerprint });
  }
  if (root.kind === "Simulated" && !trust.allowSimulated) {
    throw new CloisterError("SimulatedNotAllowed", `The root "${certificate.commonName}" certifies simulated devices, which the trust file does not allow.`, `Set "allowSimulated": true in trust.json for tests.`, { root: certificate.fingerprint });
  }
  return root;
}

function readPem(text: string): Certificate {
  return readCertificate(onePem("CERTIFICATE", text));
}
