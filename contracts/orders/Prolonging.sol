// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import {OrderId} from "../types/Ids.sol";
import {Order, OrderStatus} from "../types/Orders.sol";
import {OrderFlags, REPORTED, SERVICE} from "../types/OrderFlags.sol";
import {Escrow} from "./Escrow.sol";
import {Timing} from "./Timing.sol";

/// @title Prolonging
/// @notice More money for an order, or more time for a service.
abstract contract Prolonging is Timing {
    using OrderFlags for Order;

    function replenishOrder(OrderId id, uint88 amount) external nonReentrant {
        Order storage order = _existing(id);
        _checkOpen(id, order);
        uint88 deposit = order.deposit + amount;
        order.deposit = deposit;
        emit OrderReplenished(id, msg.sender, amount, deposit);
        Escrow.pull(IERC20(_tokens[order.token].token), amount);
    }

    function extendOrder(OrderId id, uint24 addedMinutes) external nonReentrant {
        Order storage order = _existing(id);
        _checkCustomer(id, order);
        if (!order.has(SERVICE)) revert NotService(id);
        _checkOpen(id, order);
        uint256 lease = uint256(order.leaseMinutes) + addedMinutes;
        uint256 longest = order.maxMinutes;
        if (lease > longest) revert LeaseAboveMaximum(id, lease, longest);
        order.leaseMinutes = uint24(lease);
        emit OrderExtended(id, uint24(lease));
    }

    /// @dev Money and minutes are taken for an order that waits or runs, and for a service only until it ends: that second is final.
    function _checkOpen(OrderId id, Order storage order) private view {
        OrderStatus status = order.status;
        bool live = status == OrderStatus.Blocked || status == OrderStatus.New || status == OrderStatus.Processing;
        if (!live) revert OrderNotLive(id, status);
        uint256 end = order.has(REPORTED) ? _serviceEnd(id, order) : 0;
        if (end != 0 && block.timestamp > end) revert ServiceEnded(id, end, block.timestamp);
    }
}
