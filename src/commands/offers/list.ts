// SPDX-License-Identifier: Apache-2.0
import { defineCommand, list, number, positional } from "../command";

export const offersList = defineCommand({
  noun: "offers",
  verb: "list",
  summary: "List offers of machines (tee), or of solutions, data and storage (value)",
  role: "customer",
  example: "offers list tee --fields id,name,free_cores,orders_in_queue",
  positionals: { kind: positional("tee or value", { choices: ["tee", "value"] }) },
  options: {
    fields: list("fields to show"),
    ids: list("only these offers"),
    limit: number("how many at most", { default: 10 }),
    cursor: number("how many to skip", { default: 0 }),
  },
  async run(context, { kind, fields, ids, limit, cursor }) {
    const { chooseFields, readColumns } = await import("../columns");
    const { parseId } = await import("../connect");
    const { columnsOf, idsOf, LISTED_FIELDS, offerOf } = await import("./view");
    const of = kind as "tee" | "value";
    const market = await context.market();
    const columns = columnsOf(market, of);
    const chosen = chooseFields(columns, fields, LISTED_FIELDS[of]);
    const wanted = ids.length > 0 ? ids.map((id) => parseId(id, "an offer")) : await idsOf(market, of);
    const page = wanted.slice(cursor, cursor + limit);
    const offers = await Promise.all(page.map(async (id) => readColumns(columns, await offerOf(market, of, id), chosen)));
    return { offers, cursor: cursor + page.length };
  },
  print({ offers, cursor }, out) {
    if (offers.length === 0) out.line("No offers");
    else out.table(offers);
    out.line(`Last pagination cursor: ${cursor}`);
  },
});
