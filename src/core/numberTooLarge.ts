// SPDX-License-Identifier: Apache-2.0
import { CloisterError } from "./errors";

/** How ethers says that a number does not fit: it throws before anything is sent. */
interface OutOfBounds {
  readonly code?: unknown;
  readonly shortMessage?: unknown;
  readonly argument?: unknown;
  readonly value?: unknown;
}

/** What is wrong where a number does not fit the argument of a contract; undefined for any other error. */
export function numberTooLarge(error: unknown): CloisterError | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, shortMessage, argument, value } = error as OutOfBounds;
  if (code !== "INVALID_ARGUMENT" || !String(shortMessage).startsWith("value out-of-bounds")) return undefined;
  // `leaseMinutes` is said as "lease minutes".
  const words = String(argument).replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return new CloisterError("NumberTooLarge", `${String(value)} is more than the contracts can hold as ${words}.`, "Give a smaller number.", { argument: String(argument), value: String(value) }, { cause: error });
}
