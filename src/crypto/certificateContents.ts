// SPDX-License-Identifier: Apache-2.0
import { utf8 } from "@scure/base";
import { sha256 } from "@noble/hashes/sha2.js";
import { canonicalJson, type CanonicalValue } from "../core/canonicalJson";
import { CloisterError } from "../core/errors";
import { EVIDENCE_KINDS, type EvidenceKind } from "../core/trust";
import { decodeCmw } from "./cmw";
import { readWhole, Tag, utf8Text } from "./der";
import { fromPem, toPem } from "./pem";
import { type Certificate, readCertificate } from "./x509";

/** Own and standard extensions of the chain. All are non-critical: a critical one makes every TLS client refuse the chain. */
export const ChainExtension = {
  /** id-pe-cmw (RFC 9999): the evidence of the device's key. */
  evidence: "1.3.6.1.5.5.7.1.35",
  /** UTF8String: the age recipient of the device. */
  ageRecipient: "1.3.6.1.4.1.58888.1.1",
  /** OCTET STRING: sha-256 of the canonical JSON of workloadInfo. */
  workloadInfo: "1.3.6.1.4.1.58888.1.2",
} as const;

/** Media types of the evidence extension: the raw quote or report, with AMD's certificates behind it where the host gave them. */
export const EVIDENCE_TYPES: Readonly<Record<EvidenceKind, string>> = {
  tdx: "application/vnd.cloister.tdx-quote",
  sgx: "application/vnd.cloister.sgx-quote",
  "sev-snp": "application/vnd.cloister.sev-snp-report",
};

/** The name of an order in certificates: `urn:cloister:order:<chainId>:<book in lower case>:<id>`. */
export function orderUrn(chainId: number | bigint, orderBook: string, order: number | bigint): string {
  return `urn:cloister:order:${chainId}:${orderBook.toLowerCase()}:${order}`;
}

/** sha-256 of the canonical JSON of a workloadInfo. */
export function workloadInfoHash(workloadInfo: CanonicalValue): Uint8Array {
  return sha256(utf8.decode(canonicalJson(workloadInfo)));
}

/** The evidence in a device certificate: of which kind it says to be, and the raw quote or report. */
export function evidenceOf(certificate: Certificate): { kind: EvidenceKind; evidence: Uint8Array } {
  const { mediaType, value } = decodeCmw(readWhole(required(certificate, ChainExtension.evidence), Tag.OctetString).content);
  const kind = EVIDENCE_KINDS.find((known) => EVIDENCE_TYPES[known] === mediaType);
  if (kind === undefined) {
    throw new CloisterError("EvidenceUnsupported", `The evidence is of type ${mediaType}, known here are ${Object.values(EVIDENCE_TYPES).join(", ")}.`, "Update the tools, or choose another machine.");
  }
  return { kind, evidence: value };
}

/** The age recipient in a device certificate. */
export function ageRecipientOf(certificate: Certificate): string {
  return utf8Text(readWhole(required(certificate, ChainExtension.ageRecipient), Tag.Utf8String).content);
}

/** The hash of the workload info in an order certificate. */
export function workloadInfoHashOf(certificate: Certificate): Uint8Array {
  return readWhole(required(certificate, ChainExtension.workloadInfo), Tag.OctetString).content;
}

/** PEM of a chain, in the order given (files: root first). */
export function chainToPem(chain: readonly Certificate[]): string {
  return chain.map((certificate) => toPem("CERTIFICATE", certificate.der)).join("");
}

/** The certificates of a PEM bundle, read strictly, in the file's order. */
export function chainFromPem(text: string): Certificate[] {
  return fromPem("CERTIFICATE", text).map(readCertificate);
}

function required(certificate: Certificate, oid: string): Uint8Array {
  const extension = certificate.extensions.get(oid);
  if (extension) return extension.value;
  throw new CloisterError("ExtensionMissing", `The certificate "${certificate.commonName}" has no extension ${oid}.`, "Use a certificate issued by a Cloister certification authority.", { oid });
}
