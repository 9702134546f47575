// SPDX-License-Identifier: Apache-2.0
import type { Market } from "../../chain/market";
import { getOffer, getSlot, type OfferView, optionsOf, type SlotView } from "../../chain/offers";
import type { Basket } from "../../chain/basket";
import { CloisterError } from "../../core/errors";
import { offerTypeName } from "../../core/offerType";
import type { ReadInputs } from "../workflows/basket";

/** Why an order would be refused: the code and words that placing it would end with. */
export interface Reason {
  readonly code: string;
  readonly reason: string;
  readonly fix?: string;
}

/** One thing that is looked at. */
export interface Finding {
  readonly passed: boolean;
  /** What is demanded, and of whom. */
  readonly demand: string;
  readonly found: string;
  /** Code of the contract's error where it did not pass. */
  readonly code?: string;
}

/** One part of the order that is bought: the machine's slot, an option, or a value offer. */
export interface Bought {
  /** For people, e.g. `slot 3 of data offer 2`. */
  readonly name: string;
  readonly offer: OfferView;
  readonly version: number;
  readonly slot: SlotView;
}

/** A request as it was read: what would be bought, with all that is known about it. */
export interface Request {
  readonly basket: Basket;
  readonly machine: Bought;
  readonly options: readonly Bought[];
  readonly parts: readonly Bought[];
}

/** Looks up the offers behind a basket. */
export async function readRequest(market: Market, basket: Basket, inputs: ReadInputs): Promise<Request> {
  const offer = await getOffer(market, basket.compute);
  const known = basket.options.length === 0 ? [] : await optionsOf(market, basket.compute);
  const options = basket.options.map(({ option }) => {
    const slot = known.find(({ id }) => id === option);
    if (!slot) throw new CloisterError("OptionNotForSale", `Compute offer ${basket.compute} does not sell option ${option}.`, `See \`offers get tee ${basket.compute}\`.`, { offer: basket.compute, option });
    return { name: `option ${option} of ${nameOf(offer)}`, offer, version: 0, slot };
  });
  const slot = await getSlot(market, basket.compute, basket.slot);
  const parts = await Promise.all(basket.parts.map(async (part, index) => {
    const found = await getOffer(market, part.offer);
    return { name: `slot ${part.slot} of ${nameOf(found)}`, offer: found, version: part.version, slot: inputs.needs[index]! };
  }));
  return { basket, machine: { name: `slot ${slot.id} of ${nameOf(offer)}`, offer, version: 0, slot }, options, parts };
}

/** An offer for people, e.g. `data offer 2`. */
export function nameOf({ id, offerType }: Pick<OfferView, "id" | "offerType">): string {
  return `${offerType === 0 ? "compute" : offerTypeName(offerType).toLowerCase()} offer ${id}`;
}
