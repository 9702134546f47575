// SPDX-License-Identifier: Apache-2.0
import { defineCommand, positional, text } from "../command";

export const offersGetSlot = defineCommand({
  noun: "offers",
  verb: "get-slot",
  summary: "Show a slot in the shape of its file",
  role: "data owner",
  listed: false,
  example: "offers get-slot value --offer 5 --slot 7 --save-to ./offerSlot.json",
  notes: "What is saved is taken by `offers add-slot` and `offers update-slot`.",
  positionals: { kind: positional("tee or value", { choices: ["tee", "value"] }) },
  options: {
    offer: text("offer id", { required: true, placeholder: "id" }),
    slot: text("slot id", { required: true, placeholder: "id" }),
    saveTo: text("file to write it to", { placeholder: "path" }),
  },
  async run(context, { kind, offer: givenOffer, slot: givenSlot, saveTo }) {
    const { getSlot } = await import("../../chain/offers");
    const { parseId } = await import("../connect");
    const { offerOf } = await import("./view");
    const { slotFileOf } = await import("./infoFiles");
    const { saveFile } = await import("./saving");
    const [offer, slot] = [parseId(givenOffer, "an offer"), parseId(givenSlot, "a slot")];
    const market = await context.market();
    await offerOf(market, kind as "tee" | "value", offer);
    return saveFile(context, saveTo, "slot", slotFileOf(await getSlot(market, offer, slot)));
  },
  print: (slot, out) => out.fields(slot),
});

export const offersUpdateSlot = defineCommand({
  noun: "offers",
  verb: "update-slot",
  summary: "Sell a slot on other terms: a new slot takes its place",
  role: "data owner",
  listed: false,
  example: "offers update-slot value --offer 5 --slot 7 --path ./offerSlot.json",
  notes: "A slot never changes, so that orders get what they name: the file makes a new slot with an id of its own, then the old one is not sold any more.",
  positionals: { kind: positional("tee or value", { choices: ["tee", "value"] }) },
  options: {
    offer: text("offer id", { required: true, placeholder: "id" }),
    slot: text("slot id", { required: true, placeholder: "id" }),
    path: text("slot info file", { default: "./offerSlot.json", placeholder: "path" }),
  },
  async run(context, { kind, offer: givenOffer, slot: givenSlot, path }) {
    const { addSlot, getSlot, retireSlot } = await import("../../chain/offers");
    const { CloisterError } = await import("../../core/errors");
    const { parseSlotFile } = await import("../../core/offerInfo");
    const { parseId } = await import("../connect");
    const { readTextFile } = await import("../files/textFile");
    const { offerOf } = await import("./view");
    const [offer, before] = [parseId(givenOffer, "an offer"), parseId(givenSlot, "a slot")];
    const file = parseSlotFile(await readTextFile(context.path(path)), path);
    const market = await context.market("account");
    await offerOf(market, kind as "tee" | "value", offer);
    if (!(await getSlot(market, offer, before)).active) throw new CloisterError("SlotIsRetired", `Slot ${before} of offer ${offer} is not sold any more.`, "Add another with `offers add-slot`.", { offer, slot: before });
    const { slot, ...added } = await addSlot(market, offer, file);
    context.message(`Slot ${slot} was created; ending the sale of slot ${before}`);
    const retired = await retireSlot(market, offer, before);
    return { offer, slot, before, transactions: [added.transaction, retired.transaction], gasUsed: added.gasUsed + retired.gasUsed };
  },
  print: ({ slot, before }, out) => out.line(`Slot ${before} was updated: its new id is ${slot}`),
});

export const offersGetOption = defineCommand({
  noun: "offers",
  verb: "get-option",
  summary: "Show an option in the shape of its file",
  role: "machine owner",
  listed: false,
  example: "offers get-option --offer 1 --option 2 --save-to ./offerOption.json",
  options: {
    offer: text("compute offer id", { required: true, placeholder: "id" }),
    option: text("option id", { required: true, placeholder: "id" }),
    saveTo: text("file to write it to", { placeholder: "path" }),
  },
  async run(context, { offer: givenOffer, option: givenOption, saveTo }) {
    const { getOption } = await import("../../chain/offers");
    const { parseId } = await import("../connect");
    const { optionFileOf } = await import("./infoFiles");
    const { saveFile } = await import("./saving");
    const [offer, option] = [parseId(givenOffer, "a compute offer"), parseId(givenOption, "an option")];
    return saveFile(context, saveTo, "option", optionFileOf(await getOption(await context.market(), offer, option)));
  },
  print: (option, out) => out.fields(option),
});

export const offersUpdateOption = defineCommand({
  noun: "offers",
  verb: "update-option",
  summary: "Sell an option on other terms: a new option takes its place",
  role: "machine owner",
  listed: false,
  example: "offers update-option --offer 1 --option 2 --path ./offerOption.json",
  notes: "An option never changes, so that orders get what they name: the file makes a new option with an id of its own, then the old one is not sold any more.",
  options: {
    offer: text("compute offer id", { required: true, placeholder: "id" }),
    option: text("option id", { required: true, placeholder: "id" }),
    path: text("option info file", { default: "./offerOption.json", placeholder: "path" }),
  },
  async run(context, { offer: givenOffer, option: givenOption, path }) {
    const { addOption, getOption, retireOption } = await import("../../chain/offers");
    const { CloisterError } = await import("../../core/errors");
    const { parseOptionFile } = await import("../../core/offerInfo");
    const { parseId } = await import("../connect");
    const { readTextFile } = await import("../files/textFile");
    const [offer, before] = [parseId(givenOffer, "a compute offer"), parseId(givenOption, "an option")];
    const file = parseOptionFile(await readTextFile(context.path(path)), path);
    const market = await context.market("account");
    if (!(await getOption(market, offer, before)).active) throw new CloisterError("OptionIsRetired", `Option ${before} of offer ${offer} is not sold any more.`, "Add another with `offers add-option`.", { offer, option: before });
    const { option, ...added } = await addOption(market, offer, file);
    context.message(`Option ${option} was created; ending the sale of option ${before}`);
    const retired = await retireOption(market, offer, before);
    return { offer, option, before, transactions: [added.transaction, retired.transaction], gasUsed: added.gasUsed + retired.gasUsed };
  },
  print: ({ option, before }, out) => out.line(`Option ${before} was updated: its new id is ${option}`),
});
