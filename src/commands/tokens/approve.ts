// SPDX-License-Identifier: Apache-2.0
import { defineCommand, positional, text } from "../command";

export const tokensApprove = defineCommand({
  noun: "tokens",
  verb: "approve",
  summary: "Let the order book take deposits up to an amount",
  role: "customer",
  listed: false,
  example: "tokens approve 500",
  notes: "Not needed: without it each order carries a signed permit for its own deposit. It makes orders cheaper in gas. 0 takes it back.",
  positionals: { amount: positional("tokens, or unlimited", { placeholder: "tokens" }) },
  options: { token: text("token, by symbol or address; by default the configuration's", { placeholder: "symbol" }) },
  async run(context, { amount, token }) {
    const { withToken } = await import("../../chain/paymentTokens");
    const { approveDeposits } = await import("../../chain/orders");
    const { parseTokens } = await import("../amounts");
    const units = amount === "unlimited" ? 2n ** 256n - 1n : parseTokens(amount);
    const market = await withToken(await context.market("account"), token);
    const { transaction, gasUsed } = await approveDeposits(market, units);
    return { account: market.account, spender: market.address.contracts.orderBook, amount, transaction, gasUsed };
  },
  print: ({ amount, spender }, out) => out.line(`The order book ${spender} may take ${amount === "unlimited" ? "all" : amount} of your tokens for deposits`),
});
