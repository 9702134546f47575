// SPDX-License-Identifier: Apache-2.0
import type { Market } from "../../chain/market";
import { getOffer, optionsOf, type OfferView, slotsOf, type SlotView } from "../../chain/offers";
import { machineOf, type MachineView, restrictionsOf, versionsOf } from "../../chain/offerDetails";
import { blockTime } from "../../chain/orders";
import { getProvider } from "../../chain/providers";
import { CloisterError } from "../../core/errors";
import { nameOf, OfferType, offerTypeName, PriceType } from "../../core/offerType";
import { Approval } from "../../core/resources";
import { formatTokens } from "../amounts";
import type { Columns } from "../columns";

/** Which offers a command is about: those of machines, or those of storage, solutions and data. */
export const KINDS = ["tee", "value"] as const;
export type Kind = (typeof KINDS)[number];

export const TYPES: Readonly<Record<Kind, readonly number[]>> = { tee: [OfferType.TeeOffer], value: [OfferType.Storage, OfferType.Solution, OfferType.Data] };

/** An offer of this kind. @throws CloisterError `OfferNotFound` or `OfferTypeMismatch`. */
export async function offerOf(market: Market, kind: Kind, id: bigint): Promise<OfferView> {
  const offer = await getOffer(market, id);
  if (TYPES[kind].includes(offer.offerType)) return offer;
  const other = kind === "tee" ? "value" : "tee";
  throw new CloisterError("OfferTypeMismatch", `Offer ${id} is of type ${offerTypeName(offer.offerType)}, which is no ${kind} offer.`, `Say ${other} instead of ${kind}.`, { offer: id, type: offerTypeName(offer.offerType) });
}

/** Every field of offers of a kind; the names are those of the original's. Machines that are known are not read again. */
export function columnsOf(market: Market, kind: Kind, known: ReadonlyMap<bigint, MachineView> = new Map()): Columns<OfferView> {
  const provider = remembered((id: bigint) => getProvider(market, id));
  const machine = remembered(async (id: bigint) => known.get(id) ?? machineOf(market, id));
  const restrictions = remembered((id: bigint) => restrictionsOf(market, id));
  const common: Columns<OfferView> = {
    id: ({ id }) => id,
    name: ({ info }) => info.name ?? "",
    description: ({ info }) => info.description ?? "",
    provider_id: (offer) => offer.provider,
    provider_address: async (offer) => (await provider(offer.provider)).authority,
    provider_name: async (offer) => (await provider(offer.provider)).name,
    enabled: ({ enabled }) => enabled,
    modified_date: async ({ textBlock }) => new Date((await blockTime(market, textBlock)) * 1000).toISOString(),
  };
  if (kind === "tee") {
    return {
      ...common,
      cancelable: () => true, // a machine's order can always be taken back before it runs
      total_cores: async ({ id }) => (await machine(id)).total.info.cpuCores,
      free_cores: async ({ id }) => (await machine(id)).free.info.cpuCores,
      orders_in_queue: async ({ id }) => (await machine(id)).waiting,
      compensation: async ({ id }) => formatTokens((await machine(id)).compensation),
      total: async ({ id }) => (await machine(id)).total,
      free: async ({ id }) => (await machine(id)).free,
      slots: async ({ id }) => (await slotsOf(market, id)).map(showSlot),
      options: async ({ id }) => (await optionsOf(market, id)).map(showSlot),
    };
  }
  return {
    ...common,
    type: ({ offerType }) => offerTypeName(offerType),
    cancelable: ({ cancelable }) => cancelable,
    approval: ({ approval }) => nameOf(Approval, approval),
    depends_on_offers: async ({ id }) => (await restrictions(id)).offers.map((listed) => listed.id),
    latest_version: ({ latestVersion }) => latestVersion,
    slots: async ({ id }) => (await slotsOf(market, id)).map(showSlot),
    versions: ({ id }) => versionsOf(market, id),
    restrictions: async ({ id }) => {
      const { types, offers, largest, allowedAccounts } = await restrictions(id);
      return { types: types.map(offerTypeName), offers, largest: Object.fromEntries(Object.entries(largest).map(([type, most]) => [offerTypeName(Number(type)), most])), allowedAccounts };
    },
  };
}

/** What `offers list` shows unless told otherwise. */
export const LISTED_FIELDS: Readonly<Record<Kind, readonly string[]>> = {
  tee: ["id", "name", "provider_name", "free_cores", "total_cores", "orders_in_queue", "enabled"],
  value: ["id", "name", "type", "provider_name", "approval", "latest_version", "enabled"],
};

/** A slot or option in the shape of its file, so that it can be saved and used again; the price in whole tokens beside it. */
function showSlot({ id, info, option, usage }: SlotView): object {
  const { price, priceType, minTimeMinutes, maxTimeMinutes } = usage;
  return {
    id,
    info,
    option,
    usage: { price, priceType: String(priceType), minTimeMinutes, maxTimeMinutes },
    price: `${formatTokens(price)}${priceType === PriceType.PerHour ? " an hour" : ""}`,
  };
}

/** Reads each id once. */
function remembered<Value>(read: (id: bigint) => Promise<Value>): (id: bigint) => Promise<Value> {
  const known = new Map<bigint, Promise<Value>>();
  return (id) => {
    const found = known.get(id) ?? read(id);
    known.set(id, found);
    return found;
  };
}
