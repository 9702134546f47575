// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {OfferId, OrderId} from "../types/Ids.sol";
import {Fault, FinishRecord, ReportRecord} from "../types/Orders.sol";

/// @title DeviceMessages
/// @notice EIP-712 struct hashes of what a device signs for an order book. The domain adds chain and book.
library DeviceMessages {
    bytes32 internal constant REPORT = keccak256(
        "Report(uint48 order,uint32 offer,bytes32 solutionHash,bytes32 argumentsHash,bytes32 runtimeInfoHash,bytes32 payloadHash,uint40 startedAt)"
    );
    bytes32 internal constant FINISH =
        keccak256("Finish(uint48 order,uint8 status,uint8 fault,bytes32 resultHash,uint32 usedSeconds)");
    bytes32 internal constant ABORT = keccak256("Abort(uint48 order,uint8 fault,bytes32 resultHash)");

    bytes32 internal constant CHECKPOINT = keccak256("Checkpoint(uint48 order,uint32 usedSeconds,bytes32 resultHash)");

    function ofReport(OrderId order, OfferId offer, ReportRecord calldata record) internal pure returns (bytes32) {
        return keccak256(
            abi.encode(
                REPORT,
                order,
                offer,
                record.solutionHash,
                record.argumentsHash,
                record.runtimeInfoHash,
                record.payloadHash,
                record.startedAt
            )
        );
    }

    function ofFinish(OrderId order, FinishRecord calldata record) internal pure returns (bytes32) {
        return keccak256(abi.encode(FINISH, order, record.status, record.fault, record.resultHash, record.usedSeconds));
    }

    function ofCheckpoint(OrderId order, uint32 usedSeconds, bytes32 resultHash) internal pure returns (bytes32) {
        return keccak256(abi.encode(CHECKPOINT, order, usedSeconds, resultHash));
    }

    function ofAbort(OrderId order, Fault fault, bytes32 resultHash) internal pure returns (bytes32) {
        return keccak256(abi.encode(ABORT, order, fault, resultHash));
    }
}
