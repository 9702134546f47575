// SPDX-License-Identifier: Apache-2.0
import { defineCommand, number, positional } from "../command";

export const ordersExtend = defineCommand({
  noun: "orders",
  verb: "extend",
  summary: "Lengthen the lease of a service",
  role: "customer",
  listed: false,
  example: "orders extend 7 --minutes 120",
  notes: "Within the longest lease that every part sells. It adds no money: see `orders replenish-deposit`.",
  positionals: { id: positional("order id") },
  options: { minutes: number("minutes to add", { required: true }) },
  async run(context, { id, minutes }) {
    const { extendOrder } = await import("../../chain/prolonging");
    const { getOrder } = await import("../../chain/orders");
    const { parseId } = await import("../connect");
    const order = parseId(id, "an order");
    const market = await context.market("account");
    const { transaction, gasUsed } = await extendOrder(market, order, minutes);
    return { order, leaseMinutes: (await getOrder(market, order)).leaseMinutes, transaction, gasUsed };
  },
  print: ({ order, leaseMinutes }, out) => out.line(`Order ${order} now has a lease of ${leaseMinutes} minutes`),
});
