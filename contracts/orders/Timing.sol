// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Bills} from "../libraries/Bills.sol";
import {Charges} from "../libraries/Charges.sol";
import {OrderId} from "../types/Ids.sol";
import {Deadlines, Order, OrderStatus, Progress} from "../types/Orders.sol";
import {OrderFlags, SERVICE} from "../types/OrderFlags.sol";
import {BookStorage} from "./BookStorage.sol";

/// @title Timing
/// @notice When the patience with an order, its lease or its money ends.
abstract contract Timing is BookStorage {
    using OrderFlags for Order;

    /// @dev When anyone may end an order that has no report; 0 when it has ended.
    function _waitingDeadline(Order storage order) internal view returns (uint256) {
        Deadlines storage deadlines = _deadlines[order.deadlines];
        uint256 since = order.since;
        if (order.status == OrderStatus.Blocked) return since + uint256(deadlines.approval) * 60;
        if (order.status == OrderStatus.New) return since + uint256(deadlines.accept) * 60;
        if (order.status == OrderStatus.Processing) return since + uint256(deadlines.report) * 60;
        return 0;
    }

    /// @dev When the lease or the money of a reported service ends; 0 for a job.
    function _serviceEnd(OrderId id, Order storage order) internal view returns (uint256) {
        return order.has(SERVICE) ? _paidUntil(id, order) : 0;
    }

    /// @dev When anyone may end a reported order, in seconds; 0 when it has ended.
    /// @param end When lease or money of a service ends.
    function _deadline(OrderId id, Order storage order, uint256 end) internal view returns (uint256) {
        Deadlines storage deadlines = _deadlines[order.deadlines];
        Progress storage progress = _progress[id];
        if (order.status == OrderStatus.Canceling) return progress.canceledAt + uint256(deadlines.cancel) * 60;
        if (order.status != OrderStatus.Processing) return 0;
        uint256 since = order.since;
        if (!order.has(SERVICE)) return since + (uint256(order.leaseMinutes) + deadlines.grace) * 60;
        uint256 silent = since + progress.checkpointSeconds + uint256(deadlines.checkpoint) * 60;
        return silent < end ? silent : end;
    }

    /// @dev When lease or money ends of an order that has a report.
    function _paidUntil(OrderId id, Order storage order) internal view returns (uint256) {
        uint256 lease = uint256(order.leaseMinutes) * 60;
        return order.since
            + Charges.affordableSeconds(Bills.linesOf(id, order, _suborders, _chosenOptions, true), order.deposit, lease);
    }
}
