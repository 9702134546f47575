// SPDX-License-Identifier: Apache-2.0
import { defineCommand, flag, text } from "../command";

export const caInit = defineCommand({
  noun: "ca",
  verb: "init",
  summary: "Make a certification root and its first sub CA",
  role: "operator",
  example: "ca init --directory ./ca --root-directory ./ca-root --name Example --simulated",
  notes: "The root's key is written apart from the sub CA's. Move the root's directory to a place without a network: only `ca issue-sub` needs it. List the root on chain with its certificate, and put it into your market's trust file.",
  options: {
    directory: text("where the sub CA's key and certificate are written; it serves", { default: "ca", placeholder: "path" }),
    rootDirectory: text("where the root's key and certificate are written, by default the directory's name and -root", { placeholder: "path" }),
    name: text("name of the root", { required: true }),
    simulated: flag("a root for SIMULATED devices; the kind is fixed for good"),
  },
  async run(context, { directory, rootDirectory, name, simulated }) {
    const { makeCertificationAuthority } = await import("../../tee/certificationAuthority");
    const { writeAuthority } = await import("./state");
    const now = context.now().getTime();
    const years = (count: number) => ({ from: new Date(now - 3600_000), until: new Date(now + count * 365 * 86_400_000) });
    const authority = await makeCertificationAuthority(simulated ? "Simulated" : "Hardware", name, years(10), years(2));
    const path = context.path(directory);
    const rootPath = context.path(rootDirectory ?? `${directory.replace(/\/+$/, "")}-root`);
    await writeAuthority(path, rootPath, authority);
    return { directory: path, rootDirectory: rootPath, kind: authority.kind, root: authority.root.fingerprint, subCa: authority.subCa.certificate.fingerprint };
  },
  print({ directory, rootDirectory, kind, root }, out) {
    out.line(`Certification root of kind ${kind} (sha256 ${root}) was made in ${rootDirectory}, its sub CA in ${directory}`);
    out.line(`Move ${rootDirectory} to a place without a network: only a new sub CA needs it.`);
  },
});
