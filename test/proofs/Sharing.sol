// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Rewards} from "../../contracts/libraries/Rewards.sol";

// One contract a property, for budgets, revenues and commissions of 128 bits.

/// @notice A share never passes the commission that the provider paid: whoever buys from oneself does not win
contract ShareWithinCommission {
    function prove(uint128 budget, uint128 revenue, uint128 total, uint128 commission) external pure {
        assert(Rewards.shareOf(budget, revenue, total, commission) <= commission);
    }
}

/// @notice A share never passes the budget
contract ShareWithinBudget {
    function prove(uint128 budget, uint128 revenue, uint128 total, uint128 commission) external pure {
        require(revenue <= total);
        assert(Rewards.shareOf(budget, revenue, total, commission) <= budget);
    }
}

/// @notice The shares of two providers never pass the budget together
contract SharesWithinBudget {
    function prove(uint128 budget, uint128 first, uint128 second, uint128 total, uint128 commission) external pure {
        require(uint256(first) + second <= total);
        uint256 one = Rewards.shareOf(budget, first, total, commission);
        uint256 other = Rewards.shareOf(budget, second, total, commission);
        assert(one + other <= budget);
    }
}

/// @notice A share never falls as the commission grows
contract ShareGrowsWithCommission {
    function prove(uint128 budget, uint128 revenue, uint128 total, uint128 commission, uint128 more) external pure {
        require(commission <= more);
        assert(Rewards.shareOf(budget, revenue, total, commission) <= Rewards.shareOf(budget, revenue, total, more));
    }
}

/// @notice A share never falls as the budget grows
contract ShareGrowsWithBudget {
    function prove(uint128 budget, uint128 larger, uint128 revenue, uint128 total, uint128 commission) external pure {
        require(budget <= larger);
        assert(Rewards.shareOf(budget, revenue, total, commission) <= Rewards.shareOf(larger, revenue, total, commission));
    }
}

/// @notice A share never falls as the provider earns more of the same total
contract ShareGrowsWithRevenue {
    function prove(uint128 budget, uint128 revenue, uint128 more, uint128 total, uint128 commission) external pure {
        require(revenue <= more);
        assert(Rewards.shareOf(budget, revenue, total, commission) <= Rewards.shareOf(budget, more, total, commission));
    }
}

/// @notice Where nobody earned, nobody gets anything
contract NoShareOfNothing {
    function prove(uint128 budget, uint128 revenue, uint128 commission) external pure {
        assert(Rewards.shareOf(budget, revenue, 0, commission) == 0);
    }
}
