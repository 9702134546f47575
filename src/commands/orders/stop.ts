// SPDX-License-Identifier: Apache-2.0
import { defineCommand, positionals } from "../command";
import { eachOrder, printOutcomes } from "./eachOrder";

export const ordersStop = defineCommand({
  noun: "orders",
  verb: "stop",
  summary: "End services whose money or lease has ended",
  role: "customer",
  listed: false,
  example: "orders stop 7",
  notes: "Anyone may. The service is settled as of the second its money or lease ended, or as of its last checkpoint where its machine went silent.",
  positionals: { ids: positionals("order ids") },
  async run(context, { ids }) {
    const { stopOrder } = await import("../../chain/prolonging");
    const market = await context.market("account");
    return eachOrder(ids, (id) => stopOrder(market, id));
  },
  print: (outcomes, out) => printOutcomes(outcomes, "stopped", out),
  done: (outcomes) => outcomes.every(({ done }) => done),
});
