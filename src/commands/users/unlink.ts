// SPDX-License-Identifier: Apache-2.0
import { defineCommand, positional, wrongUsage } from "../command";

export const usersUnlink = defineCommand({
  noun: "users",
  verb: "unlink",
  summary: "Take a wallet off its user",
  role: "customer",
  listed: false,
  example: "users unlink 0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
  notes: "By the wallet itself or by the first wallet of its user. Orders stay with the user that placed them; refunds go to the wallet that placed. The first wallet is the last to go.",
  positionals: { wallet: positional("the wallet; by default your account", { optional: true }) },
  async run(context, { wallet: given }) {
    const { actingAccount } = await import("../../chain/market");
    const { getUser, unlinkWallet } = await import("../../chain/users");
    if (given !== undefined && !/^0x[0-9a-fA-F]{40}$/.test(given)) throw wrongUsage("The wallet must be 0x and 40 hex digits.");
    const market = await context.market("account");
    const wallet = given ?? actingAccount(market);
    const { user } = await getUser(market, wallet);
    const { transaction, gasUsed } = await unlinkWallet(market, wallet);
    return { wallet, user, transaction, gasUsed };
  },
  print: ({ wallet, user }, out) => out.line(`Wallet ${wallet} was unlinked from user ${user}`),
});
