// SPDX-License-Identifier: Apache-2.0
import { OfferType, PriceType } from "../../core/offerType";
import type { Bought, Finding, Request } from "./request";

/** How long an order may run, and which part says so. Minutes. */
export interface LeaseRange {
  readonly minutes: number;
  readonly least: number;
  readonly leastBy?: string;
  /** Absent where nothing bounds it. */
  readonly most?: number;
  readonly mostBy?: string;
}

/** A price per hour binds the lease from both sides, a fixed price from above; a storage part binds its retention instead. */
export function leaseOf({ basket, machine, options, parts }: Request): LeaseRange {
  const bound = [machine, ...options, ...parts.filter(({ offer }) => offer.offerType !== OfferType.Storage)];
  const below = largest(bound.filter(({ slot }) => slot.usage.priceType === PriceType.PerHour), ({ slot }) => slot.usage.minTimeMinutes);
  const above = largest(bound.filter(({ slot }) => slot.usage.maxTimeMinutes > 0), ({ slot }) => -slot.usage.maxTimeMinutes);
  const least = Math.max(1, below?.slot.usage.minTimeMinutes ?? 0);
  return {
    minutes: basket.leaseMinutes,
    least,
    ...(below && below.slot.usage.minTimeMinutes > 0 && { leastBy: below.name }),
    ...(above && { most: above.slot.usage.maxTimeMinutes, mostBy: above.name }),
  };
}

/** Whether lease and retention are within what every part allows. */
export function checkTimes(request: Request, { minutes, least, leastBy, most, mostBy }: LeaseRange): Finding[] {
  const within = minutes >= least && (most === undefined || minutes <= most);
  const from = `${least}${leastBy === undefined ? "" : ` (by ${leastBy})`}`;
  const to = most === undefined ? "any" : `${most} (by ${mostBy})`;
  const lease: Finding = { passed: within, demand: `a lease of ${from} to ${to} minutes`, found: `${minutes} minutes`, ...(!within && { code: "LeaseOutOfRange" }) };
  const { retentionMinutes } = request.basket;
  const stored = request.parts.filter(({ offer }) => offer.offerType === OfferType.Storage).map(({ name, slot }) => {
    const { minTimeMinutes, maxTimeMinutes } = slot.usage;
    const passed = retentionMinutes > 0 && retentionMinutes >= minTimeMinutes && (maxTimeMinutes === 0 || retentionMinutes <= maxTimeMinutes);
    return { passed, demand: `${name}: a retention of ${minTimeMinutes} to ${maxTimeMinutes === 0 ? "any" : maxTimeMinutes} minutes`, found: `${retentionMinutes} minutes`, ...(!passed && { code: "RetentionOutOfRange" }) };
  });
  return [lease, ...stored];
}

function largest(parts: readonly Bought[], of: (part: Bought) => number): Bought | undefined {
  return parts.reduce<Bought | undefined>((best, part) => (best === undefined || of(part) > of(best) ? part : best), undefined);
}
