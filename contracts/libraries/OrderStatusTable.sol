// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {OrderId} from "../types/Ids.sol";
import {OrderStatus} from "../types/Orders.sol";

/// @title OrderStatusTable
/// @notice The only place that knows which transitions are legal.
library OrderStatusTable {
    /// @notice An order cannot go from `from` to `to`.
    error IllegalTransition(OrderId order, OrderStatus from, OrderStatus to);

    /// @dev One row of eight bits for each status, bit t set where status t may follow.
    ///
    ///   from         to
    ///   New 0        Processing 1, Canceled 3, Error 5
    ///   Processing 1 Canceling 2, Canceled 3, Done 4, Error 5
    ///   Canceling 2  Canceled 3, Done 4, Error 5
    ///   Blocked 6    New 0, Canceled 3, Error 5
    uint256 private constant LEGAL = (0x2a << 0) | (0x3c << 8) | (0x38 << 16) | (0x29 << 48);

    /// @notice Whether an order in `from` may become `to`.
    function mayBecome(OrderStatus from, OrderStatus to) internal pure returns (bool) {
        return (LEGAL >> (uint256(from) * 8)) & (1 << uint256(to)) != 0;
    }

    /// @notice Reverts with {IllegalTransition} unless `order` may go from `from` to `to`.
    function check(OrderId order, OrderStatus from, OrderStatus to) internal pure {
        if (!mayBecome(from, to)) revert IllegalTransition(order, from, to);
    }
}
