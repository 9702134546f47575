// SPDX-License-Identifier: Apache-2.0
import { defineCommand, flag, text } from "../command";

export const caInit = defineCommand({
  noun: "ca",
  verb: "init",
  summary: "Make a certification root and its sub CA",
  role: "operator",
  example: "ca init --directory ./ca --name Example --simulated",
  options: {
    directory: text("where keys and certificates are written", { default: "ca", placeholder: "path" }),
    name: text("name of the root", { required: true }),
    simulated: flag("a root for SIMULATED devices; the kind is fixed for good"),
  },
  async run(context, { directory, name, simulated }) {
    const { makeCertificationAuthority } = await import("../../tee/certificationAuthority");
    const { writeAuthority } = await import("./state");
    const now = context.now().getTime();
    const years = (count: number) => ({ from: new Date(now - 3600_000), until: new Date(now + count * 365 * 86_400_000) });
    const authority = await makeCertificationAuthority(simulated ? "Simulated" : "Hardware", name, years(10), years(2));
    const path = context.path(directory);
    await writeAuthority(path, authority);
    return { directory: path, kind: authority.kind, root: authority.root.fingerprint };
  },
  print({ directory, kind, root }, out) {
    out.line(`Certification root of kind ${kind} (sha256 ${root}) was made in ${directory}`);
    out.line("Move root-key.pem to a place without a network: only a new sub CA needs it.");
  },
});
