// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {OrderStatusTable} from "../libraries/OrderStatusTable.sol";
import {OrderStatus} from "../types/Orders.sol";

/// @notice For tests: asks the table of transitions.
contract StatusTable {
    function mayBecome(OrderStatus from, OrderStatus to) external pure returns (bool) {
        return OrderStatusTable.mayBecome(from, to);
    }
}
