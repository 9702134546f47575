// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title Rewards
/// @notice How the budget of an epoch is split. Pure; rounds down, so the shares of all providers never pass the budget together.
library Rewards {
    /// @notice A provider's share of a budget: by revenue, and never more than the commission that it paid, so that whoever buys from
    ///         oneself gets back at most what it cost.
    /// @dev The product of two numbers of 128 bits fits in a word; the result fits in 128, because the commission does.
    /// @param total The revenue of all providers, this one's included.
    function shareOf(uint128 budget, uint128 revenue, uint256 total, uint128 commission) internal pure returns (uint256) {
        if (total == 0) return 0;
        uint256 share = (uint256(budget) * revenue) / total;
        return share < commission ? share : commission;
    }
}
