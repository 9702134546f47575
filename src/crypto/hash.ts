// SPDX-License-Identifier: Apache-2.0
import { sha256 } from "@noble/hashes/sha2.js";
import { toHex } from "../core/hex";

export { fromBytes32, fromHex, toBytes32, toHex } from "../core/hex";

/** sha256 of bytes, or of the UTF-8 of text: 32 bytes. */
export function sha256Bytes(data: Uint8Array | string): Uint8Array {
  return sha256(typeof data === "string" ? new TextEncoder().encode(data) : data);
}

/** sha256 as 64 lower-case hex digits. */
export function sha256Hex(data: Uint8Array | string): string {
  return toHex(sha256Bytes(data));
}
