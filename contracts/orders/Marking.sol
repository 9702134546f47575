// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Charges} from "../libraries/Charges.sol";
import {OrderId, ProviderId} from "../types/Ids.sol";
import {PriceType} from "../types/Offers.sol";
import {Order, OrderStatus} from "../types/Orders.sol";
import {HAS_OPTIONS, MARKED, OrderFlags, REPORTED, STANDS_ALONE} from "../types/OrderFlags.sol";
import {readSuborder} from "../types/OrderWords.sol";
import {billLine, PartTerms} from "../types/PartTerms.sol";
import {BookStorage} from "./BookStorage.sol";

/// @title Marking
/// @notice Customers' marks, once an order, weighted by what each provider earned by it: praise costs what it praises.
abstract contract Marking is BookStorage {
    using OrderFlags for Order;

    function markOrder(OrderId id, bool positive) external nonReentrant {
        Order storage order = _existing(id);
        _checkCustomer(id, order);
        if (!_isFinal(order.status) || !order.has(REPORTED)) revert NotMarkable(id, order.status);
        if (order.has(MARKED)) revert AlreadyMarked(id);
        order.set(MARKED);

        uint256 usedSeconds = order.since;
        for (uint256 position = 1; position <= order.parts; position++) {
            PartTerms part = readSuborder(_suborders[_partOf(id, position)]);
            if (part.isDone()) _mark(id, order, part.provider(), positive, Charges.ofPart(part, usedSeconds));
        }
        // Only a machine that was paid for it can be praised: what is Done was. Blame weighs what it would have earned.
        if (order.has(STANDS_ALONE) || (positive && order.status != OrderStatus.Done)) return;
        uint256 machine = Charges.ofPart(billLine(order.rate, order.minMinutes, PriceType.PerHour), usedSeconds);
        if (order.has(HAS_OPTIONS)) machine += _chosenOptions[id].fixedCharge;
        _mark(id, order, order.provider, positive, machine);
    }

    function _mark(OrderId id, Order storage order, ProviderId provider, bool positive, uint256 weight) private {
        if (weight == 0) return;
        Marks storage marks = _marks[provider];
        // The charge of one part fits 128 bits by far.
        if (positive) marks.positive += uint128(weight);
        else marks.negative += uint128(weight);
        emit OrderMarked(id, provider, order.user, positive, weight);
    }
}
