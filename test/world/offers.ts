// SPDX-License-Identifier: Apache-2.0

export { OfferType, PriceType } from "../../src/core/offerType";
export { Approval, packResources, type ResourceVector } from "../../src/core/resources";
