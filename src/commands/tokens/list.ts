// SPDX-License-Identifier: Apache-2.0
import { defineCommand } from "../command";

export const tokensList = defineCommand({
  noun: "tokens",
  verb: "list",
  summary: "List the tokens that orders are paid in",
  role: "customer",
  listed: false,
  example: "tokens list",
  notes: "An offer is priced in one of them, and all parts of an order in the same. Where --token is missing, the configuration's is meant.",
  async run(context) {
    const { paymentTokens } = await import("../../chain/paymentTokens");
    const market = await context.market();
    const own = market.address.contracts.token.toLowerCase();
    return (await paymentTokens(market)).map(({ id, symbol, address, commission, listed }) => ({ id, symbol, address, commission: `${commission / 100} %`, listed, configured: address.toLowerCase() === own }));
  },
  print(tokens, out) {
    if (tokens.length === 0) out.line("No tokens");
    else out.table(tokens);
  },
});
