// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {RootKind} from "../interfaces/IAttestation.sol";
import {DeviceMessages} from "../libraries/DeviceMessages.sol";
import {OrderStatusTable} from "../libraries/OrderStatusTable.sol";
import {SettlementTable} from "../libraries/SettlementTable.sol";
import {OrderId} from "../types/Ids.sol";
import {DeviceSignature, Ending as HowItEnds, Fault, FinishRecord, Order, OrderStatus, ReportRecord} from "../types/Orders.sol";
import {Ending} from "./Ending.sol";
import {LifeCycle} from "./LifeCycle.sol";

/// @title Running
/// @notice The machine's story: accept, report, finish, or give up. What counts is signed by a registered device of the offer;
///         who carries it to the chain does not matter.
abstract contract Running is Ending {
    /// @dev Longest statement, result or certificate in an event, in bytes each.
    uint256 internal constant MAX_EVIDENCE = 8192;

    function acceptOrder(OrderId id) external nonReentrant {
        Order storage order = _existing(id);
        _moveTo(id, order, OrderStatus.Processing, block.timestamp);
        // Interaction: both neighbours refuse what they cannot give, and then nothing of this happened.
        registry.reserve(order.provider, msg.sender, order.compensation);
        catalog.take(order.offer, order.slot, order.slotCount, _optionsOf(id, order));
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
        if (order.reported) revert AlreadyReported(id);
        if (record.solutionHash != order.solutionHash) revert SolutionHashMismatch(id, order.solutionHash, record.solutionHash);
        _checkLength(payload.length + payloadSignature.length + orderCertificate.length);
        if (payload.length != 0) {
            bytes32 payloadHash = sha256(payload);
            if (payloadHash != record.payloadHash) revert PayloadMismatch(id, record.payloadHash, payloadHash);
        }

        // Check: a device of the order's offer signed exactly this, and it is of a kind that the customer accepts.
        RootKind kind = _verify(id, order, DeviceMessages.ofReport(id, order.offer, record), signature);

        // Effect: time is charged from now.
        order.reported = true;
        order.since = uint32(block.timestamp);
        uint32 previousBlock = _chainText(order);
        emit ReportPublished(id, signature.device, kind, record, payload, payloadSignature, orderCertificate, previousBlock);
    }

    function finishOrder(OrderId id, FinishRecord calldata record, DeviceSignature calldata signature, bytes calldata result)
        external
        nonReentrant
    {
        Order storage order = _existing(id);
        (OrderStatus from, OrderStatus next, Fault fault) = (order.status, record.status, record.fault);
        OrderStatusTable.check(id, from, next);
        if (!order.reported) revert ReportMissing(id);
        // The table lets a running order become Canceling or Canceled, but by its customer, not by a device.
        if (next != OrderStatus.Done && next != OrderStatus.Error && from != OrderStatus.Canceling) {
            revert OrderStatusTable.IllegalTransition(id, from, next);
        }
        if ((next != OrderStatus.Error) != (fault == Fault.None)) revert FaultMismatch(next, fault);
        _checkLength(result.length);
        _verify(id, order, DeviceMessages.ofFinish(id, record), signature);

        emit OrderFinished(id, signature.device, record, result, _chainText(order));
        // No machine charges more time than has passed on chain, nor any after the cancel.
        uint256 usedSeconds = (from == OrderStatus.Canceling ? _progress[id].canceledAt : block.timestamp) - order.since;
        if (record.usedSeconds < usedSeconds) usedSeconds = record.usedSeconds;
        HowItEnds ending = HowItEnds.Fulfilled;
        if (fault == Fault.Machine) ending = HowItEnds.MachineFailed;
        else if (next == OrderStatus.Canceled) ending = HowItEnds.Canceled;
        _settle(id, order, next, SettlementTable.rowOf(ending), usedSeconds);
    }

    function checkpoint(
        OrderId id,
        uint32 usedSeconds,
        bytes32 resultHash,
        DeviceSignature calldata signature,
        bytes calldata result
    ) external nonReentrant {
        Order storage order = _existing(id);
        LifeCycle.checkpoint(id, order, _progress[id], usedSeconds);
        _checkLength(result.length);
        _verify(id, order, DeviceMessages.ofCheckpoint(id, usedSeconds, resultHash), signature);
        emit CheckpointPublished(id, signature.device, usedSeconds, resultHash, result, _chainText(order));
    }

    function abortOrder(OrderId id, Fault fault, bytes32 resultHash, DeviceSignature calldata signature, bytes calldata result)
        external
        nonReentrant
    {
        Order storage order = _existing(id);
        if (order.reported) revert AlreadyReported(id);
        if (order.status != OrderStatus.New && order.status != OrderStatus.Processing) {
            revert OrderStatusTable.IllegalTransition(id, order.status, OrderStatus.Error);
        }
        if (fault == Fault.None) revert FaultMismatch(OrderStatus.Error, fault);
        _checkLength(result.length);
        _verify(id, order, DeviceMessages.ofAbort(id, fault, resultHash), signature);

        emit OrderAborted(id, signature.device, fault, resultHash, result, _chainText(order));
        _endUnstarted(id, order, OrderStatus.Error);
    }

    /// @dev A device of the order's offer signed this, and it is of a kind that the customer accepts: a provider with devices of
    ///      both kinds must not end with a simulated one what a hardware one reported.
    function _verify(OrderId id, Order storage order, bytes32 structHash, DeviceSignature calldata signature)
        private
        view
        returns (RootKind kind)
    {
        bool simulatedAllowed = order.simulatedAllowed;
        kind = attestation.checkDeviceSignature(
            signature.device, order.offer, _hashTypedDataV4(structHash), signature.r, signature.s
        );
        if (kind == RootKind.Simulated && !simulatedAllowed) revert SimulatedDeviceRefused(id, signature.device);
    }

    function _checkLength(uint256 length) private pure {
        if (length > MAX_EVIDENCE) revert TooLong(length, MAX_EVIDENCE);
    }
}
