// SPDX-License-Identifier: Apache-2.0
import * as v from "valibot";

import type { HalfLink } from "../../chain/users";
import { address, count, decimal, readJson, readShape } from "../../core/schema";

/** Schema of an invitation file: one of two signatures of a link, with all that the other needs. Nothing in it is secret. */
const invitationSchema = v.strictObject({
  format: v.literal("cloister/link/v1"),
  chainId: count,
  registry: address,
  user: decimal,
  wallet: v.pipe(v.string(), v.regex(/^0x[0-9a-fA-F]{40}$/, "an address (0x and 40 hex digits)")),
  nonce: decimal,
  /** Unix seconds. */
  deadline: decimal,
  signer: v.pipe(v.string(), v.regex(/^0x[0-9a-fA-F]{40}$/, "an address (0x and 40 hex digits)")),
  signature: v.pipe(v.string(), v.regex(/^0x(?:[0-9a-fA-F]{2})+$/, "a signature (0x and hex digits)")),
});

/** An invitation as it is written into its file. */
export function invitationOf(half: HalfLink): object {
  return { format: "cloister/link/v1", ...half };
}

/** Reads the text of an invitation file. @throws CloisterError `InvitationInvalid` naming the field. */
export function parseInvitation(text: string, name: string): HalfLink {
  const reading = { what: name, code: "InvitationInvalid", fix: "Have it made again: `users link <wallet>`." };
  const { format: _, ...half } = readShape(invitationSchema, readJson(text, reading), reading);
  return half;
}
