// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import {IOrderBook} from "../interfaces/IOrderBook.sol";
import {Bills} from "../libraries/Bills.sol";
import {Charges} from "../libraries/Charges.sol";
import {OrderStatusTable} from "../libraries/OrderStatusTable.sol";
import {OrderId} from "../types/Ids.sol";
import {ChosenOptions, Deadlines, Ending, Order, OrderStatus, Progress, Suborder} from "../types/Orders.sol";
import {readSuborder, writeSuborder} from "../types/OrderWords.sol";
import {PartTerms} from "../types/PartTerms.sol";
import {Escrow} from "./Escrow.sol";

/// @title LifeCycle
/// @notice What happens to a running order besides its report and its finish, and what time does to it. A linked library, because the
///         book has no room for it: it decides and writes into the book's own storage; the book keeps the doors and the money.
library LifeCycle {
    /// @notice "Little is left" means less than this, in seconds.
    uint256 private constant LITTLE = 1 hours;

    /* PROLONGING */

    function replenish(
        OrderId id,
        Order storage order,
        mapping(OrderId => Suborder) storage suborders,
        mapping(OrderId => ChosenOptions) storage options,
        IOrderBook.PaymentToken storage token,
        uint88 amount
    ) external {
        _checkOpen(id, order, suborders, options);
        uint88 deposit = order.deposit + amount;
        order.deposit = deposit;
        emit IOrderBook.OrderReplenished(id, msg.sender, amount, deposit);
        Escrow.pull(IERC20(token.token), amount);
    }

    function extend(
        OrderId id,
        Order storage order,
        mapping(OrderId => Suborder) storage suborders,
        mapping(OrderId => ChosenOptions) storage options,
        uint24 addedMinutes
    ) external {
        if (order.customer != msg.sender) revert IOrderBook.NotOrderCustomer(id, msg.sender);
        if (!order.service) revert IOrderBook.NotService(id);
        _checkOpen(id, order, suborders, options);
        uint256 lease = uint256(order.leaseMinutes) + addedMinutes;
        uint256 longest = order.maxMinutes;
        if (lease > longest) revert IOrderBook.LeaseAboveMaximum(id, lease, longest);
        order.leaseMinutes = uint24(lease);
        emit IOrderBook.OrderExtended(id, uint24(lease));
    }

    /* RUNNING */

    /// @notice Takes the seconds of a checkpoint whose signature the book has verified.
    function checkpoint(OrderId id, Order storage order, Progress storage progress, uint32 usedSeconds) external {
        if (!order.service) revert IOrderBook.NotService(id);
        if (order.status != OrderStatus.Processing) revert IOrderBook.OrderNotLive(id, order.status);
        if (!order.reported) revert IOrderBook.ReportMissing(id);
        uint256 passed = block.timestamp - order.since;
        if (usedSeconds > passed) revert IOrderBook.CheckpointAheadOfTime(id, usedSeconds, passed);
        uint256 last = progress.checkpointSeconds;
        if (usedSeconds < last) revert IOrderBook.CheckpointDecreases(id, last, usedSeconds);
        progress.checkpointSeconds = usedSeconds;
    }

    /* ENDING */

    /// @notice How a reported order ends when its time has come. Reverts with {DeadlineNotReached} before.
    function endingOf(
        OrderId id,
        Order storage order,
        Progress storage progress,
        Deadlines storage deadlines,
        mapping(OrderId => Suborder) storage suborders,
        mapping(OrderId => ChosenOptions) storage options
    ) external view returns (OrderStatus status, Ending ending, uint256 usedSeconds) {
        OrderStatus from = order.status;
        uint256 end = _serviceEnd(id, order, suborders, options);
        uint256 deadline = _deadlineOf(order, progress, deadlines, end);
        if (deadline == 0) revert OrderStatusTable.IllegalTransition(id, from, OrderStatus.Error);
        if (block.timestamp <= deadline) revert IOrderBook.DeadlineNotReached(id, deadline, block.timestamp);

        uint256 seen = progress.checkpointSeconds;
        if (from == OrderStatus.Canceling) {
            if (seen != 0) return (OrderStatus.Canceled, Ending.Canceled, seen);
            return (OrderStatus.Canceled, Ending.Unconfirmed, order.service ? 0 : progress.canceledAt - order.since);
        }
        if (!order.service) return (OrderStatus.Error, Ending.MachineFailed, uint256(order.leaseMinutes) * 60);
        if (deadline == end) return (OrderStatus.Done, Ending.Fulfilled, end - order.since);
        return (OrderStatus.Error, seen == 0 ? Ending.MachineFailed : Ending.Silent, seen);
    }

    /// @notice A canceled part whose owner allows it is charged for the time used only; its word says so for good.
    function waiveMinimums(OrderId id, uint256 parts, mapping(OrderId => Suborder) storage suborders) external {
        for (uint256 position = 1; position <= parts; position++) {
            Suborder storage suborder = suborders[OrderId.wrap(uint48(OrderId.unwrap(id) + position))];
            PartTerms part = readSuborder(suborder);
            if (part.isCancelable() && !part.isStorage()) writeSuborder(suborder, PartTerms.unwrap(part.withoutMinimum()));
        }
    }

    /* READING */

    /// @notice When anyone may end a reported order, in seconds; 0 when it has ended.
    function deadlineOf(
        OrderId id,
        Order storage order,
        Progress storage progress,
        Deadlines storage deadlines,
        mapping(OrderId => Suborder) storage suborders,
        mapping(OrderId => ChosenOptions) storage options
    ) external view returns (uint256) {
        return _deadlineOf(order, progress, deadlines, _serviceEnd(id, order, suborders, options));
    }

    /// @notice See {IOrderBook-paidUntil}, and whether it is within an hour and before the end of the lease.
    function paidUntil(
        OrderId id,
        Order storage order,
        mapping(OrderId => Suborder) storage suborders,
        mapping(OrderId => ChosenOptions) storage options
    ) external view returns (uint256 until, bool soon) {
        if (!order.reported || order.status != OrderStatus.Processing) return (0, false);
        until = _paidUntil(id, order, suborders, options);
        bool beforeLease = until < order.since + uint256(order.leaseMinutes) * 60;
        soon = beforeLease && until < block.timestamp + LITTLE;
    }

    /* INTERNAL */

    /// @dev Money and minutes are taken for an order that waits or runs, and for a service only until it ends: that second is final.
    function _checkOpen(
        OrderId id,
        Order storage order,
        mapping(OrderId => Suborder) storage suborders,
        mapping(OrderId => ChosenOptions) storage options
    ) private view {
        OrderStatus status = order.status;
        bool live = status == OrderStatus.Blocked || status == OrderStatus.New || status == OrderStatus.Processing;
        if (!live) revert IOrderBook.OrderNotLive(id, status);
        uint256 end = order.reported ? _serviceEnd(id, order, suborders, options) : 0;
        if (end != 0 && block.timestamp > end) revert IOrderBook.ServiceEnded(id, end, block.timestamp);
    }

    /// @dev When the lease or the money of a reported service ends; 0 for a job.
    function _serviceEnd(
        OrderId id,
        Order storage order,
        mapping(OrderId => Suborder) storage suborders,
        mapping(OrderId => ChosenOptions) storage options
    ) private view returns (uint256) {
        return order.service ? _paidUntil(id, order, suborders, options) : 0;
    }

    function _paidUntil(
        OrderId id,
        Order storage order,
        mapping(OrderId => Suborder) storage suborders,
        mapping(OrderId => ChosenOptions) storage options
    ) private view returns (uint256) {
        return order.since
            + Charges.affordableSeconds(
                Bills.linesOf(id, order, suborders, options, true), order.deposit, uint256(order.leaseMinutes) * 60
            );
    }

    /// @param end When lease or money of a service ends.
    function _deadlineOf(Order storage order, Progress storage progress, Deadlines storage deadlines, uint256 end)
        private
        view
        returns (uint256)
    {
        if (order.status == OrderStatus.Canceling) return progress.canceledAt + uint256(deadlines.cancel) * 60;
        if (order.status != OrderStatus.Processing) return 0;
        uint256 since = order.since;
        if (!order.service) return since + (uint256(order.leaseMinutes) + deadlines.grace) * 60;
        uint256 silent = since + progress.checkpointSeconds + uint256(deadlines.checkpoint) * 60;
        return silent < end ? silent : end;
    }
}
