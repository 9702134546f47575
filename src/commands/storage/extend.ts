// SPDX-License-Identifier: Apache-2.0
import { defineCommand, number, positional, positionals, text } from "../command";
import { eachOrder, printOutcomes } from "../orders/eachOrder";

export const storageExtend = defineCommand({
  noun: "storage",
  verb: "extend",
  summary: "Lengthen a retention that runs",
  role: "customer",
  listed: false,
  example: "storage extend 9 --minutes 43200",
  notes: "At the price that was agreed, within what the offer still sells at it. Anyone may pay for it; a fixed price buys a retention once and cannot be lengthened.",
  positionals: { id: positional("suborder id") },
  options: {
    minutes: number("minutes to add", { required: true }),
    slot: text("slot of the storage offer to lengthen within; by default one of the same price", { placeholder: "id" }),
  },
  async run(context, { id, minutes, slot }) {
    const { extendStorage, getStoragePart } = await import("../../chain/storing");
    const { formatTokens } = await import("../amounts");
    const { parseId } = await import("../connect");
    const [suborder, wanted] = [parseId(id, "a suborder"), slot === undefined ? undefined : parseId(slot, "a slot")];
    const market = await context.market("account");
    const { paid, transaction, gasUsed } = await extendStorage(market, (await getStoragePart(market, suborder)).suborder, minutes, wanted);
    const { suborder: longer } = await getStoragePart(market, suborder);
    return { suborder, retentionMinutes: longer.minMinutes, paid: formatTokens(paid), until: new Date((longer.since + longer.minMinutes * 60) * 1000).toISOString(), transaction, gasUsed };
  },
  print: ({ suborder, retentionMinutes, paid, until }, out) => out.line(`Storage of suborder ${suborder} is kept for ${retentionMinutes} minutes, until ${until}; ${paid} tokens were paid`),
});

export const storageEnd = defineCommand({
  noun: "storage",
  verb: "end",
  summary: "End retentions early",
  role: "customer",
  listed: false,
  example: "storage end 9",
  notes: "By the customer, where the offer is cancelable and priced per hour. Whole minutes begun are charged, the rest comes back: at once, or with the order where that still runs.",
  positionals: { ids: positionals("suborder ids") },
  async run(context, { ids }) {
    const { endStorage } = await import("../../chain/storing");
    const market = await context.market("account");
    return eachOrder(ids, (id) => endStorage(market, id));
  },
  print: (outcomes, out) => printOutcomes(outcomes, "ended", out),
  done: (outcomes) => outcomes.every(({ done }) => done),
});

export const storageCancel = defineCommand({
  noun: "storage",
  verb: "cancel",
  summary: "Take storage back that was not received yet",
  role: "customer",
  listed: false,
  example: "storage cancel 9",
  notes: "By the customer. The order goes on without it, and its result goes to your own store; the money comes back.",
  positionals: { ids: positionals("suborder ids") },
  async run(context, { ids }) {
    const { cancelStorage, getStoragePart } = await import("../../chain/storing");
    const market = await context.market("account");
    return eachOrder(ids, async (id) => cancelStorage(market, (await getStoragePart(market, id)).suborder.id));
  },
  print: (outcomes, out) => printOutcomes(outcomes, "canceled", out),
  done: (outcomes) => outcomes.every(({ done }) => done),
});
