// SPDX-License-Identifier: Apache-2.0
import { defineCommand, positionals } from "../command";
import { eachOrder, printOutcomes } from "../orders/eachOrder";

export const storageExpire = defineCommand({
  noun: "storage",
  verb: "expire",
  summary: "End storage suborders whose receipt did not come in time",
  role: "customer",
  listed: false,
  example: "storage expire 9",
  notes: "Anyone may, when the time for the receipt has passed since the end of the order. The money goes back to the customer.",
  positionals: { ids: positionals("suborder ids") },
  async run(context, { ids }) {
    const { expireStorage } = await import("../../chain/keeping");
    const market = await context.market("account");
    return eachOrder(ids, (id) => expireStorage(market, id));
  },
  print: (outcomes, out) => printOutcomes(outcomes, "expired", out),
  done: (outcomes) => outcomes.every(({ done }) => done),
});
