// SPDX-License-Identifier: Apache-2.0
import { CloisterError } from "./errors";

/** What {@link canonicalJson} accepts: JSON whose numbers are safe integers, so that every writer prints the same digits. */
export type CanonicalValue =
  | null
  | boolean
  | number
  | string
  | readonly CanonicalValue[]
  | { readonly [key: string]: CanonicalValue | undefined };

/**
 * JSON with one spelling: keys sorted by UTF-16 code unit, no white space, `undefined` members left out, numbers safe integers.
 * This is RFC 8785 (JCS) restricted to integers, so hashes over it agree between tools.
 *
 * @throws CloisterError `NotCanonical` for fractions, NaN, infinities, lone surrogates and anything that is not JSON.
 */
export function canonicalJson(value: CanonicalValue): string {
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "string") return canonicalString(value);
  if (typeof value === "number") {
    if (!Number.isSafeInteger(value)) throw notCanonical(`the number ${value} is not a safe integer`);
    return Object.is(value, -0) ? "0" : String(value);
  }
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item as CanonicalValue)).join(",")}]`;
  if (typeof value === "object") {
    const record = value as Record<string, CanonicalValue | undefined>;
    const members = Object.keys(record)
      .sort()
      .filter((key) => record[key] !== undefined)
      .map((key) => `${canonicalString(key)}:${canonicalJson(record[key] as CanonicalValue)}`);
    return `{${members.join(",")}}`;
  }
  throw notCanonical(`a ${typeof value} has no JSON form`);
}

function canonicalString(text: string): string {
  if (!text.isWellFormed()) throw notCanonical("a string holds a lone surrogate");
  return JSON.stringify(text);
}

function notCanonical(reason: string): CloisterError {
  return new CloisterError("NotCanonical", `The value cannot be written as canonical JSON: ${reason}.`, "Use strings for large or fractional numbers.");
}
