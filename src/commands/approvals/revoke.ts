// SPDX-License-Identifier: Apache-2.0
import { defineCommand, positional } from "../command";

export const approvalsRevoke = defineCommand({
  noun: "approvals",
  verb: "revoke",
  summary: "Take a signed approval back",
  role: "data owner",
  listed: false,
  example: "approvals revoke ./approval.json",
  notes: "By the action account of the offer's provider. Nothing is completed by it any more; orders that it completed go on. A machine that holds its release and lies about the chain is not stopped by this: only by the end that is sealed in it.",
  positionals: { file: positional("approval file") },
  async run(context, { file }) {
    const { idOfApproval, revokeApproval } = await import("../../chain/approvals");
    const { readApproval } = await import("./file");
    const market = await context.market("account");
    const { approval } = await readApproval(market, context.path(file));
    const { transaction, gasUsed } = await revokeApproval(market, approval);
    return { id: idOfApproval(market, approval), revoked: true, transaction, gasUsed };
  },
  print: ({ id }, out) => out.line(`Approval ${id} was revoked`),
});
