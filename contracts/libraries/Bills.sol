// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {OrderId} from "../types/Ids.sol";
import {PriceType} from "../types/Offers.sol";
import {ChosenOptions, Order, Suborder} from "../types/Orders.sol";
import {readSuborder} from "../types/OrderWords.sol";
import {billLine, PartTerms} from "../types/PartTerms.sol";

/// @title Bills
/// @notice The lines that an order is charged by.
library Bills {
    /// @notice A line for every suborder that was completed, and for the machine: per hour, and its fixed options.
    function linesOf(
        OrderId id,
        Order storage order,
        mapping(OrderId => Suborder) storage suborders,
        mapping(OrderId => ChosenOptions) storage options,
        bool machinePaid
    ) internal view returns (PartTerms[] memory bill) {
        uint256 parts = order.parts;
        bill = new PartTerms[](parts + (machinePaid ? (order.hasOptions ? 2 : 1) : 0));
        for (uint256 i = 0; i < parts; i++) {
            PartTerms part = readSuborder(suborders[OrderId.wrap(uint48(OrderId.unwrap(id) + i + 1))]);
            if (part.isDone()) bill[i] = part;
        }
        if (!machinePaid) return bill;
        bill[parts] = billLine(order.rate, order.minMinutes, PriceType.PerHour);
        if (order.hasOptions) bill[parts + 1] = billLine(options[id].fixedCharge, 0, PriceType.Fixed);
    }
}
