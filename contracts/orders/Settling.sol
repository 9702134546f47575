// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Bills} from "../libraries/Bills.sol";
import {Charges} from "../libraries/Charges.sol";
import {SettlementTable} from "../libraries/SettlementTable.sol";
import {OrderId, ProviderId, SlotId, TokenId} from "../types/Ids.sol";
import {Outcome} from "../types/Offers.sol";
import {Order, OrderStatus} from "../types/Orders.sol";
import {ORDER_CLAIMED, OrderFlags} from "../types/OrderFlags.sol";
import {readSuborder, writeSuborder} from "../types/OrderWords.sol";
import {CANCELABLE, PartTerms} from "../types/PartTerms.sol";
import {BookStorage} from "./BookStorage.sol";

/// @title Settling
/// @notice How the money of an order is divided at its end: what was earned stays in escrow for the claims, what storage still has to
///         be kept for stays with it, the rest goes back to the customer in the same transaction.
abstract contract Settling is BookStorage {
    using OrderFlags for Order;
    using SettlementTable for uint256;

    /// @dev Ends an order of which nothing was earned, waiting or accepted. Its machine compensates nobody.
    function _endUnstarted(OrderId id, Order storage order, OrderStatus status, Outcome outcome) internal {
        OrderStatus from = order.status;
        _endUnearned(id, order, status);
        if (from == OrderStatus.Processing) {
            _leaveMachine(id, order, false, outcome);
        } else if (outcome == Outcome.Unserved) {
            catalog.leaveQueue(order.offer, order.user, order.slot, order.slotCount, _optionsOf(id, order), outcome);
        } else {
            // What it would have taken of the machine matters only where somebody has to answer for it.
            catalog.leaveQueue(order.offer, order.user, SlotId.wrap(0), 0, 0, outcome);
        }
    }

    /// @dev Nothing was earned, so the deposit goes back whole; the status says so, no settlement is logged.
    function _endUnearned(OrderId id, Order storage order, OrderStatus status) internal {
        _moveTo(id, order, status, 0);
        _payOut(order.token, order.customer, order.deposit);
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
        if (row.waivesMinimum()) _waiveMinimums(id, order.parts);
        PartTerms[] memory bill = Bills.linesOf(id, order, _suborders, _chosenOptions, row.paysMachine());
        uint256 charged = Charges.total(bill, usedSeconds);
        if (charged > deposit) {
            usedSeconds = Charges.affordableSeconds(bill, deposit, usedSeconds);
            charged = Charges.total(bill, usedSeconds);
        }

        // Effect: from here on the seconds charged are all that a claim needs; storage has its own time.
        if (!row.paysMachine()) order.set(ORDER_CLAIMED);
        _awaitReceipts(id, bill);
        _moveTo(id, order, status, usedSeconds);
        emit OrderSettled(id, uint32(usedSeconds), charged, deposit - charged);

        // Interaction: machine, security deposit, customer.
        bool compensates = row.compensates();
        Outcome outcome = Outcome.Neutral;
        if (compensates) outcome = Outcome.LetDown;
        else if (status == OrderStatus.Done) outcome = Outcome.Served;
        _leaveMachine(id, order, compensates, outcome);
        _payOut(token, customer, deposit - charged);
    }

    /// @dev Frees the machine's share; the reserved compensation goes back to the provider, or to the customer it let down.
    function _leaveMachine(OrderId id, Order storage order, bool compensated, Outcome outcome) internal {
        (ProviderId provider, uint80 compensation) = (order.provider, order.compensation);
        catalog.release(order.offer, order.slot, order.slotCount, _optionsOf(id, order), outcome);
        if (compensation == 0) return;
        if (compensated) registry.compensate(provider, order.customer, compensation);
        else registry.release(provider, compensation);
    }

    /// @dev Storage that has not been received keeps its money until its receipt, or until that comes too late.
    function _awaitReceipts(OrderId id, PartTerms[] memory bill) private {
        for (uint256 i = 0; i < bill.length; i++) {
            PartTerms part = bill[i];
            if (part.isStorage() && !part.isDone()) writeSuborder(_suborders[_partOf(id, i + 1)], part.withSince(block.timestamp));
        }
    }

    /// @dev A canceled part whose owner allows it is charged for the time used only; its word says so for good.
    function _waiveMinimums(OrderId id, uint256 parts) private {
        for (uint256 position = 1; position <= parts; position++) {
            OrderId suborder = _partOf(id, position);
            PartTerms part = readSuborder(_suborders[suborder]);
            if (part.has(CANCELABLE) && !part.isStorage()) writeSuborder(_suborders[suborder], part.withMinutes(0));
        }
    }
}
