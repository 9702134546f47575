// SPDX-License-Identifier: Apache-2.0
import type { Market } from "../../chain/market";
import { blockTime } from "../../chain/orders";
import { getProvider, providerOf, type ProviderView } from "../../chain/providers";
import { CloisterError } from "../../core/errors";
import { formatTokens } from "../amounts";
import type { Columns } from "../columns";
import { parseId } from "../connect";

/** Every field of a provider; the names are those of the original's. */
export function columnsOf(market: Market): Columns<ProviderView> {
  return {
    id: ({ id }) => id,
    address: ({ authority }) => authority,
    name: ({ name }) => name,
    description: ({ description }) => description,
    metadata: ({ metadata }) => metadata,
    authority_account: ({ authority }) => authority,
    action_account: ({ actionAccount }) => actionAccount,
    token_receiver: ({ tokenReceiver }) => tokenReceiver,
    security_deposit: ({ deposit }) => formatTokens(deposit),
    free_deposit: ({ deposit, reserved }) => formatTokens(deposit - reserved),
    modified_date: async ({ textBlock }) => new Date((await blockTime(market, textBlock)) * 1000).toISOString(),
  };
}

/** A provider by its id or the address of its authority. @throws CloisterError `ProviderNotFound` or `IdInvalid`. */
export async function findProvider(market: Market, given: string): Promise<ProviderView> {
  if (!/^0x[0-9a-fA-F]{40}$/.test(given)) return getProvider(market, parseId(given, "a provider"));
  const id = await providerOf(market, given);
  if (id !== undefined) return getProvider(market, id);
  throw new CloisterError("ProviderNotFound", `${given} is not the authority account of a provider.`, "See `providers list`.", { address: given });
}
