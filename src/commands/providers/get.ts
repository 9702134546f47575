// SPDX-License-Identifier: Apache-2.0
import { defineCommand, list, positional, text } from "../command";

export const providersGet = defineCommand({
  noun: "providers",
  verb: "get",
  summary: "Show a provider",
  role: "customer",
  listed: false,
  example: "providers get 0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
  positionals: { provider: positional("address of its authority account, or its id", { placeholder: "address" }) },
  options: {
    fields: list("fields to show"),
    saveTo: text("file to write the result to, as JSON", { placeholder: "path" }),
  },
  async run(context, { provider, fields, saveTo }) {
    const { chooseFields, readColumns } = await import("../columns");
    const { columnsOf, findProvider } = await import("./view");
    const market = await context.market();
    const columns = columnsOf(market);
    const chosen = chooseFields(columns, fields);
    const found = await readColumns(columns, await findProvider(market, provider), chosen);
    if (saveTo !== undefined) {
      const { writeJsonFile } = await import("../files/textFile");
      await writeJsonFile(context.path(saveTo), found);
      context.message(`Saved the provider to ${saveTo}`);
    }
    return found;
  },
  print: (found, out) => out.fields(found),
});
