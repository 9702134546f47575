// SPDX-License-Identifier: Apache-2.0
import { defineCommand, positional, text } from "../command";

export const providersDeposit = defineCommand({
  noun: "providers",
  verb: "deposit",
  summary: "Add to a provider's security deposit",
  role: "machine owner",
  example: "providers deposit 200",
  notes: "The deposit answers for your machines: each running order reserves its compensation from it. Anyone may pay for a provider.",
  positionals: { amount: positional("tokens, e.g. 200 or 12.5", { placeholder: "tokens" }) },
  options: { provider: text("provider to pay for; by default your own", { placeholder: "id" }) },
  async run(context, { amount, provider: given }) {
    const { actingProvider, depositSecurity, getProvider, ownProvider } = await import("../../chain/providers");
    const { formatTokens, parsePayment } = await import("../amounts");
    const { findProvider } = await import("./view");
    const units = parsePayment(amount);
    const market = await context.market("account");
    const provider = given === undefined ? ((await actingProvider(market)) ?? (await ownProvider(market))) : (await findProvider(market, given)).id;
    const { transaction, gasUsed } = await depositSecurity(market, provider, units);
    return { provider, amount, deposit: formatTokens((await getProvider(market, provider)).deposit), transaction, gasUsed };
  },
  print: ({ provider, amount, deposit }, out) => out.line(`Deposited ${amount} tokens for provider ${provider}, its security deposit is ${deposit} tokens`),
});

export const providersWithdraw = defineCommand({
  noun: "providers",
  verb: "withdraw",
  summary: "Take free security deposit back",
  role: "machine owner",
  listed: false,
  example: "providers withdraw 50",
  notes: "What running orders have reserved stays. Only the authority account may, and gets it.",
  positionals: { amount: positional("tokens, e.g. 50 or 12.5", { placeholder: "tokens" }) },
  async run(context, { amount }) {
    const { getProvider, ownProvider, withdrawSecurity } = await import("../../chain/providers");
    const { formatTokens, parsePayment } = await import("../amounts");
    const { providerAccounts } = await import("./accounts");
    const units = parsePayment(amount);
    const { authority } = await providerAccounts(context);
    const provider = await ownProvider(authority);
    const { transaction, gasUsed } = await withdrawSecurity(authority, provider, units);
    return { provider, amount, deposit: formatTokens((await getProvider(authority, provider)).deposit), transaction, gasUsed };
  },
  print: ({ provider, amount, deposit }, out) => out.line(`Withdrew ${amount} tokens of provider ${provider}, its security deposit is ${deposit} tokens`),
});
