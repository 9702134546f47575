// SPDX-License-Identifier: Apache-2.0
import { OfferType } from "../core/offerType";
import { offersPage, slotsPage } from "./lens";
import type { Market } from "./market";
import { offerIds } from "./offerDetails";
import { slotsOf, slotViewOf, type SlotView } from "./offers";
import { inParallel } from "./parallel";
import { read } from "./send";
import { lensPages } from "./lensPages";

/** A compute offer as far as choosing among machines looks at it. */
export interface MachineForSale {
  readonly offer: bigint;
  readonly provider: bigint;
  readonly enabled: boolean;
  readonly token: bigint;
  /** Address of the order book that sells it. */
  readonly orderBook: string;
  /** Orders placed and not yet accepted. */
  readonly waiting: number;
  /** Word of the resources that are free. */
  readonly room: bigint;
  /** Units of the security token owed for an order that it lets down. */
  readonly compensation: bigint;
}

/** All compute offers of a market, oldest first: page by page where the configuration names a lens, else one by one. */
export async function machinesForSale(market: Market): Promise<MachineForSale[]> {
  if (market.lens !== undefined) {
    const rows = await lensPages(await read(market.catalog.offerCount()), (first, count) => offersPage(market.lens!, first, count));
    return rows.filter(({ offerType }) => offerType === OfferType.TeeOffer).map(({ id, token, ...row }) => ({ ...row, offer: id, token: BigInt(token) }));
  }
  return inParallel(await offerIds(market, [OfferType.TeeOffer]), async (offer) => {
    const [{ provider, enabled, token }, { waiting, room, compensation }, orderBook] = await Promise.all([read(market.catalog.getOffer(offer)), read(market.catalog.getMachine(offer)), read(market.catalog.bookOf(offer))]);
    return { offer, provider, enabled, token, orderBook, waiting: Number(waiting), room, compensation };
  });
}

/** The slots of compute offers that are still sold: all in pages where the configuration names a lens, else offer by offer when asked. */
export async function slotReader(market: Market): Promise<(offer: bigint) => Promise<readonly SlotView[]>> {
  const { lens } = market;
  if (lens === undefined) return (offer) => slotsOf(market, offer);
  const known = new Map<bigint, SlotView[]>();
  for (const { id, offer, ...row } of await lensPages(await read(market.catalog.slotCount()), (first, count) => slotsPage(lens, first, count))) {
    if (row.active) known.set(offer, [...(known.get(offer) ?? []), slotViewOf(id, row)]);
  }
  return async (offer) => known.get(offer) ?? [];
}

/** Units of the security token that a provider's machines can still answer with. */
export async function freeSecurityOf(market: Market, provider: bigint): Promise<bigint> {
  const { deposit, reserved } = await read(market.registry.getProvider(provider));
  return deposit - reserved;
}
