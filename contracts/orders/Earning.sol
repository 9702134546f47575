// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Bills} from "../libraries/Bills.sol";
import {Charges} from "../libraries/Charges.sol";
import {OrderId, ProviderId} from "../types/Ids.sol";
import {PriceType} from "../types/Offers.sol";
import {Order} from "../types/Orders.sol";
import {HAS_OPTIONS, ORDER_CLAIMED, ORDER_DRAWN, OrderFlags, REPORTED, SERVICE} from "../types/OrderFlags.sol";
import {billLine, CLAIMED, DRAWN, PartTerms} from "../types/PartTerms.sol";
import {BookStorage} from "./BookStorage.sol";

/// @title Earning
/// @notice What an order's compute part or a suborder has earned that nobody claimed. A job earns when it ends, a service up to its
///         last checkpoint while it runs, storage by the second of its retention.
abstract contract Earning is BookStorage {
    using OrderFlags for Order;

    /// @notice A claim of one part.
    struct Earned {
        ProviderId owner;
        /// @dev Token units due now.
        uint256 amount;
        /// @dev Seconds paid with it; what is claimed later starts there.
        uint256 drawnSeconds;
        /// @dev Whether nothing comes after it.
        bool last;
    }

    /// @param part The suborder's word, empty for an order.
    function _earningOf(OrderId id, PartTerms part) internal view returns (Order storage order, Earned memory earned) {
        bool isOrder = part.position() == 0;
        OrderId orderId = isOrder ? id : _orderOf(id, part.position());
        order = _existing(orderId);
        earned.owner = isOrder ? order.provider : part.provider();
        if (!order.has(REPORTED)) return (order, earned);

        bool claimed = isOrder ? order.has(ORDER_CLAIMED) : part.has(CLAIMED) || !part.isDone();
        if (claimed) return (order, earned);
        bool drawn = isOrder ? order.has(ORDER_DRAWN) : part.has(DRAWN);
        uint256 flat;
        if (isOrder) {
            part = billLine(order.rate, order.minMinutes, PriceType.PerHour);
            if (order.has(HAS_OPTIONS)) flat = _chosenOptions[id].fixedCharge;
        }
        uint256 before = drawn ? _drawnSeconds[id] : 0;

        if (part.isStorage()) {
            uint256 whole = uint256(part.minMinutes()) * 60;
            uint256 kept = block.timestamp - part.since();
            earned.drawnSeconds = kept < whole ? kept : whole;
            earned.last = kept >= whole || part.isFixed();
        } else if (_isFinal(order.status)) {
            earned.last = true;
        } else {
            earned.drawnSeconds = _accruedSeconds(orderId, order);
            if (earned.drawnSeconds <= before) return (order, earned);
        }
        // The minimum of a price per hour is due at the end only: a cancel may waive it.
        uint256 total = !part.isStorage() && earned.last
            ? Charges.ofPart(part, order.since)
            : Charges.accrued(part, earned.drawnSeconds);
        uint256 paid = drawn ? Charges.accrued(part, before) + flat : 0;
        earned.amount = total + flat - paid;
    }

    /// @dev Seconds that a reported order has earned that has not ended: a service up to its last checkpoint, within lease and deposit.
    function _accruedSeconds(OrderId id, Order storage order) private view returns (uint256 accrued) {
        if (!order.has(SERVICE)) return 0;
        accrued = _progress[id].checkpointSeconds;
        if (accrued == 0) return 0;
        uint256 lease = uint256(order.leaseMinutes) * 60;
        if (accrued > lease) accrued = lease;
        return Charges.affordableSeconds(Bills.linesOf(id, order, _suborders, _chosenOptions, true), order.deposit, accrued);
    }
}
