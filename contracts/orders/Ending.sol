// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Bills} from "../libraries/Bills.sol";
import {Charges} from "../libraries/Charges.sol";
import {SettlementTable} from "../libraries/SettlementTable.sol";
import {OrderId, ProviderId, TokenId} from "../types/Ids.sol";
import {Deadlines, Ending as HowItEnds, Order, OrderStatus} from "../types/Orders.sol";
import {PartTerms} from "../types/PartTerms.sol";
import {BookStorage} from "./BookStorage.sol";
import {LifeCycle} from "./LifeCycle.sol";

/// @title Ending
/// @notice Every way an order ends, and the division of its money: what was earned stays in escrow for the claims, the rest goes
///         back to the customer in the same transaction.
abstract contract Ending is BookStorage {
    using SettlementTable for uint256;

    /* VERBS */

    function cancelOrder(OrderId id) external nonReentrant {
        Order storage order = _existing(id);
        if (order.customer != msg.sender) revert NotOrderCustomer(id, msg.sender);
        if (!order.reported) {
            _endUnstarted(id, order, OrderStatus.Canceled);
            return;
        }
        // Effect: the device is asked to stop; what it uses from now on is not charged.
        _moveTo(id, order, OrderStatus.Canceling, order.since);
        _progress[id].canceledAt = uint32(block.timestamp);
    }

    function stopOrder(OrderId id) external nonReentrant {
        Order storage order = _existing(id);
        if (!order.service) revert NotService(id);
        if (!order.reported) revert ReportMissing(id);
        _endByTime(id, order);
    }

    function expireOrder(OrderId id) external nonReentrant {
        Order storage order = _existing(id);
        if (order.reported) {
            _endByTime(id, order);
            return;
        }
        uint256 deadline = _waitingDeadline(order);
        // An ended order has no deadline; asking its table for another end names the status it is in.
        if (deadline != 0 && block.timestamp <= deadline) revert DeadlineNotReached(id, deadline, block.timestamp);

        if (order.status == OrderStatus.Processing) {
            _endUnearned(id, order, OrderStatus.Error);
            _leaveMachine(id, order, true);
        } else {
            _endUnstarted(id, order, OrderStatus.Error);
        }
    }

    /* READING */

    function deadlineOf(OrderId id) external view returns (uint256) {
        Order storage order = _existing(id);
        if (!order.reported) return _waitingDeadline(order);
        return LifeCycle.deadlineOf(id, order, _progress[id], _deadlines[order.deadlines], _suborders, _chosenOptions);
    }

    function paidUntil(OrderId id) external view returns (uint256 until) {
        (until,) = _money(id);
    }

    function awaitingPayment(OrderId id) external view returns (bool soon) {
        (, soon) = _money(id);
    }

    /* INTERNAL */

    /// @dev Ends an order of which nothing was earned, waiting or accepted, without anybody's fault.
    function _endUnstarted(OrderId id, Order storage order, OrderStatus status) internal {
        OrderStatus from = order.status;
        _endUnearned(id, order, status);
        if (from == OrderStatus.Processing) _leaveMachine(id, order, false);
        else catalog.leaveQueue(order.offer);
    }

    /// @dev Nothing was earned, so the deposit goes back whole; the status says so, no settlement is logged.
    function _endUnearned(OrderId id, Order storage order, OrderStatus status) private {
        _moveTo(id, order, status, 0);
        _refund(order.token, order.customer, order.deposit);
    }

    /// @dev Ends a reported order by a deadline, a service by the end of its lease or money.
    function _endByTime(OrderId id, Order storage order) private {
        (OrderStatus status, HowItEnds ending, uint256 usedSeconds) =
            LifeCycle.endingOf(id, order, _progress[id], _deadlines[order.deadlines], _suborders, _chosenOptions);
        _settle(id, order, status, SettlementTable.rowOf(ending), usedSeconds);
    }

    /// @dev Ends a reported order: divides the deposit by the seconds used, at most the lease and what the deposit affords.
    /// @param row The row of the settlement table: who is paid.
    function _settle(OrderId id, Order storage order, OrderStatus status, uint256 row, uint256 usedSeconds) internal {
        {
            uint256 lease = uint256(order.leaseMinutes) * 60;
            if (usedSeconds > lease) usedSeconds = lease;
        }
        // Read at once, before anything else is called: a later read would be paid again.
        (address customer, uint256 deposit, TokenId token) = (order.customer, order.deposit, order.token);
        if (row.waivesMinimum()) LifeCycle.waiveMinimums(id, order.parts, _suborders);
        PartTerms[] memory bill = Bills.linesOf(id, order, _suborders, _chosenOptions, row.paysMachine());
        uint256 charged = Charges.total(bill, usedSeconds);
        if (charged > deposit) {
            usedSeconds = Charges.affordableSeconds(bill, deposit, usedSeconds);
            charged = Charges.total(bill, usedSeconds);
        }

        // Effect: from here on the seconds charged are all that a claim needs.
        if (!row.paysMachine()) order.claimed = true;
        _moveTo(id, order, status, usedSeconds);
        emit OrderSettled(id, uint32(usedSeconds), charged, deposit - charged);

        // Interaction: machine, security deposit, customer.
        _leaveMachine(id, order, row.compensates());
        _refund(token, customer, deposit - charged);
    }

    /// @dev Frees the machine's share; the reserved compensation goes back to the provider, or to the customer it let down.
    function _leaveMachine(OrderId id, Order storage order, bool compensated) private {
        (ProviderId provider, uint80 compensation) = (order.provider, order.compensation);
        catalog.release(order.offer, order.slot, order.slotCount, _optionsOf(id, order));
        if (compensation == 0) return;
        if (compensated) registry.compensate(provider, order.customer, compensation);
        else registry.release(provider, compensation);
    }

    /// @dev When the money of a running order ends, and whether that is soon.
    function _money(OrderId id) private view returns (uint256 until, bool soon) {
        return LifeCycle.paidUntil(id, _existing(id), _suborders, _chosenOptions);
    }

    /// @dev When anyone may end an order that has no report; 0 when it has ended.
    function _waitingDeadline(Order storage order) private view returns (uint256) {
        Deadlines storage deadlines = _deadlines[order.deadlines];
        uint256 since = order.since;
        if (order.status == OrderStatus.Blocked) return since + uint256(deadlines.approval) * 60;
        if (order.status == OrderStatus.New) return since + uint256(deadlines.accept) * 60;
        if (order.status == OrderStatus.Processing) return since + uint256(deadlines.report) * 60;
        return 0;
    }
}
