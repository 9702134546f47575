// SPDX-License-Identifier: Apache-2.0
import type { Market } from "../../chain/market";
import { slotsOf, type SlotView } from "../../chain/offers";
import { RESOURCE_LANES, type ResourceName, unpackResources } from "../../core/resources";
import { formatTokens } from "../amounts";
import { type ConfigurationRequest, leastCount, optionsBought, readOptions, requiredBy } from "../workflows/configuration";

/** Whether a slot of the machine holds what all parts need together. */
export interface SlotFit {
  readonly slot: bigint;
  readonly count: number;
  readonly fits: boolean;
  /** For all of them, without options. */
  readonly price: string;
  /** What is needed, and what so many slots and the options give; in the contract's units. */
  readonly resources: readonly { readonly resource: ResourceName; readonly required: number; readonly provided: number; readonly enough: boolean }[];
}

/** Every slot of a compute offer that is for sale, compared with what the parts need. */
export async function fitSlots(market: Market, offer: bigint, request: ConfigurationRequest, needs: readonly SlotView[]): Promise<SlotFit[]> {
  const required = requiredBy(needs);
  const bought = await optionsBought(market, offer, readOptions(request));
  return (await slotsOf(market, offer)).map((slot) => {
    const each = unpackResources(slot.resources);
    const count = request.slotCount ?? Math.min(255, leastCount(required, each, bought) ?? 1);
    const resources = RESOURCE_LANES.filter((name) => required[name] > 0).map((name) => {
      const provided = each[name] * count + bought[name];
      return { resource: name, required: required[name], provided, enough: provided >= required[name] };
    });
    return { slot: slot.id, count, fits: resources.every(({ enough }) => enough), price: `${formatTokens(slot.usage.price * BigInt(count))} an hour`, resources };
  });
}
