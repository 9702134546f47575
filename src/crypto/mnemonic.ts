// SPDX-License-Identifier: Apache-2.0
import { hkdf } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { base64 } from "@scure/base";
import { entropyToMnemonic, generateMnemonic, mnemonicToEntropy } from "@scure/bip39";
import { wordlist } from "@scure/bip39/wordlists/english.js";
import { CloisterError } from "../core/errors";
import { identityFromBytes } from "./ageKeys";

/** 12 words carry 128 bits: no slow key derivation is needed, guessing is hopeless. */
const ENTROPY_BYTES = 16;

/** Versioned, so that a later derivation can live beside this one. */
const DERIVATION = "cloister/result-identity/v1";

/** A fresh phrase of 12 BIP-39 words (English list). */
export function newPhrase(): string {
  return generateMnemonic(wordlist, 8 * ENTROPY_BYTES);
}

/**
 * The key of a phrase: its 128 bits of entropy in base64, as kept in config.json.
 *
 * @throws CloisterError `PhraseInvalid` when the words or their checksum are wrong.
 */
export function phraseToKey(phrase: string): string {
  const words = phrase.trim().toLowerCase().split(/\s+/);
  if (words.length !== 12) throw phraseInvalid(`has ${words.length} words instead of 12`);
  const unknown = words.findIndex((word) => !wordlist.includes(word));
  if (unknown >= 0) throw phraseInvalid(`has a word ${unknown + 1} that is not on the BIP-39 list`);
  try {
    return base64.encode(mnemonicToEntropy(words.join(" "), wordlist));
  } catch {
    // The library's error may repeat the words.
    throw phraseInvalid("fails its checksum: a word is wrong or two are exchanged");
  }
}

/** The 12 words of a key; the reverse of {@link phraseToKey}. */
export function keyToPhrase(key: string): string {
  return entropyToMnemonic(entropyOf(key), wordlist);
}

/** The age identity that opens the results of whoever holds this key (or its phrase). */
export function identityFromKey(key: string): string {
  const info = new TextEncoder().encode(DERIVATION);
  return identityFromBytes(hkdf(sha256, entropyOf(key), undefined, info, 32));
}

/**
 * The key for the results of orders that an order of ours makes, from our own: who gets it (a workload that orders for us) opens those
 * results and no others, and we can always make it again.
 *
 * @param parent the order that makes them, by its chain and order book
 */
export function childKey(key: string, parent: { readonly chainId: number; readonly orderBook: string; readonly order: bigint }): string {
  const info = new TextEncoder().encode(`cloister/child-key/v1 ${parent.chainId} ${parent.orderBook.toLowerCase()} ${parent.order}`);
  return base64.encode(hkdf(sha256, entropyOf(key), undefined, info, ENTROPY_BYTES));
}

function entropyOf(key: string): Uint8Array {
  let entropy: Uint8Array | undefined;
  try {
    entropy = base64.decode(key.trim());
  } catch {
    entropy = undefined;
  }
  if (entropy?.length !== ENTROPY_BYTES) {
    throw new CloisterError("KeyInvalid", "The key is not 16 bytes of base64.", "Use the key that `workflows generate-key` or `workflows phrase-to-key` printed.");
  }
  return entropy;
}

function phraseInvalid(reason: string): CloisterError {
  return new CloisterError("PhraseInvalid", `The phrase ${reason}.`, "Give the 12 words as they were written down.");
}
