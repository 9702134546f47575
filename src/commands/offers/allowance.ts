// SPDX-License-Identifier: Apache-2.0
import type { Receipt } from "../../chain/send";
import type { Context } from "../context";

/** What an owner's policy says of one solution, as it was set. */
export interface Allowance extends Receipt {
  readonly offer: bigint;
  /** 64 hex digits. */
  readonly solutionHash: string;
  /** Unix seconds; 0 where nothing is allowed. */
  readonly notAfter: number;
}

/** Lets a solution be approved for so many orders of an offer, from now on for so many minutes; 0 uses take an allowance back. By the authority account. */
export async function allowSolution(context: Context, given: { readonly hash: string; readonly offer: string; readonly uses: number; readonly validMinutes: number }): Promise<Allowance> {
  const { setAllowance } = await import("../../chain/policy");
  const { parseHash, parseId } = await import("../connect");
  const { providerAccounts } = await import("../providers/accounts");
  const solutionHash = parseHash(given.hash, "The hash");
  const offer = parseId(given.offer, "an offer");
  const { authority } = await providerAccounts(context);
  const notAfter = given.uses === 0 ? 0 : Math.floor(context.now().getTime() / 1000) + given.validMinutes * 60;
  return { offer, solutionHash, notAfter, ...(await setAllowance(authority, offer, solutionHash, { notAfter, uses: given.uses })) };
}
