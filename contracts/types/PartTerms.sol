// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {OfferId, ProviderId} from "./Ids.sol";
import {Approval, OfferType, PriceType} from "./Offers.sol";
import {OfferWord, PriceWord} from "./OfferWords.sol";

/// @notice The terms of one value part as of the placing: the very word that the order book stores as its {Suborder}, so that the
///         catalog hands it over in one piece. The book adds the position; a claim adds its mark. A bill is made of such words too.
///
///   since 32 | version 16 | flags 8 | position 8 | status 8 | priceType 8 | offerType 8 | minMinutes 24 | price 80 | provider 32
///   | offer 32                                                                                              (lowest last)
type PartTerms is uint256;

using {
    offerOf, provider, price, minMinutes, isStorage, isFixed, isDone, isOpen, status, position, has, version, since, atPosition,
    withMinutes, withStatus, withSince, withFlag
} for PartTerms global;

/// @dev `OrderStatus.Done`, which this file must not import.
uint256 constant DONE = 4;

/// @dev Flags of a suborder. CLAIMED: nothing is left to claim. DRAWN: a part was claimed before the end.
uint256 constant CLAIMED = 1;
uint256 constant BY_POLICY = 2;
uint256 constant CANCELABLE = 4;
uint256 constant DRAWN = 8;

uint256 constant STATUS_SHIFT = 184;
uint256 constant FLAGS_SHIFT = 200;
uint256 constant VERSION_SHIFT = 208;
uint256 constant SINCE_SHIFT = 224;

/// @notice Packs the terms of a part of `offer` at the price of `slot`; a part of an offer with public content is Done from birth.
/// @param minutes_ Least minutes charged of a price per hour; of a storage part its retention.
function partTerms(OfferId id, OfferWord offer, PriceWord slot, uint24 minutes_, uint16 version_) pure returns (PartTerms) {
    uint256 word = uint256(OfferId.unwrap(id));
    word |= uint256(ProviderId.unwrap(offer.provider())) << 32;
    word |= uint256(slot.price()) << 64;
    word |= uint256(minutes_) << 144;
    word |= offer.kind() << 168;
    if (!slot.isPerHour()) word |= uint256(PriceType.Fixed) << 176;
    Approval approval = offer.approval();
    if (approval == Approval.Automatic && !offer.isStorage()) word |= DONE << STATUS_SHIFT;
    if (approval == Approval.Policy) word |= BY_POLICY << FLAGS_SHIFT;
    if (offer.cancelable()) word |= CANCELABLE << FLAGS_SHIFT;
    word |= uint256(version_) << VERSION_SHIFT;
    return PartTerms.wrap(word);
}

/// @notice A line of a bill that is no suborder: the machine per hour, or its fixed options.
function billLine(uint80 price_, uint24 minMinutes_, PriceType priceType) pure returns (PartTerms) {
    return PartTerms.wrap((uint256(price_) << 64) | (uint256(minMinutes_) << 144) | (uint256(priceType) << 176));
}

function offerOf(PartTerms self) pure returns (OfferId) {
    return OfferId.wrap(uint32(PartTerms.unwrap(self)));
}

function provider(PartTerms self) pure returns (ProviderId) {
    return ProviderId.wrap(uint32(PartTerms.unwrap(self) >> 32));
}

function price(PartTerms self) pure returns (uint80) {
    return uint80(PartTerms.unwrap(self) >> 64);
}

function minMinutes(PartTerms self) pure returns (uint24) {
    return uint24(PartTerms.unwrap(self) >> 144);
}

function isStorage(PartTerms self) pure returns (bool) {
    return uint8(PartTerms.unwrap(self) >> 168) == uint8(OfferType.Storage);
}

function isFixed(PartTerms self) pure returns (bool) {
    return uint8(PartTerms.unwrap(self) >> 176) != 0;
}

/// @notice The suborder's `OrderStatus` as a number.
function status(PartTerms self) pure returns (uint256) {
    return uint8(PartTerms.unwrap(self) >> STATUS_SHIFT);
}

function isDone(PartTerms self) pure returns (bool) {
    return self.status() == DONE;
}

/// @notice Whether it is New: nobody has answered for it yet.
function isOpen(PartTerms self) pure returns (bool) {
    return self.status() == 0;
}

/// @notice From 1; 0 = this is no suborder.
function position(PartTerms self) pure returns (uint256) {
    return uint8(PartTerms.unwrap(self) >> 192);
}

function has(PartTerms self, uint256 flag) pure returns (bool) {
    return PartTerms.unwrap(self) & (flag << FLAGS_SHIFT) != 0;
}

function version(PartTerms self) pure returns (uint16) {
    return uint16(PartTerms.unwrap(self) >> VERSION_SHIFT);
}

/// @notice Seconds: see {Suborder}.
function since(PartTerms self) pure returns (uint256) {
    return PartTerms.unwrap(self) >> SINCE_SHIFT;
}

/// @notice The suborder's word at its position in the order, from 1.
function atPosition(PartTerms self, uint256 position_) pure returns (PartTerms) {
    return PartTerms.wrap(PartTerms.unwrap(self) | (position_ << 192));
}

/// @notice The same terms with other least minutes.
function withMinutes(PartTerms self, uint256 minutes_) pure returns (PartTerms) {
    return PartTerms.wrap((PartTerms.unwrap(self) & ~(uint256(0xffffff) << 144)) | (minutes_ << 144));
}

function withStatus(PartTerms self, uint256 status_) pure returns (PartTerms) {
    return PartTerms.wrap((PartTerms.unwrap(self) & ~(uint256(0xff) << STATUS_SHIFT)) | (status_ << STATUS_SHIFT));
}

function withSince(PartTerms self, uint256 seconds_) pure returns (PartTerms) {
    return PartTerms.wrap((PartTerms.unwrap(self) & ((1 << SINCE_SHIFT) - 1)) | (seconds_ << SINCE_SHIFT));
}

function withFlag(PartTerms self, uint256 flag) pure returns (PartTerms) {
    return PartTerms.wrap(PartTerms.unwrap(self) | (flag << FLAGS_SHIFT));
}
