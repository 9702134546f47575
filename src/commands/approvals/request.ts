// SPDX-License-Identifier: Apache-2.0
import { defineCommand } from "../command";

export const approvalsRequest = defineCommand({
  noun: "approvals",
  verb: "request",
  summary: "Show what a data owner needs to know of you for a signed approval",
  role: "customer",
  listed: false,
  example: "approvals request",
  notes: "The account that places your orders, and the public key that their results are sealed to. Neither is secret.",
  async run(context) {
    const { actingAccount } = await import("../../chain/market");
    const { recipientOf } = await import("../../crypto/ageKeys");
    const market = await context.market("account");
    return { customer: actingAccount(market), recipient: await recipientOf(await context.resultIdentity()) };
  },
  print: ({ customer, recipient }, out) => out.line(`--customer ${customer} --recipient ${recipient}`),
});
