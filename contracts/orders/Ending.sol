// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {OrderStatusTable} from "../libraries/OrderStatusTable.sol";
import {SettlementTable} from "../libraries/SettlementTable.sol";
import {OrderId} from "../types/Ids.sol";
import {Outcome} from "../types/Offers.sol";
import {Ending as HowItEnds, Order, OrderStatus, Progress} from "../types/Orders.sol";
import {OrderFlags, REPORTED, SERVICE, SIMULATED_ALLOWED} from "../types/OrderFlags.sol";
import {Canceling} from "./Canceling.sol";
import {Timing} from "./Timing.sol";

/// @title Ending
/// @notice How an order ends that its machine does not end itself: by its customer, by time, or because the administration took the
///         machine's devices out, which costs nobody a deposit.
abstract contract Ending is Canceling, Timing {
    using OrderFlags for Order;

    function cancelOrder(OrderId id) external nonReentrant {
        Order storage order = _existing(id);
        _checkCustomer(id, order);
        _cancelAny(id, order);
    }

    function expireOrder(OrderId id) external nonReentrant {
        Order storage order = _existing(id);
        if (order.has(REPORTED)) _endReported(id, order);
        else _endWaiting(id, order);
    }

    function stopOrder(OrderId id) external nonReentrant {
        Order storage order = _existing(id);
        if (!order.has(SERVICE)) revert NotService(id);
        if (!order.has(REPORTED)) revert ReportMissing(id);
        _endReported(id, order);
    }

    /* INTERNAL */

    /// @dev Nothing was earned: all goes back.
    function _endWaiting(OrderId id, Order storage order) private {
        OrderStatus from = order.status;
        uint256 deadline = _waitingDeadline(order);
        if (from == OrderStatus.Processing && _distrusted(id, order, deadline) != 0) {
            _endUnstarted(id, order, OrderStatus.Error, Outcome.Neutral);
            return;
        }
        // An ended order has no deadline; asking its table for another end names the status it is in.
        if (deadline != 0 && block.timestamp <= deadline) revert DeadlineNotReached(id, deadline, block.timestamp);

        if (from == OrderStatus.Processing) {
            _endUnearned(id, order, OrderStatus.Error);
            _leaveMachine(id, order, true, Outcome.LetDown);
        } else {
            _endUnstarted(id, order, OrderStatus.Error, from == OrderStatus.New ? Outcome.Unserved : Outcome.Neutral);
        }
    }

    /// @dev Ends a reported order by a deadline, a service by the end of its lease or money.
    function _endReported(OrderId id, Order storage order) private {
        (OrderStatus status, HowItEnds ending, uint256 usedSeconds) = _endingOf(id, order);
        _settle(id, order, status, SettlementTable.rowOf(ending), usedSeconds);
    }

    /// @dev How a reported order ends now. Reverts with {DeadlineNotReached} while it goes on.
    function _endingOf(OrderId id, Order storage order)
        private
        returns (OrderStatus status, HowItEnds ending, uint256 usedSeconds)
    {
        OrderStatus from = order.status;
        uint256 end = _serviceEnd(id, order);
        uint256 deadline = _deadline(id, order, end);
        if (deadline == 0) revert OrderStatusTable.IllegalTransition(id, from, OrderStatus.Error);

        Progress storage progress = _progress[id];
        uint256 seen = progress.checkpointSeconds;
        uint256 lost = _distrusted(id, order, deadline);
        if (lost != 0) {
            if (from == OrderStatus.Canceling && progress.canceledAt < lost) lost = progress.canceledAt;
            // No checkpoint says more: after that moment there was no device to sign one, and after a cancel none counts.
            usedSeconds = lost - order.since;
            if (from == OrderStatus.Canceling) return (OrderStatus.Canceled, HowItEnds.Canceled, usedSeconds);
            return (OrderStatus.Error, HowItEnds.Fulfilled, usedSeconds);
        }
        if (block.timestamp <= deadline) revert DeadlineNotReached(id, deadline, block.timestamp);

        bool service = order.has(SERVICE);
        if (from == OrderStatus.Canceling) {
            if (seen != 0) return (OrderStatus.Canceled, HowItEnds.Canceled, seen);
            return (OrderStatus.Canceled, HowItEnds.Unconfirmed, service ? 0 : progress.canceledAt - order.since);
        }
        if (!service) return (OrderStatus.Error, HowItEnds.MachineFailed, uint256(order.leaseMinutes) * 60);
        if (deadline == end) return (OrderStatus.Done, HowItEnds.Fulfilled, end - order.since);
        return (OrderStatus.Error, seen == 0 ? HowItEnds.MachineFailed : HowItEnds.Silent, seen);
    }

    /// @dev When the last device that could serve the order was taken out by the administration, before the order was overdue; else 0.
    function _distrusted(OrderId id, Order storage order, uint256 deadline) private returns (uint256 lost) {
        lost = attestation.distrustedSince(order.offer, order.since, order.has(SIMULATED_ALLOWED));
        if (lost == 0 || lost > deadline) return 0;
        emit MachineDistrusted(id, lost);
    }
}
