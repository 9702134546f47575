// SPDX-License-Identifier: Apache-2.0
import type { Receipt } from "../../chain/send";
import { isCloisterError } from "../../core/errors";
import { parseId } from "../connect";
import type { Printer } from "../printer";

/** What became of one of several orders. */
export type OrderOutcome =
  | { readonly id: bigint; readonly done: true; readonly transaction: string; readonly gasUsed: bigint }
  | { readonly id: bigint; readonly done: false; readonly code: string; readonly reason: string; readonly fix?: string };

/** Does the same with every order, one after the other; a refusal of one does not stop the others. */
export async function eachOrder(ids: readonly string[], act: (id: bigint) => Promise<Receipt>): Promise<OrderOutcome[]> {
  const orders = ids.map((given) => parseId(given, "an order"));
  const outcomes: OrderOutcome[] = [];
  for (const id of orders) {
    outcomes.push(await outcomeOf(id, act(id)));
  }
  return outcomes;
}

/** The outcome of one order; anything but a refusal goes on up. */
export async function outcomeOf(id: bigint, acting: Promise<Receipt>): Promise<OrderOutcome> {
  try {
    const { transaction, gasUsed } = await acting;
    return { id, done: true, transaction, gasUsed };
  } catch (error) {
    return refusalOf(id, error);
  }
}

/** The outcome of an order whose handling was refused. */
export function refusalOf(id: bigint, error: unknown): OrderOutcome {
  if (!isCloisterError(error)) throw error;
  return { id, done: false, code: error.code, reason: error.message, fix: error.fix };
}

/** One line an order, e.g. `Order 7 was canceled successfully`. */
export function printOutcomes(outcomes: readonly OrderOutcome[], what: string, out: Printer): void {
  for (const outcome of outcomes) {
    if (outcome.done) out.line(`Order ${outcome.id} was ${what} successfully`);
    else out.line(`Order ${outcome.id} was not ${what}: ${outcome.reason} (${outcome.code})${outcome.fix === undefined ? "" : `\n  ${outcome.fix}`}`);
  }
}
