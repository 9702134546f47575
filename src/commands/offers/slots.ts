// SPDX-License-Identifier: Apache-2.0
import { defineCommand, positional, text } from "../command";

export const offersAddSlot = defineCommand({
  noun: "offers",
  verb: "add-slot",
  summary: "Add a slot to an offer",
  role: "data owner",
  listed: false,
  example: "offers add-slot value --offer 5 --path ./slot-info.json",
  notes: "A slot never changes: for another price or size add one and delete the old.",
  positionals: { kind: positional("tee or value", { choices: ["tee", "value"] }) },
  options: {
    offer: text("offer id", { required: true, placeholder: "id" }),
    path: text("slot info file", { default: "./offerSlot.json", placeholder: "path" }),
  },
  async run(context, { kind, offer: given, path }) {
    const { addSlot } = await import("../../chain/offers");
    const { parseSlotFile } = await import("../../core/offerInfo");
    const { parseId } = await import("../connect");
    const { readTextFile } = await import("../files/textFile");
    const { offerOf } = await import("./view");
    const offer = parseId(given, "an offer");
    const file = parseSlotFile(await readTextFile(context.path(path)), path);
    const market = await context.market("account");
    await offerOf(market, kind as "tee" | "value", offer);
    const { slot, transaction, gasUsed } = await addSlot(market, offer, file);
    return { offer, slot, transaction, gasUsed };
  },
  print: ({ slot }, out) => out.line(`Slot was created with id ${slot}`),
});

export const offersDeleteSlot = defineCommand({
  noun: "offers",
  verb: "delete-slot",
  summary: "End the sale of a slot",
  role: "data owner",
  listed: false,
  example: "offers delete-slot value --offer 5 --slot 7",
  notes: "Orders that have the slot keep it.",
  positionals: { kind: positional("tee or value", { choices: ["tee", "value"] }) },
  options: {
    offer: text("offer id", { required: true, placeholder: "id" }),
    slot: text("slot id", { required: true, placeholder: "id" }),
  },
  async run(context, { kind, offer: givenOffer, slot: givenSlot }) {
    const { retireSlot } = await import("../../chain/offers");
    const { parseId } = await import("../connect");
    const { offerOf } = await import("./view");
    const offer = parseId(givenOffer, "an offer");
    const slot = parseId(givenSlot, "a slot");
    const market = await context.market("account");
    await offerOf(market, kind as "tee" | "value", offer);
    const { transaction, gasUsed } = await retireSlot(market, offer, slot);
    return { offer, slot, transaction, gasUsed };
  },
  print: ({ slot }, out) => out.line(`Slot ${slot} was deleted`),
});
