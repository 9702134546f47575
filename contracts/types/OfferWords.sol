// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {OfferId, ProviderId, TokenId} from "./Ids.sol";
import {Approval, Offer, OfferType, PriceType, Slot} from "./Offers.sol";

/// @dev Selling reads an offer and the price of a slot as the word that they are: the compiler would copy a struct field by field to
///      memory (about 600 gas an offer). The shifts below are the layout of {Offer} and {Slot}; a test compares the two.

/// @notice The word of an {Offer}.
type OfferWord is uint256;

/// @notice The first word of a {Slot}: everything but its resources.
type PriceWord is uint256;

using OfferFields for OfferWord global;
using PriceFields for PriceWord global;

/// @notice Reads the one word of an offer.
function wordOfOffer(Offer storage offer) view returns (OfferWord word) {
    assembly ("memory-safe") {
        word := sload(offer.slot)
    }
}

/// @notice Reads the first word of a slot or an option.
function priceOfSlot(Slot storage slot) view returns (PriceWord word) {
    assembly ("memory-safe") {
        word := sload(slot.slot)
    }
}

/// @title OfferFields
/// @notice The fields of an {OfferWord} that selling asks for.
library OfferFields {
    function provider(OfferWord self) internal pure returns (ProviderId) {
        return ProviderId.wrap(uint32(OfferWord.unwrap(self)));
    }

    /// @notice 0 = there is no such offer.
    function book(OfferWord self) internal pure returns (uint16) {
        return uint16(OfferWord.unwrap(self) >> 32);
    }

    function token(OfferWord self) internal pure returns (TokenId) {
        return TokenId.wrap(uint8(OfferWord.unwrap(self) >> 48));
    }

    /// @notice The offer's type as a number, 0 to 3.
    function kind(OfferWord self) internal pure returns (uint256) {
        return uint8(OfferWord.unwrap(self) >> 56);
    }

    function isCompute(OfferWord self) internal pure returns (bool) {
        return self.kind() == uint256(OfferType.TeeOffer);
    }

    function isStorage(OfferWord self) internal pure returns (bool) {
        return self.kind() == uint256(OfferType.Storage);
    }

    function approval(OfferWord self) internal pure returns (Approval) {
        return Approval(uint8(OfferWord.unwrap(self) >> 64));
    }

    function enabled(OfferWord self) internal pure returns (bool) {
        return uint8(OfferWord.unwrap(self) >> 72) != 0;
    }

    function cancelable(OfferWord self) internal pure returns (bool) {
        return uint8(OfferWord.unwrap(self) >> 80) != 0;
    }

    function allowListed(OfferWord self) internal pure returns (bool) {
        return uint8(OfferWord.unwrap(self) >> 88) != 0;
    }

    function latestVersion(OfferWord self) internal pure returns (uint16) {
        return uint16(OfferWord.unwrap(self) >> 96);
    }

    function restricted(OfferWord self) internal pure returns (bool) {
        return uint8(OfferWord.unwrap(self) >> 128) != 0;
    }

    function requiresType(OfferWord self, uint256 offerType) internal pure returns (bool) {
        return (OfferWord.unwrap(self) >> (136 + offerType)) & 1 != 0;
    }

    /// @notice Whether the parts of a type must be among the listed offers.
    function listsType(OfferWord self, uint256 offerType) internal pure returns (bool) {
        return (OfferWord.unwrap(self) >> (144 + offerType)) & 1 != 0;
    }

    function listsAny(OfferWord self) internal pure returns (bool) {
        return uint8(OfferWord.unwrap(self) >> 144) != 0;
    }

    function listed(OfferWord self) internal pure returns (uint256) {
        return uint8(OfferWord.unwrap(self) >> 152);
    }

    /// @notice Largest count of parts of a value type (1 to 3); 0 = any.
    function mostOf(OfferWord self, uint256 offerType) internal pure returns (uint256) {
        return uint8(OfferWord.unwrap(self) >> (152 + offerType * 8));
    }
}

/// @title PriceFields
/// @notice The fields of a {PriceWord}.
library PriceFields {
    function offer(PriceWord self) internal pure returns (OfferId) {
        return OfferId.wrap(uint32(PriceWord.unwrap(self)));
    }

    function price(PriceWord self) internal pure returns (uint80) {
        return uint80(PriceWord.unwrap(self) >> 32);
    }

    function isPerHour(PriceWord self) internal pure returns (bool) {
        return uint8(PriceWord.unwrap(self) >> 112) == uint8(PriceType.PerHour);
    }

    function active(PriceWord self) internal pure returns (bool) {
        return uint8(PriceWord.unwrap(self) >> 120) != 0;
    }

    function minMinutes(PriceWord self) internal pure returns (uint24) {
        return uint24(PriceWord.unwrap(self) >> 128);
    }

    /// @notice 0 = no limit.
    function maxMinutes(PriceWord self) internal pure returns (uint24) {
        return uint24(PriceWord.unwrap(self) >> 152);
    }
}
