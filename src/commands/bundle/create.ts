// SPDX-License-Identifier: Apache-2.0
import { defineCommand, positional, text } from "../command";

export const bundleCreate = defineCommand({
  noun: "bundle",
  verb: "create",
  summary: "Put everything public about an order into one file that can be verified without a chain",
  role: "customer",
  listed: false,
  example: "bundle create 7 --save-to order-7.bundle.json",
  notes: "The bundle has the order's record, its events, its report with certificates and evidence, and your trust file's public content. It has no keys and no plaintext: what is sealed in events stays sealed.",
  positionals: { id: positional("order id") },
  options: { saveTo: text("file to write", { required: true, placeholder: "path" }) },
  async run(context, { id, saveTo }) {
    const { orderLogs } = await import("../../chain/orderLogs");
    const { readOrderRecord } = await import("../../chain/orderRecords");
    const { parseBundle } = await import("../../core/bundle");
    const evidence = await import("../../evidence/trust");
    const { parseId, readTrustFile } = await import("../connect");
    const { fetchReport } = await import("../orders/report");
    const { toJson } = await import("../printer");
    const { checkWritable } = await import("../files/resourceFile");
    const { writeTextFile } = await import("../files/textFile");
    const path = context.path(saveTo);
    await checkWritable(path);
    const market = await context.market();
    const trust = await readTrustFile(context);
    const asOf = await market.provider.getBlockNumber();
    const order = await readOrderRecord(market, parseId(id, "an order"), asOf);
    context.message("Reading the order's events");
    const { logs, blocks } = await orderLogs(market, order, asOf);
    const report = order.reported ? (await fetchReport(market, evidence.openTrust(trust), order.id)).report : undefined;
    const { chainId, contracts } = market.address;
    const content = `${toJson({ format: "cloister/bundle/v1", market: { chainId, contracts }, asOf, order, logs, blocks, report, trust }, 2)}\n`;
    // Read back strictly: what the format does not know, and so no secret that strayed in, is ever written.
    parseBundle(content, path);
    await writeTextFile(path, content);
    return { order: order.id, savedTo: path, events: logs.length, bytes: Buffer.byteLength(content), report: report !== undefined };
  },
  print({ order, savedTo, events, bytes, report }, out) {
    out.line(`Saved the bundle of order ${order} to ${savedTo}: ${events} events, ${report ? "with" : "without"} a report, ${bytes} bytes`);
  },
});
