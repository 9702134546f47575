// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Charges} from "../../contracts/libraries/Charges.sol";
import {Rewards} from "../../contracts/libraries/Rewards.sol";

// What is not true, kept to see that the checker says so. A checker that proves one of these proves nothing.

/// @notice FALSE: the charge of two stretches is the charge of the whole (rounding may lose a unit)
contract FalseStretchesEqualWhole {
    function prove(uint80 price, uint32 first, uint32 second) external pure {
        uint256 whole = Charges.perHour(price, 0, uint256(first) + second);
        assert(Charges.perHour(price, 0, first) + Charges.perHour(price, 0, second) == whole);
    }
}

/// @notice FALSE: the commission is always below the earning (not of an earning of nothing)
contract FalseCommissionBelowEarning {
    function prove(uint96 earning, uint16 basisPoints) external pure {
        require(basisPoints <= 2_000);
        assert(Charges.commissionOf(earning, basisPoints) < earning);
    }
}

/// @notice FALSE: a share stays within the budget even where the revenue passes the total
contract FalseShareWithinBudgetAlways {
    function prove(uint128 budget, uint128 revenue, uint128 total, uint128 commission) external pure {
        assert(Rewards.shareOf(budget, revenue, total, commission) <= budget);
    }
}

/// @notice FALSE: the price of an hour times seconds fits in 88 bits
contract FalseChargeFitsDeposit {
    function prove(uint80 price, uint32 used) external pure {
        uint88 charge = uint88(price) * used;
        assert(charge >= price || used == 0);
    }
}
