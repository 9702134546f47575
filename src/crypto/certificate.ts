// SPDX-License-Identifier: Apache-2.0
import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import { base64urlnopad, utf8 } from "@scure/base";
import { sha256 } from "@noble/hashes/sha2.js";
import { canonicalJson, type CanonicalValue } from "../core/canonicalJson";
import { CloisterError } from "../core/errors";
import { decodeCmw, encodeCmw } from "./cmw";
import { derElement, equalBytes, readWhole, Tag } from "./der";
import { type KeyPair, toSpki } from "./keys";
import { fromPem, toPem } from "./pem";
import { type Certificate, isSignedBy, readCertificate } from "./x509";

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

/** A key with the certificate that lets it issue. */
export interface Issuer {
  readonly key: KeyPair;
  readonly certificate: Certificate;
}

/** From when to when a certificate is valid; whole seconds. */
export interface Validity {
  readonly from: Date;
  readonly until: Date;
}

/** Issues a self-signed root that allows two CAs below it: sub CA and device. */
export async function issueRoot(key: KeyPair, commonName: string, validity: Validity): Promise<Certificate> {
  return issue({ subject: commonName, publicKey: key.publicKey, validity, extensions: authority(2) }, key);
}

/** Issues a sub CA, which may certify devices. */
export async function issueSubCa(root: Issuer, publicKey: Uint8Array, commonName: string, validity: Validity): Promise<Certificate> {
  return issue({ subject: commonName, publicKey, validity, extensions: authority(1) }, root.key, root.certificate);
}

/** What a device certificate says besides its key. */
export interface DeviceIdentity {
  readonly publicKey: Uint8Array;
  readonly ageRecipient: string;
  /** Raw quote over the key and the recipient. */
  readonly quote: Uint8Array;
  readonly commonName: string;
}

/** Issues a device certificate: a CA for order certificates, with its evidence and age recipient. */
export async function issueDevice(subCa: Issuer, device: DeviceIdentity, validity: Validity): Promise<Certificate> {
  const extensions = [
    ...authority(0, x509.KeyUsageFlags.digitalSignature),
    new x509.Extension(ChainExtension.evidence, false, copied(derElement(Tag.OctetString, encodeCmw(TDX_QUOTE, device.quote)))),
    new x509.Extension(ChainExtension.ageRecipient, false, copied(derElement(Tag.Utf8String, utf8.decode(device.ageRecipient)))),
  ];
  return issue({ subject: device.commonName, publicKey: device.publicKey, validity, extensions }, subCa.key, subCa.certificate);
}

/** What an order certificate stands for. */
export interface OrderIdentity {
  readonly publicKey: Uint8Array;
  readonly chainId: number | bigint;
  /** Address of the order book. */
  readonly orderBook: string;
  readonly order: number | bigint;
  /** Domain that the workload serves through a tunnel. */
  readonly domain?: string;
  /** Whose canonical JSON's hash goes into the certificate. */
  readonly workloadInfo: CanonicalValue;
}

/** Issues an order certificate (leaf) by the device's key. It ends no later than the device's certificate. */
export async function issueOrder(device: Issuer, order: OrderIdentity, validity: Validity): Promise<Certificate> {
  const until = validity.until < device.certificate.validUntil ? validity.until : device.certificate.validUntil;
  const names: x509.JsonGeneralName[] = [{ type: "url", value: orderUrn(order.chainId, order.orderBook, order.order) }];
  if (order.domain) names.push({ type: "dns", value: order.domain });
  const extensions = [
    new x509.BasicConstraintsExtension(false, undefined, true),
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
    new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth, x509.ExtendedKeyUsage.clientAuth], false),
    new x509.SubjectAlternativeNameExtension(names, false),
    new x509.Extension(ChainExtension.workloadInfo, false, copied(derElement(Tag.OctetString, workloadInfoHash(order.workloadInfo)))),
  ];
  const subject = `Cloister order ${order.order}`;
  return issue({ subject, publicKey: order.publicKey, validity: { from: validity.from, until }, extensions }, device.key, device.certificate);
}

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

/** A P-256 key as WebCrypto's; `@peculiar/x509` signs with nothing else. */
export async function toCryptoKey(key: KeyPair): Promise<CryptoKey> {
  const [x, y, d] = [key.publicKey.slice(1, 33), key.publicKey.slice(33), key.privateKey].map((part) => base64urlnopad.encode(part));
  return globalThis.crypto.subtle.importKey("jwk", { kty: "EC", crv: "P-256", x, y, d }, { name: "ECDSA", namedCurve: "P-256" }, true, ["sign"]);
}

/** A positive serial number of 16 random bytes, hex. */
export function randomSerialNumber(): string {
  const bytes = globalThis.crypto.getRandomValues(new Uint8Array(16));
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

interface Request {
  readonly subject: string;
  readonly publicKey: Uint8Array;
  readonly validity: Validity;
  readonly extensions: x509.Extension[];
}

async function issue(request: Request, signer: KeyPair, issuer?: Certificate): Promise<Certificate> {
  const subject = new x509.Name([{ CN: [request.subject] }]);
  const publicKey = new x509.PublicKey(copied(toSpki(request.publicKey)));
  const issuerKey = new x509.PublicKey(copied(toSpki(issuer?.publicKey ?? request.publicKey)));
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: randomSerialNumber(),
    subject,
    issuer: issuer ? new x509.X509Certificate(copied(issuer.der)).subjectName : subject,
    notBefore: wholeSeconds(request.validity.from),
    notAfter: wholeSeconds(request.validity.until),
    publicKey,
    signingKey: await toCryptoKey(signer),
    signingAlgorithm: { name: "ECDSA", hash: "SHA-256" },
    // The key identifiers serve path building by others (RFC 5280 wants them); here names and signatures decide.
    extensions: [
      ...request.extensions,
      await x509.SubjectKeyIdentifierExtension.create(publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(issuerKey),
    ],
  });
  // Reading it back strictly shows at once what others would refuse.
  const read = readCertificate(new Uint8Array(certificate.rawData));
  if (!isSignedBy(read, issuer ?? read) || (issuer && !equalBytes(signer.publicKey, issuer.publicKey))) {
    throw new CloisterError("IssuerKeyWrong", `The key given is not the one of the issuer "${issuer?.commonName ?? request.subject}".`, "Give the private key that belongs to the issuer's certificate.");
  }
  return read;
}

function authority(pathLength: number, moreUsages = 0): x509.Extension[] {
  const usages = x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign | moreUsages;
  return [new x509.BasicConstraintsExtension(true, pathLength, true), new x509.KeyUsagesExtension(usages, true)];
}

function required(certificate: Certificate, oid: string): Uint8Array {
  const extension = certificate.extensions.get(oid);
  if (extension) return extension.value;
  throw new CloisterError("ExtensionMissing", `The certificate "${certificate.commonName}" has no extension ${oid}.`, "Use a certificate issued by a Cloister certification authority.", { oid });
}

function wholeSeconds(date: Date): Date {
  return new Date(Math.floor(date.getTime() / 1000) * 1000);
}

/** A copy in memory of its own, as WebCrypto's types want it. */
function copied(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(bytes);
}
