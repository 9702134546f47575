// SPDX-License-Identifier: Apache-2.0
import { defineCommand, number, text } from "../command";

export const caIssueSub = defineCommand({
  noun: "ca",
  verb: "issue-sub",
  summary: "Make another sub CA under a root, where the root's key is",
  role: "operator",
  example: "ca issue-sub --root-directory ./ca-root --directory ./ca-2027",
  notes: "To be run where the root's key is. The new directory is then moved to where `ca run` serves it; devices move to it at their next renewal.",
  options: {
    rootDirectory: text("the root's directory", { required: true, placeholder: "path" }),
    directory: text("where the new sub CA is written", { required: true, placeholder: "path" }),
    years: number("how long it lives; never longer than its root", { default: 2 }),
  },
  async run(context, { rootDirectory, directory, years }) {
    const { issueSubCa } = await import("../../crypto/certificate");
    const { generateKeyPair, keyId } = await import("../../crypto/keys");
    const { CloisterError } = await import("../../core/errors");
    const { readRoot, writeSubCa } = await import("./state");
    const { kind, issuer } = await readRoot(context.path(rootDirectory));
    const now = context.now().getTime();
    if (now > issuer.certificate.validUntil.getTime()) {
      throw new CloisterError("CertificateExpired", `The root's certificate ended at ${issuer.certificate.validUntil.toISOString()}.`, "Make a new root with `ca init`.");
    }
    const key = generateKeyPair();
    const until = new Date(Math.min(now + years * 365 * 86_400_000, issuer.certificate.validUntil.getTime()));
    const name = `${issuer.certificate.commonName.replace(/ ?Root CA$/, "")} Sub CA ${keyId(key.publicKey).slice(2, 10)}`;
    const certificate = await issueSubCa(issuer, key.publicKey, name, { from: new Date(now - 3600_000), until });
    const path = context.path(directory);
    await writeSubCa(path, { kind, root: issuer.certificate, subCa: { key, certificate } });
    return { directory: path, kind, subCa: certificate.fingerprint, key: keyId(key.publicKey), until: until.toISOString() };
  },
  print({ directory, subCa, until }, out) {
    out.line(`Sub CA (sha256 ${subCa}) was made in ${directory}, valid until ${until}`);
  },
});
