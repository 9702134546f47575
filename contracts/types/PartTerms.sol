// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {OfferId, ProviderId} from "./Ids.sol";
import {Approval, OfferType, PriceType} from "./Offers.sol";

/// @notice The terms of one value part as of the placing: the very word that the order book stores as its {Suborder}, so that the
///         catalog hands it over in one piece. The book adds the position.
///
///   version 16 | cancelable 8 | byPolicy 8 | claimed 8 | position 8 | status 8 | priceType 8 | offerType 8 | minMinutes 24
///   | price 80 | provider 32 | offer 32                                                                      (lowest last)
type PartTerms is uint256;

using {price, minMinutes, offerType, priceType, isDone, version, atPosition} for PartTerms global;

/// @dev `OrderStatus.Done` and `OrderStatus.New`, which this file must not import.
uint256 constant DONE = 4;

/// @notice Packs the terms; a part of an offer with public content is Done from birth.
function partTerms(
    OfferId offer,
    ProviderId provider,
    uint80 price_,
    uint24 minMinutes_,
    OfferType offerType_,
    PriceType priceType_,
    Approval approval,
    bool cancelable,
    uint16 version_
) pure returns (PartTerms) {
    bool done = approval == Approval.Automatic && offerType_ != OfferType.Storage;
    uint256 word = uint256(OfferId.unwrap(offer));
    word |= uint256(ProviderId.unwrap(provider)) << 32;
    word |= uint256(price_) << 64;
    word |= uint256(minMinutes_) << 144;
    word |= uint256(offerType_) << 168;
    word |= uint256(priceType_) << 176;
    if (done) word |= DONE << 184;
    if (approval == Approval.Policy) word |= 1 << 208;
    if (cancelable) word |= 1 << 216;
    word |= uint256(version_) << 224;
    return PartTerms.wrap(word);
}

function price(PartTerms self) pure returns (uint80) {
    return uint80(PartTerms.unwrap(self) >> 64);
}

function minMinutes(PartTerms self) pure returns (uint24) {
    return uint24(PartTerms.unwrap(self) >> 144);
}

function offerType(PartTerms self) pure returns (OfferType) {
    return OfferType(uint8(PartTerms.unwrap(self) >> 168));
}

function priceType(PartTerms self) pure returns (PriceType) {
    return PriceType(uint8(PartTerms.unwrap(self) >> 176));
}

function isDone(PartTerms self) pure returns (bool) {
    return uint8(PartTerms.unwrap(self) >> 184) == DONE;
}

function version(PartTerms self) pure returns (uint16) {
    return uint16(PartTerms.unwrap(self) >> 224);
}

/// @notice The suborder's word at its position in the order, from 1.
function atPosition(PartTerms self, uint256 position) pure returns (uint256) {
    return PartTerms.unwrap(self) | (position << 192);
}
