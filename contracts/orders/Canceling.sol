// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {OrderId} from "../types/Ids.sol";
import {Outcome} from "../types/Offers.sol";
import {Order, OrderStatus} from "../types/Orders.sol";
import {OrderFlags, REPORTED} from "../types/OrderFlags.sol";
import {Settling} from "./Settling.sol";

/// @title Canceling
/// @notice How a customer takes an order back, whole or by one of its parts.
abstract contract Canceling is Settling {
    using OrderFlags for Order;

    /// @dev Before the report all goes back; after it the device is asked to stop, and what it uses from now on is not charged.
    function _cancelAny(OrderId id, Order storage order) internal {
        if (!order.has(REPORTED)) {
            _endUnstarted(id, order, OrderStatus.Canceled, Outcome.Neutral);
            return;
        }
        _moveTo(id, order, OrderStatus.Canceling, order.since);
        _progress[id].canceledAt = uint32(block.timestamp);
    }
}
