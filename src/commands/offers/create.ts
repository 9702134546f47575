// SPDX-License-Identifier: Apache-2.0
import { defineCommand, positional, text, wrongUsage } from "../command";

export const offersCreate = defineCommand({
  noun: "offers",
  verb: "create",
  summary: "Create an offer from its info file",
  role: "data owner",
  listed: false,
  example: "offers create value --path ./offer-info.json --result ./dataset.resource.json",
  notes: "`provider-tools register` asks for everything step by step, slots included; here the slots follow with `offers add-slot`.",
  positionals: { kind: positional("tee or value", { choices: ["tee", "value"] }) },
  options: {
    path: text("info file of the offer", { default: "./offerInfo.json", placeholder: "path" }),
    configuration: text("JSON file that says what its solution can be configured with; see `offers get-configuration`", { placeholder: "path" }),
    result: text("resource file of the first version's content (value offers but storage)", { placeholder: "path" }),
  },
  async run(context, { kind, path, configuration, result }) {
    const { createComputeOffer, createValueOffer } = await import("../../chain/offers");
    const { sellingProvider } = await import("../../chain/providers");
    const { parseTeeOfferInfo, parseValueOfferInfo } = await import("../../core/offerInfo");
    const { OfferType } = await import("../../core/offerType");
    const { loadResource, readJsonObject } = await import("../files/resourceFile");
    const { readTextFile } = await import("../files/textFile");
    const content = await readTextFile(context.path(path));
    if (kind === "tee") {
      if (configuration !== undefined) throw wrongUsage("--configuration is of value offers: a machine takes none.");
      const info = parseTeeOfferInfo(content, path);
      const market = await context.market("account");
      const { offer, transaction, gasUsed } = await createComputeOffer(market, await sellingProvider(market), info);
      return { offer, transaction, gasUsed };
    }
    const info = { ...parseValueOfferInfo(content, path), ...(configuration !== undefined && { configuration: await readJsonObject(context.path(configuration)) }) };
    const hash = result === undefined ? info.version.info.hash?.hash : (await loadResource(context.path(result))).hash.hash;
    if (info.offerType !== OfferType.Storage && hash === undefined) throw wrongUsage("--result is missing: the resource file of the content, whose hash the first version promises.");
    const market = await context.market("account");
    const { offer, transaction, gasUsed } = await createValueOffer(market, await sellingProvider(market), info, hash);
    return { offer, transaction, gasUsed };
  },
  print: ({ offer }, out) => out.line(`Offer was created with id ${offer}`),
});
