// SPDX-License-Identifier: Apache-2.0
import { base64 } from "@scure/base";
import { type Envelope, preAuthEncoding } from "../core/dsse";
import { CloisterError } from "../core/errors";
import { type KeyPair, keyId, sign, verify } from "./keys";
import { decodeBase64 } from "./pem";

/** Signs bytes with a P-256 key. The key id of the envelope is that of the contracts: keccak256 of the public key. */
export function signEnvelope(key: KeyPair, payloadType: string, payload: Uint8Array): Envelope {
  const signature = sign(key, preAuthEncoding(payloadType, payload));
  return {
    payloadType,
    payload: base64.encode(payload),
    signatures: [{ keyid: keyId(key.publicKey), sig: base64.encode(signature) }],
  };
}

/**
 * The payload of an envelope that `publicKey` signed.
 *
 * @throws CloisterError `EnvelopeTypeWrong`, `WrongEnvelopeSignature` (another key, changed bytes, or a high s), `Base64Invalid`.
 */
export function openEnvelope(envelope: Envelope, publicKey: Uint8Array, payloadType: string): Uint8Array {
  if (envelope.payloadType !== payloadType) {
    throw new CloisterError("EnvelopeTypeWrong", `The envelope holds ${envelope.payloadType} instead of ${payloadType}.`, "Give the file that belongs here.");
  }
  const payload = decodeBase64(envelope.payload, "the envelope's payload");
  const [signature] = envelope.signatures;
  const id = keyId(publicKey);
  const bytes = decodeBase64(signature?.sig ?? "", "the envelope's signature");
  if (signature?.keyid !== id || !verify(publicKey, preAuthEncoding(payloadType, payload), bytes)) {
    throw new CloisterError("WrongEnvelopeSignature", `The envelope is not signed by the key ${id}.`, "Ask its maker for an intact copy.", { expected: id, given: signature?.keyid });
  }
  return payload;
}
