// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ProviderId, TokenId} from "../types/Ids.sol";

/// @title IRevenue
/// @notice What providers earned by attested orders, epoch by epoch, as an order book counts it when earnings are claimed.
interface IRevenue {
    /// @notice Length of an epoch, in seconds. Epoch `n` lasts from `n` to `n + 1` times it, since 1970.
    function EPOCH_SECONDS() external view returns (uint32);

    /// @notice A provider's earnings of an epoch and the commission they paid, in token units.
    function revenueOf(uint32 epoch, TokenId token, ProviderId provider)
        external
        view
        returns (uint128 revenue, uint128 commission);

    /// @notice The earnings of all providers in an epoch, in token units.
    function totalRevenueOf(uint32 epoch, TokenId token) external view returns (uint256);

    /// @notice The token's contract.
    function tokenAddressOf(TokenId token) external view returns (address);
}
