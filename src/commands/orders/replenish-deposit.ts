// SPDX-License-Identifier: Apache-2.0
import { defineCommand, positional } from "../command";

export const ordersReplenishDeposit = defineCommand({
  noun: "orders",
  verb: "replenish-deposit",
  summary: "Add money to the deposit of an order",
  role: "customer",
  listed: false,
  example: "orders replenish-deposit 7 2.5",
  notes: "Anyone may, while the order waits or runs. It moves no deadline; a service runs longer, up to the end of its lease.",
  positionals: { id: positional("order id"), amount: positional("tokens", { placeholder: "tokens" }) },
  async run(context, { id, amount }) {
    const { replenishOrder } = await import("../../chain/prolonging");
    const { getOrder } = await import("../../chain/orders");
    const { formatTokens, parseTokens } = await import("../amounts");
    const { parseId } = await import("../connect");
    const [order, units] = [parseId(id, "an order"), parseTokens(amount)];
    const market = await context.market("account");
    const { transaction, gasUsed } = await replenishOrder(market, order, units);
    return { order, added: amount, deposit: formatTokens((await getOrder(market, order)).deposit), transaction, gasUsed };
  },
  print: ({ order, added, deposit }, out) => out.line(`Deposit for order ${order} was replenished with ${added} tokens; it is ${deposit} tokens now`),
});
