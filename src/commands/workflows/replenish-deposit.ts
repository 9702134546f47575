// SPDX-License-Identifier: Apache-2.0
import { defineCommand, flag, number, positional, text } from "../command";

export const workflowsReplenishDeposit = defineCommand({
  noun: "workflows",
  verb: "replenish-deposit",
  summary: "Add money to the deposit of a workflow, by its minutes or by amount",
  role: "customer",
  listed: false,
  example: "workflows replenish-deposit 7 --minutes 60",
  notes: "Like `orders replenish-deposit`: the order's deposit pays for all its suborders. On a terminal it says the amount and asks before it is paid.",
  positionals: { id: positional("order id") },
  options: {
    minutes: number("add what makes the money last so many minutes longer, at the order's own prices"),
    sppi: text("tokens to add", { placeholder: "tokens" }),
    yes: flag("do not ask"),
  },
  async run(context, { id, minutes, sppi, yes }) {
    const { replenish } = await import("../orders/replenish");
    return replenish(context, { id, amount: sppi, minutes, amountName: "--sppi", ask: !yes && !context.json });
  },
  print({ order, added, deposit }, out) {
    out.line("Deposit replenished successfully");
    out.line(`Order ${order} got ${added} tokens; its deposit is ${deposit} tokens now`);
  },
});
