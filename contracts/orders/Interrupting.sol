// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {DeviceMessages} from "../libraries/DeviceMessages.sol";
import {OrderStatusTable} from "../libraries/OrderStatusTable.sol";
import {OrderId} from "../types/Ids.sol";
import {Outcome} from "../types/Offers.sol";
import {DeviceSignature, Fault, Order, OrderStatus, Progress} from "../types/Orders.sol";
import {OrderFlags, REPORTED, SERVICE} from "../types/OrderFlags.sol";
import {Settling} from "./Settling.sol";
import {Verifying} from "./Verifying.sol";

/// @title Interrupting
/// @notice What a device says besides its report and its finish: how far a service is, or that an order cannot start.
abstract contract Interrupting is Settling, Verifying {
    using OrderFlags for Order;

    function checkpoint(
        OrderId id,
        uint32 usedSeconds,
        bytes32 resultHash,
        DeviceSignature calldata signature,
        bytes calldata result
    ) external nonReentrant {
        Order storage order = _existing(id);
        if (!order.has(SERVICE)) revert NotService(id);
        if (order.status != OrderStatus.Processing) revert OrderNotLive(id, order.status);
        if (!order.has(REPORTED)) revert ReportMissing(id);
        uint256 passed = block.timestamp - order.since;
        if (usedSeconds > passed) revert CheckpointAheadOfTime(id, usedSeconds, passed);
        Progress storage progress = _progress[id];
        uint256 last = progress.checkpointSeconds;
        if (usedSeconds < last) revert CheckpointDecreases(id, last, usedSeconds);
        _checkLength(result.length, MAX_EVIDENCE);
        (, bytes32 device) = _verify(id, order, DeviceMessages.ofCheckpoint(id, usedSeconds, resultHash), signature);

        progress.checkpointSeconds = usedSeconds;
        emit CheckpointPublished(id, device, usedSeconds, resultHash, result, _chainText(order));
    }

    function abortOrder(OrderId id, Fault fault, bytes32 resultHash, DeviceSignature calldata signature, bytes calldata result)
        external
        nonReentrant
    {
        Order storage order = _existing(id);
        if (order.has(REPORTED)) revert AlreadyReported(id);
        if (order.status != OrderStatus.New && order.status != OrderStatus.Processing) {
            revert OrderStatusTable.IllegalTransition(id, order.status, OrderStatus.Error);
        }
        if (fault == Fault.None) revert FaultMismatch(OrderStatus.Error, fault);
        _checkLength(result.length, MAX_EVIDENCE);
        (, bytes32 device) = _verify(id, order, DeviceMessages.ofAbort(id, fault, resultHash), signature);

        emit OrderAborted(id, device, fault, resultHash, result, _chainText(order));
        _endUnstarted(id, order, OrderStatus.Error, fault == Fault.Machine ? Outcome.LetDown : Outcome.Neutral);
    }
}
