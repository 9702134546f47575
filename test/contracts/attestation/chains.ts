// SPDX-License-Identifier: Apache-2.0
import { issueDevice, issueRoot, issueSubCa, type Validity } from "../../../src/crypto/certificate";
import { generateKeyPair, keyId, keyPairOf, type KeyPair } from "../../../src/crypto/keys";
import type { Certificate } from "../../../src/crypto/x509";

/** A root, a sub CA and what they certify, for tests of the contract. */
export interface Authority {
  readonly rootKey: KeyPair;
  readonly root: Certificate;
  readonly caKey: KeyPair;
  readonly ca: Certificate;
}

/** A device key with its certificate. */
export interface TestDevice {
  readonly key: KeyPair;
  readonly id: string;
  readonly certificate: Certificate;
  readonly chain: Uint8Array[];
}

/** From `start` (Unix seconds) for that many days. */
export function days(start: number, count: number): Validity {
  return { from: new Date(start * 1000), until: new Date((start + count * 86_400) * 1000) };
}

/** Keys with fixed numbers, so that gas figures do not vary with the digits of random ones. */
export function fixedKey(number: number): KeyPair {
  return keyPairOf(Uint8Array.from({ length: 32 }, (_, index) => (index * 31 + number * 7 + 1) & 0xff));
}

export async function makeAuthority(start: number, name = "Test", rootDays = 3650, caDays = 365): Promise<Authority> {
  const [rootKey, caKey] = [generateKeyPair(), generateKeyPair()];
  const root = await issueRoot(rootKey, `${name} Root CA`, days(start, rootDays));
  const ca = await issueSubCa({ key: rootKey, certificate: root }, caKey.publicKey, `${name} Sub CA`, days(start, caDays));
  return { rootKey, root, caKey, ca };
}

/** A device of the authority. The contract does not read the quote, so any bytes will do. */
export async function makeDevice(authority: Authority, validity: Validity, quote: Uint8Array = new Uint8Array(), key = generateKeyPair()): Promise<TestDevice> {
  const certificate = await issueDevice(
    { key: authority.caKey, certificate: authority.ca },
    {
      publicKey: key.publicKey,
      ageRecipient: "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p",
      quote,
      commonName: "Cloister TEE device",
    },
    validity,
  );
  return { key, id: keyId(key.publicKey), certificate, chain: [authority.ca.der, certificate.der] };
}
