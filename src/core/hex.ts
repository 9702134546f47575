// SPDX-License-Identifier: Apache-2.0
import { CloisterError } from "./errors";

/** Lower-case hex of bytes, without a prefix. */
export function toHex(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += byte.toString(16).padStart(2, "0");
  return text;
}

/**
 * Bytes of hex text, with or without `0x`, upper or lower case.
 *
 * @throws CloisterError `NotHex` for an odd length or any other character.
 */
export function fromHex(text: string): Uint8Array {
  const digits = text.startsWith("0x") ? text.slice(2) : text;
  if (digits.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(digits)) {
    throw new CloisterError("NotHex", `A text of ${text.length} characters is not hex.`, "Give pairs of the digits 0-9 and a-f.");
  }
  return Uint8Array.from({ length: digits.length / 2 }, (_, index) => Number.parseInt(digits.slice(2 * index, 2 * index + 2), 16));
}

/**
 * A 32-byte hash as the contracts hold it: `0x` and 64 lower-case digits.
 *
 * @throws CloisterError `NotBytes32` when it is not 32 bytes of hex.
 */
export function toBytes32(hash: string | Uint8Array): string {
  const bytes = typeof hash === "string" ? fromHex(hash) : hash;
  if (bytes.length !== 32) {
    throw new CloisterError("NotBytes32", `A hash of ${bytes.length} bytes was given where 32 are needed.`, "Give the whole sha256: 64 hex digits.");
  }
  return `0x${toHex(bytes)}`;
}

/** A `bytes32` of the contracts as files and messages write a hash: 64 lower-case digits without `0x`. */
export function fromBytes32(value: string): string {
  return toBytes32(value).slice(2);
}
