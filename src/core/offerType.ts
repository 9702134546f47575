// SPDX-License-Identifier: Apache-2.0

/** The four kinds of offer; the numbers are those of the contracts and of offer-info.json. */
export const OfferType = { TeeOffer: 0, Storage: 1, Solution: 2, Data: 3 } as const;
export type OfferType = (typeof OfferType)[keyof typeof OfferType];

/** How a slot or an option is priced; the numbers are those of the contracts and of slot-info.json. */
export const PriceType = { PerHour: 0, Fixed: 1 } as const;
export type PriceType = (typeof PriceType)[keyof typeof PriceType];

/** Name of an offer type as people read it, e.g. `Data`. */
export function offerTypeName(type: number): string {
  return nameOf(OfferType, type);
}

/** Name of the member of a numbered vocabulary; the number itself where it has none. */
export function nameOf(vocabulary: Readonly<Record<string, number>>, value: number): string {
  return Object.keys(vocabulary).find((name) => vocabulary[name] === value) ?? String(value);
}
