// SPDX-License-Identifier: Apache-2.0
import { defineCommand, list, text } from "../command";
import { printChecks } from "./verdict";

export const ordersValidateReport = defineCommand({
  noun: "orders",
  verb: "validate-report",
  summary: "Verify a saved report, without a chain",
  role: "customer",
  listed: false,
  example: "orders validate-report --path report.json --at 2026-11-20T10:00:00Z",
  options: {
    path: text("report file", { required: true, placeholder: "path" }),
    at: text("time as of which it is verified (ISO); by default when it was created, as the report says", { placeholder: "time" }),
    resource: list("resource files whose contents must be among what ran", { placeholder: "path" }),
    accept: list("measurements of loaders that you accept beyond your trust file", { placeholder: "hash" }),
  },
  async run(context, { path, at, resource, accept }) {
    const { readFile } = await import("node:fs/promises");
    const { CloisterError } = await import("../../core/errors");
    const { parseReport } = await import("../../core/report");
    const { verifyReport } = await import("../../evidence/report");
    const { acceptedMeasurements, openTrust } = await import("../connect");
    const { readGivenResources } = await import("./givenResources");
    const text = await readFile(context.path(path), "utf8").catch((error: unknown) => {
      throw new CloisterError("FileMissing", `${path} cannot be read.`, "Check --path.", { path }, { cause: error });
    });
    const report = parseReport(text, path);
    const time = at === undefined ? new Date(report.workloadInfo.created * 1000) : new Date(at);
    if (Number.isNaN(time.getTime())) throw new CloisterError("TimeInvalid", `"${at}" is not a time.`, "Write it like 2026-11-20T10:00:00Z.");
    const verdict = verifyReport({ report, trust: await openTrust(context), at: time, accept: acceptedMeasurements(accept), resources: await readGivenResources(resource, (given) => context.path(given)) });
    return { verdict, at: time };
  },
  print({ verdict }, out) {
    printChecks(verdict, out);
  },
  done: ({ verdict }) => verdict.passed,
});
