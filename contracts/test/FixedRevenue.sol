// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IRevenue} from "../interfaces/IRevenue.sol";
import {Rewards} from "../libraries/Rewards.sol";
import {ProviderId, TokenId} from "../types/Ids.sol";

/// @notice For tests: the revenue of an order book as numbers that a test sets, and the formula of the shares in the open. No orders,
///         no money: the real numbers are those that an {OrderBook} counts.
contract FixedRevenue is IRevenue {
    struct Revenue {
        uint128 revenue;
        uint128 commission;
    }

    uint32 public constant EPOCH_SECONDS = 30 days;

    mapping(TokenId token => address) public tokenAddressOf;
    mapping(uint32 epoch => mapping(TokenId token => uint256)) public totalRevenueOf;
    mapping(uint32 epoch => mapping(TokenId token => mapping(ProviderId provider => Revenue))) private _revenues;

    function setToken(TokenId token, address tokenAddress) external {
        tokenAddressOf[token] = tokenAddress;
    }

    function earn(uint32 epoch, TokenId token, ProviderId provider, uint128 revenue, uint128 commission) external {
        Revenue storage earned = _revenues[epoch][token][provider];
        earned.revenue += revenue;
        earned.commission += commission;
        totalRevenueOf[epoch][token] += revenue;
    }

    function revenueOf(uint32 epoch, TokenId token, ProviderId provider)
        external
        view
        returns (uint128 revenue, uint128 commission)
    {
        Revenue memory earned = _revenues[epoch][token][provider];
        return (earned.revenue, earned.commission);
    }

    /// @notice {Rewards.shareOf} of many providers at once.
    function sharesOf(uint128 budget, Revenue[] calldata providers) external pure returns (uint256[] memory shares) {
        uint256 total;
        for (uint256 i = 0; i < providers.length; i++) total += providers[i].revenue;
        shares = new uint256[](providers.length);
        for (uint256 i = 0; i < providers.length; i++) {
            shares[i] = Rewards.shareOf(budget, providers[i].revenue, total, providers[i].commission);
        }
    }
}
