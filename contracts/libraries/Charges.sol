// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {PriceType} from "../types/Offers.sol";

/// @title Charges
/// @notice The money of an order: what a part costs for a number of seconds, and what the protocol takes of it. Pure, and the only
///         place that rounds; always down, so a charge never passes what the rate says and the commission never passes its share.
library Charges {
    uint256 internal constant SECONDS_PER_HOUR = 3600;
    uint256 internal constant BASIS_POINTS = 10_000;

    /// @notice What a part costs when it ran `usedSeconds`.
    /// @param price Token units, for an hour or for all.
    /// @param priceType Per hour or fixed.
    /// @param minMinutes Least minutes charged of a price per hour.
    /// @param usedSeconds Seconds it ran.
    function ofPart(uint256 price, PriceType priceType, uint256 minMinutes, uint256 usedSeconds)
        internal
        pure
        returns (uint256)
    {
        if (priceType == PriceType.Fixed) return price;
        uint256 least = minMinutes * 60;
        return (price * (usedSeconds > least ? usedSeconds : least)) / SECONDS_PER_HOUR;
    }

    /// @notice What the protocol takes of an earning.
    function commissionOf(uint256 earning, uint256 basisPoints) internal pure returns (uint256) {
        return (earning * basisPoints) / BASIS_POINTS;
    }

    /// @notice One line of a bill. The empty line costs nothing.
    /// @param accrues Whether the seconds used count; a storage part is paid for its retention instead.
    struct Line {
        uint256 price;
        PriceType priceType;
        uint256 minMinutes;
        bool accrues;
    }

    /// @notice What all lines cost together after `usedSeconds`. Never falls as the seconds grow.
    function total(Line[] memory bill, uint256 usedSeconds) internal pure returns (uint256 sum) {
        for (uint256 i = 0; i < bill.length; i++) {
            Line memory line = bill[i];
            if (line.price != 0) sum += ofPart(line.price, line.priceType, line.minMinutes, line.accrues ? usedSeconds : 0);
        }
    }

    /// @notice The most seconds, at most `limit`, that `money` pays for. 0 where it pays for none (placing makes sure that it pays
    ///         the least of every line).
    /// @dev Binary search: the total is a sum of rounded, partly flat lines, so no formula is exact. At most 32 rounds.
    function affordableSeconds(Line[] memory bill, uint256 money, uint256 limit) internal pure returns (uint256 low) {
        uint256 high = limit;
        while (low < high) {
            uint256 middle = (low + high + 1) / 2;
            if (total(bill, middle) <= money) low = middle;
            else high = middle - 1;
        }
    }
}
