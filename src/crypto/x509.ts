// SPDX-License-Identifier: Apache-2.0
import { sha256 } from "@noble/hashes/sha2.js";
import { hex } from "@scure/base";
import { CloisterError } from "../core/errors";
import { concatBytes, DerReader, equalBytes, malformed, readWhole, Tag, utf8Text } from "./der";
import { fromSpki, verify } from "./keys";

/** An extension of a certificate or revocation list: DER of its value, without the OCTET STRING around it. */
export interface X509Extension {
  readonly critical: boolean;
  readonly value: Uint8Array;
}

/** What both certificates and revocation lists are: signed bytes with an issuer. */
export interface SignedObject {
  /** The bytes that the signature covers. */
  readonly signed: Uint8Array;
  /** Of ECDSA with P-256: 64 bytes, s may be high. */
  readonly signature: Uint8Array;
  /** DER of the issuer's name. */
  readonly issuer: Uint8Array;
}

/** What an X.509 v3 certificate (RFC 5280) says, whatever the kinds of its key and signature. */
export interface CertificateContent extends SignedObject {
  readonly der: Uint8Array;
  /** SHA-256 of the DER, hex: how certificates are pinned. */
  readonly fingerprint: string;
  /** Hex without leading zeros. */
  readonly serialNumber: string;
  /** DER of the subject's name. */
  readonly subject: Uint8Array;
  /** The subject's common name, "" if it has none. */
  readonly commonName: string;
  readonly validFrom: Date;
  readonly validUntil: Date;
  readonly spki: Uint8Array;
  /** By object identifier, in the certificate's order. */
  readonly extensions: ReadonlyMap<string, X509Extension>;
  readonly isAuthority: boolean;
  /** basicConstraints' path length, if it names one. */
  readonly pathLength: number | undefined;
  /** Bits of keyUsage, bit 0 (digitalSignature) first; undefined without the extension. */
  readonly keyUsage: readonly boolean[] | undefined;
}

/** A certificate with a P-256 key, signed by ECDSA with SHA-256: every one but AMD's. */
export interface Certificate extends CertificateContent {
  /** Uncompressed point, 65 bytes. */
  readonly publicKey: Uint8Array;
}

/** One signature algorithm: the one AlgorithmIdentifier that names it, and the bytes in its BIT STRING. */
export interface SignatureForm {
  readonly name: string;
  readonly algorithm: Uint8Array;
  readonly read: (bits: Uint8Array) => Uint8Array;
}

/** Object identifiers of the extensions that this reader understands. */
export const ExtensionId = { keyUsage: "2.5.29.15", subjectAltName: "2.5.29.17", basicConstraints: "2.5.29.19" } as const;

/** Bits of keyUsage. */
export const KeyUsageBit = { digitalSignature: 0, keyCertSign: 5, cRLSign: 6 } as const;

const ECDSA_SHA256: SignatureForm = { name: "ECDSA with SHA-256", algorithm: hex.decode("300a06082a8648ce3d040302"), read: readEcdsaSignature };
const VERSION_3 = hex.decode("a003020102");
const COMMON_NAME = "2.5.4.3";

/**
 * Reads a certificate strictly: every byte that the signature does not cover must be the only one DER allows there, so no
 * bit can be changed unnoticed. The signature is not checked here, see {@link isSignedBy}.
 *
 * @throws CloisterError `CertificateMalformed`, `CriticalExtensionUnknown`, `ExtensionRepeated`, `KeyUnsupported`.
 */
export function readCertificate(bytes: Uint8Array): Certificate {
  const content = readCertificateContent(bytes);
  return { ...content, publicKey: fromSpki(content.spki) };
}

/** Reads a certificate as strictly whose key is of another kind; it is left in `spki`. */
export function readCertificateContent(bytes: Uint8Array, form: SignatureForm = ECDSA_SHA256): CertificateContent {
  // A copy, and not of Buffer's kind, whose slices share memory.
  const der = Uint8Array.from(bytes);
  const outer = readSigned(der, form);
  const tbs = new DerReader(outer.content);
  if (!equalBytes(tbs.next(0xa0).raw, VERSION_3)) throw malformed("a version other than 3");
  const serialNumber = hex.encode(tbs.unsigned());
  expectAlgorithm(tbs.next(Tag.Sequence).raw, form);
  const issuer = tbs.next(Tag.Sequence).raw;
  const validity = tbs.enter();
  const [validFrom, validUntil] = [validity.time(), validity.time()];
  validity.end();
  const subject = tbs.next(Tag.Sequence);
  const spki = tbs.next(Tag.Sequence).raw;
  const extensions = tbs.done ? new Map<string, X509Extension>() : readExtensions(tbs.next(0xa3).content);
  tbs.end();
  const constraints = extensions.get(ExtensionId.basicConstraints);
  const usage = extensions.get(ExtensionId.keyUsage);
  return {
    der,
    fingerprint: hex.encode(sha256(der)),
    serialNumber: serialNumber.replace(/^0+(?=.)/, ""),
    signed: outer.signed,
    signature: outer.signature,
    issuer,
    subject: subject.raw,
    commonName: readCommonName(subject.content),
    validFrom,
    validUntil,
    spki,
    extensions,
    ...readBasicConstraints(constraints?.value),
    keyUsage: usage && readKeyUsage(usage.value),
  };
}

