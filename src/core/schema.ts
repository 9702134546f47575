// SPDX-License-Identifier: Apache-2.0
import * as v from "valibot";
import { CloisterError } from "./errors";
import { repeatedKey } from "./repeatedKey";

/** How a failed reading is reported: what was read (for the sentence), the error's code and the way out. */
export interface Reading {
  readonly what: string;
  readonly code: string;
  readonly fix: string;
}

/**
 * Checks `value` against a schema and returns it typed.
 * The error names the first wrong field and what belongs there, never the value found: it may be a key.
 *
 * @throws CloisterError with `reading.code`; its details name the `field`.
 */
export function readShape<Schema extends v.GenericSchema>(schema: Schema, value: unknown, reading: Reading): v.InferOutput<Schema> {
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (result.success) return result.output;
  const issue = result.issues[0];
  const field = v.getDotPath(issue) ?? "";
  const where = field === "" ? reading.what : `${reading.what}: field "${field}"`;
  throw new CloisterError(reading.code, `${where} ${reason(issue)}.`, reading.fix, { field });
}

/** Parses JSON text in which no object has a key twice; {@link readShape} then checks what it holds. */
export function readJson(text: string, reading: Reading): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    // JSON.parse quotes the text around the fault in its message, which may be a key: only the kind of fault is passed on.
    throw new CloisterError(reading.code, `${reading.what} is not JSON.`, reading.fix, {}, { cause: error instanceof SyntaxError ? undefined : error });
  }
  const field = repeatedKey(text);
  if (field !== undefined) throw new CloisterError(reading.code, `${reading.what} has the field "${field}" twice in one object.`, reading.fix, { field });
  return value;
}

function reason(issue: v.BaseIssue<unknown>): string {
  if (issue.kind === "validation" || issue.kind === "transformation") return `must be ${issue.message}`;
  if (issue.expected === "never") return "is not known here";
  if (issue.input === undefined) return `is missing (expected ${issue.expected})`;
  return `must be ${issue.expected}`;
}

const SHA256 = /^[0-9a-f]{64}$/;
const IDENTITY = /^AGE-SECRET-KEY-1[02-9AC-HJ-NP-Z]{58}$/;
const RECIPIENT = /^age1(?:[02-9ac-hj-np-z]{58}|pq1[02-9ac-hj-np-z]+)$/;

/** A sha256 as files and messages write it: 64 lower-case hex digits. */
export const sha256Hex = v.pipe(v.string(), v.regex(SHA256, "64 lower-case hex digits (a sha256)"));

/** An age identity (private key) `AGE-SECRET-KEY-1…`. */
export const ageIdentity = v.pipe(v.string(), v.regex(IDENTITY, "an age identity (AGE-SECRET-KEY-1…)"));

/** An age recipient (public key) `age1…`. */
export const ageRecipient = v.pipe(v.string(), v.regex(RECIPIENT, "an age recipient (age1…)"));

/** An account or contract address, brought to lower case so that two spellings compare equal. */
export const address = v.pipe(v.string(), v.regex(/^0x[0-9a-fA-F]{40}$/, "an address (0x and 40 hex digits)"), v.toLowerCase());

/** A number of the chain (an id or an amount) as decimal text without sign and leading zeros. */
export const decimal = v.pipe(v.string(), v.regex(/^(?:0|[1-9]\d{0,77})$/, "a decimal number as text"));

/** A whole number from 0 that JSON carries exactly. */
export const count = v.pipe(v.number(), v.safeInteger("a whole number"), v.minValue(0, "0 or more"));
