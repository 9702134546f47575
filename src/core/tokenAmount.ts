// SPDX-License-Identifier: Apache-2.0

/** Decimals of the market's tokens, as the tools write amounts; the contracts count in units only. */
export const TOKEN_DECIMALS = 18;

/** An amount of token units as people read it, e.g. `12.5`: no trailing zeros. */
export function formatTokens(units: bigint): string {
  const text = units.toString().padStart(TOKEN_DECIMALS + 1, "0");
  const fraction = text.slice(-TOKEN_DECIMALS).replace(/0+$/, "");
  return `${text.slice(0, -TOKEN_DECIMALS)}${fraction === "" ? "" : `.${fraction}`}`;
}
