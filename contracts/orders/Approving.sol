// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {OrderId} from "../types/Ids.sol";
import {OfferType} from "../types/Offers.sol";
import {Order, OrderStatus, Suborder} from "../types/Orders.sol";
import {Ending} from "./Ending.sol";

/// @title Approving
/// @notice Owners of data, solutions and storage complete their suborders; the last approval unblocks the order.
abstract contract Approving is Ending {
    /// @dev Longest key release, in bytes.
    uint256 internal constant MAX_KEY_RELEASE = 4096;

    function completeSuborder(OrderId suborder, OrderStatus status, bytes32 solutionHash, bytes calldata keyRelease)
        external
        nonReentrant
    {
        Suborder storage part = _suborders[suborder];
        if (part.position == 0) revert SuborderNotFound(suborder);
        OrderId id = _orderOf(suborder, part.position);
        Order storage order = _orders[id];

        // Check: the suborder is open, and its owner speaks.
        bool stored = part.offerType == OfferType.Storage;
        bool open = part.status == OrderStatus.New
            && (order.status == OrderStatus.Blocked || (stored && _isUnblocked(order.status)));
        if (!open) revert SuborderNotOpen(suborder, part.status, order.status);
        if (registry.actionAccountOf(part.provider) != msg.sender) revert NotActionAccount(part.provider, msg.sender);
        if (status != OrderStatus.Done && status != OrderStatus.Error) revert NotCompletingStatus(suborder, status);
        if (keyRelease.length > MAX_KEY_RELEASE) revert TooLong(keyRelease.length, MAX_KEY_RELEASE);

        // Check: an owner approves the very solution that it verified.
        bool approved = status == OrderStatus.Done && !stored;
        if (approved && solutionHash != order.solutionHash) {
            revert SolutionHashMismatch(suborder, order.solutionHash, solutionHash);
        }
        if (approved && part.byPolicy) catalog.spendAllowance(part.offer, solutionHash);

        // Effect: the last approval makes the order New; a denial ends it.
        part.status = status;
        emit SuborderCompleted(suborder, id, status, solutionHash, keyRelease, _chainText(order));
        if (stored) return;
        if (!approved) {
            _endUnstarted(id, order, OrderStatus.Error);
            return;
        }
        order.blocking -= 1;
        if (order.blocking == 0) _moveTo(id, order, OrderStatus.New, block.timestamp);
    }

    function _isUnblocked(OrderStatus status) private pure returns (bool) {
        return status == OrderStatus.New || status == OrderStatus.Processing;
    }
}
