// SPDX-License-Identifier: Apache-2.0
import { Decrypter, Encrypter } from "age-encryption";
import { COMPACT_JSON, decodeCompactJson, encodeCompactJson } from "../core/compactJson";
import { CloisterError } from "../core/errors";

/**
 * Seals a small message (kilobytes, in memory) as an age file that each of the recipients can open.
 * An object is sealed as compact JSON, because sealed messages travel in events.
 *
 * @throws CloisterError `NoRecipient` or `RecipientInvalid`.
 */
export async function seal(message: Uint8Array | string | object, recipients: readonly string[]): Promise<Uint8Array> {
  const encrypter = encrypterFor(recipients);
  if (message instanceof Uint8Array) return encrypter.encrypt(message);
  return encrypter.encrypt(typeof message === "string" ? message : encodeCompactJson(message));
}

/**
 * Opens what {@link seal} made; a changed byte, a missing end and another's identity are all refused.
 *
 * @throws CloisterError `NotSealedForUs` (no stanza for this identity) or `SealBroken` (not an age file, or tampered with).
 */
export async function open(sealed: Uint8Array, identity: string): Promise<Uint8Array> {
  const decrypter = decrypterFor(identity);
  try {
    return await decrypter.decrypt(sealed);
  } catch (error) {
    throw ageError(error);
  }
}

/** Opens a sealed JSON message, compact or as text; what it holds still has to be checked against its schema. */
export async function openJson(sealed: Uint8Array, identity: string): Promise<unknown> {
  const text = new TextDecoder("utf-8", { fatal: true });
  const bytes = await open(sealed, identity);
  try {
    return bytes[0] === COMPACT_JSON ? decodeCompactJson(bytes) : JSON.parse(text.decode(bytes));
  } catch {
    // The cause is left out: it may quote the secret text.
    throw new CloisterError("SealBroken", "The sealed bytes do not hold JSON.", "Ask the sender to seal the message again.");
  }
}

/** An age encrypter for these recipients, errors in our words. */
export function encrypterFor(recipients: readonly string[]): Encrypter {
  if (recipients.length === 0) throw new CloisterError("NoRecipient", "Nobody was named who could open it.", "Name at least one recipient.");
  const encrypter = new Encrypter();
  for (const recipient of new Set(recipients)) {
    try {
      encrypter.addRecipient(recipient);
    } catch (error) {
      throw new CloisterError("RecipientInvalid", `The recipient ${recipient.slice(0, 16)}… cannot be read.`, "Give an age recipient: age1 and 58 characters.", {}, { cause: error });
    }
  }
  return encrypter;
}

/** An age decrypter with this identity; the error does not repeat the identity. */
export function decrypterFor(identity: string): Decrypter {
  const decrypter = new Decrypter();
  try {
    decrypter.addIdentity(identity);
  } catch {
    throw new CloisterError("IdentityInvalid", "The age identity cannot be read.", "Give the whole AGE-SECRET-KEY-1… text.");
  }
  return decrypter;
}

/** An error of the age library in our words. */
export function ageError(error: unknown): CloisterError {
  const reason = error instanceof Error ? error.message : String(error);
  if (reason.startsWith("no identity matched")) {
    return new CloisterError("NotSealedForUs", "The sealed bytes are for another key.", "Use the identity of one of the recipients.", {}, { cause: error });
  }
  return new CloisterError("SealBroken", `The sealed bytes are damaged or were changed (${reason}).`, "Fetch them again; if that does not help, ask the sender.", {}, { cause: error });
}
