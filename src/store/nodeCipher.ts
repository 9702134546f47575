// SPDX-License-Identifier: Apache-2.0
import { createCipheriv, createDecipheriv } from "node:crypto";
import { TAG, type PayloadCipher } from "../crypto/age";

const ALGORITHM = "chacha20-poly1305";
const OPTIONS = { authTagLength: TAG };

/** The payload cipher of age files by Node's OpenSSL: some twenty times faster than one in JavaScript. */
export const nodeCipher: PayloadCipher = {
  seal(key, nonce, chunk, into) {
    const cipher = createCipheriv(ALGORITHM, key, nonce, OPTIONS);
    into.set(cipher.update(chunk));
    cipher.final();
    into.set(cipher.getAuthTag(), chunk.length);
  },
  open(key, nonce, chunk) {
    const decipher = createDecipheriv(ALGORITHM, key, nonce, OPTIONS);
    decipher.setAuthTag(chunk.subarray(chunk.length - TAG));
    const plain = decipher.update(chunk.subarray(0, chunk.length - TAG));
    decipher.final(); // throws when the tag is wrong
    return plain;
  },
};
