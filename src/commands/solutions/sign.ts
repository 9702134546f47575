// SPDX-License-Identifier: Apache-2.0
import { defineCommand, positional, text } from "../command";

export const solutionsSign = defineCommand({
  noun: "solutions",
  verb: "sign",
  summary: "Sign a solution's archive",
  role: "data owner",
  listed: false,
  example: "solutions sign my-solution.tar.gz --key solutions.key.pem",
  notes: `The signature is detached: an in-toto statement with the archive's sha256 in a DSSE envelope. Its file goes with the archive as
\`files upload my-solution.tar.gz --metadata my-solution.tar.gz.sig.json\`.`,
  positionals: { archive: positional("archive, or a directory that is uploaded as one") },
  options: {
    key: text("private key that `solutions generate-key` wrote", { default: "./solutions.key.pem", placeholder: "path" }),
    output: text("where to write the signature (default: the archive's name with .sig.json)", { placeholder: "path" }),
  },
  async run(context, { archive, key, output }) {
    const { basename } = await import("node:path");
    const { formatSolutionSignature } = await import("../../core/solutionSignature");
    const { fromPrivatePem, keyFingerprint } = await import("../../crypto/keys");
    const { signSolution } = await import("../../crypto/solutionSignature");
    const { hashContent } = await import("../../store/content");
    const { readTextFile, writeTextFile } = await import("../files/textFile");
    const pair = fromPrivatePem(await readTextFile(context.path(key)));
    const path = context.path(archive);
    const { hash } = await hashContent(path, context.signal);
    const target = output === undefined ? `${path.replace(/\/+$/, "")}.sig.json` : context.path(output);
    await writeTextFile(target, formatSolutionSignature(signSolution(pair, basename(path), hash)));
    return { output: target, hash, keyHash: keyFingerprint(pair.publicKey) };
  },
  print({ output, hash, keyHash }, out) {
    out.line(`Signature was written to ${output}`);
    out.line(`Solution hash: ${hash}`);
    out.line(`Key hash (signatureKeyHash): ${keyHash}`);
  },
});
