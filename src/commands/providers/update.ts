// SPDX-License-Identifier: Apache-2.0
import { defineCommand, text } from "../command";

export const providersUpdate = defineCommand({
  noun: "providers",
  verb: "update",
  summary: "Change your provider's texts or accounts",
  role: "data owner",
  listed: false,
  example: "providers update --path ./providerInfo.json",
  notes: "Fields that the file leaves out stay as they are. Only the authority account may.",
  options: { path: text("provider info file", { default: "./providerInfo.json", placeholder: "path" }) },
  async run(context, { path }) {
    const { describeProvider, getProvider, ownProvider, updateProvider } = await import("../../chain/providers");
    const { parseProviderChanges } = await import("../../core/offerInfo");
    const { readTextFile } = await import("../files/textFile");
    const { providerAccounts } = await import("./accounts");
    const changes = parseProviderChanges(await readTextFile(context.path(path)), path);
    const { authority } = await providerAccounts(context);
    const before = await getProvider(authority, await ownProvider(authority));
    const after = { ...before, ...changes };
    const textsChanged = (["name", "description", "metadata"] as const).some((field) => after[field] !== before[field]);
    // Addresses may be spelled with or without their checksum.
    const accountsChanged = (["actionAccount", "tokenReceiver"] as const).some((field) => after[field].toLowerCase() !== before[field].toLowerCase());
    const transactions = [];
    if (textsChanged) transactions.push(await describeProvider(authority, before.id, after));
    if (accountsChanged) transactions.push(await updateProvider(authority, before.id, after));
    return { provider: before.id, transactions: transactions.map(({ transaction }) => transaction) };
  },
  print({ provider, transactions }, out) {
    out.line(transactions.length === 0 ? `Provider ${provider} was like that already` : `Provider ${provider} was updated`);
  },
});
