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
    const { listedProviders } = await import("../../chain/lists");
    const { chooseFields, readColumns } = await import("../columns");
    const { columnsOf } = await import("./view");
    const market = await context.market();
    const columns = columnsOf(market);
    const chosen = chooseFields(columns, fields, ["id", "address", "name", "description"]);
    const page = await listedProviders(market, { cursor, limit });
    const providers = await Promise.all(page.map((provider) => readColumns(columns, provider, chosen)));
    return { providers, cursor: cursor + providers.length };
  },
  print({ providers, cursor }, out) {
    if (providers.length === 0) out.line("No providers");
    else out.table(providers);
    out.line(`Last pagination cursor: ${cursor}`);
  },
});
