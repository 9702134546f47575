// SPDX-License-Identifier: Apache-2.0
import * as v from "valibot";

import { CloisterError } from "./errors";
import { count, decimal, readJson, readShape, sha256Hex } from "./schema";
import { resourceSchema, type ResourcePlace } from "./resource";

/**
 * Bytes of a finish's or abort's event: where the sealed result is. A result of at most 4 KiB may be the event's bytes itself
 * (an age file, told by its first line).
 */
const resultPointerSchema = v.strictObject({ place: resourceSchema.entries.resource, sha256: sha256Hex, size: count });

/** The same for a result that is kept by a storage suborder: how to reach it stands in the store's grant, sealed to the customer. */
const grantedPointerSchema = v.strictObject({ storage: decimal, sha256: sha256Hex, size: count });

/** Where a sealed result is: in a store, in the storage of a suborder, or in the event. */
export type ResultPointer =
  | { readonly kind: "stored"; readonly place: ResourcePlace; readonly sha256: string; readonly size: number }
  | { readonly kind: "granted"; readonly suborder: string; readonly sha256: string; readonly size: number }
  | { readonly kind: "inline"; readonly sealed: Uint8Array }
  | { readonly kind: "none" };

/** Largest sealed result that travels in the event, in bytes. */
export const MAX_INLINE_RESULT = 4096;

const AGE_HEAD = "age-encryption.org/";

/** The event's bytes for a result in a store. */
export function encodeResultPointer(place: ResourcePlace, sha256: string, size: number): Uint8Array {
  return new TextEncoder().encode(JSON.stringify({ place, sha256, size }));
}

/** The event's bytes for a result that a storage suborder keeps: no access, only whose grant has it. */
export function encodeGrantedPointer(suborder: string, sha256: string, size: number): Uint8Array {
  return new TextEncoder().encode(JSON.stringify({ storage: suborder, sha256, size }));
}

/** Reads the event's bytes. @throws CloisterError `ResultPointerInvalid`. */
export function decodeResultPointer(bytes: Uint8Array): ResultPointer {
  if (bytes.length === 0) return { kind: "none" };
  const text = new TextDecoder().decode(bytes);
  if (text.startsWith(AGE_HEAD)) return { kind: "inline", sealed: bytes };
  const reading = { what: "The order's result", code: "ResultPointerInvalid", fix: "Ask the machine's owner; the order's log on chain is not readable." };
  const pointer = readJson(text, reading);
  if (typeof pointer !== "object" || pointer === null || !("storage" in pointer)) return { kind: "stored", ...readShape(resultPointerSchema, pointer, reading) };
  const { storage, ...object } = readShape(grantedPointerSchema, pointer, reading);
  return { kind: "granted", suborder: storage, ...object };
}

/** Refuses a sealed result whose hash is not the one that the device signed. */
export function assertResultHash(expected: string, actual: string): void {
  if (expected === actual) return;
  throw new CloisterError("ResultDamaged", `The sealed result has the hash ${actual}, the device signed ${expected}.`, "Fetch it again; if it stays so, its store altered it.", { expected, actual });
}
