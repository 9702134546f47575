// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {OrderId} from "../types/Ids.sol";
import {PriceType} from "../types/Offers.sol";
import {ChosenOptions, Order, OrderStatus, Suborder} from "../types/Orders.sol";
import {HAS_OPTIONS, OrderFlags} from "../types/OrderFlags.sol";
import {readSuborder} from "../types/OrderWords.sol";
import {billLine, PartTerms} from "../types/PartTerms.sol";

/// @title Bills
/// @notice The lines that an order is charged by.
library Bills {
    using OrderFlags for Order;

    /// @notice A line for every suborder that was completed, or is storage that may still be received, and for the machine: per hour,
    ///         and its fixed options.
    function linesOf(
        OrderId id,
        Order storage order,
        mapping(OrderId => Suborder) storage suborders,
        mapping(OrderId => ChosenOptions) storage options,
        bool machinePaid
    ) internal view returns (PartTerms[] memory bill) {
        uint256 parts = order.parts;
        bill = new PartTerms[](parts + (machinePaid ? (order.has(HAS_OPTIONS) ? 2 : 1) : 0));
        for (uint256 i = 0; i < parts; i++) {
            PartTerms part = readSuborder(suborders[OrderId.wrap(uint48(OrderId.unwrap(id) + i + 1))]);
            if (part.isDone() || (part.isStorage() && part.status() <= uint256(OrderStatus.Processing))) bill[i] = part;
        }
        if (!machinePaid) return bill;
        bill[parts] = billLine(order.rate, order.minMinutes, PriceType.PerHour);
        if (order.has(HAS_OPTIONS)) bill[parts + 1] = billLine(options[id].fixedCharge, 0, PriceType.Fixed);
    }
}
