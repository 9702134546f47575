// SPDX-License-Identifier: Apache-2.0
import { defineCommand, list, number } from "../command";

export const providersList = defineCommand({
  noun: "providers",
  verb: "list",
  summary: "List providers",
  role: "customer",
  listed: false,
  example: "providers list --fields id,name,security_deposit",
  options: {
    fields: list("fields to show"),
    limit: number("how many at most", { default: 10 }),
    cursor: number("how many to skip", { default: 0 }),
  },
  async run(context, { fields, limit, cursor }) {
    const { getProvider, providerCount } = await import("../../chain/providers");
    const { chooseFields, readColumns } = await import("../columns");
    const { columnsOf } = await import("./view");
    const market = await context.market();
    const columns = columnsOf(market);
    const chosen = chooseFields(columns, fields, ["id", "address", "name", "description"]);
    const last = Math.min(await providerCount(market), cursor + limit);
    const ids = Array.from({ length: Math.max(0, last - cursor) }, (_, index) => BigInt(cursor + index + 1));
    const providers = await Promise.all(ids.map(async (id) => readColumns(columns, await getProvider(market, id), chosen)));
    return { providers, cursor: cursor + providers.length };
  },
  print({ providers, cursor }, out) {
    if (providers.length === 0) out.line("No providers");
    else out.table(providers);
    out.line(`Last pagination cursor: ${cursor}`);
  },
});
