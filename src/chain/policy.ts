// SPDX-License-Identifier: Apache-2.0
import type { Market } from "./market";
import { type Receipt, send } from "./send";

/** Lets the owner's robot complete suborders of an offer for a solution: so many times, until then. 0 uses forbid it. Only the authority account. */
export async function setAllowance(market: Market, offer: bigint, solutionHash: string, allowance: { readonly notAfter: number; readonly uses: number }): Promise<Receipt> {
  return send(market.catalog.setAllowance(offer, `0x${solutionHash}`, allowance.notAfter, allowance.uses));
}
