// SPDX-License-Identifier: Apache-2.0
import * as v from "valibot";

/** A DSSE envelope (github.com/secure-systems-lab/dsse): signatures over bytes, so no JSON has to be canonical. */
export const envelopeSchema = v.strictObject({
  payloadType: v.pipe(v.string(), v.nonEmpty("the type of the payload")),
  payload: v.string(),
  signatures: v.pipe(v.array(v.strictObject({ keyid: v.string(), sig: v.string() })), v.length(1, "a list of one signature")),
});

/** One payload, base64, with one signature (base64 of 64 bytes r, s). */
export type Envelope = v.InferOutput<typeof envelopeSchema>;

/** DSSE's pre-authentication encoding: the bytes that are signed. */
export function preAuthEncoding(payloadType: string, payload: Uint8Array): Uint8Array {
  const text = new TextEncoder();
  const type = text.encode(payloadType);
  const head = text.encode(`DSSEv1 ${type.length} ${payloadType} ${payload.length} `);
  const encoded = new Uint8Array(head.length + payload.length);
  encoded.set(head);
  encoded.set(payload, head.length);
  return encoded;
}
