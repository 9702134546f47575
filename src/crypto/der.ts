// SPDX-License-Identifier: Apache-2.0
import { CloisterError } from "../core/errors";

/** Tags of the DER elements that certificates and evidence use. */
export const Tag = {
  Boolean: 0x01,
  Integer: 0x02,
  BitString: 0x03,
  OctetString: 0x04,
  ObjectIdentifier: 0x06,
  Utf8String: 0x0c,
  Sequence: 0x30,
  Set: 0x31,
  UtcTime: 0x17,
  GeneralizedTime: 0x18,
} as const;

/** One element: its tag, its content and its whole encoding (copies of nothing: views into the bytes read). */
export interface DerElement {
  readonly tag: number;
  readonly content: Uint8Array;
  readonly raw: Uint8Array;
}

/**
 * Reads DER (ITU-T X.690) front to back and refuses what DER forbids: indefinite or over-long lengths, elements that reach
 * beyond the one around them, bytes left over. So two different byte strings never read as the same thing.
 */
export class DerReader {
  private at = 0;

  constructor(private readonly bytes: Uint8Array) {}

  /** Whether everything was read. */
  get done(): boolean {
    return this.at === this.bytes.length;
  }

  /** Tag of the next element, 0 at the end. */
  peek(): number {
    return this.bytes[this.at] ?? 0;
  }

  /** The next element; refused if `tag` is given and differs. */
  next(tag?: number): DerElement {
    const from = this.at;
    const found = this.byte();
    let size = this.byte();
    if (size >= 0x80) {
      const count = size & 0x7f;
      if (count === 0 || count > 3) throw malformed(`a length of form 0x${size.toString(16)} at byte ${from}`);
      size = 0;
      for (let i = 0; i < count; i++) size = size * 256 + this.byte();
      if (size < 0x80 || size < 256 ** (count - 1)) throw malformed(`an over-long length at byte ${from}`);
    }
    if (tag !== undefined && found !== tag) {
      throw malformed(`tag 0x${found.toString(16)} where 0x${tag.toString(16)} has to stand, at byte ${from}`);
    }
    if ((found & 0x1f) === 0x1f) throw malformed(`a multi-byte tag at byte ${from}`);
    const start = this.at;
    if (start + size > this.bytes.length) throw malformed(`an element at byte ${from} that ends beyond its surroundings`);
    this.at = start + size;
    return { tag: found, content: this.bytes.subarray(start, this.at), raw: this.bytes.subarray(from, this.at) };
  }

  /** Enters the next element, which must have `tag`. */
  enter(tag: number = Tag.Sequence): DerReader {
    return new DerReader(this.next(tag).content);
  }

  /** The next element if it has `tag`. */
  optional(tag: number): DerElement | undefined {
    return !this.done && this.peek() === tag ? this.next(tag) : undefined;
  }

  /** The next INTEGER as its minimal big-endian bytes, refused if negative. */
  unsigned(): Uint8Array {
    return unsignedContent(this.next(Tag.Integer).content);
  }

  /** The next INTEGER as a number below 2^48. */
  smallUnsigned(): number {
    const content = this.unsigned();
    if (content.length > 6) throw malformed("an integer that is too large");
    return content.reduce((sum, byte) => sum * 256 + byte, 0);
  }

  /** The next OBJECT IDENTIFIER in dotted form. */
  objectIdentifier(): string {
    return dottedOid(this.next(Tag.ObjectIdentifier).content);
  }

  /** The next OPTIONAL BOOLEAN DEFAULT FALSE: DER writes it only when true, as 0xff. */
  trueOrAbsent(): boolean {
    const element = this.optional(Tag.Boolean);
    if (element && (element.content.length !== 1 || element.content[0] !== 0xff)) throw malformed("a BOOLEAN that is not 0xff");
    return element !== undefined;
  }

  /** The next BIT STRING, whose length must be whole bytes. */
  wholeBits(): Uint8Array {
    const { content } = this.next(Tag.BitString);
    if (content[0] !== 0) throw malformed("a BIT STRING with unused bits");
    return content.subarray(1);
  }

