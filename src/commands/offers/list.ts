// SPDX-License-Identifier: Apache-2.0
import type { ListedOffer } from "../../chain/lists";
import { defineCommand, list, number, positional, wrongUsage } from "../command";

/** Types of value offers as they are written on the command line, from number 1 on. */
const TYPE_NAMES = ["storage", "solution", "data"];

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
    type: list("only these types of value offers", { choices: TYPE_NAMES }),
    limit: number("how many at most", { default: 10 }),
    cursor: number("how many to skip", { default: 0 }),
  },
  async run(context, { kind, fields, ids, type, limit, cursor }) {
    if (kind === "tee" && type.length > 0) throw wrongUsage("--type is of value offers.");
    const { chooseFields, readColumns } = await import("../columns");
    const { parseId } = await import("../connect");
    const { listedOffers } = await import("../../chain/lists");
    const { columnsOf, LISTED_FIELDS, offerOf, TYPES } = await import("./view");
    const of = kind as "tee" | "value";
    const market = await context.market();
    const chosen = chooseFields(columnsOf(market, of), fields, LISTED_FIELDS[of]);
    const types = type.length === 0 ? TYPES[of] : type.map((name) => TYPE_NAMES.indexOf(name) + 1);
    const named = ids.map((id) => parseId(id, "an offer")).slice(cursor, cursor + limit);
    const page: readonly ListedOffer[] = ids.length > 0 ? (await Promise.all(named.map(async (id) => ({ offer: await offerOf(market, of, id) })))).filter(({ offer }) => types.includes(offer.offerType)) : await listedOffers(market, types, { cursor, limit });
    const columns = columnsOf(market, of, new Map(page.flatMap(({ offer, machine }) => (machine ? [[offer.id, machine]] : []))));
    const offers = await Promise.all(page.map(({ offer }) => readColumns(columns, offer, chosen)));
    return { offers, cursor: cursor + page.length };
  },
  print({ offers, cursor }, out) {
    if (offers.length === 0) out.line("No offers");
    else out.table(offers);
    out.line(`Last pagination cursor: ${cursor}`);
  },
});
