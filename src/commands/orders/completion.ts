// SPDX-License-Identifier: Apache-2.0
import type { Receipt } from "../../chain/send";
import { isCloisterError } from "../../core/errors";

/** What became of one suborder. */
export type Completion =
  | { readonly id: bigint; readonly completed: true; readonly status: "Done" | "Error"; readonly transaction: string; readonly gasUsed: bigint }
  | { readonly id: bigint; readonly completed: false; readonly code: string; readonly reason: string; readonly fix?: string };

/** Completes one suborder; a refusal is told, so that others still get their turn. */
export async function completion(id: bigint, status: "Done" | "Error", complete: () => Promise<Receipt>): Promise<Completion> {
  try {
    const { transaction, gasUsed } = await complete();
    return { id, completed: true, status, transaction, gasUsed };
  } catch (error) {
    if (!isCloisterError(error)) throw error;
    return { id, completed: false, code: error.code, reason: error.message, fix: error.fix };
  }
}
