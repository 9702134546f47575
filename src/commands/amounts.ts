// SPDX-License-Identifier: Apache-2.0
import { CloisterError } from "../core/errors";
import { formatTokens, TOKEN_DECIMALS } from "../core/tokenAmount";

export { formatTokens } from "../core/tokenAmount";

/** The most units that an order's deposit holds (88 bits). */
const MOST_DEPOSIT = (1n << 88n) - 1n;

/** Token units of an amount that people write, e.g. `12.5`. @throws CloisterError `AmountInvalid`. */
export function parseTokens(given: string): bigint {
  const match = /^(\d{1,30})(?:\.(\d{1,18}))?$/.exec(given);
  if (!match) throw new CloisterError("AmountInvalid", `"${given}" is not an amount of tokens.`, "Write it like 12 or 12.5, with at most 18 decimals.", { given });
  return BigInt(match[1]!) * 10n ** BigInt(TOKEN_DECIMALS) + BigInt((match[2] ?? "").padEnd(TOKEN_DECIMALS, "0"));
}

/** Like {@link parseTokens}, for a payment, which is none of nothing. @throws CloisterError `AmountInvalid`. */
export function parsePayment(given: string): bigint {
  const units = parseTokens(given);
  if (units === 0n) throw new CloisterError("AmountInvalid", `${given} tokens are no payment.`, "Give an amount above 0.", { given });
  return units;
}

/** Like {@link parseTokens}, for what goes into an order's deposit. @throws CloisterError `AmountInvalid`, `AmountTooLarge`. */
export function parseDeposit(given: string): bigint {
  return checkDeposit(parseTokens(given));
}

/** The units themselves, unless an order's deposit cannot hold them. @throws CloisterError `AmountTooLarge`. */
export function checkDeposit(units: bigint): bigint {
  if (units > MOST_DEPOSIT) throw new CloisterError("AmountTooLarge", `${formatTokens(units)} tokens are more than an order's deposit holds, ${formatTokens(MOST_DEPOSIT)}.`, "Add less.", { units, limit: MOST_DEPOSIT });
  return units;
}
