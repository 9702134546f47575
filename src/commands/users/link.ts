// SPDX-License-Identifier: Apache-2.0
import { defineCommand, number, positional, text, wrongUsage } from "../command";

export const usersLink = defineCommand({
  noun: "users",
  verb: "link",
  summary: "Link another wallet to your user, by the signatures of both",
  role: "customer",
  listed: false,
  example: "users link 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 --output ./invitation.json",
  notes: `Every linked wallet acts on all orders of the user; refunds go to the wallet that placed. A user has at most one first wallet: yours.
Keys on two machines: \`users link <wallet>\` writes an invitation with your signature, and the wallet's owner sends it with \`users link --invitation <file>\`.
Both keys here: \`users link --with <configuration of the other wallet>\` does it at once; your account pays the gas.`,
  positionals: { wallet: positional("wallet to invite", { optional: true }) },
  options: {
    output: text("where the invitation is written", { default: "./invitation.json", placeholder: "path" }),
    validHours: number("how long it can be accepted", { default: 48 }),
    invitation: text("invitation to accept, with the account that it invites", { placeholder: "path" }),
    with: text("configuration of the other wallet, to link it at once", { placeholder: "path" }),
  },
  async run(context, { wallet, output, validHours, invitation, with: other }) {
    if ([wallet, invitation, other].filter((way) => way !== undefined).length !== 1) throw wrongUsage("Give one of: a wallet to invite, --invitation, --with.");
    if (wallet !== undefined && !/^0x[0-9a-fA-F]{40}$/.test(wallet)) throw wrongUsage("The wallet must be 0x and 40 hex digits.");
    if (validHours === 0) throw wrongUsage("--valid-hours must be 1 or more.");
    const { invite, accept, linkAtOnce } = await import("./linking");
    if (wallet !== undefined) return invite(context, wallet, validHours, output);
    return invitation === undefined ? linkAtOnce(context, other!, validHours) : accept(context, invitation);
  },
  print(done, out) {
    if (done.linked) return out.line(`Wallet ${done.wallet} was linked to user ${done.user}`);
    out.line(`The invitation of ${done.wallet} to user ${done.user} was written to ${done.output}, valid until ${done.validUntil}`);
    out.line("Its owner accepts it with `users link --invitation <file>`; nothing in it is secret");
  },
});
