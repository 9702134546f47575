// SPDX-License-Identifier: Apache-2.0
import { defineCommand, positionals } from "../command";
import { eachOrder, printOutcomes } from "./eachOrder";

export const ordersCancel = defineCommand({
  noun: "orders",
  verb: "cancel",
  summary: "Take orders back before they run",
  role: "customer",
  example: "orders cancel 7 9",
  notes: "An order can be taken back until its machine has published the report. The deposit returns in the same transaction.",
  positionals: { ids: positionals("order ids") },
  async run(context, { ids }) {
    const { cancelOrder } = await import("../../chain/orders");
    const market = await context.market("account");
    return eachOrder(ids, (id) => cancelOrder(market, id));
  },
  print: (outcomes, out) => printOutcomes(outcomes, "canceled", out),
  done: (outcomes) => outcomes.every(({ done }) => done),
});
