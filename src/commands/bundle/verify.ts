// SPDX-License-Identifier: Apache-2.0
import { defineCommand, list, positional } from "../command";

export const bundleVerify = defineCommand({
  noun: "bundle",
  verb: "verify",
  summary: "Verify a bundle against your own trust file, without a chain",
  role: "customer",
  listed: false,
  example: "bundle verify order-7.bundle.json",
  notes: "Checks the report, the events, the hashes and the money against one another. What needs the chain is named and not made: that the logs are in it. Exit code 1 where a check fails.",
  positionals: { file: positional("bundle file") },
  options: { accept: list("measurements of loaders that you accept beyond your trust file", { placeholder: "hash" }) },
  async run(context, { file, accept }) {
    const { readFile } = await import("node:fs/promises");
    const { parseBundle } = await import("../../core/bundle");
    const { CloisterError } = await import("../../core/errors");
    const { acceptedMeasurements, openTrust } = await import("../connect");
    const { verifyBundle } = await import("./check");
    const content = await readFile(context.path(file), "utf8").catch((error: unknown) => {
      throw new CloisterError("FileMissing", `${file} cannot be read.`, "Check the path.", { path: file }, { cause: error });
    });
    const bundle = parseBundle(content, file);
    const { blockchain } = await context.config();
    const market = blockchain && { chainId: blockchain.chainId, contracts: blockchain.contracts };
    return verifyBundle({ bundle, trust: await openTrust(context), collateral: bundle.trust.collateral, accept: acceptedMeasurements(accept), market });
  },
  print({ order, checks, passed, simulated }, out) {
    for (const { name, passed: held, skipped, reason } of checks) out.line(`${held ? "passed" : skipped ? "skipped" : "FAILED"}  ${name}: ${reason}`);
    if (simulated) out.line("SIMULATED: no hardware vouches for this order's report.");
    out.line(passed ? `The bundle of order ${order} holds.` : `!!! THE BUNDLE OF ORDER ${order} DOES NOT HOLD !!!`);
  },
  done: ({ passed }) => passed,
});
