// SPDX-License-Identifier: Apache-2.0
import { defineCommand, list, positional, text } from "../command";
import { printChecks } from "./verdict";

export const ordersGetReport = defineCommand({
  noun: "orders",
  verb: "get-report",
  summary: "Fetch the report of an order and verify it",
  role: "customer",
  example: "orders get-report 7 --save-to report.json --resource solution.resource.json",
  positionals: { id: positional("order id") },
  options: {
    saveTo: text("file to write the report to", { placeholder: "path" }),
    resource: list("resource files whose contents must be among what ran", { placeholder: "path" }),
    accept: list("measurements of loaders that you accept beyond your trust file", { placeholder: "hash" }),
  },
  async run(context, { id, saveTo, resource, accept }) {
    const { acceptedMeasurements, openTrust, parseId } = await import("../connect");
    const { verifyReport } = await import("../../evidence/report");
    const { readGivenResources } = await import("./givenResources");
    const { fetchReport } = await import("./report");
    const accepted = acceptedMeasurements(accept);
    if (saveTo !== undefined) await (await import("../files/resourceFile")).checkWritable(context.path(saveTo));
    const market = await context.market();
    const trust = await openTrust(context);
    const { report, onChain, at } = await fetchReport(market, trust, parseId(id, "an order"));
    if (saveTo !== undefined) {
      const { writeTextFile } = await import("../files/textFile");
      await writeTextFile(context.path(saveTo), `${JSON.stringify(report, null, 2)}\n`);
    }
    const resources = await readGivenResources(resource, (path) => context.path(path));
    const verdict = verifyReport({ report, trust, at, accept: accepted, onChain, resources });
    return { report, verdict, savedTo: saveTo === undefined ? undefined : context.path(saveTo) };
  },
  print({ report, verdict, savedTo }, out) {
    out.line(JSON.stringify(report.workloadInfo, null, 1));
    if (savedTo !== undefined) out.line(`Saved order report to ${savedTo}`);
    printChecks(verdict, out);
  },
  done: ({ verdict }) => verdict.passed,
});
