// SPDX-License-Identifier: Apache-2.0

export { OfferType, PriceType } from "../../src/core/offerType";
export { Approval, packResources, type ResourceVector } from "../../src/core/resources";

/** How an order left a machine or its queue; the numbers of the contracts' `Outcome`. */
export const Outcome = { Served: 0, Neutral: 1, LetDown: 2, Unserved: 3 } as const;
