// SPDX-License-Identifier: Apache-2.0
import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import { base64urlnopad, utf8 } from "@scure/base";
import type { CanonicalValue } from "../core/canonicalJson";
import { CloisterError } from "../core/errors";
import type { EvidenceKind } from "../core/trust";
import { ChainExtension, EVIDENCE_TYPES, orderUrn, workloadInfoHash } from "./certificateContents";
import { encodeCmw } from "./cmw";
import { derElement, equalBytes, Tag } from "./der";
import { type KeyPair, toSpki } from "./keys";
import { type Certificate, isSignedBy, readCertificate } from "./x509";

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
  return issueCertificate({ subject: commonName, publicKey: key.publicKey, validity, extensions: authorityExtensions(2) }, key);
}

/** Issues a sub CA, which may certify devices. */
export async function issueSubCa(root: Issuer, publicKey: Uint8Array, commonName: string, validity: Validity): Promise<Certificate> {
  return issueCertificate({ subject: commonName, publicKey, validity, extensions: authorityExtensions(1) }, root.key, root.certificate);
}

/** What a device certificate says besides its key. */
export interface DeviceIdentity {
  readonly publicKey: Uint8Array;
  readonly ageRecipient: string;
  /** Raw quote or report over the key and the recipient. */
  readonly quote: Uint8Array;
  /** What kind of evidence it is; a TDX quote unless told. */
  readonly kind?: EvidenceKind;
  readonly commonName: string;
}

/** Issues a device certificate: a CA for order certificates, with its evidence and age recipient. */
export async function issueDevice(subCa: Issuer, device: DeviceIdentity, validity: Validity): Promise<Certificate> {
  const extensions = [
    ...authorityExtensions(0, x509.KeyUsageFlags.digitalSignature),
    new x509.Extension(ChainExtension.evidence, false, copied(derElement(Tag.OctetString, encodeCmw(EVIDENCE_TYPES[device.kind ?? "tdx"], device.quote)))),
    new x509.Extension(ChainExtension.ageRecipient, false, copied(derElement(Tag.Utf8String, utf8.decode(device.ageRecipient)))),
  ];
  return issueCertificate({ subject: device.commonName, publicKey: device.publicKey, validity, extensions }, subCa.key, subCa.certificate);
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
  return issueCertificate({ subject, publicKey: order.publicKey, validity: { from: validity.from, until }, extensions }, device.key, device.certificate);
}

/** WebCrypto's key, named by what makes it: its type has another home in Node than in browsers. */
type SigningKey = Awaited<ReturnType<typeof globalThis.crypto.subtle.importKey>>;

/** A P-256 key as WebCrypto's; `@peculiar/x509` signs with nothing else. */
export async function toCryptoKey(key: KeyPair): Promise<SigningKey> {
  const [x, y, d] = [key.publicKey.slice(1, 33), key.publicKey.slice(33), key.privateKey].map((part) => base64urlnopad.encode(part));
  return globalThis.crypto.subtle.importKey("jwk", { kty: "EC", crv: "P-256", x, y, d }, { name: "ECDSA", namedCurve: "P-256" }, true, ["sign"]);
}

/** A positive serial number of 16 random bytes, hex. */
export function randomSerialNumber(): string {
  const bytes = globalThis.crypto.getRandomValues(new Uint8Array(16));
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** What any certificate says; see the functions above for those of a chain. */
export interface CertificateRequest {
  readonly subject: string;
  readonly publicKey: Uint8Array;
  readonly validity: Validity;
  readonly extensions: readonly x509.Extension[];
}

/** Issues a certificate; self-signed without an issuer. Key identifiers are added. */
export async function issueCertificate(request: CertificateRequest, signer: KeyPair, issuer?: Certificate): Promise<Certificate> {
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

/** basicConstraints and key usage of a CA. */
export function authorityExtensions(pathLength: number, moreUsages = 0): x509.Extension[] {
  const usages = x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign | moreUsages;
  return [new x509.BasicConstraintsExtension(true, pathLength, true), new x509.KeyUsagesExtension(usages, true)];
}

function wholeSeconds(date: Date): Date {
  return new Date(Math.floor(date.getTime() / 1000) * 1000);
}

/** A copy in memory of its own, as WebCrypto's types want it. */
function copied(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(bytes);
}
