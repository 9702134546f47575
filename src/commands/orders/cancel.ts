// SPDX-License-Identifier: Apache-2.0
import { defineCommand, positionals } from "../command";
import { eachOrder, printOutcomes } from "./eachOrder";

export const ordersCancel = defineCommand({
  noun: "orders",
  verb: "cancel",
  summary: "Take orders back",
  role: "customer",
  example: "orders cancel 7 9",
  notes: "Before its machine has published the report, the deposit returns in the same transaction. After it the order is Canceling until the machine confirms; no later second is charged, and what is left returns then. Any wallet of the customer's user may.",
  positionals: { ids: positionals("order ids") },
  async run(context, { ids }) {
    const { cancelOrder } = await import("../../chain/orders");
    const market = await context.market("account");
    return eachOrder(ids, (id) => cancelOrder(market, id));
  },
  print: (outcomes, out) => printOutcomes(outcomes, "canceled", out),
  done: (outcomes) => outcomes.every(({ done }) => done),
});
