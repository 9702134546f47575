// SPDX-License-Identifier: Apache-2.0
import { utf8 } from "@scure/base";
import { sha256 } from "@noble/hashes/sha2.js";
import { canonicalJson, type CanonicalValue } from "../core/canonicalJson";
import { CloisterError } from "../core/errors";
import { decodeCmw } from "./cmw";
import { readWhole, Tag } from "./der";
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

/** Media type of a raw TDX quote in the evidence extension. */
export const TDX_QUOTE = "application/vnd.cloister.tdx-quote";

/** The name of an order in certificates: `urn:cloister:order:<chainId>:<book in lower case>:<id>`. */
export function orderUrn(chainId: number | bigint, orderBook: string, order: number | bigint): string {
  return `urn:cloister:order:${chainId}:${orderBook.toLowerCase()}:${order}`;
}

/** sha-256 of the canonical JSON of a workloadInfo. */
export function workloadInfoHash(workloadInfo: CanonicalValue): Uint8Array {
  return sha256(utf8.decode(canonicalJson(workloadInfo)));
}

/** The evidence in a device certificate: the raw quote. */
export function evidenceOf(certificate: Certificate): Uint8Array {
  const { mediaType, value } = decodeCmw(readWhole(required(certificate, ChainExtension.evidence), Tag.OctetString).content);
  if (mediaType !== TDX_QUOTE) {
    throw new CloisterError("EvidenceUnsupported", `The evidence is of type ${mediaType}, known here is ${TDX_QUOTE}.`, "Update the tools, or choose another machine.");
  }
  return value;
}

/** The age recipient in a device certificate. */
export function ageRecipientOf(certificate: Certificate): string {
  return utf8.encode(readWhole(required(certificate, ChainExtension.ageRecipient), Tag.Utf8String).content);
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
