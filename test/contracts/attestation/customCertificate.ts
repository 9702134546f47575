// SPDX-License-Identifier: Apache-2.0
import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import { randomSerialNumber, toCryptoKey, type Validity } from "../../../src/crypto/certificate";
import { type KeyPair, toSpki } from "../../../src/crypto/keys";

/** What a certificate says that our own issuing functions would never write. */
export interface CustomCertificate {
  readonly subject: string;
  readonly publicKey: Uint8Array;
  readonly issuer: string;
  readonly signer: KeyPair;
  readonly validity: Validity;
  readonly extensions: readonly x509.Extension[];
}

/** basicConstraints CA with that path length. */
export function ca(pathLength?: number): x509.Extension {
  return new x509.BasicConstraintsExtension(true, pathLength, true);
}

/** basicConstraints of a leaf. */
export function notCa(): x509.Extension {
  return new x509.BasicConstraintsExtension(false, undefined, true);
}

export function keyUsage(flags: x509.KeyUsageFlags = x509.KeyUsageFlags.keyCertSign): x509.Extension {
  return new x509.KeyUsagesExtension(flags, true);
}

export const digitalSignature = x509.KeyUsageFlags.digitalSignature;

/** An extension that nobody knows. */
export function unknownExtension(critical: boolean): x509.Extension {
  return new x509.Extension("1.3.6.1.4.1.58888.9.9", critical, Uint8Array.from([5, 0]));
}

/** DER of such a certificate. */
export async function customCertificate(custom: CustomCertificate): Promise<Uint8Array> {
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: randomSerialNumber(),
    subject: new x509.Name([{ CN: [custom.subject] }]),
    issuer: new x509.Name([{ CN: [custom.issuer] }]),
    notBefore: custom.validity.from,
    notAfter: custom.validity.until,
    publicKey: new x509.PublicKey(Uint8Array.from(toSpki(custom.publicKey))),
    signingKey: await toCryptoKey(custom.signer),
    signingAlgorithm: { name: "ECDSA", hash: "SHA-256" },
    extensions: [...custom.extensions],
  });
  return new Uint8Array(certificate.rawData.slice(0));
}