/** Whether the issuer's key signed the certificate or list, and the names fit. Says nothing about validity or CA bits. */
export function isSignedBy(object: SignedObject, issuer: { readonly subject: Uint8Array; readonly publicKey: Uint8Array }): boolean {
  return equalBytes(object.issuer, issuer.subject) && verify(issuer.publicKey, object.signed, object.signature, { highS: true });
}

/** The frame of certificates and lists: SEQUENCE { signed, algorithm, signature }. */
export function readSigned(der: Uint8Array, form: SignatureForm = ECDSA_SHA256): { content: Uint8Array; signed: Uint8Array; signature: Uint8Array } {
  const outer = new DerReader(readWhole(der).content);
  const tbs = outer.next(Tag.Sequence);
  expectAlgorithm(outer.next(Tag.Sequence).raw, form);
  const signature = form.read(outer.wholeBits());
  outer.end();
  return { content: tbs.content, signed: tbs.raw, signature };
}

/** Refuses every signature algorithm but the expected one, in the one spelling that is in use. */
export function expectAlgorithm(raw: Uint8Array, form: SignatureForm = ECDSA_SHA256): void {
  if (equalBytes(raw, form.algorithm)) return;
  throw new CloisterError("AlgorithmUnsupported", `The certificate or list is not signed by ${form.name}.`, "Use a certificate of that kind.");
}

function readEcdsaSignature(bits: Uint8Array): Uint8Array {
  const reader = new DerReader(readWhole(bits).content);
  const [r, s] = [reader.unsigned(), reader.unsigned()];
  reader.end();
  return concatBytes(padded(r), padded(s));
}

/** Reads `Extensions`; a critical one that nobody here understands and a repeated one are refused. */
export function readExtensions(content: Uint8Array, understood: readonly string[] = [ExtensionId.basicConstraints, ExtensionId.keyUsage]): Map<string, X509Extension> {
  const list = new DerReader(readWhole(content).content);
  const extensions = new Map<string, X509Extension>();
  while (!list.done) {
    const entry = list.enter();
    const oid = entry.objectIdentifier();
    const critical = entry.trueOrAbsent();
    const value = entry.next(Tag.OctetString).content;
    entry.end();
    if (extensions.has(oid)) throw new CloisterError("ExtensionRepeated", `The extension ${oid} stands twice.`, "Ask the issuer for a correct certificate.", { oid });
    if (critical && !understood.includes(oid)) {
      throw new CloisterError("CriticalExtensionUnknown", `The extension ${oid} is critical and unknown here.`, "A newer version of the tools may know it.", { oid });
    }
    extensions.set(oid, { critical, value });
  }
  return extensions;
}

function readBasicConstraints(value: Uint8Array | undefined): { isAuthority: boolean; pathLength: number | undefined } {
  if (!value) return { isAuthority: false, pathLength: undefined };
  const reader = new DerReader(readWhole(value).content);
  const isAuthority = reader.trueOrAbsent();
  const pathLength = isAuthority && !reader.done ? reader.smallUnsigned() : undefined;
  reader.end();
  return { isAuthority, pathLength };
}

function readKeyUsage(value: Uint8Array): boolean[] {
  const [unused = 8, ...bytes] = readWhole(value, Tag.BitString).content;
  const last = bytes.at(-1);
  if (unused > 7 || last === undefined || (last & ((1 << unused) - 1)) !== 0) throw malformed("a key usage with stray bits");
  return bytes.flatMap((byte) => [...byte.toString(2).padStart(8, "0")].map((bit) => bit === "1"));
}

function readCommonName(name: Uint8Array): string {
  const names = new DerReader(name);
  while (!names.done) {
    const set = names.enter(Tag.Set);
    while (!set.done) {
      const attribute = set.enter();
      const oid = attribute.objectIdentifier();
      const value = attribute.next();
      if (oid === COMMON_NAME) return utf8Text(value.content);
    }
  }
  return "";
}

function padded(number: Uint8Array): Uint8Array {
  if (number.length > 32) throw malformed("a signature number above 32 bytes");
  return concatBytes(new Uint8Array(32 - number.length), number);
}
