// SPDX-License-Identifier: Apache-2.0
import { defineCommand, text } from "../command";

export const providersCreate = defineCommand({
  noun: "providers",
  verb: "create",
  summary: "Register your account as a provider",
  role: "data owner",
  listed: false,
  example: "providers create --path ./providerInfo.json",
  notes: "The file: {\"name\", \"description\", and optionally \"metadata\", \"actionAccount\", \"tokenReceiver\"}. `provider-tools register` does this step by step.",
  options: { path: text("provider info file", { default: "./providerInfo.json", placeholder: "path" }) },
  async run(context, { path }) {
    const { registerProvider } = await import("../../chain/providers");
    const { parseProviderInfo } = await import("../../core/offerInfo");
    const { readTextFile } = await import("../files/textFile");
    const { providerAccounts } = await import("./accounts");
    const info = parseProviderInfo(await readTextFile(context.path(path)), path);
    const { authority, action } = await providerAccounts(context);
    const { provider, transaction, gasUsed } = await registerProvider(authority, { actionAccount: action.account, ...info });
    return { provider, address: authority.account, transaction, gasUsed };
  },
  print({ provider, address }, out) {
    out.line(`Provider with wallet address ${address} is registered`);
    out.line(`Its id is ${provider}; a machine's provider also needs a security deposit: \`providers deposit <tokens>\``);
  },
});
