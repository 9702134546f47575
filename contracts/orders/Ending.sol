// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {OrderId} from "../types/Ids.sol";
import {Outcome} from "../types/Offers.sol";
import {Order, OrderStatus} from "../types/Orders.sol";
import {OrderFlags, REPORTED} from "../types/OrderFlags.sol";
import {Forwarding} from "./Forwarding.sol";
import {Settling} from "./Settling.sol";
import {Timing} from "./Timing.sol";

/// @title Ending
/// @notice Ends of orders that have no report: nothing was earned, all goes back. Of reported ones see {Overdue}, in the annex.
abstract contract Ending is Settling, Timing, Forwarding {
    using OrderFlags for Order;

    function cancelOrder(OrderId id) external {
        Order storage order = _existing(id);
        if (order.has(REPORTED)) _forward();
        _cancel(id, order);
    }

    function expireOrder(OrderId id) external {
        Order storage order = _existing(id);
        if (order.has(REPORTED)) _forward();
        _expire(id, order);
    }

    /* INTERNAL */

    function _cancel(OrderId id, Order storage order) private nonReentrant {
        _checkCustomer(id, order);
        _endUnstarted(id, order, OrderStatus.Canceled, Outcome.Neutral);
    }

    function _expire(OrderId id, Order storage order) private nonReentrant {
        uint256 deadline = _waitingDeadline(order);
        // An ended order has no deadline; asking its table for another end names the status it is in.
        if (deadline != 0 && block.timestamp <= deadline) revert DeadlineNotReached(id, deadline, block.timestamp);

        OrderStatus from = order.status;
        if (from == OrderStatus.Processing) {
            _endUnearned(id, order, OrderStatus.Error);
            _leaveMachine(id, order, true, Outcome.LetDown);
        } else {
            _endUnstarted(id, order, OrderStatus.Error, from == OrderStatus.New ? Outcome.Unserved : Outcome.Neutral);
        }
    }
}
