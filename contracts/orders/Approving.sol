// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {OrderId} from "../types/Ids.sol";
import {Outcome} from "../types/Offers.sol";
import {Order, OrderStatus} from "../types/Orders.sol";
import {writeSuborder} from "../types/OrderWords.sol";
import {PartTerms} from "../types/PartTerms.sol";
import {Settling} from "./Settling.sol";
import {Unblocking} from "./Unblocking.sol";

/// @title Approving
/// @notice Owners of data and solutions complete their suborders.
abstract contract Approving is Settling, Unblocking {
    function completeSuborder(OrderId suborder, OrderStatus status, bytes32 solutionHash, bytes calldata keyRelease)
        external
        nonReentrant
    {
        (PartTerms part, OrderId id, Order storage order) = _blockingPart(suborder);
        _checkActionAccount(part.provider());
        if (status != OrderStatus.Done && status != OrderStatus.Error) revert NotCompletingStatus(suborder, status);
        _checkLength(keyRelease.length, MAX_KEY_RELEASE);

        if (status == OrderStatus.Done) {
            _approve(suborder, part, id, order, solutionHash, keyRelease);
            return;
        }
        // A denial ends the order.
        writeSuborder(_suborders[suborder], part.withStatus(uint256(OrderStatus.Error)));
        emit SuborderCompleted(suborder, id, status, solutionHash, keyRelease, _chainText(order));
        _endUnstarted(id, order, OrderStatus.Error, Outcome.Neutral);
    }
}
