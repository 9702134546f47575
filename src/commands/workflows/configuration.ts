// SPDX-License-Identifier: Apache-2.0
import type { Market } from "../../chain/market";
import { getSlot, optionsOf, slotsOf, type SlotView } from "../../chain/offers";
import { CloisterError } from "../../core/errors";
import { PriceType } from "../../core/offerType";
import { packResources, RESOURCE_LANES, unpackResources, type ResourceVector } from "../../core/resources";
import { parseId } from "../connect";

/** The machine's part of a workflow: slot, count, options. */
export interface Configuration {
  readonly slot: bigint;
  readonly slotCount: number;
  readonly options: readonly { readonly option: bigint; readonly count: number }[];
}

/** What the command line says of it. */
export interface ConfigurationRequest {
  /** `offer[,slot]`; absent where the machine is chosen. */
  readonly tee?: string;
  readonly slotCount?: number;
  readonly options: readonly string[];
  readonly optionCounts: readonly string[];
  /** Lease that the slot should sell, where one is wished. */
  readonly leaseMinutes?: number;
}

/**
 * The machine's configuration: as given, and where the slot is left open the cheapest slot and count that hold the sum of all
 * requirements (options cover bandwidth, traffic and ports).
 *
 * @param known the offer's slots for sale, where they were read before.
 * @throws CloisterError `NoSlotFits`, `OptionCountsMismatch`, `SlotNotOfOffer`.
 */
export async function chooseConfiguration(market: Market, offer: bigint, request: ConfigurationRequest, needs: readonly SlotView[], known?: readonly SlotView[]): Promise<Configuration> {
  const options = readOptions(request);
  const given = request.tee?.split(",")[1];
  if (given !== undefined) return { slot: (await getSlot(market, offer, parseId(given, "a slot"))).id, slotCount: request.slotCount ?? 1, options };

  const required = requiredBy(needs);
  const bought = await optionsBought(market, offer, options);
  const slots = known ?? (await slotsOf(market, offer));
  const fitting = slots
    .map((slot) => ({ slot, count: request.slotCount ?? leastCount(required, unpackResources(slot.resources), bought) }))
    .filter((choice): choice is { slot: SlotView; count: number } => choice.count !== undefined && choice.count <= 255)
    .sort((a, b) => {
      const [first, second] = [a.slot.usage.price * BigInt(a.count), b.slot.usage.price * BigInt(b.count)];
      return first < second ? -1 : first > second ? 1 : 0;
    });
  // Where no slot sells the lease, the cheapest says what it would sell.
  const best = fitting.find(({ slot }) => sellsLease(slot, request.leaseMinutes)) ?? fitting[0];
  if (!best) {
    const needed = RESOURCE_LANES.filter((name) => required[name] > 0).map((name) => `${name} ${required[name]}`).join(", ") || "nothing";
    throw new CloisterError("NoSlotFits", `No slot of compute offer ${offer} holds what the order needs (${needed}).`, `See \`offers get tee ${offer}\`; choose another machine, or options with --tee-options.`, { offer });
  }
  return { slot: best.slot.id, slotCount: best.count, options };
}

function sellsLease({ usage }: SlotView, minutes: number | undefined): boolean {
  if (minutes === undefined) return true;
  return minutes >= usage.minTimeMinutes && (usage.maxTimeMinutes === 0 || minutes <= usage.maxTimeMinutes);
}

/** The lease where none is given: the largest minimum of all parts that are priced per hour, else an hour. */
export function defaultLease(slots: readonly SlotView[]): number {
  const minimums = slots.filter(({ usage }) => usage.priceType === PriceType.PerHour).map(({ usage }) => usage.minTimeMinutes);
  return Math.max(0, ...minimums) || 60;
}

/** The options that a request buys. @throws CloisterError `OptionCountsMismatch`. */
export function readOptions({ options, optionCounts }: ConfigurationRequest): Configuration["options"] {
  if (optionCounts.length !== 0 && optionCounts.length !== options.length) {
    throw new CloisterError("OptionCountsMismatch", `${options.length} options and ${optionCounts.length} counts were given.`, "Give one count for each option, or none.");
  }
  return options.map((id, index) => ({ option: parseId(id, "an option"), count: Number(optionCounts[index] ?? 1) }));
}

/** What options bought with a machine give. */
export async function optionsBought(market: Market, offer: bigint, options: Configuration["options"]): Promise<Required<ResourceVector>> {
  if (options.length === 0) return unpackResources(0n);
  const known = await optionsOf(market, offer);
  return sumOf(
    options.map(({ option, count }) => {
      const lanes = unpackResources(known.find(({ id }) => id === option)?.resources ?? 0n);
      return Object.fromEntries(RESOURCE_LANES.map((name) => [name, lanes[name] * count])) as Required<ResourceVector>;
    }),
  );
}

/** The least number of slots that hold `required` beyond what options give; undefined where no number does. */
export function leastCount(required: Required<ResourceVector>, slot: Required<ResourceVector>, options: Required<ResourceVector>): number | undefined {
  let count = 1;
  for (const name of RESOURCE_LANES) {
    const missing = required[name] - options[name];
    if (missing <= 0) continue;
    if (slot[name] === 0) return undefined;
    count = Math.max(count, Math.ceil(missing / slot[name]));
  }
  return count;
}

/** What all parts need together. */
export function requiredBy(needs: readonly SlotView[]): Required<ResourceVector> {
  return sumOf(needs.map(({ resources }) => unpackResources(resources)));
}

function sumOf(vectors: readonly Required<ResourceVector>[]): Required<ResourceVector> {
  const word = vectors.reduce((sum, vector) => sum + packResources(vector), 0n);
  return unpackResources(word);
}
