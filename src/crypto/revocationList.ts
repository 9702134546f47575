// SPDX-License-Identifier: Apache-2.0
import { hex } from "@scure/base";
import { DerReader, malformed, Tag } from "./der";
import { expectAlgorithm, readExtensions, readSigned, type SignatureForm, type SignedObject } from "./x509";

/** An X.509 v2 certificate revocation list (RFC 5280, 5). */
export interface RevocationList extends SignedObject {
  readonly thisUpdate: Date;
  readonly nextUpdate: Date;
  /** Serial numbers, hex without leading zeros. */
  readonly revoked: ReadonlySet<string>;
}

/**
 * Reads a revocation list strictly. A list without an end (nextUpdate) is refused: it could be replayed for ever.
 * The signature is not checked here; it is ECDSA with SHA-256 unless another `form` is expected.
 */
export function readRevocationList(der: Uint8Array, form?: SignatureForm): RevocationList {
  const outer = readSigned(Uint8Array.from(der), form);
  const list = new DerReader(outer.content);
  if (list.smallUnsigned() !== 1) throw malformed("a revocation list of a version other than 2");
  expectAlgorithm(list.next(Tag.Sequence).raw, form);
  const issuer = list.next(Tag.Sequence).raw;
  const [thisUpdate, nextUpdate] = [list.time(), list.time()];
  const revoked = new Set<string>();
  const entries = list.optional(Tag.Sequence);
  for (const reader = new DerReader(entries?.content ?? new Uint8Array()); !reader.done; ) {
    const entry = reader.enter();
    revoked.add(hex.encode(entry.unsigned()).replace(/^0+(?=.)/, ""));
    entry.time();
    const details = entry.optional(Tag.Sequence);
    // A critical entry extension could mean that the entry is another issuer's: none is understood here.
    if (details) readExtensions(details.raw, []);
    entry.end();
  }
  const extensions = list.optional(0xa0);
  if (extensions) readExtensions(extensions.content, []);
  list.end();
  return { signed: outer.signed, signature: outer.signature, issuer, thisUpdate, nextUpdate, revoked };
}
