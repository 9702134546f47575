// SPDX-License-Identifier: Apache-2.0
import { createCipheriv, randomBytes, randomUUID, scryptSync } from "node:crypto";
import { access, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { keccak_256 } from "@noble/hashes/sha3.js";

import { CloisterError } from "../../core/errors";
import { writeFresh } from "../files/wholeFile";

/** The strength that wallets use (the Web3 Secret Storage Definition's example). */
const SCRYPT = { n: 131_072, r: 8, p: 1, dklen: 32 } as const;
const SHORTEST = 8;

/**
 * Makes a keystore file (version 3, scrypt) with a new key for each name. Existing files are never touched: nothing is written if one
 * is there.
 *
 * @throws CloisterError `PasswordTooShort`, `AccountNameInvalid`, `KeystoreExists`.
 */
export async function newKeystores(directory: string, names: readonly string[], password: string): Promise<{ name: string; address: string }[]> {
  if (password.length < SHORTEST) throw new CloisterError("PasswordTooShort", `The password has ${password.length} characters, ${SHORTEST} at least.`, "Choose a longer one.");
  const paths = names.map((name) => {
    if (!/^[\w-]{1,50}$/.test(name)) throw new CloisterError("AccountNameInvalid", `"${name}" cannot name an account.`, "Use letters, digits, dashes and underscores.", { name });
    return join(directory, `${name}.json`);
  });
  await mkdir(directory, { recursive: true, mode: 0o700 });
  for (const path of paths) {
    const there = await access(path).then(() => true, () => false);
    if (there) throw keystoreExists(path);
  }
  const made = [];
  for (const [index, name] of names.entries()) {
    const key = secp256k1.utils.randomSecretKey();
    const address = addressOf(key);
    await writeFresh(paths[index]!, `${JSON.stringify(keystore(key, address, password))}\n`, 0o600).catch((error: NodeJS.ErrnoException) => {
      throw error.code === "EEXIST" ? keystoreExists(paths[index]!) : error;
    });
    made.push({ name, address });
  }
  return made;
}

function keystoreExists(path: string): CloisterError {
  return new CloisterError("KeystoreExists", `${path} exists.`, "Choose another name or directory; keys are never overwritten.", { path });
}

/** 0x-hex in lower case. */
function addressOf(key: Uint8Array): string {
  const point = secp256k1.getPublicKey(key, false).subarray(1);
  return `0x${Buffer.from(keccak_256(point).subarray(12)).toString("hex")}`;
}

function keystore(key: Uint8Array, address: string, password: string): object {
  const [salt, iv] = [randomBytes(32), randomBytes(16)];
  const derived = scryptSync(password.normalize("NFKC"), salt, SCRYPT.dklen, { N: SCRYPT.n, r: SCRYPT.r, p: SCRYPT.p, maxmem: 256 * SCRYPT.n * SCRYPT.r });
  const cipher = createCipheriv("aes-128-ctr", derived.subarray(0, 16), iv);
  const ciphertext = Buffer.concat([cipher.update(key), cipher.final()]);
  const mac = keccak_256(Buffer.concat([derived.subarray(16, 32), ciphertext]));
  const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
  return {
    version: 3,
    id: randomUUID(),
    address: address.slice(2),
    crypto: { cipher: "aes-128-ctr", cipherparams: { iv: hex(iv) }, ciphertext: hex(ciphertext), kdf: "scrypt", kdfparams: { ...SCRYPT, salt: hex(salt) }, mac: hex(mac) },
  };
}
