// SPDX-License-Identifier: Apache-2.0
import { defineCommand, positionals } from "../command";
import { eachOrder, printOutcomes } from "./eachOrder";

export const ordersExpire = defineCommand({
  noun: "orders",
  verb: "expire",
  summary: "End orders whose deadline has passed, or whose machine was taken out",
  role: "customer",
  listed: false,
  example: "orders expire 7",
  notes: "Anyone may: after the deadline of its status an order that nobody moves is ended, and what is the customer's returns. Before it, an order whose machine lost its last device because the administration took it out: then nobody compensates.",
  positionals: { ids: positionals("order ids") },
  async run(context, { ids }) {
    const { expireOrder } = await import("../../chain/orders");
    const market = await context.market("account");
    return eachOrder(ids, (id) => expireOrder(market, id));
  },
  print: (outcomes, out) => printOutcomes(outcomes, "expired", out),
  done: (outcomes) => outcomes.every(({ done }) => done),
});
