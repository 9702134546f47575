// SPDX-License-Identifier: Apache-2.0
import { defineCommand, number, positional } from "../command";

export const ordersReplenishDeposit = defineCommand({
  noun: "orders",
  verb: "replenish-deposit",
  summary: "Add money to the deposit of an order",
  role: "customer",
  listed: false,
  example: "orders replenish-deposit 7 2.5",
  notes: "Anyone may, while the order waits or runs. It moves no deadline; a service runs longer, up to the end of its lease.",
  positionals: { id: positional("order id"), amount: positional("tokens to add; without it --minutes", { placeholder: "tokens", optional: true }) },
  options: { minutes: number("add what makes the money last so many minutes longer, at the order's own prices") },
  async run(context, { id, amount, minutes }) {
    const { replenish } = await import("./replenish");
    return replenish(context, { id, amount, minutes, amountName: "an amount of tokens", ask: false });
  },
  print: ({ order, added, deposit }, out) => out.line(`Deposit for order ${order} was replenished with ${added} tokens; it is ${deposit} tokens now`),
});
