// SPDX-License-Identifier: Apache-2.0
import { p256 } from "@noble/curves/nist.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { keccak_256 } from "@noble/hashes/sha3.js";
import { hex } from "@scure/base";
import { CloisterError } from "../core/errors";
import { concatBytes, derElement, DerReader, derOid, equalBytes, malformed, readWhole, Tag } from "./der";
import { onePem, toPem } from "./pem";

/** A P-256 key. P-256 is the one kind of key of certificates, TLS, reports and the chain's device checks. */
export interface KeyPair {
  /** Scalar, 32 bytes. */
  readonly privateKey: Uint8Array;
  /** Uncompressed point, 65 bytes: 0x04, x, y. */
  readonly publicKey: Uint8Array;
}

/** An ECDSA signature as the contracts take it, with the public key it is of: 32-byte hex numbers with 0x, `s` in the lower half. */
export interface Signature {
  readonly x: string;
  readonly y: string;
  readonly r: string;
  readonly s: string;
}

const ORDER = p256.Point.Fn.ORDER;
/** SubjectPublicKeyInfo of an uncompressed P-256 point, up to the point (RFC 5480). */
const SPKI_PREFIX = hex.decode("3059301306072a8648ce3d020106082a8648ce3d030107034200");
const EC_KEY_ALGORITHM = derElement(Tag.Sequence, derOid("1.2.840.10045.2.1"), derOid("1.2.840.10045.3.1.7"));

/** A new key; the randomness is the platform's (`globalThis.crypto`). */
export function generateKeyPair(): KeyPair {
  return keyPairOf(p256.utils.randomSecretKey());
}

/** The key pair of a 32-byte scalar. */
export function keyPairOf(privateKey: Uint8Array): KeyPair {
  return { privateKey, publicKey: p256.getPublicKey(privateKey, false) };
}

/** Signs the sha-256 of `message`: 64 bytes r, s with a low s. Deterministic (RFC 6979). */
export function sign(key: KeyPair, message: Uint8Array): Uint8Array {
  return p256.sign(message, key.privateKey, { lowS: true, prehash: true });
}

/**
 * Whether `signature` (64 bytes) over the sha-256 of `message` is the key's. A high s is refused unless `highS` is set: only
 * certificates, revocation lists and Intel's structures carry one, because their makers do not normalise it.
 */
export function verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array, options: { highS?: boolean } = {}): boolean {
  if (signature.length !== 64 || !isPublicKey(publicKey)) return false;
  return p256.verify(signature, message, publicKey, { lowS: options.highS !== true, prehash: true });
}

/** Signs an EIP-712 digest for the contracts: ECDSA over the sha-256 of the 32 digest bytes. */
export function signDigest(key: KeyPair, digest: Uint8Array): Signature {
  if (digest.length !== 32) throw new CloisterError("DigestLengthWrong", `A digest has 32 bytes; ${digest.length} were given.`);
  const signature = sign(key, digest);
  const word = (bytes: Uint8Array) => `0x${hex.encode(bytes)}`;
  return { x: word(key.publicKey.subarray(1, 33)), y: word(key.publicKey.subarray(33)), r: word(signature.subarray(0, 32)), s: word(signature.subarray(32)) };
}

/** 64 signature bytes with `s` replaced by the lower of `s` and `n - s`: contracts and reports take no other. */
export function toLowS(signature: Uint8Array): Uint8Array {
  const s = BigInt(`0x${hex.encode(signature.subarray(32))}`);
  if (s <= ORDER / 2n || s >= ORDER) return signature;
  return concatBytes(signature.subarray(0, 32), hex.decode((ORDER - s).toString(16).padStart(64, "0")));
}

/** Id of a key on chain: keccak256 of x and y, hex with 0x. A renewed certificate of the same key keeps it. */
export function keyId(publicKey: Uint8Array): string {
  return `0x${hex.encode(keccak_256(publicKey.subarray(1)))}`;
}

/** SHA-256 of a public key's SubjectPublicKeyInfo, hex: how people compare keys. */
export function keyFingerprint(publicKey: Uint8Array): string {
  return hex.encode(sha256(toSpki(publicKey)));
}

/** SubjectPublicKeyInfo DER (91 bytes) of a public key. */
export function toSpki(publicKey: Uint8Array): Uint8Array {
  return concatBytes(SPKI_PREFIX, publicKey);
}

/** The public key of a SubjectPublicKeyInfo; refused unless it is an uncompressed point on P-256. */
export function fromSpki(spki: Uint8Array): Uint8Array {
  const publicKey = spki.slice(SPKI_PREFIX.length);
  if (!equalBytes(spki.subarray(0, SPKI_PREFIX.length), SPKI_PREFIX) || !isPublicKey(publicKey)) {
    throw new CloisterError("KeyUnsupported", "The public key is not an uncompressed P-256 point.", "Use P-256 (prime256v1) keys.");
  }
  return publicKey;
}

/** PKCS #8 PEM of a key (RFC 5915 inside), as Node's TLS and OpenSSL read it. */
export function toPrivatePem(key: KeyPair): string {
  return toPem("PRIVATE KEY", toPkcs8(key));
}

/** PKCS #8 DER of a key. */
export function toPkcs8(key: KeyPair): Uint8Array {
  const point = derElement(0xa1, derElement(Tag.BitString, Uint8Array.from([0]), key.publicKey));
  const ecKey = derElement(Tag.Sequence, derElement(Tag.Integer, Uint8Array.from([1])), derElement(Tag.OctetString, key.privateKey), point);
  return derElement(Tag.Sequence, derElement(Tag.Integer, Uint8Array.from([0])), EC_KEY_ALGORITHM, derElement(Tag.OctetString, ecKey));
}

/** The key of a PKCS #8 PEM. */
export function fromPrivatePem(text: string): KeyPair {
  const outer = new DerReader(readWhole(onePem("PRIVATE KEY", text)).content);
  if (outer.smallUnsigned() !== 0) throw malformed("an unknown version of PKCS #8");
  if (!equalBytes(outer.next(Tag.Sequence).raw, EC_KEY_ALGORITHM)) {
    throw new CloisterError("KeyUnsupported", "The private key is not a P-256 key.", "Use P-256 (prime256v1) keys.");
  }
  const ecKey = new DerReader(readWhole(outer.next(Tag.OctetString).content).content);
  if (ecKey.smallUnsigned() !== 1) throw malformed("an unknown version of an EC private key");
  return keyPairOf(ecKey.next(Tag.OctetString).content.slice());
}

function isPublicKey(publicKey: Uint8Array): boolean {
  return publicKey.length === 65 && p256.utils.isValidPublicKey(publicKey, false);
}
