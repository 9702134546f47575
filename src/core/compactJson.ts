// SPDX-License-Identifier: Apache-2.0
import { bech32 } from "@scure/base";
import { CloisterError } from "./errors";
import { fromHex, toHex } from "./hex";

/**
 * A short binary spelling of JSON for sealed messages: they travel in events, and every byte of an event is paid for.
 *
 *   message  = 0x01 value                       (0x01 is the version; no JSON text begins with it)
 *   value    = tag, then what the tag asks for; n is an unsigned LEB128 number below 2^53
 *     00 null   01 false   02 true   03 n: integer   04 n: the integer -n   05 8 bytes: IEEE 754 double, big-endian
 *     06 n, n bytes: string in UTF-8            07 n, 2n bytes: string in UTF-16, big-endian (for lone surrogates)
 *     08 n, n bytes: lower-case hex             09 n, n bytes: lower-case hex after "0x"
 *     0a 32 bytes: age recipient                0b 32 bytes: age identity
 *     0c n values: array                        0d n times key and value: object
 *     0e n: entry n of WORDS                    0f n: the decimal digits of n, as a string
 *     10 n: the n-th string (from 0) of tags 06 to 0b again
 *   key      = n above 0: entry n - 1 of KEYS; 0: a string value
 *
 * KEYS and WORDS only ever grow at their ends, and not past 127 entries; another change is another version.
 */
export const COMPACT_JSON = 0x01;

const KEYS = [
  ..."kind chainId orderBook customer nonce inputs offer version hash resource inputsHash solutionHash arguments command".split(" "),
  ..."environment configuration salt argumentsHash resultRecipient resultStore type path order suborder offerVersion".split(" "),
  ..."dataHash notAfter encryption algo encoding key size filename metadata storageType filepath credentials url".split(" "),
  ..."endpoint region bucket prefix accessKeyId secretKey".split(" "),
  ..."signatureKeyHash approval uses".split(" "),
];
const WORDS = [
  ..."cloister/arguments/v1 cloister/key-release/v1 solution data own any sha256 hex age bech32 file directory".split(" "),
  ..."STORAGE_PROVIDER DIRECTORY S3 URL EVENT".split(" "),
  "0".repeat(64),
];
const KEY_INDEX = new Map(KEYS.map((key, index) => [key, index]));
const WORD_INDEX = new Map(WORDS.map((word, index) => [word, index]));

/** Nesting that both directions accept; more would only exhaust the reader's stack. */
const DEEPEST = 200;
const RECIPIENT = "age";
const IDENTITY = "age-secret-key-";

/**
 * The compact form of a value; as with `JSON.stringify`, `undefined` members are left out.
 *
 * @throws CloisterError `CompactJsonInvalid` for nesting past 200 levels.
 */
export function encodeCompactJson(value: unknown): Uint8Array {
  const out: number[] = [COMPACT_JSON];
  const strings = new Map<string, number>();

  const number = (n: number): void => {
    for (; n >= 0x80; n = Math.floor(n / 0x80)) out.push((n % 0x80) | 0x80);
    out.push(n);
  };
  const tagged = (tag: number, n: number): void => {
    out.push(tag);
    number(n);
  };
  const bytes = (tag: number, given: Uint8Array, length?: number): void => {
    out.push(tag);
    if (length !== undefined) number(length);
    for (const byte of given) out.push(byte);
  };
  const string = (text: string): void => {
    const word = WORD_INDEX.get(text);
    const earlier = strings.get(text);
    if (word !== undefined) return tagged(0x0e, word);
    if (isDecimal(text)) return tagged(0x0f, Number(text));
    if (earlier !== undefined) return tagged(0x10, earlier);
    strings.set(text, strings.size);
    const hex = /^(0x)?((?:[0-9a-f]{2})+)$/.exec(text);
    if (hex) return bytes(hex[1] === undefined ? 0x08 : 0x09, fromHex(hex[2]!), hex[2]!.length / 2);
    const recipient = keyBytes(RECIPIENT, text);
    if (recipient) return bytes(0x0a, recipient);
    const identity = keyBytes(IDENTITY, text);
    if (identity) return bytes(0x0b, identity);
    if (!text.isWellFormed()) return bytes(0x07, utf16(text), text.length);
    const utf8 = new TextEncoder().encode(text);
    return bytes(0x06, utf8, utf8.length);
  };
  const write = (item: unknown, depth: number): void => {
    if (depth > DEEPEST) throw invalid(`is nested deeper than ${DEEPEST} levels`);
    if (item === null) out.push(0x00);
    else if (typeof item === "boolean") out.push(item ? 0x02 : 0x01);
    else if (typeof item === "string") string(item);
    else if (typeof item === "number") {
      if (!Number.isSafeInteger(item)) bytes(0x05, double(item));
      else tagged(item < 0 ? 0x04 : 0x03, Math.abs(item));
    } else if (Array.isArray(item)) {
      tagged(0x0c, item.length);
      for (const member of item) write(member, depth + 1);
    } else {
      const members = Object.entries(item as object);
      tagged(0x0d, members.length);
      for (const [key, member] of members) {
        const known = KEY_INDEX.get(key);
        number(known === undefined ? 0 : known + 1);
        if (known === undefined) string(key);
        write(member, depth + 1);
      }
    }
  };
  // One pass through JSON leaves exactly what JSON can say.
  write(JSON.parse(JSON.stringify(value) ?? "null"), 0);
  return Uint8Array.from(out);
}

