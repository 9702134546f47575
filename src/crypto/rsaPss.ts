// SPDX-License-Identifier: Apache-2.0
import { sha384 } from "@noble/hashes/sha2.js";
import { hex } from "@scure/base";
import { CloisterError } from "../core/errors";
import { concatBytes, DerReader, equalBytes, readWhole, Tag } from "./der";
import type { SignatureForm } from "./x509";

/** RSA keys of AMD's certification authorities: 4096 bits. */
export interface RsaPublicKey {
  readonly modulus: bigint;
  readonly exponent: bigint;
}

const BYTES = 512;
const HASH = 48;
const RSA_ENCRYPTION = hex.decode("300d06092a864886f70d0101010500");

/** RSASSA-PSS with SHA-384, its mask by SHA-384, 48 bytes of salt: spelled as AMD does, with the default trailer written out. */
export const RSA_PSS_SHA384: SignatureForm = {
  name: "RSASSA-PSS with SHA-384",
  algorithm: hex.decode("304606092a864886f70d01010a3039a00f300d06096086480165030402020500a11c301a06092a864886f70d010108300d06096086480165030402020500a203020130a303020101"),
  read: (bits) => bits,
};

/** The key of a SubjectPublicKeyInfo; refused unless it is an RSA key of 4096 bits with the usual exponent. */
export function readRsaKey(spki: Uint8Array): RsaPublicKey {
  const outer = new DerReader(readWhole(spki).content);
  const isRsa = equalBytes(outer.next(Tag.Sequence).raw, RSA_ENCRYPTION);
  const reader = isRsa ? new DerReader(readWhole(outer.wholeBits()).content) : undefined;
  const [modulus, exponent] = [reader?.unsigned() ?? new Uint8Array(), reader?.smallUnsigned()];
  reader?.end();
  if (modulus.length !== BYTES || (modulus[0] ?? 0) < 0x80 || exponent !== 65_537) {
    throw new CloisterError("KeyUnsupported", "The public key is not an RSA key of 4096 bits with exponent 65537.", "Use AMD's certificates as AMD publishes them.");
  }
  return { modulus: toNumber(modulus), exponent: BigInt(exponent) };
}

/**
 * Whether `signature` is the key's over `message` by RSASSA-PSS with SHA-384 (RFC 8017, 8.1.2 and 9.1.2). Public values only, so
 * nothing here has to take constant time; written out because this room has nothing of Node and the browser's verifier answers later.
 */
export function verifyRsaPss({ modulus, exponent }: RsaPublicKey, message: Uint8Array, signature: Uint8Array): boolean {
  const number = toNumber(signature);
  if (signature.length !== BYTES || number >= modulus) return false;
  const encoded = hex.decode(power(number, exponent, modulus).toString(16).padStart(2 * BYTES, "0"));
  // The modulus has 4096 bits, so the encoded message has 4095: as many bytes, the first bit zero.
  const [masked, hash] = [encoded.subarray(0, BYTES - HASH - 1), encoded.subarray(BYTES - HASH - 1, BYTES - 1)];
  if (encoded[BYTES - 1] !== 0xbc || (masked[0] ?? 0) >= 0x80) return false;
  const mask = maskOf(hash, masked.length);
  const block = masked.map((byte, index) => byte ^ (mask[index] ?? 0));
  block[0] = (block[0] ?? 0) & 0x7f;
  const salt = block.subarray(block.length - HASH);
  const padding = block.subarray(0, block.length - HASH);
  if (padding.at(-1) !== 1 || padding.subarray(0, -1).some((byte) => byte !== 0)) return false;
  return equalBytes(hash, sha384(concatBytes(new Uint8Array(8), sha384(message), salt)));
}

/** MGF1 (RFC 8017, B.2.1). */
function maskOf(seed: Uint8Array, size: number): Uint8Array {
  const blocks = Array.from({ length: Math.ceil(size / HASH) }, (_, counter) => sha384(concatBytes(seed, Uint8Array.from([0, 0, counter >> 8, counter & 0xff]))));
  return concatBytes(...blocks).subarray(0, size);
}

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  for (let square = base, rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % modulus;
    square = (square * square) % modulus;
  }
  return result;
}

function toNumber(bytes: Uint8Array): bigint {
  return BigInt(`0x${hex.encode(bytes) || "0"}`);
}
