// SPDX-License-Identifier: Apache-2.0
import { defineCommand, text } from "../command";

export const offersAddOption = defineCommand({
  noun: "offers",
  verb: "add-option",
  summary: "Add an option (bandwidth, traffic, external port) to a compute offer",
  role: "machine owner",
  listed: false,
  example: "offers add-option --offer 1 --path ./offerOption.json",
  notes: "An option never changes: for another price or size add one and delete the old.",
  options: {
    offer: text("compute offer id", { required: true, placeholder: "id" }),
    path: text("option info file", { default: "./offerOption.json", placeholder: "path" }),
  },
  async run(context, { offer: given, path }) {
    const { addOption } = await import("../../chain/offers");
    const { parseOptionFile } = await import("../../core/offerInfo");
    const { parseId } = await import("../connect");
    const { readTextFile } = await import("../files/textFile");
    const offer = parseId(given, "a compute offer");
    const file = parseOptionFile(await readTextFile(context.path(path)), path);
    const { option, transaction, gasUsed } = await addOption(await context.market("account"), offer, file);
    return { offer, option, transaction, gasUsed };
  },
  print: ({ option }, out) => out.line(`Option was created with id ${option}`),
});

export const offersDeleteOption = defineCommand({
  noun: "offers",
  verb: "delete-option",
  summary: "End the sale of an option",
  role: "machine owner",
  listed: false,
  example: "offers delete-option --offer 1 --option 2",
  options: {
    offer: text("compute offer id", { required: true, placeholder: "id" }),
    option: text("option id", { required: true, placeholder: "id" }),
  },
  async run(context, { offer: givenOffer, option: givenOption }) {
    const { retireOption } = await import("../../chain/offers");
    const { parseId } = await import("../connect");
    const offer = parseId(givenOffer, "a compute offer");
    const option = parseId(givenOption, "an option");
    const { transaction, gasUsed } = await retireOption(await context.market("account"), offer, option);
    return { offer, option, transaction, gasUsed };
  },
  print: ({ option }, out) => out.line(`Option ${option} was deleted`),
});
