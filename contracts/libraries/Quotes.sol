// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ComputeTerms, PriceType} from "../types/Offers.sol";
import {billLine, PartTerms} from "../types/PartTerms.sol";
import {Charges} from "./Charges.sol";

/// @title Quotes
/// @notice What a workflow costs before it is placed, by the very formulas that charge it.
library Quotes {
    /// @notice What it costs when `usedSeconds` were used, every suborder completed.
    function charge(ComputeTerms memory compute, PartTerms[] memory parts, uint256 usedSeconds) internal pure returns (uint256) {
        PartTerms machine = billLine(compute.rate, compute.minMinutes, PriceType.PerHour);
        return compute.fixedCharge + Charges.ofPart(machine, usedSeconds) + Charges.total(parts, usedSeconds);
    }

    /// @notice The least and the most within the lease.
    function bounds(ComputeTerms memory compute, PartTerms[] memory parts, uint256 leaseMinutes)
        internal
        pure
        returns (uint256 least, uint256 most)
    {
        return (charge(compute, parts, 0), charge(compute, parts, leaseMinutes * 60));
    }
}
