// SPDX-License-Identifier: Apache-2.0
import { OfferType } from "../core/offerType";
import { type OfferRow, offersPage, type OrderRow, ordersPage, type ProviderRow, providersPage } from "./lens";
import { lensPages } from "./lensPages";
import type { Market } from "./market";
import { machineFrom, type MachineView, offerIds } from "./offerDetails";
import { getOffer, offerTexts, type OfferView } from "./offers";
import { listOrders } from "./orders";
import { inParallel } from "./parallel";
import { getProvider, providerCount, type ProviderView, withTexts } from "./providers";
import { read } from "./send";
import { getUser } from "./users";
import { walletsOf } from "./wallets";

/** A part of a list: so many entries, after skipping so many. */
export interface Part {
  readonly cursor: number;
  readonly limit: number;
}

/** An offer of a list, with its machine where the list was read through a lens. */
export interface ListedOffer {
  readonly offer: OfferView;
  readonly machine?: MachineView;
}

/** Offers of these types, oldest first: through the lens where the configuration names one, else one by one. */
export async function listedOffers(market: Market, types: readonly number[], { cursor, limit }: Part): Promise<ListedOffer[]> {
  const { lens } = market;
  if (lens === undefined) {
    const ids = (await offerIds(market, types)).slice(cursor, cursor + limit);
    return inParallel(ids, async (id) => ({ offer: await getOffer(market, id) }));
  }
  const rows = await lensPages(await read(market.catalog.offerCount()), (first, count) => offersPage(lens, first, count));
  const shown = rows.filter(({ offerType }) => types.includes(offerType)).slice(cursor, cursor + limit);
  return inParallel(shown, async (row) => ({ offer: await offerOfRow(market, row), ...(row.offerType === OfferType.TeeOffer && { machine: machineFrom(row) }) }));
}

async function offerOfRow(market: Market, { id, offerType, provider, enabled, token, approval, cancelable, latestVersion, textBlock }: OfferRow): Promise<OfferView> {
  return { id, offerType, provider, enabled, token: BigInt(token), approval, cancelable, latestVersion, textBlock, info: await offerTexts(market, id, textBlock) };
}

/** Providers, oldest first, likewise. */
export async function listedProviders(market: Market, { cursor, limit }: Part): Promise<ProviderView[]> {
  const count = Math.max(0, Math.min(await providerCount(market), cursor + limit) - cursor);
  const { lens } = market;
  if (lens === undefined) return inParallel(Array.from({ length: count }, (_, index) => BigInt(cursor + index + 1)), (id) => getProvider(market, id));
  const rows = await lensPages(BigInt(count), (first, most) => providersPage(lens, first + BigInt(cursor), Math.min(most, count - Number(first) + 1)));
  return inParallel(rows, ({ orderBook: _, ...row }: ProviderRow) => withTexts(market, row));
}

/** Orders through the lens, newest first; with a customer only those of its user. Undefined where the configuration names no lens. */
export async function listedOrders(market: Market, customer?: string): Promise<OrderRow[] | undefined> {
  if (market.lens === undefined) return undefined;
  const found: OrderRow[] = [];
  for (let first = 1n; first !== 0n; ) {
    const { rows, next } = await ordersPage(market.lens, first, undefined, customer);
    found.push(...rows);
    first = next;
  }
  return found.reverse();
}

/** Ids of the orders of a customer and of the wallets linked to it, or everybody's, newest first: from events. */
export async function orderIds(market: Market, customer?: string): Promise<bigint[]> {
  if (customer === undefined) return listOrders(market);
  const { user } = await getUser(market, customer);
  const wallets = user === 0n ? [customer] : await walletsOf(market, user);
  const ids = (await inParallel(wallets, (wallet) => listOrders(market, wallet))).flat();
  return ids.sort((a, b) => (a < b ? 1 : -1));
}
