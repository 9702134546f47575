// SPDX-License-Identifier: Apache-2.0
import { defineCommand, positionals } from "../command";
import { eachOrder, printOutcomes } from "../orders/eachOrder";

export const storageDeny = defineCommand({
  noun: "storage",
  verb: "deny",
  summary: "Refuse to keep what storage suborders ask",
  role: "data owner",
  listed: false,
  example: "storage deny 9",
  notes: "By the action account of the store's provider, before its receipt. The money goes back to the customer.",
  positionals: { ids: positionals("suborder ids") },
  async run(context, { ids }) {
    const { denyStorage } = await import("../../chain/keeping");
    const market = await context.market("account");
    return eachOrder(ids, (id) => denyStorage(market, id));
  },
  print: (outcomes, out) => printOutcomes(outcomes, "denied", out),
  done: (outcomes) => outcomes.every(({ done }) => done),
});
