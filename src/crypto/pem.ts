// SPDX-License-Identifier: Apache-2.0
import { base64 } from "@scure/base";
import { CloisterError } from "../core/errors";

/** Writes DER as PEM (RFC 7468). */
export function toPem(label: string, der: Uint8Array): string {
  const lines = base64.encode(der).match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}

/** Every block of that label in the text, in order. Text around the blocks is allowed, as OpenSSL writes it. */
export function fromPem(label: string, text: string): Uint8Array[] {
  const blocks = text.matchAll(new RegExp(`-----BEGIN ${label}-----([A-Za-z0-9+/=\\r\\n]*)-----END ${label}-----`, "g"));
  return [...blocks].map(([, body = ""]) => decodeBase64(body.replace(/[\r\n]/g, ""), `the ${label} block`));
}

/** The one block of that label; refused if there is none or more than one. */
export function onePem(label: string, text: string): Uint8Array {
  const [first, ...more] = fromPem(label, text);
  if (!first || more.length > 0) {
    throw new CloisterError("PemInvalid", `The text holds ${first ? more.length + 1 : 0} ${label} blocks instead of one.`, `Give a file with one -----BEGIN ${label}----- block.`);
  }
  return first;
}

/** Strict base64 (padding required, no spare bits). */
export function decodeBase64(text: string, what: string): Uint8Array {
  try {
    return base64.decode(text);
  } catch (cause) {
    throw new CloisterError("Base64Invalid", `In ${what}: not base64.`, "Ask for an intact copy of the file.", {}, { cause });
  }
}
