// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Charges} from "../libraries/Charges.sol";
import {OrderId} from "../types/Ids.sol";
import {PriceType} from "../types/Offers.sol";
import {Deadlines, Order, OrderStatus} from "../types/Orders.sol";
import {readSuborder} from "../types/OrderWords.sol";
import {billLine, PartTerms} from "../types/PartTerms.sol";
import {BookStorage} from "./BookStorage.sol";

/// @title Ending
/// @notice Every way an order ends, and the division of its money: what was earned stays in escrow for the claims, the rest goes
///         back to the customer in the same transaction.
abstract contract Ending is BookStorage {
    /* VERBS */

    function cancelOrder(OrderId id) external nonReentrant {
        Order storage order = _existing(id);
        if (order.customer != msg.sender) revert NotOrderCustomer(id, msg.sender);
        if (order.reported) revert AlreadyReported(id);
        _endUnstarted(id, order, OrderStatus.Canceled);
    }

    function expireOrder(OrderId id) external nonReentrant {
        Order storage order = _existing(id);
        uint256 deadline = deadlineOf(id);
        // An ended order has no deadline; asking its table for another end names the status it is in.
        if (deadline != 0 && block.timestamp <= deadline) revert DeadlineNotReached(id, deadline, block.timestamp);

        if (order.reported && order.status == OrderStatus.Processing) {
            _settle(id, order, OrderStatus.Error, uint256(order.leaseMinutes) * 60, false);
        } else if (order.status == OrderStatus.Processing) {
            _endUnearned(id, order, OrderStatus.Error);
            _leaveMachine(id, order, true);
        } else {
            _endUnstarted(id, order, OrderStatus.Error);
        }
    }

    /* READING */

    function deadlineOf(OrderId id) public view returns (uint256) {
        Order storage order = _existing(id);
        Deadlines storage deadlines = _deadlines[order.deadlines];
        uint256 since = order.since;
        if (order.status == OrderStatus.Blocked) return since + uint256(deadlines.approval) * 60;
        if (order.status == OrderStatus.New) return since + uint256(deadlines.accept) * 60;
        if (order.status != OrderStatus.Processing) return 0;
        if (!order.reported) return since + uint256(deadlines.report) * 60;
        return since + (uint256(order.leaseMinutes) + deadlines.grace) * 60;
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

    /// @dev Ends a reported order: divides the deposit by the seconds used, at most the lease and what the deposit affords.
    /// @param machineHeld Whether the machine kept its promise: it is paid, else it compensates the customer.
    function _settle(OrderId id, Order storage order, OrderStatus status, uint256 usedSeconds, bool machineHeld) internal {
        uint256 lease = uint256(order.leaseMinutes) * 60;
        if (usedSeconds > lease) usedSeconds = lease;
        uint256 deposit = order.deposit;
        PartTerms[] memory bill = _billOf(id, order, machineHeld);
        uint256 charged = Charges.total(bill, usedSeconds);
        if (charged > deposit) {
            usedSeconds = Charges.affordableSeconds(bill, deposit, usedSeconds);
            charged = Charges.total(bill, usedSeconds);
        }

        // Effect: from here on the seconds charged are all that a claim needs.
        if (!machineHeld) order.claimed = true;
        _moveTo(id, order, status, usedSeconds);
        emit OrderSettled(id, uint32(usedSeconds), charged, deposit - charged);

        // Interaction: machine, security deposit, customer.
        _leaveMachine(id, order, !machineHeld);
        _refund(order.token, order.customer, deposit - charged);
    }

    /// @dev Frees the machine's share; the reserved compensation goes back to the provider, or to the customer it let down.
    function _leaveMachine(OrderId id, Order storage order, bool compensated) private {
        uint80 compensation = order.compensation;
        catalog.release(order.offer, order.slot, order.slotCount, _optionsOf(id, order));
        if (compensation == 0) return;
        if (compensated) registry.compensate(order.provider, order.customer, compensation);
        else registry.release(order.provider, compensation);
    }

    /// @dev A line for every suborder that was completed, and for the machine: per hour, and its fixed options.
    function _billOf(OrderId id, Order storage order, bool machinePaid) private view returns (PartTerms[] memory bill) {
        uint256 parts = order.parts;
        bill = new PartTerms[](parts + (machinePaid ? (order.hasOptions ? 2 : 1) : 0));
        for (uint256 i = 0; i < parts; i++) {
            PartTerms part = readSuborder(_suborders[_partOf(id, i + 1)]);
            if (part.isDone()) bill[i] = part;
        }
        if (!machinePaid) return bill;
        bill[parts] = billLine(order.rate, order.minMinutes, PriceType.PerHour);
        if (order.hasOptions) bill[parts + 1] = billLine(_chosenOptions[id].fixedCharge, 0, PriceType.Fixed);
    }
}
