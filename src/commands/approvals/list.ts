// SPDX-License-Identifier: Apache-2.0
import { defineCommand, positional, positionals } from "../command";

export const approvalsList = defineCommand({
  noun: "approvals",
  verb: "list",
  summary: "What signed approvals are still good for",
  role: "data owner",
  listed: false,
  example: "approvals list ./approval.json ./other.approval.json",
  notes: "As the chain says now: valid, used up, revoked or expired, and the uses left.",
  positionals: { files: positionals("approval files") },
  async run(context, { files }) {
    const { readApproval, viewApproval } = await import("./file");
    const market = await context.market();
    return Promise.all(
      files.map(async (given) => {
        const { id, state, offer, solution_hash, customer, uses, left, not_after } = await viewApproval(market, await readApproval(market, context.path(given)));
        return { file: given, id, state, offer, solution_hash, customer, uses, left, not_after };
      }),
    );
  },
  print: (approvals, out) => out.table(approvals),
});

export const approvalsGet = defineCommand({
  noun: "approvals",
  verb: "get",
  summary: "Show a signed approval, and the suborders that it completed",
  role: "data owner",
  listed: false,
  example: "approvals get ./approval.json",
  positionals: { file: positional("approval file") },
  async run(context, { file }) {
    const { subordersOfApproval } = await import("../../chain/approvals");
    const { readApproval, viewApproval } = await import("./file");
    const market = await context.market();
    const view = await viewApproval(market, await readApproval(market, context.path(file)));
    return { ...view, completed: await subordersOfApproval(market, view.id) };
  },
  print: (approval, out) => out.fields(approval),
});