  /** The next UTCTime (up to 2049) or GeneralizedTime (from 2050 on), RFC 5280 4.1.2.5. */
  time(): Date {
    const { tag, content } = this.next();
    const text = String.fromCharCode(...content);
    const match = /^(\d{2,4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(text);
    const digits = tag === Tag.UtcTime ? 2 : tag === Tag.GeneralizedTime ? 4 : 0;
    if (!match || match[1]?.length !== digits) throw malformed(`the time "${text}"`);
    const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1).map(Number);
    const full = digits === 4 ? year : year + (year < 50 ? 2000 : 1900);
    const date = new Date(Date.UTC(full, month - 1, day, hour, minute, second));
    // A 31st of February would roll over silently.
    const same = date.getUTCMonth() === month - 1 && date.getUTCDate() === day && hour < 24 && minute < 60 && second < 60;
    if (!same || (digits === 4 && full < 2050)) throw malformed(`the time "${text}"`);
    return date;
  }

  /** Refuses bytes left over. */
  end(): void {
    if (!this.done) throw malformed(`${this.bytes.length - this.at} bytes too many`);
  }

  private byte(): number {
    const value = this.bytes[this.at++];
    if (value === undefined) throw malformed("an early end");
    return value;
  }
}

/** Reads one element that is the whole of `bytes`. */
export function readWhole(bytes: Uint8Array, tag: number = Tag.Sequence): DerElement {
  const reader = new DerReader(bytes);
  const element = reader.next(tag);
  reader.end();
  return element;
}

/** Writes an element of the given content parts. */
export function derElement(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const content = concatBytes(...parts);
  const size: number[] = [];
  if (content.length < 0x80) size.push(content.length);
  else {
    for (let rest = content.length; rest > 0; rest = Math.floor(rest / 256)) size.unshift(rest % 256);
    size.unshift(0x80 + size.length);
  }
  return concatBytes(Uint8Array.from([tag, ...size]), content);
}

/** Writes a non-negative INTEGER from its big-endian bytes. */
export function derUnsigned(value: Uint8Array): Uint8Array {
  let start = 0;
  while (start < value.length - 1 && value[start] === 0) start++;
  const minimal = value.subarray(start);
  const sign = (minimal[0] ?? 0) >= 0x80 || minimal.length === 0 ? [0] : [];
  return derElement(Tag.Integer, Uint8Array.from(sign), minimal);
}

/** Writes an OBJECT IDENTIFIER from its dotted form. */
export function derOid(dotted: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  const bytes = [first * 40 + second];
  for (const arc of rest) {
    const groups = [arc & 0x7f];
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128)) groups.unshift((left % 128) | 0x80);
    bytes.push(...groups);
  }
  return derElement(Tag.ObjectIdentifier, Uint8Array.from(bytes));
}

/** Joins byte strings into a new one. */
export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** Whether two byte strings are equal. Not constant-time: for public bytes only. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

/** Text of UTF-8 bytes; others are refused, not replaced. */
export function utf8Text(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw malformed("text that is not UTF-8");
  }
}

/** The `CertificateMalformed` error: these bytes are not what DER allows at this place. */
export function malformed(what: string): CloisterError {
  return new CloisterError("CertificateMalformed", `The certificate, list or key is not strict DER: ${what}.`, "Ask its issuer for an intact copy.");
}

function unsignedContent(content: Uint8Array): Uint8Array {
  const [first, second = 0] = content;
  if (first === undefined || first >= 0x80) throw malformed("an integer that is empty or negative");
  if (first !== 0 || content.length === 1) return content;
  if (second < 0x80) throw malformed("an integer with a superfluous zero");
  return content.subarray(1);
}

function dottedOid(content: Uint8Array): string {
  const arcs: number[] = [];
  let arc = 0;
  content.forEach((byte, index) => {
    if (arc === 0 && byte === 0x80) throw malformed("an object identifier with a superfluous byte");
    if (arc > 2 ** 45) throw malformed("an object identifier with a huge arc");
    arc = arc * 128 + (byte & 0x7f);
    if (byte < 0x80) {
      arcs.push(arc);
      arc = 0;
    } else if (index === content.length - 1) throw malformed("an object identifier that ends early");
  });
  const [first] = arcs;
  if (first === undefined) throw malformed("an empty object identifier");
  const root = Math.min(2, Math.floor(first / 40));
  return [root, first - root * 40, ...arcs.slice(1)].join(".");
}
