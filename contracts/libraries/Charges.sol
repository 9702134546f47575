// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {PartTerms} from "../types/PartTerms.sol";

/// @title Charges
/// @notice The money of an order: what a part costs for a number of seconds, and what the protocol takes of it. Pure, and the only
///         place that rounds; always down, so a charge never passes what the rate says and the commission never passes its share.
library Charges {
    uint256 internal constant SECONDS_PER_HOUR = 3600;
    uint256 internal constant BASIS_POINTS = 10_000;

    /// @notice What a part costs when the order ran `usedSeconds`. A fixed price is due whole; a price per hour for the seconds
    ///         used, at least its least minutes; a storage part for its retention (its least minutes), however long the order ran.
    function ofPart(PartTerms part, uint256 usedSeconds) internal pure returns (uint256) {
        uint256 price = part.price();
        if (part.isFixed()) return price;
        return perHour(price, uint256(part.minMinutes()) * 60, part.isStorage() ? 0 : usedSeconds);
    }

    /// @notice What a price per hour comes to for the seconds used, at least for `leastSeconds`.
    function perHour(uint256 price, uint256 leastSeconds, uint256 usedSeconds) internal pure returns (uint256) {
        return (price * (usedSeconds > leastSeconds ? usedSeconds : leastSeconds)) / SECONDS_PER_HOUR;
    }

    /// @notice What a part has earned for certain after `seconds_`: as {ofPart}, without any minimum.
    function accrued(PartTerms part, uint256 seconds_) internal pure returns (uint256) {
        uint256 price = part.price();
        return part.isFixed() ? price : (price * seconds_) / SECONDS_PER_HOUR;
    }

    /// @notice What the protocol takes of an earning.
    function commissionOf(uint256 earning, uint256 basisPoints) internal pure returns (uint256) {
        return (earning * basisPoints) / BASIS_POINTS;
    }

    /// @notice What all lines cost together after `usedSeconds`. Never falls as the seconds grow; an empty line costs nothing.
    function total(PartTerms[] memory bill, uint256 usedSeconds) internal pure returns (uint256 sum) {
        for (uint256 i = 0; i < bill.length; i++) {
            sum += ofPart(bill[i], usedSeconds);
        }
    }

    /// @notice The most seconds, at most `limit`, that `money` pays for. 0 where it pays for none (placing makes sure that it pays
    ///         the least of every line).
    /// @dev Binary search: the total is a sum of rounded, partly flat lines, so no formula is exact. At most 32 rounds.
    function affordableSeconds(PartTerms[] memory bill, uint256 money, uint256 limit) internal pure returns (uint256 low) {
        uint256 high = limit;
        while (low < high) {
            uint256 middle = (low + high + 1) / 2;
            if (total(bill, middle) <= money) low = middle;
            else high = middle - 1;
        }
    }
}
