// SPDX-License-Identifier: Apache-2.0
import { isCloisterError } from "../../core/errors";
import { Fault } from "../../core/orderStatus";

/** Why an order cannot be run, and by whose fault. */
export class OrderFailure extends Error {
  constructor(
    readonly fault: Fault,
    override readonly cause: unknown,
  ) {
    super(describe(cause));
  }
}

/** Runs a step; whatever it throws becomes this party's fault, unless a deeper step already said whose it is. */
export async function blame<T>(fault: Fault, step: () => T | Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    if (error instanceof OrderFailure) throw error;
    // What was sealed to another key was sealed to this machine before it was started anew.
    throw new OrderFailure(isCloisterError(error, "NotSealedForUs") ? Fault.Machine : fault, error);
  }
}

/** The failure of a whole run; what nobody foresaw is the machine's fault. */
export function asFailure(error: unknown): OrderFailure {
  return error instanceof OrderFailure ? error : new OrderFailure(Fault.Machine, error);
}

/** An error for the log of an order: code, sentence, way out. */
export function describe(error: unknown): string {
  if (isCloisterError(error)) return `${error.code}: ${error.message}${error.fix === undefined ? "" : ` ${error.fix}`}`;
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
