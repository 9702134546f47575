// SPDX-License-Identifier: Apache-2.0
import type { IncomingMessage, ServerResponse } from "node:http";
import { CloisterError } from "../../core/errors";
import type { ByteRange } from "../objectStore";
import type { Grant } from "../token";

/** What a URL of the store names: an object, or an upload on its way. Nothing is decoded, so a name cannot lead elsewhere. */
export interface Target {
  readonly prefix: string;
  readonly object?: string;
  readonly upload?: string;
  /** The object that an upload is to become. */
  readonly becomes?: string;
  /** The storage suborder that a receipt for the object is asked for. */
  readonly receipt?: bigint;
}

/** A request whose token permits what it asks for. */
export interface Call {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly target: Target;
  readonly grant: Grant;
}

const OBJECT = /^\/([a-z0-9][a-z0-9-]{0,62})\/([0-9a-f]{64})$/;
const UPLOAD = /^\/([a-z0-9][a-z0-9-]{0,62})\/uploads\/([\w-]{1,100})(?:\?sha256=([0-9a-f]{64}))?$/;

const RECEIPT = /^\/([a-z0-9][a-z0-9-]{0,62})\/([0-9a-f]{64})\/receipts\/([1-9]\d{0,14})$/;

/** Header with the end date of what is stored, in Unix seconds. */
export const KEEP_UNTIL = "cloister-keep-until";
/** Header with how much of an upload is there, or where the body belongs, in bytes. */
export const UPLOAD_OFFSET = "upload-offset";

/** Header with the code of a refusal. */
export const ERROR_CODE = "cloister-error";

/** @throws CloisterError `NotFound`. */
export function readTarget(url: string): Target {
  const [, prefix, object] = OBJECT.exec(url) ?? [];
  if (prefix !== undefined) return { prefix, object };
  const [, of, upload, becomes] = UPLOAD.exec(url) ?? [];
  if (of !== undefined) return { prefix: of, upload, becomes };
  const [, at, kept, suborder] = RECEIPT.exec(url) ?? [];
  if (at !== undefined && suborder !== undefined) return { prefix: at, object: kept, receipt: BigInt(suborder) };
  throw new CloisterError("NotFound", "There is nothing at this address.", "Objects are at /<prefix>/<sha256 of their bytes>.");
}

/** The token of a request. @throws CloisterError `TokenMissing`. */
export function tokenOf(request: IncomingMessage): string {
  const [, token] = /^Bearer ([\w.-]+)$/.exec(request.headers.authorization ?? "") ?? [];
  if (token !== undefined) return token;
  throw new CloisterError("TokenMissing", "The request carries no access token.", "Send `Authorization: Bearer <token>`; the store's operator makes one with `store grant`.");
}

/** A header that must be a whole number. @throws CloisterError `RequestInvalid`. */
export function wholeNumber(request: IncomingMessage, header: string): number | undefined {
  const text = request.headers[header];
  if (text === undefined) return undefined;
  if (typeof text === "string" && /^\d{1,15}$/.test(text)) return Number(text);
  throw new CloisterError("RequestInvalid", `The header ${header} is not a whole number.`, "Give it in digits.", { header });
}

/** @throws CloisterError `RequestInvalid` where the header is missing. */
export function requiredNumber(request: IncomingMessage, header: string): number {
  const found = wholeNumber(request, header);
  if (found !== undefined) return found;
  throw new CloisterError("RequestInvalid", `The request has no ${header} header.`, "Say how long the body is, and of an upload where it belongs.", { header });
}

/** The one range that was asked for, within `size` bytes; undefined for the whole. @throws CloisterError `RangeInvalid`. */
export function rangeOf(request: IncomingMessage, size: number): ByteRange | undefined {
  const { range } = request.headers;
  if (range === undefined) return undefined;
  const [matched, first = "", last = ""] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(range) ?? [];
  const start = first === "" ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === "" || last === "" ? size - 1 : Math.min(size - 1, Number(last));
  if (matched === undefined || (first === "" && last === "") || start > end) {
    throw new CloisterError("RangeInvalid", `The range ${range.slice(0, 60)} is not within ${size} bytes.`, "Ask for one range, as bytes=<first>-<last>.", { size });
  }
  return { start, length: end - start + 1 };
}
