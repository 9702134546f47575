// SPDX-License-Identifier: Apache-2.0
import { completeSigned } from "../../chain/approvals";
import { parseId } from "../connect";
import type { Context } from "../context";
import { type Completion, completion } from "../orders/completion";
import { readApproval } from "./file";

/** Completes suborders by a signed approval; the contract refuses what it does not cover. */
export async function carryApproval(context: Context, path: string, ids: readonly string[]): Promise<Completion[]> {
  const suborders = ids.map((given) => parseId(given, "a suborder"));
  const market = await context.market("account");
  const file = await readApproval(market, context.path(path));
  const outcomes: Completion[] = [];
  for (const id of suborders) outcomes.push(await completion(id, "Done", () => completeSigned(market, id, file)));
  return outcomes;
}