/**
 * Reads what {@link encodeCompactJson} wrote.
 *
 * @throws CloisterError `CompactJsonInvalid`; the message never quotes the bytes, which may hold keys.
 */
export function decodeCompactJson(message: Uint8Array): unknown {
  const strings: string[] = [];
  let at = 0;

  const take = (length: number): Uint8Array => {
    if (length > message.length - at) throw invalid("ends too early");
    return message.subarray(at, (at += length));
  };
  const number = (): number => {
    let n = 0;
    for (let scale = 1; ; scale *= 0x80) {
      const byte = take(1)[0]!;
      n += (byte & 0x7f) * scale;
      if (n > Number.MAX_SAFE_INTEGER) throw invalid("holds a number past 2^53");
      if (byte < 0x80) return n;
    }
  };
  /** A count of things of at least one byte each. */
  const count = (): number => {
    const n = number();
    if (n > message.length - at) throw invalid("ends too early");
    return n;
  };
  const entry = (list: readonly string[], index: number): string => {
    const found = list[index];
    if (found === undefined) throw invalid("names a word that is not in its list");
    return found;
  };
  const fresh = (text: string): string => {
    strings.push(text);
    return text;
  };
  const read = (depth: number): unknown => {
    if (depth > DEEPEST) throw invalid(`is nested deeper than ${DEEPEST} levels`);
    const tag = take(1)[0]!;
    switch (tag) {
      case 0x00: return null;
      case 0x01: return false;
      case 0x02: return true;
      case 0x03: return number();
      case 0x04: return -number();
      case 0x05: return fromDouble(take(8));
      case 0x06: return fresh(utf8(take(number())));
      case 0x07: return fresh(fromUtf16(take(2 * number())));
      case 0x08: return fresh(toHex(take(number())));
      case 0x09: return fresh(`0x${toHex(take(number()))}`);
      case 0x0a: return fresh(bech32.encodeFromBytes(RECIPIENT, take(32)));
      case 0x0b: return fresh(bech32.encodeFromBytes(IDENTITY, take(32)).toUpperCase());
      case 0x0c: return Array.from({ length: count() }, () => read(depth + 1));
      case 0x0d: return object(count(), depth + 1);
      case 0x0e: return entry(WORDS, number());
      case 0x0f: return String(number());
      case 0x10: return entry(strings, number());
      default: throw invalid(`has the unknown tag ${tag}`);
    }
  };
  const object = (members: number, depth: number): object => {
    const found = new Map<string, unknown>();
    for (let n = 0; n < members; n++) {
      const known = number();
      const key = known === 0 ? read(DEEPEST) : entry(KEYS, known - 1);
      if (typeof key !== "string" || found.has(key)) throw invalid("has a key that is no string, or twice");
      found.set(key, read(depth));
    }
    return Object.fromEntries(found);
  };

  if (take(1)[0] !== COMPACT_JSON) throw invalid("is of an unknown version");
  const value = read(0);
  if (at !== message.length) throw invalid("goes on after its end");
  return value;
}

function isDecimal(text: string): boolean {
  return /^(?:0|[1-9]\d{0,15})$/.test(text) && Number.isSafeInteger(Number(text));
}

/** The 32 bytes of an age key, if this is exactly the spelling that they get back. */
function keyBytes(prefix: string, text: string): Uint8Array | undefined {
  const lower = prefix === IDENTITY ? text.toLowerCase() : text;
  if (lower.length !== prefix.length + 59 || !lower.startsWith(`${prefix}1`)) return undefined;
  const decoded = bech32.decodeUnsafe(lower);
  const bytes = decoded && bech32.fromWordsUnsafe(decoded.words);
  if (!bytes || bytes.length !== 32) return undefined;
  const back = bech32.encodeFromBytes(prefix, Uint8Array.from(bytes));
  return (prefix === IDENTITY ? back.toUpperCase() : back) === text ? Uint8Array.from(bytes) : undefined;
}

function utf8(bytes: Uint8Array): string {
  try {
    // A leading U+FEFF is a character of the string, not a mark of the encoding.
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw invalid("holds text that is not UTF-8");
  }
}

function utf16(text: string): Uint8Array {
  return Uint8Array.from(Array.from({ length: text.length }, (_, index) => text.charCodeAt(index)).flatMap((unit) => [unit >> 8, unit & 0xff]));
}

function fromUtf16(bytes: Uint8Array): string {
  return Array.from({ length: bytes.length / 2 }, (_, index) => String.fromCharCode((bytes[2 * index]! << 8) | bytes[2 * index + 1]!)).join("");
}

function double(value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setFloat64(0, value);
  return bytes;
}

function fromDouble(bytes: Uint8Array): number {
  const value = new DataView(bytes.slice().buffer).getFloat64(0);
  if (!Number.isFinite(value)) throw invalid("holds a number that JSON does not have");
  return value;
}

function invalid(reason: string): CloisterError {
  return new CloisterError("CompactJsonInvalid", `The compact JSON ${reason}.`, "Ask the sender to seal the message again.");
}
