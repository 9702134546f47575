// SPDX-License-Identifier: Apache-2.0
import { defineCommand, text } from "../command";

export const tokensRequest = defineCommand({
  noun: "tokens",
  verb: "request",
  summary: "Get test tokens from the faucet",
  role: "customer",
  listed: false,
  example: "tokens request",
  notes: "Only local and test networks have a faucet; it gives to an account once a day. The tokens are worth nothing.",
  options: { token: text("token, by symbol or address; by default the configuration's", { placeholder: "symbol" }) },
  async run(context, { token }) {
    const { withToken } = await import("../../chain/paymentTokens");
    const { requestTokens } = await import("../../chain/tokens");
    const { formatTokens } = await import("../amounts");
    const market = await withToken(await context.market("account"), token);
    const { amount, transaction, gasUsed } = await requestTokens(market);
    return { account: market.account, amount: formatTokens(amount), transaction, gasUsed };
  },
  print: ({ account, amount }, out) => out.line(`${account} got ${amount} tokens`),
});
