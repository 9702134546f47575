// SPDX-License-Identifier: Apache-2.0
import { defineCommand, positional, positionals } from "../command";
import { eachOrder, printOutcomes } from "./eachOrder";

export const ordersMark = defineCommand({
  noun: "orders",
  verb: "mark",
  summary: "Say whether ended orders went well",
  role: "customer",
  listed: false,
  example: "orders mark positive 7",
  notes: "Once an order, by its customer. It counts for every provider of the order by what that provider earned.",
  positionals: { mark: positional("how they went", { choices: ["positive", "negative"] }), ids: positionals("order ids") },
  async run(context, { mark, ids }) {
    const { markOrder } = await import("../../chain/prolonging");
    const market = await context.market("account");
    return eachOrder(ids, (id) => markOrder(market, id, mark === "positive"));
  },
  print: (outcomes, out) => printOutcomes(outcomes, "marked", out),
  done: (outcomes) => outcomes.every(({ done }) => done),
});
