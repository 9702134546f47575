// SPDX-License-Identifier: Apache-2.0
import { bech32 } from "@scure/base";
import { generateX25519Identity, identityToRecipient } from "age-encryption";
import { CloisterError } from "../core/errors";
import { fromHex, toBytes32 } from "../core/hex";

/** A fresh random age identity `AGE-SECRET-KEY-1…` (X25519). */
export function newIdentity(): Promise<string> {
  return generateX25519Identity();
}

/**
 * The recipient (public key, `age1…`) of an identity.
 *
 * @throws CloisterError `IdentityInvalid`; the message does not repeat the identity.
 */
export async function recipientOf(identity: string): Promise<string> {
  try {
    return await identityToRecipient(identity);
  } catch {
    // The cause is left out: bech32 errors quote the text they could not read, here a private key.
    throw identityInvalid();
  }
}

/** The identity whose X25519 scalar is these 32 bytes. */
export function identityFromBytes(scalar: Uint8Array): string {
  if (scalar.length !== 32) throw identityInvalid();
  return bech32.encodeFromBytes("age-secret-key-", scalar).toUpperCase();
}

/**
 * The raw X25519 public key (32 bytes) of a recipient `age1…`.
 *
 * @throws CloisterError `RecipientInvalid` for anything else, post-quantum recipients included: they do not fit 32 bytes.
 */
export function recipientToBytes(recipient: string): Uint8Array {
  let bytes: Uint8Array;
  try {
    const decoded = bech32.decodeToBytes(recipient);
    if (decoded.prefix !== "age") throw new Error("the prefix is not age");
    bytes = decoded.bytes;
  } catch {
    // The cause is left out: somebody may have given an identity, and bech32 errors quote their input.
    throw recipientInvalid("is not an X25519 age recipient");
  }
  checkPublicKey(bytes);
  return bytes;
}

/** The recipient `age1…` of a raw X25519 public key, given as 32 bytes or as `bytes32` hex. */
export function recipientFromBytes(key: Uint8Array | string): string {
  const bytes = typeof key === "string" ? fromHex(key) : key;
  checkPublicKey(bytes);
  return bech32.encodeFromBytes("age", bytes);
}

/** The recipient as the contracts keep it: `0x` and 64 hex digits. */
export function recipientToBytes32(recipient: string): string {
  return toBytes32(recipientToBytes(recipient));
}

function checkPublicKey(bytes: Uint8Array): void {
  if (bytes.length !== 32) throw recipientInvalid(`has ${bytes.length} bytes instead of 32`);
  // All zeros is how the contracts say "none"; as a curve point it would give everybody the same shared secret.
  if (bytes.every((byte) => byte === 0)) throw recipientInvalid("is all zeros");
}

function identityInvalid(): CloisterError {
  return new CloisterError("IdentityInvalid", "The age identity cannot be read.", "Give the whole AGE-SECRET-KEY-1… text.");
}

function recipientInvalid(reason: string): CloisterError {
  return new CloisterError("RecipientInvalid", `The recipient ${reason}.`, "Give an age recipient: age1 and 58 characters.");
}
