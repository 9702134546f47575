// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {OrderStatusTable} from "../libraries/OrderStatusTable.sol";
import {SettlementTable} from "../libraries/SettlementTable.sol";
import {OrderId} from "../types/Ids.sol";
import {Outcome} from "../types/Offers.sol";
import {Ending as HowItEnds, Order, OrderStatus, Progress} from "../types/Orders.sol";
import {OrderFlags, REPORTED, SERVICE} from "../types/OrderFlags.sol";
import {Settling} from "./Settling.sol";
import {Timing} from "./Timing.sol";

/// @title Overdue
/// @notice What the customer and time do to an order that has a report. The doors `cancelOrder` and `expireOrder` are the book's.
abstract contract Overdue is Settling, Timing {
    using OrderFlags for Order;

    function cancelOrder(OrderId id) external nonReentrant {
        Order storage order = _existing(id);
        _checkCustomer(id, order);
        _cancelAny(id, order);
    }

    function expireOrder(OrderId id) external nonReentrant {
        _endByTime(id, _existing(id));
    }

    function stopOrder(OrderId id) external nonReentrant {
        Order storage order = _existing(id);
        if (!order.has(SERVICE)) revert NotService(id);
        if (!order.has(REPORTED)) revert ReportMissing(id);
        _endByTime(id, order);
    }

    /* INTERNAL */

    /// @dev Before the report all goes back; after it the device is asked to stop, and what it uses from now on is not charged.
    function _cancelAny(OrderId id, Order storage order) internal {
        if (!order.has(REPORTED)) {
            _endUnstarted(id, order, OrderStatus.Canceled, Outcome.Neutral);
            return;
        }
        _moveTo(id, order, OrderStatus.Canceling, order.since);
        _progress[id].canceledAt = uint32(block.timestamp);
    }

    /// @dev Ends a reported order by a deadline, a service by the end of its lease or money.
    function _endByTime(OrderId id, Order storage order) private {
        (OrderStatus status, HowItEnds ending, uint256 usedSeconds) = _endingOf(id, order);
        _settle(id, order, status, SettlementTable.rowOf(ending), usedSeconds);
    }

    /// @dev How a reported order ends when its time has come. Reverts with {DeadlineNotReached} before.
    function _endingOf(OrderId id, Order storage order)
        private
        view
        returns (OrderStatus status, HowItEnds ending, uint256 usedSeconds)
    {
        OrderStatus from = order.status;
        uint256 end = _serviceEnd(id, order);
        uint256 deadline = _deadline(id, order, end);
        if (deadline == 0) revert OrderStatusTable.IllegalTransition(id, from, OrderStatus.Error);
        if (block.timestamp <= deadline) revert DeadlineNotReached(id, deadline, block.timestamp);

        Progress storage progress = _progress[id];
        uint256 seen = progress.checkpointSeconds;
        bool service = order.has(SERVICE);
        if (from == OrderStatus.Canceling) {
            if (seen != 0) return (OrderStatus.Canceled, HowItEnds.Canceled, seen);
            return (OrderStatus.Canceled, HowItEnds.Unconfirmed, service ? 0 : progress.canceledAt - order.since);
        }
        if (!service) return (OrderStatus.Error, HowItEnds.MachineFailed, uint256(order.leaseMinutes) * 60);
        if (deadline == end) return (OrderStatus.Done, HowItEnds.Fulfilled, end - order.since);
        return (OrderStatus.Error, seen == 0 ? HowItEnds.MachineFailed : HowItEnds.Silent, seen);
    }
}
