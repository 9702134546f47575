// SPDX-License-Identifier: Apache-2.0
import { defineCommand, text, wrongUsage } from "../command";

export const usersGet = defineCommand({
  noun: "users",
  verb: "get",
  summary: "Show which user your account is, and the wallets linked to it",
  role: "customer",
  listed: false,
  example: "users get --address 0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
  notes: "An account is a user of its own from its first order on; before it is nobody's.",
  options: { address: text("another account's address", { placeholder: "address" }) },
  async run(context, { address }) {
    const { actingAccount } = await import("../../chain/market");
    const { getUser } = await import("../../chain/users");
    const { walletsOf } = await import("../../chain/wallets");
    if (address !== undefined && !/^0x[0-9a-fA-F]{40}$/.test(address)) throw wrongUsage("--address must be 0x and 40 hex digits.");
    const market = await context.market(address === undefined ? "account" : undefined);
    const { account, user, firstWallet } = await getUser(market, address ?? actingAccount(market));
    return { account, user, firstWallet, wallets: user === 0n ? [] : await walletsOf(market, user) };
  },
  print({ account, user, firstWallet, wallets }, out) {
    if (user === 0n) return out.line(`${account} is no user yet; its first order makes it one`);
    out.line(`${account} is user ${user}`);
    for (const wallet of wallets) out.line(`  ${wallet}${wallet === firstWallet ? " (first wallet)" : ""}`);
  },
});
