// SPDX-License-Identifier: Apache-2.0
import { defineCommand, list, positional, text } from "../command";

export const evidenceVerify = defineCommand({
  noun: "evidence",
  verb: "verify",
  summary: "Verify a quote or report of a TEE, without a chain",
  role: "operator",
  example: "evidence verify tdx_quote --collateral tdx_quote_collateral.json --at 2025-06-25T00:00:00Z",
  notes:
    "Takes TDX quotes (v4), SGX quotes (v3) and SEV-SNP reports (v2). Without --collateral and --anchor what the configured trust file says is used. " +
    "Only evidence under a processor maker's own root is not SIMULATED.",
  positionals: { file: positional("raw quote or report; a SEV-SNP report may be followed by its table of certificates") },
  options: {
    collateral: text("collateral file: Intel's as JSON, AMD's as {ask, vcek, crl}, or an entry of a trust file", { placeholder: "path" }),
    at: text("time as of which it is verified (ISO); by default now", { placeholder: "time" }),
    anchor: text("intel, amd, or a file with the root certificate; with --collateral by default the maker's", { placeholder: "root" }),
    acceptTcb: list("TCB statuses that are accepted besides UpToDate", { placeholder: "status" }),
    minimumTcb: text("least versions of AMD's firmware: bootloader,TEE,SNP,microcode", { placeholder: "versions" }),
  },
  async run(context, { file, collateral, at, anchor, acceptTcb, minimumTcb }) {
    const { verifyEvidenceFile } = await import("./verifyFile");
    return verifyEvidenceFile(context, { file, collateral, at, anchor, acceptTcb, minimumTcb });
  },
  print({ kind, measurement, reportData, tcbStatus, family, advisoryIds, simulated, anchor, at, checks, passed }, out) {
    const hex = (bytes?: Uint8Array) => (bytes ? Buffer.from(bytes).toString("hex") : undefined);
    out.fields({ kind, measurement, reportData: hex(reportData), processor: family, tcbStatus: tcbStatus ?? "not checked", advisories: advisoryIds.length > 0 ? advisoryIds : undefined, anchor, at });
    for (const { name, passed: held, skipped, reason } of checks) out.line(`${held ? "passed" : skipped ? "skipped" : "FAILED"}  ${name}: ${reason}`);
    if (simulated) out.line("SIMULATED: no processor maker's root vouches for this evidence.");
    else if (passed) out.line("Not simulated: it ends in the processor maker's root.");
    out.line(passed ? "Evidence verification successful!" : "!!!EVIDENCE IS NOT VALID!!!");
  },
  done: ({ passed }) => passed,
});
