// SPDX-License-Identifier: Apache-2.0
import { defineCommand, list, positional, text } from "../command";

export const offersGet = defineCommand({
  noun: "offers",
  verb: "get",
  summary: "Show an offer: slots, prices, versions, restrictions, free capacity",
  role: "customer",
  listed: false,
  example: "offers get tee 1 --fields name,slots,free,orders_in_queue",
  positionals: { kind: positional("tee or value", { choices: ["tee", "value"] }), id: positional("offer id") },
  options: {
    fields: list("fields to show"),
    saveTo: text("file to write the result to, as JSON", { placeholder: "path" }),
  },
  async run(context, { kind, id, fields, saveTo }) {
    const { chooseFields, readColumns } = await import("../columns");
    const { parseId } = await import("../connect");
    const { columnsOf, offerOf } = await import("./view");
    const of = kind as "tee" | "value";
    const offerId = parseId(id, "an offer");
    const market = await context.market();
    const columns = columnsOf(market, of);
    const offer = await readColumns(columns, await offerOf(market, of, offerId), chooseFields(columns, fields));
    if (saveTo !== undefined) {
      const { writeJsonFile } = await import("../files/textFile");
      await writeJsonFile(context.path(saveTo), offer);
      context.message(`Saved the offer to ${saveTo}`);
    }
    return offer;
  },
  print: (offer, out) => out.fields(offer),
});
