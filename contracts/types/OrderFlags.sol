// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Order} from "./Orders.sol";

/// @dev What an order is besides its status, a bit each: five bools would fill the bytes that its user needs.

/// @dev Its report was verified: time is charged.
uint256 constant REPORTED = 1;
/// @dev Nothing of the compute part is left to claim.
uint256 constant ORDER_CLAIMED = 2;
/// @dev Runs until lease or money ends, instead of until it is done.
uint256 constant SERVICE = 4;
uint256 constant HAS_OPTIONS = 8;
/// @dev A machine with simulated evidence may run it.
uint256 constant SIMULATED_ALLOWED = 16;
/// @dev Its customer has marked it.
uint256 constant MARKED = 32;
/// @dev A part of the compute earning was claimed before the end.
uint256 constant ORDER_DRAWN = 64;
/// @dev Storage by itself: there is no machine, and no device has seen it.
uint256 constant STANDS_ALONE = 128;


/// @title OrderFlags
/// @notice Reads and sets the flags of an order.
library OrderFlags {
    function has(Order storage order, uint256 flag) internal view returns (bool) {
        return order.flags & flag != 0;
    }

    function set(Order storage order, uint256 flag) internal {
        order.flags |= uint8(flag);
    }
}
