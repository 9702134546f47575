// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {OrderId} from "../types/Ids.sol";
import {Order, OrderStatus} from "../types/Orders.sol";
import {writeSuborder} from "../types/OrderWords.sol";
import {BY_POLICY, DONE, PartTerms} from "../types/PartTerms.sol";
import {BookStorage} from "./BookStorage.sol";

/// @title Unblocking
/// @notice What an approval does, whether its owner sends it or somebody carries it.
abstract contract Unblocking is BookStorage {
    /// @dev Longest key release or write grant, in bytes.
    uint256 internal constant MAX_KEY_RELEASE = 4096;

    /// @dev The suborder waits for its owner.
    function _blockingPart(OrderId suborder) internal view returns (PartTerms part, OrderId id, Order storage order) {
        (part, id, order) = _existingPart(suborder);
        if (part.isStorage()) revert IsStoragePart(suborder);
        if (!part.isOpen() || order.status != OrderStatus.Blocked) {
            revert SuborderNotOpen(suborder, OrderStatus(part.status()), order.status);
        }
    }

    /// @dev An owner approves the very solution that it verified; the last approval makes the order New.
    function _approve(
        OrderId suborder,
        PartTerms part,
        OrderId id,
        Order storage order,
        bytes32 solutionHash,
        bytes calldata keyRelease
    ) internal {
        if (solutionHash != order.solutionHash) revert SolutionHashMismatch(suborder, order.solutionHash, solutionHash);
        if (part.has(BY_POLICY)) catalog.spendAllowance(part.offerOf(), solutionHash);

        writeSuborder(_suborders[suborder], part.withStatus(DONE));
        emit SuborderCompleted(suborder, id, OrderStatus.Done, solutionHash, keyRelease, _chainText(order));
        order.blocking -= 1;
        if (order.blocking == 0) _moveTo(id, order, OrderStatus.New, block.timestamp);
    }
}
