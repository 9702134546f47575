// SPDX-License-Identifier: Apache-2.0
import { createHmac, timingSafeEqual } from "node:crypto";
import * as v from "valibot";
import { CloisterError } from "../core/errors";
import { count, readJson, readShape, sha256Hex } from "../core/schema";

/**
 * Access tokens of a store server. A token is
 *
 *   cst1.<grant>[.<narrowing>]….<mac>      each part in base64url; grant and narrowings are JSON
 *
 * and `mac` is a chain of HMAC-SHA256: over "cst1" with the server's key, then over each part with the mac before it. The server needs
 * its key and no memory of what it gave out. Who holds a token can make a narrower one without asking (the mac is the next key) and
 * cannot make a wider one: a resource file carries a token that reads one object.
 */
const VERSION = "cst1";
const LONGEST = 8192;

export const RIGHTS = ["read", "write", "delete"] as const;
export type Right = (typeof RIGHTS)[number];

/** A name that is one directory and one step of a URL. */
export const PREFIX = /^[a-z0-9][a-z0-9-]{0,62}$/;

const narrowingSchema = v.strictObject({
  rights: v.optional(v.array(v.picklist(RIGHTS))),
  /** Only these objects; all of the prefix when absent. */
  objects: v.optional(v.array(sha256Hex)),
  /** Unix seconds; the token is refused from then on. */
  notAfter: v.optional(count),
  /** Bytes of the largest object that may be written. */
  largest: v.optional(count),
  /** Bytes that the prefix may hold in all. */
  space: v.optional(count),
  /** Objects that the prefix may hold. */
  count: v.optional(count),
  /** Unix seconds: what is written is kept until then at most. */
  keepUntil: v.optional(count),
});
export type Narrowing = v.InferOutput<typeof narrowingSchema>;

const grantSchema = v.strictObject({
  ...narrowingSchema.entries,
  /** Whose objects: an order's, a customer's. */
  prefix: v.pipe(v.string(), v.regex(PREFIX, "a prefix (lower-case letters, digits and -)")),
  rights: v.array(v.picklist(RIGHTS)),
  notAfter: count,
});

/** What a token permits. */
export type Grant = v.InferOutput<typeof grantSchema>;

/** A new token; `key` is the server's, 32 bytes. */
export function mintToken(key: Uint8Array, grant: Grant): string {
  const part = encode(readShape(grantSchema, grant, { what: "The grant", code: "GrantInvalid", fix: "See `store grant --help`." }));
  return `${VERSION}.${part}.${chain(key, [part]).toString("base64url")}`;
}

/** A token that permits what the given one does and the narrowing too. @throws CloisterError `TokenInvalid`. */
export function narrowToken(token: string, narrowing: Narrowing): string {
  const { parts, mac } = split(token);
  const part = encode(narrowing);
  return [VERSION, ...parts, part, hmac(mac, part).toString("base64url")].join(".");
}

/** What a token says, unverified: only the server can verify it. @throws CloisterError `TokenInvalid`. */
export function readToken(token: string): Grant {
  const [first = "", ...more] = split(token).parts;
  const reading = { what: "The access token", code: "TokenInvalid", fix: "Ask the store's operator for another (`store grant`)." };
  const grant = readShape(grantSchema, readJson(decode(first), reading), reading);
  return more.reduce<Grant>((narrowed, part) => intersect(narrowed, readShape(narrowingSchema, readJson(decode(part), reading), reading)), grant);
}

/**
 * What a token permits, its mac verified in constant time.
 *
 * @param now Unix seconds.
 * @throws CloisterError `TokenInvalid` or `TokenExpired`.
 */
export function openToken(key: Uint8Array, token: string, now: number): Grant {
  const { parts, mac } = split(token);
  if (!timingSafeEqual(chain(key, parts), mac)) throw invalid("its mac is not this server's");
  const grant = readToken(token);
  if (now >= grant.notAfter) {
    throw new CloisterError("TokenExpired", `The access token was valid until ${new Date(grant.notAfter * 1000).toISOString()}.`, "Ask for another: `store grant`, or `files share` for a resource file.", { notAfter: grant.notAfter });
  }
  return grant;
}

/** @throws CloisterError `TokenDenies` where the grant does not permit this. */
export function assertGranted(grant: Grant, right: Right, prefix: string, sha256?: string): void {
  const denied = grant.prefix !== prefix ? `prefix ${prefix}` : !grant.rights.includes(right) ? `to ${right}` : sha256 !== undefined && grant.objects?.includes(sha256) === false ? `to ${right} this object` : undefined;
  if (denied === undefined) return;
  throw new CloisterError("TokenDenies", `The access token is for prefix ${grant.prefix} with ${grant.rights.join(", ") || "no right"}, not ${denied}.`, "Use a token that permits it; the store's operator makes one with `store grant`.", { prefix: grant.prefix });
}

function intersect(grant: Grant, more: Narrowing): Grant {
  const least = (a: number | undefined, b: number | undefined): number | undefined => (a === undefined ? b : b === undefined ? a : Math.min(a, b));
  const objects = more.objects === undefined ? grant.objects : (grant.objects?.filter((one) => more.objects!.includes(one)) ?? more.objects);
  return {
    prefix: grant.prefix,
    rights: more.rights === undefined ? grant.rights : grant.rights.filter((right) => more.rights!.includes(right)),
    ...(objects && { objects }),
    notAfter: Math.min(grant.notAfter, more.notAfter ?? grant.notAfter),
    ...defined({ largest: least(grant.largest, more.largest), space: least(grant.space, more.space), count: least(grant.count, more.count), keepUntil: least(grant.keepUntil, more.keepUntil) }),
  };
}

function defined(values: Record<"largest" | "space" | "count" | "keepUntil", number | undefined>): Partial<Grant> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

function split(token: string): { parts: string[]; mac: Buffer } {
  const [version, ...rest] = token.length > LONGEST ? [] : token.split(".");
  const parts = rest.slice(0, -1);
  const last = rest.at(-1) ?? "";
  if (version !== VERSION || parts.length === 0 || !/^[\w-]{43}$/.test(last) || !parts.every((part) => /^[\w-]+$/.test(part))) throw invalid("it has not the form of one");
  const mac = Buffer.from(last, "base64url");
  // One spelling for each token: the last digit carries bits that decode to nothing.
  if (mac.toString("base64url") !== last) throw invalid("its mac is spelled wrong");
  return { parts, mac };
}

function chain(key: Uint8Array, parts: readonly string[]): Buffer {
  return parts.reduce((mac, part) => hmac(mac, part), hmac(key, VERSION));
}

function hmac(key: Uint8Array, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}

function encode(value: Narrowing): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

function decode(part: string): string {
  return Buffer.from(part, "base64url").toString("utf8");
}

/** The reason never repeats the token. */
function invalid(reason: string): CloisterError {
  return new CloisterError("TokenInvalid", `The access token is refused: ${reason}.`, "Ask the store's operator for another (`store grant`).");
}
