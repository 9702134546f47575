// SPDX-License-Identifier: Apache-2.0
import { completeSigned } from "../../chain/approvals";
import { isCloisterError } from "../../core/errors";
import { parseId } from "../connect";
import type { Context } from "../context";
import type { Completion } from "../orders/complete";
import { readApproval } from "./file";

/** Completes suborders by a signed approval; the contract refuses what it does not cover. */
export async function carryApproval(context: Context, path: string, ids: readonly string[]): Promise<Completion[]> {
  const suborders = ids.map((given) => parseId(given, "a suborder"));
  const market = await context.market("account");
  const file = await readApproval(market, context.path(path));
  const outcomes: Completion[] = [];
  for (const id of suborders) {
    try {
      const { transaction, gasUsed } = await completeSigned(market, id, file);
      outcomes.push({ id, completed: true, status: "Done", transaction, gasUsed });
    } catch (error) {
      if (!isCloisterError(error)) throw error;
      outcomes.push({ id, completed: false, code: error.code, reason: error.message, fix: error.fix });
    }
  }
  return outcomes;
}
