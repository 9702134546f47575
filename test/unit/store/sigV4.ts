// SPDX-License-Identifier: Apache-2.0
import { createHash, createHmac, timingSafeEqual } from "node:crypto";

/**
 * Verifies AWS Signature Version 4 of S3 requests, in headers and in presigned URLs: what a test server needs to refuse wrong keys as a real
 * service does. It is written from AWS's description, not from the client under test, and is held to AWS's own examples (sigV4.test.ts).
 */

export interface SignedRequest {
  readonly method: string;
  /** Path and query as they were sent. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** What is wrong, by S3's error code; undefined where the signature holds. */
export type Verdict = "AccessDenied" | "InvalidAccessKeyId" | "SignatureDoesNotMatch" | "RequestTimeTooSkewed" | "ExpiredToken" | "AuthorizationHeaderMalformed" | undefined;

const SKEW = 15 * 60_000;

export function verifySigV4(request: SignedRequest, secrets: Readonly<Record<string, string>>, region: string, now: Date): Verdict {
  const at = request.url.indexOf("?");
  const path = at < 0 ? request.url : request.url.slice(0, at);
  const query = (at < 0 ? "" : request.url.slice(at + 1)).split("&").filter((pair) => pair !== "").map((pair) => {
    const [name = "", ...value] = pair.split("=");
    return [decodeURIComponent(name), decodeURIComponent(value.join("="))] as const;
  });
  const signed = fromHeader(request) ?? fromQuery(query);
  if (signed === undefined) return "AccessDenied";
  const { credential, names, signature, date, expires } = signed;
  const [id = "", day, of, service, last, ...rest] = credential.split("/");
  if (of !== region || service !== "s3" || last !== "aws4_request" || rest.length > 0 || day !== date.slice(0, 8)) return "AuthorizationHeaderMalformed";
  const secret = secrets[id];
  if (secret === undefined) return "InvalidAccessKeyId";
  if (!names.includes("host")) return "SignatureDoesNotMatch";
  const age = now.getTime() - instant(date);
  if (Math.abs(age) > SKEW && expires === undefined) return "RequestTimeTooSkewed";
  if (expires !== undefined && (age < -SKEW || age > expires * 1000 || expires > 604_800)) return "ExpiredToken";
  // Every x-amz- header that is sent has to be signed.
  if (Object.keys(request.headers).some((name) => name.startsWith("x-amz-") && !names.includes(name))) return "AccessDenied";
  const canonical = [
    request.method,
    path,
    query.filter(([name]) => name !== "X-Amz-Signature").map(([name, value]) => [encode(name), encode(value)] as const).sort(([a, x], [b, y]) => (a < b ? -1 : a > b ? 1 : x < y ? -1 : 1)).map(([name, value]) => `${name}=${value}`).join("&"),
    ...names.map((name) => `${name}:${String(request.headers[name] ?? "").trim().replace(/ +/g, " ")}`),
    "",
    names.join(";"),
    expires === undefined ? String(request.headers["x-amz-content-sha256"] ?? "") : "UNSIGNED-PAYLOAD",
  ].join("\n");
  const text = ["AWS4-HMAC-SHA256", date, `${day}/${of}/s3/aws4_request`, createHash("sha256").update(canonical).digest("hex")].join("\n");
  const key = [day, of, "s3", "aws4_request"].reduce<Buffer>((before, part) => hmac(before, part ?? ""), Buffer.from(`AWS4${secret}`));
  const [expected, given] = [hmac(key, text), Buffer.from(signature, "hex")];
  return expected.length === given.length && timingSafeEqual(expected, given) ? undefined : "SignatureDoesNotMatch";
}

interface Signed {
  readonly credential: string;
  readonly names: readonly string[];
  readonly signature: string;
  readonly date: string;
  /** Seconds, of a presigned URL. */
  readonly expires?: number;
}

function fromHeader({ headers }: SignedRequest): Signed | undefined {
  const [, credential = "", names = "", signature = ""] = /^AWS4-HMAC-SHA256 Credential=([^,\s]+),\s*SignedHeaders=([^,\s]+),\s*Signature=([0-9a-f]{64})$/.exec(String(headers.authorization ?? "")) ?? [];
  return signature === "" ? undefined : { credential, names: names.split(";"), signature, date: String(headers["x-amz-date"] ?? "") };
}

function fromQuery(query: readonly (readonly [string, string])[]): Signed | undefined {
  const { "X-Amz-Algorithm": algorithm, "X-Amz-Credential": credential = "", "X-Amz-SignedHeaders": names = "", "X-Amz-Signature": signature = "", "X-Amz-Date": date = "", "X-Amz-Expires": expires } = Object.fromEntries(query);
  return algorithm === "AWS4-HMAC-SHA256" && expires !== undefined ? { credential, names: names.split(";"), signature, date, expires: Number(expires) } : undefined;
}

function instant(date: string): number {
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(date) ?? [];
  return Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second));
}

/** RFC 3986, as AWS wants it: encodeURIComponent leaves five characters too many. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}
