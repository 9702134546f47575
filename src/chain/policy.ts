// SPDX-License-Identifier: Apache-2.0
import type { Market } from "./market";
import { allowanceFor } from "./offerDetails";
import { inParallel } from "./parallel";
import { type Receipt, send } from "./send";

/** Lets the owner's robot complete suborders of an offer for a solution: so many times, until then. 0 uses forbid it. Only the authority account. */
export async function setAllowance(market: Market, offer: bigint, solutionHash: string, allowance: { readonly notAfter: number; readonly uses: number }): Promise<Receipt> {
  return send(market.catalog.setAllowance(offer, `0x${solutionHash}`, allowance.notAfter, allowance.uses));
}

/** A solution that an owner's policy names. */
export interface AllowedSolution {
  /** 64 hex digits. */
  readonly solutionHash: string;
  readonly usesLeft: number;
  /** Unix seconds. */
  readonly notAfter: number;
}

/** The solutions that were ever allowed for an offer, with what is left of each allowance; the oldest first. */
export async function policyOf(market: Market, offer: bigint): Promise<AllowedSolution[]> {
  const events = await market.catalog.queryFilter(market.catalog.filters.SolutionAllowed(offer));
  const hashes = [...new Set(events.map(({ args }) => args.solutionHash.slice(2)))];
  return inParallel(hashes, async (solutionHash) => ({ solutionHash, ...(await allowanceFor(market, offer, solutionHash)) }));
}
