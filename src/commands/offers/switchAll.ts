// SPDX-License-Identifier: Apache-2.0
import type { Market } from "../../chain/market";
import { offersOfProvider } from "../../chain/offerDetails";
import { getOffer, setOfferEnabled } from "../../chain/offers";
import { sellingProvider } from "../../chain/providers";
import { CloisterError, isCloisterError } from "../../core/errors";
import type { Context } from "../context";

/** What became of one of a provider's offers; `changed` is false where it was as wished before. */
export type SwitchOutcome =
  | { readonly id: bigint; readonly done: true; readonly changed: true; readonly transaction: string; readonly gasUsed: bigint }
  | { readonly id: bigint; readonly done: true; readonly changed: false }
  | { readonly id: bigint; readonly done: false; readonly code: string; readonly reason: string; readonly fix?: string };

/**
 * Puts all offers of the acting account's provider on the market, or takes them off it, oldest first. What fails stops no other, and
 * what is as wished is left alone: called again it goes on where it ended.
 *
 * @throws CloisterError `ProviderMissing`.
 */
export async function switchAll(context: Context, enabled: boolean): Promise<{ provider: bigint; enabled: boolean; offers: SwitchOutcome[] }> {
  const market = await context.market("account");
  const provider = await sellingProvider(market);
  const ids = await offersOfProvider(market, provider);
  const progress = context.progress(enabled ? "Enabling" : "Disabling", "offers");
  const offers: SwitchOutcome[] = [];
  for (const id of ids) {
    offers.push(await switchOne(market, id, enabled, context.signal));
    progress.update(offers.length, ids.length);
  }
  progress.end();
  return { provider, enabled, offers };
}

async function switchOne(market: Market, id: bigint, enabled: boolean, signal: AbortSignal): Promise<SwitchOutcome> {
  try {
    // Thrown here, so that what was changed before is still reported.
    if (signal.aborted) throw new CloisterError("Interrupted", "The command was interrupted before.", "Start it again: it goes on from here.");
    if ((await getOffer(market, id)).enabled === enabled) return { id, done: true, changed: false };
    const { transaction, gasUsed } = await setOfferEnabled(market, id, enabled);
    return { id, done: true, changed: true, transaction, gasUsed };
  } catch (error) {
    if (!isCloisterError(error)) throw error;
    return { id, done: false, code: error.code, reason: error.message, fix: error.fix };
  }
}
