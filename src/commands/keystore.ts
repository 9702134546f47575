// SPDX-License-Identifier: Apache-2.0
import { createDecipheriv, scrypt, timingSafeEqual } from "node:crypto";
import { keccak_256 } from "@noble/hashes/sha3.js";
import * as v from "valibot";
import { CloisterError } from "../core/errors";
import { readJson, readShape } from "../core/schema";

const hex = v.pipe(v.string(), v.regex(/^(?:0x)?(?:[0-9a-fA-F]{2})+$/, "hex"));

/** Ethereum's keystore, version 3 (the Web3 Secret Storage Definition), with scrypt: what geth, ethers and the wallets write. */
const keystoreSchema = v.looseObject({
  version: v.literal(3),
  crypto: v.looseObject({
    cipher: v.literal("aes-128-ctr"),
    ciphertext: hex,
    cipherparams: v.looseObject({ iv: hex }),
    kdf: v.literal("scrypt"),
    kdfparams: v.looseObject({ n: v.number(), r: v.number(), p: v.number(), dklen: v.pipe(v.number(), v.minValue(32, "32 or more")), salt: hex }),
    mac: hex,
  }),
});

/**
 * The private key in a keystore file.
 *
 * @returns 0x and 64 hex digits.
 * @throws CloisterError `KeystoreInvalid` or `KeystorePasswordWrong`.
 */
export async function openKeystore(fileText: string, password: string, name: string): Promise<string> {
  const reading = { what: name, code: "KeystoreInvalid", fix: "Use an encrypted JSON keystore (version 3, scrypt), e.g. of geth or ethers." };
  // Some wallets write the members' names with a capital first letter.
  const lowered = readJson(fileText.replace(/"Crypto"/, '"crypto"'), reading);
  const { crypto } = readShape(keystoreSchema, lowered, reading);
  const { n, r, p, dklen, salt } = crypto.kdfparams;
  const derived = await new Promise<Buffer>((done, fail) => {
    const options = { N: n, r, p, maxmem: 256 * n * r + (1 << 20) };
    scrypt(password.normalize("NFKC"), bytes(salt), dklen, options, (error, key) => (error === null ? done(key) : fail(error)));
  });
  const ciphertext = bytes(crypto.ciphertext);
  const mac = keccak_256(Buffer.concat([derived.subarray(16, 32), ciphertext]));
  const expected = bytes(crypto.mac);
  if (expected.length !== mac.length || !timingSafeEqual(mac, expected)) {
    throw new CloisterError("KeystorePasswordWrong", `The password does not open ${name}.`, "Try again, or set CLOISTER_KEYSTORE_PASSWORD.");
  }
  const decipher = createDecipheriv("aes-128-ctr", derived.subarray(0, 16), bytes(crypto.cipherparams.iv));
  return `0x${Buffer.concat([decipher.update(ciphertext), decipher.final()]).toString("hex")}`;
}

function bytes(text: string): Buffer {
  return Buffer.from(text.replace(/^0x/, ""), "hex");
}
