// SPDX-License-Identifier: Apache-2.0
import * as v from "valibot";
import { CloisterError } from "./errors";
import { address, count, decimal, readShape } from "./schema";

const STORAGE_GRANT_KIND = "cloister/storage-grant/v1";

/** Schema of what a store seals when it grants storage: which storage it is for, and the access to it. */
const storageGrantSchema = v.strictObject({
  kind: v.literal(STORAGE_GRANT_KIND),
  chainId: count,
  orderBook: address,
  order: decimal,
  suborder: decimal,
  /** The storage offer that was bought. */
  offer: decimal,
  /** Unix seconds; a device stores nothing with it from then on. */
  notAfter: count,
  /** A store server, with a token for this storage alone. */
  store: v.strictObject({ type: v.literal("HTTP"), url: v.pipe(v.string(), v.url("a URL"), v.regex(/^https?:/, "an http or https URL")), token: v.pipe(v.string(), v.nonEmpty("an access token")) }),
  /** Token that reads what was stored, for the customer of a workflow; where absent the store's token does. */
  reader: v.optional(v.pipe(v.string(), v.nonEmpty("an access token"))),
});
export type StorageGrant = v.InferOutput<typeof storageGrantSchema>;

/** A grant, complete and checked. */
export function storageGrant(given: Omit<StorageGrant, "kind">): StorageGrant {
  return readStorageGrant({ kind: STORAGE_GRANT_KIND, ...given });
}

/** Reads an opened grant. @throws CloisterError `StorageGrantInvalid` naming the field. */
export function readStorageGrant(value: unknown): StorageGrant {
  return readShape(storageGrantSchema, value, { what: "The storage grant", code: "StorageGrantInvalid", fix: "Ask the store to grant it again." });
}

/** The storage that a grant came with, as the chain says. */
export type StorageSubject = Pick<StorageGrant, "chainId" | "orderBook" | "order" | "suborder" | "offer">;

/** Refuses a grant that was sealed for other storage than the one it came with. @throws CloisterError `StorageGrantMismatch`. */
export function assertStorageGrant(grant: StorageGrant, actual: StorageSubject): void {
  for (const field of ["chainId", "orderBook", "order", "suborder", "offer"] as const) {
    if (String(grant[field]).toLowerCase() === String(actual[field]).toLowerCase()) continue;
    throw new CloisterError("StorageGrantMismatch", `The storage grant is for ${field} ${grant[field]}, not ${actual[field]}.`, "Ask the store to grant it again.", { field, sealed: grant[field], actual: actual[field] });
  }
}

/** Refuses a grant with which nothing may be stored any more. @throws CloisterError `StorageGrantExpired`. */
export function assertStorageGrantLives({ notAfter }: StorageGrant, at: Date): void {
  if (at.getTime() / 1000 < notAfter) return;
  throw new CloisterError("StorageGrantExpired", `The storage grant was valid until ${new Date(notAfter * 1000).toISOString()}.`, "Ask the store to grant it again, for more hours.", { notAfter });
}
