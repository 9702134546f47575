// SPDX-License-Identifier: Apache-2.0
import { defineCommand, positionals } from "../command";
import { type OrderOutcome, outcomeOf, printOutcomes, refusalOf } from "./eachOrder";

export const ordersClaim = defineCommand({
  noun: "orders",
  verb: "claim",
  summary: "Have the earnings of ended orders paid out",
  role: "data owner",
  example: "orders claim 7 8 12",
  notes: "What compute orders and suborders have earned goes to the token receivers of their providers, less the commission. Anyone may ask for it. Orders of one provider and one token are claimed in one transaction.",
  positionals: { ids: positionals("ids of orders and suborders") },
  async run(context, { ids }) {
    const { claimable, earnerOf } = await import("../../chain/earnings");
    const { claim } = await import("../../chain/orders");
    const { CloisterError } = await import("../../core/errors");
    const { formatTokens } = await import("../amounts");
    const { parseId } = await import("../connect");
    const orders = [...new Set(ids.map((given) => parseId(given, "an order")))];
    const market = await context.market("account");
    const outcomes: OrderOutcome[] = [];
    const groups = new Map<string, bigint[]>();
    for (const id of orders) {
      try {
        if ((await claimable(market, id)) === 0n) throw new CloisterError("NothingToClaim", `Order ${id} has nothing to claim.`, "An order earns when it has ended; each part is claimed once.", { order: id });
        const { provider, token } = await earnerOf(market, id);
        const group = `${provider} ${token}`;
        groups.set(group, [...(groups.get(group) ?? []), id]);
      } catch (error) {
        outcomes.push(refusalOf(id, error));
      }
    }
    let paid = 0n;
    let commission = 0n;
    for (const group of groups.values()) {
      const claiming = claim(market, group);
      for (const id of group) outcomes.push(await outcomeOf(id, claiming));
      const claimed = await claiming.catch(() => undefined); // its refusal is in the outcomes
      paid += claimed?.paid ?? 0n;
      commission += claimed?.commission ?? 0n;
    }
    return { orders: outcomes, paid: formatTokens(paid), commission: formatTokens(commission) };
  },
  print({ orders, paid, commission }, out) {
    printOutcomes(orders, "claimed", out);
    out.line(`Paid ${paid} tokens, commission ${commission} tokens`);
  },
  done: ({ orders }) => orders.every(({ done }) => done),
});
