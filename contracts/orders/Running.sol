// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {RootKind} from "../interfaces/IAttestation.sol";
import {DeviceMessages} from "../libraries/DeviceMessages.sol";
import {OrderStatusTable} from "../libraries/OrderStatusTable.sol";
import {SettlementTable} from "../libraries/SettlementTable.sol";
import {OrderId} from "../types/Ids.sol";
import {DeviceSignature, Ending as HowItEnds, Fault, FinishRecord, Order, OrderStatus, ReportRecord} from "../types/Orders.sol";
import {OrderFlags, REPORTED, SERVICE} from "../types/OrderFlags.sol";
import {Settling} from "./Settling.sol";
import {Verifying} from "./Verifying.sol";

/// @title Running
/// @notice The machine's story: accept, report, finish. What counts is signed by a registered device of the offer;
///         who carries it to the chain does not matter.
abstract contract Running is Settling, Verifying {
    using OrderFlags for Order;

    function acceptOrder(OrderId id) external nonReentrant {
        Order storage order = _existing(id);
        _moveTo(id, order, OrderStatus.Processing, block.timestamp);
        // Interaction: both neighbours refuse what they cannot give, and then nothing of this happened.
        registry.reserve(order.provider, msg.sender, order.compensation);
        catalog.take(order.offer, order.user, order.slot, order.slotCount, _optionsOf(id, order));
    }

    function publishReport(
        OrderId id,
        ReportRecord calldata record,
        DeviceSignature calldata signature,
        bytes calldata payload,
        bytes calldata payloadSignature,
        bytes calldata orderCertificate
    ) external nonReentrant {
        Order storage order = _existing(id);

        // Check: the order runs and has no report yet; the report is of its solution.
        if (order.status != OrderStatus.Processing) {
            revert OrderStatusTable.IllegalTransition(id, order.status, OrderStatus.Processing);
        }
        if (order.has(REPORTED)) revert AlreadyReported(id);
        if (record.solutionHash != order.solutionHash) revert SolutionHashMismatch(id, order.solutionHash, record.solutionHash);
        _checkLength(payload.length + payloadSignature.length + orderCertificate.length, MAX_EVIDENCE);
        _checkPayload(id, payload, record.payloadHash);

        // Check: a device of the order's offer signed exactly this, and it is of a kind that the customer accepts.
        bytes32 digest = DeviceMessages.ofReport(id, order.offer, record);
        (RootKind kind, bytes32 device) = _verify(id, order, digest, signature);

        // Effect: time is charged from now.
        order.set(REPORTED);
        order.since = uint32(block.timestamp);
        emit ReportPublished(id, device, kind, record, payload, payloadSignature, orderCertificate, _chainText(order));
    }

    function finishOrder(OrderId id, FinishRecord calldata record, DeviceSignature calldata signature, bytes calldata result)
        external
        nonReentrant
    {
        Order storage order = _existing(id);
        (OrderStatus from, OrderStatus next, Fault fault) = (order.status, record.status, record.fault);
        OrderStatusTable.check(id, from, next);
        if (!order.has(REPORTED)) revert ReportMissing(id);
        // The table lets a running order become Canceling or Canceled, but by its customer, not by a device.
        if (next != OrderStatus.Done && next != OrderStatus.Error && from != OrderStatus.Canceling) {
            revert OrderStatusTable.IllegalTransition(id, from, next);
        }
        if ((next != OrderStatus.Error) != (fault == Fault.None)) revert FaultMismatch(next, fault);
        _checkLength(result.length, MAX_EVIDENCE);
        (, bytes32 device) = _verify(id, order, DeviceMessages.ofFinish(id, record), signature);

        emit OrderFinished(id, device, record, result, _chainText(order));
        // No machine charges more time than has passed on chain, nor any after the cancel.
        uint256 usedSeconds = (from == OrderStatus.Canceling ? _progress[id].canceledAt : block.timestamp) - order.since;
        if (record.usedSeconds < usedSeconds) usedSeconds = record.usedSeconds;
        HowItEnds ending = HowItEnds.Fulfilled;
        if (fault == Fault.Machine) ending = HowItEnds.MachineFailed;
        else if (next == OrderStatus.Canceled) ending = HowItEnds.Canceled;
        // A service has earned up to its last checkpoint for good, by its own word: parts of that may have been claimed.
        if (order.has(SERVICE)) {
            uint256 seen = _progress[id].checkpointSeconds;
            if (usedSeconds < seen) usedSeconds = seen;
            if (fault == Fault.Machine && seen != 0) (ending, usedSeconds) = (HowItEnds.Silent, seen);
        }
        _settle(id, order, next, SettlementTable.rowOf(ending), usedSeconds);
    }

    /// @dev The statement in the event is the one whose hash was signed; an empty one is kept elsewhere.
    function _checkPayload(OrderId id, bytes calldata payload, bytes32 expected) private pure {
        if (payload.length == 0) return;
        bytes32 given = sha256(payload);
        if (given != expected) revert PayloadMismatch(id, expected, given);
    }
}
