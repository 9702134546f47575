// SPDX-License-Identifier: Apache-2.0
import { defineCommand, positional, text, wrongUsage } from "../command";

export const solutionsVerify = defineCommand({
  noun: "solutions",
  verb: "verify",
  summary: "Check who signed a solution's archive",
  role: "customer",
  listed: false,
  example: "solutions verify my-solution.tar.gz --key-hash 3f5a…",
  notes: "Without --key-hash it says whose signature it is; whether that is the author's key you have to know.",
  positionals: { archive: positional("archive, or a directory that is uploaded as one") },
  options: {
    signature: text("signature file (default: the archive's name with .sig.json)", { placeholder: "path" }),
    keyHash: text("hash of the key that must have signed it: signatureKeyHash of the offer's version", { placeholder: "sha256" }),
  },
  async run(context, { archive, signature, keyHash }) {
    const { parseSolutionSignature } = await import("../../core/solutionSignature");
    const { assertSolutionSigned } = await import("../../crypto/solutionSignature");
    const { hashContent } = await import("../../store/content");
    const { readTextFile } = await import("../files/textFile");
    if (keyHash !== undefined && !/^[0-9a-fA-F]{64}$/.test(keyHash)) throw wrongUsage("--key-hash must be 64 hex digits.");
    const path = context.path(archive);
    const file = signature === undefined ? `${path.replace(/\/+$/, "")}.sig.json` : context.path(signature);
    const { hash } = await hashContent(path, context.signal);
    const signed = assertSolutionSigned(parseSolutionSignature(await readTextFile(file), file), hash, keyHash);
    return { hash, keyHash: signed.keyHash, name: signed.name, expected: keyHash !== undefined };
  },
  print({ hash, keyHash, name, expected }, out) {
    out.line(`Signature holds: ${hash} was signed as ${JSON.stringify(name)}`);
    out.line(`Key hash: ${keyHash}${expected ? ", as expected" : " (compare it with the author's)"}`);
  },
});
