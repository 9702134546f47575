// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {OrderId} from "../types/Ids.sol";
import {Order} from "../types/Orders.sol";
import {BookStorage} from "./BookStorage.sol";
import {LifeCycle} from "./LifeCycle.sol";

/// @title Prolonging
/// @notice More money for an order, or more time for a service.
abstract contract Prolonging is BookStorage {
    function replenishOrder(OrderId id, uint88 amount) external nonReentrant {
        Order storage order = _existing(id);
        LifeCycle.replenish(id, order, _suborders, _chosenOptions, _tokens[order.token], amount);
    }

    function extendOrder(OrderId id, uint24 addedMinutes) external nonReentrant {
        LifeCycle.extend(id, _existing(id), _suborders, _chosenOptions, addedMinutes);
    }
}
