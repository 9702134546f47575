// SPDX-License-Identifier: Apache-2.0
import { CloisterError } from "../core/errors";

/** Decimals of the market's tokens; the order book itself counts in units only. */
const DECIMALS = 18;

/** Token units of an amount that people write, e.g. `12.5`. @throws CloisterError `AmountInvalid`. */
export function parseTokens(given: string): bigint {
  const match = /^(\d{1,30})(?:\.(\d{1,18}))?$/.exec(given);
  if (!match) throw new CloisterError("AmountInvalid", `"${given}" is not an amount of tokens.`, "Write it like 12 or 12.5, with at most 18 decimals.", { given });
  return BigInt(match[1]!) * 10n ** BigInt(DECIMALS) + BigInt((match[2] ?? "").padEnd(DECIMALS, "0"));
}

/** An amount as people read it: no trailing zeros. */
export function formatTokens(units: bigint): string {
  const text = units.toString().padStart(DECIMALS + 1, "0");
  const fraction = text.slice(-DECIMALS).replace(/0+$/, "");
  return `${text.slice(0, -DECIMALS)}${fraction === "" ? "" : `.${fraction}`}`;
}
