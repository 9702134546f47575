// SPDX-License-Identifier: Apache-2.0
import { defineCommand, flag, positional, text } from "../command";

export const ordersDownloadResult = defineCommand({
  noun: "orders",
  verb: "download-result",
  summary: "Fetch, verify and decrypt the result of an order",
  role: "customer",
  example: "orders download-result 7 --save-to ./result.tar.gz",
  positionals: { id: positional("order id") },
  options: {
    saveTo: text("file to write", { default: "result.tar.gz", placeholder: "path" }),
    overwrite: flag("replace that file"),
  },
  async run(context, { id, saveTo, overwrite }) {
    const { parseId } = await import("../connect");
    const { fetchResult } = await import("./result");
    const market = await context.market();
    const target = context.path(saveTo);
    const result = await fetchResult(market, parseId(id, "an order"), (createdBy) => context.resultIdentity(createdBy), target, overwrite);
    return { ...result, path: target };
  },
  print({ path, status }, out) {
    out.line(status === "Error" ? `The order ended with an error; its log was saved to ${path}` : `Order result was saved to ${path}`);
  },
});
