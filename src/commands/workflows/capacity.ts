// SPDX-License-Identifier: Apache-2.0
import type { Basket } from "../../chain/basket";
import type { Market } from "../../chain/market";
import { machineTotal } from "../../chain/offerDetails";
import type { SlotView } from "../../chain/offers";
import { CloisterError } from "../../core/errors";
import { RESOURCE_LANES, type ResourceName, type ResourceVector, unpackResources } from "../../core/resources";
import { optionsBought } from "./configuration";

/** A resource of which there is too little, in the contract's units. */
export interface Shortage {
  readonly resource: ResourceName;
  readonly required: number;
  readonly provided: number;
}

/** The share of the machine that an order takes: its slots and options. */
export async function shareOf(market: Market, basket: Pick<Basket, "compute" | "options" | "slotCount">, slot: SlotView): Promise<Required<ResourceVector>> {
  const bought = await optionsBought(market, basket.compute, basket.options);
  const each = unpackResources(slot.resources);
  return Object.fromEntries(RESOURCE_LANES.map((name) => [name, each[name] * basket.slotCount + bought[name]])) as Required<ResourceVector>;
}

/** Lanes of a share that a word of resources has too little of. */
export function shortOf(share: Required<ResourceVector>, resources: bigint): Shortage[] {
  const provided = unpackResources(resources);
  return RESOURCE_LANES.filter((name) => share[name] > provided[name]).map((name) => ({ resource: name, required: share[name], provided: provided[name] }));
}

/** An amount of a resource for people. */
export function amountOf(resource: ResourceName, amount: number): string {
  if (resource === "cpu" || resource === "gpu") return `${amount / 100} cores`;
  if (resource === "bandwidth") return `${amount} kbit/s`;
  return resource === "externalPort" ? String(amount) : `${amount} MiB`;
}

/**
 * Refuses an order that its machine could never take: the resources of a machine never change, so that it would wait until its deadline.
 *
 * @throws CloisterError `MachineTooSmall`.
 */
export async function checkFitsMachine(market: Market, compute: bigint, share: Required<ResourceVector>): Promise<void> {
  const short = shortOf(share, await machineTotal(market, compute));
  if (short.length === 0) return;
  const lacking = short.map(({ resource, required, provided }) => `${resource} ${amountOf(resource, required)} needed, ${amountOf(resource, provided)} in all`).join("; ");
  throw new CloisterError("MachineTooSmall", `Compute offer ${compute} can never take the order: ${lacking}.`, "Buy fewer slots, or choose another machine.", { offer: compute });
}
