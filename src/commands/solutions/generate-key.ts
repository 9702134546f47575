// SPDX-License-Identifier: Apache-2.0
import { defineCommand, text } from "../command";

export const solutionsGenerateKey = defineCommand({
  noun: "solutions",
  verb: "generate-key",
  summary: "Make a key that signs solutions",
  role: "data owner",
  listed: false,
  example: "solutions generate-key --output solutions.key.pem",
  notes: `The key is P-256 in PKCS #8, as OpenSSL reads it, in a file that only you can read. Its hash is what an offer's version names as
signatureKeyHash.`,
  options: {
    output: text("where to write the private key; nothing that is there is replaced", { default: "./solutions.key.pem", placeholder: "path" }),
  },
  async run(context, { output }) {
    const { generateKeyPair, keyFingerprint, toPrivatePem } = await import("../../crypto/keys");
    const { writeSecretFile } = await import("../secretFile");
    const key = generateKeyPair();
    await writeSecretFile(context.path(output), toPrivatePem(key));
    return { output: context.path(output), keyHash: keyFingerprint(key.publicKey) };
  },
  print({ output, keyHash }, out) {
    out.line(`Private key was written to ${output}`);
    out.line(`Key hash (signatureKeyHash): ${keyHash}`);
  },
});
