// SPDX-License-Identifier: Apache-2.0
import type { Market } from "../../chain/market";
import { actingProvider, providerOf } from "../../chain/providers";
import { isCloisterError } from "../../core/errors";
import type { Context } from "../context";
import { findProvider } from "../providers/view";

/** Whose shares are meant: the provider that was named, else the acting one; undefined where the account is none, or there is none. */
export async function sharingProvider(context: Context, given?: string): Promise<{ market: Market; provider?: bigint }> {
  const market = await context.market("account").catch((error: unknown) => {
    if (isCloisterError(error, "PrivateKeyMissing")) return context.market();
    throw error;
  });
  if (given !== undefined) return { market, provider: (await findProvider(market, given)).id };
  if (market.account === undefined) return { market };
  return { market, provider: (await actingProvider(market)) ?? (await providerOf(market, market.account)) };
}
