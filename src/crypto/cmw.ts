// SPDX-License-Identifier: Apache-2.0
import { utf8 } from "@scure/base";
import { CloisterError } from "../core/errors";
import { concatBytes, utf8Text } from "./der";

/**
 * A RATS Conceptual Message Wrapper (RFC 9999) as a CBOR record: array [media type, bytes]. CBOR, not JSON: base64 would add
 * a third to the quote, which every registration pays for on chain.
 */
export function encodeCmw(mediaType: string, value: Uint8Array): Uint8Array {
  const type = utf8.decode(mediaType);
  return concatBytes(Uint8Array.from([0x82]), head(3, type.length), type, head(2, value.length), value);
}

/** Reads what {@link encodeCmw} writes; other forms of the wrapper and other spellings of the lengths are refused. */
export function decodeCmw(bytes: Uint8Array): { mediaType: string; value: Uint8Array } {
  if (bytes[0] !== 0x82) throw unreadable("is not an array of two");
  const type = readString(bytes, 1, 3);
  const value = readString(bytes, type.end, 2);
  if (value.end !== bytes.length) throw unreadable("has bytes left over");
  return { mediaType: utf8Text(type.content), value: value.content };
}

/** CBOR head (RFC 8949, 3.1) of a string of up to 65535 bytes, shortest form. */
function head(major: number, size: number): Uint8Array {
  const type = major << 5;
  if (size < 24) return Uint8Array.from([type | size]);
  if (size < 256) return Uint8Array.from([type | 24, size]);
  if (size < 65_536) return Uint8Array.from([type | 25, size >> 8, size & 0xff]);
  throw new CloisterError("EvidenceTooLarge", `The evidence has ${size} bytes; 65535 fit.`);
}

function readString(bytes: Uint8Array, at: number, major: number): { content: Uint8Array; end: number } {
  const short = (bytes[at] ?? 0) & 0x1f;
  const count = short === 24 ? 1 : short === 25 ? 2 : 0;
  let size = count === 0 ? short : 0;
  for (let i = 1; i <= count; i++) size = size * 256 + (bytes[at + i] ?? 0);
  const start = at + 1 + count;
  const expected = size < 65_536 ? head(major, size) : new Uint8Array();
  const end = start + size;
  if (!expected.every((byte, index) => bytes[at + index] === byte) || expected.length !== start - at || end > bytes.length) {
    throw unreadable("has a malformed string");
  }
  return { content: bytes.slice(start, end), end };
}

function unreadable(what: string): CloisterError {
  return new CloisterError("EvidenceMalformed", `The evidence wrapper ${what}.`, "Ask for a certificate issued by current tools.");
}
