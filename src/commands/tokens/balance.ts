// SPDX-License-Identifier: Apache-2.0
import { defineCommand, text, wrongUsage } from "../command";

export const tokensBalance = defineCommand({
  noun: "tokens",
  verb: "balance",
  summary: "Show your tokens and coins",
  role: "customer",
  listed: false,
  example: "tokens balance",
  options: { address: text("another account's address", { placeholder: "address" }), token: text("token, by symbol or address; by default the configuration's", { placeholder: "symbol" }) },
  async run(context, { address, token }) {
    const { withToken } = await import("../../chain/paymentTokens");
    const { balanceOf } = await import("../../chain/tokens");
    const { actingAccount } = await import("../../chain/market");
    const { formatTokens } = await import("../amounts");
    if (address !== undefined && !/^0x[0-9a-fA-F]{40}$/.test(address)) throw wrongUsage("--address must be 0x and 40 hex digits.");
    const market = await withToken(await context.market(address === undefined ? "account" : undefined), token);
    const { account, symbol, tokens, coins, allowance } = await balanceOf(market, address ?? actingAccount(market));
    return { account, symbol, tokens: formatTokens(tokens), coins: formatTokens(coins), allowance: formatTokens(allowance) };
  },
  print({ account, symbol, tokens, coins, allowance }, out) {
    out.line(`Balance of ${account}:`);
    out.line(`  ${tokens} ${symbol} (the order book may take ${allowance} of them for deposits)`);
    out.line(`  ${coins} of the chain's coin`);
  },
});
