// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Ending} from "../types/Orders.sol";

/// @title SettlementTable
/// @notice The only place that knows who is paid by which end of a reported order. An order that ends before its report pays nobody.
library SettlementTable {
    uint256 private constant PAYS_MACHINE = 1;
    uint256 private constant COMPENSATES = 2;
    uint256 private constant WAIVES = 4;

    /// @dev One row of four bits for each ending.
    ///
    ///   ending          machine       compensation   minimum of cancelable parts   seconds charged
    ///   Fulfilled 0     paid          -              kept                          as signed; a service: to the end of lease or money;
    ///                                                                              where the administration took the devices out: to then
    ///   MachineFailed 1 -             paid           kept                          as signed; overdue: the whole lease
    ///   Silent 2        paid          paid           kept                          to the last checkpoint
    ///   Canceled 3      paid          -              waived                        as signed; unconfirmed: to the last checkpoint
    ///   Unconfirmed 4   -             -              waived                        a job: to the cancel; a service: none
    ///
    ///   Never more than the lease, nor than the deposit affords; in a canceled order nothing after the cancel. Data and solution
    ///   parts are always paid for those seconds, a fixed price whole.
    uint256 private constant ROWS = (PAYS_MACHINE << 0) | (COMPENSATES << 4) | ((PAYS_MACHINE | COMPENSATES) << 8)
        | ((PAYS_MACHINE | WAIVES) << 12) | (WAIVES << 16);

    /// @notice The row of an ending, for the questions below.
    function rowOf(Ending ending) internal pure returns (uint256) {
        return ROWS >> (uint256(ending) * 4);
    }

    /// @notice Whether the machine is paid for the seconds charged.
    function paysMachine(uint256 row) internal pure returns (bool) {
        return row & PAYS_MACHINE != 0;
    }

    /// @notice Whether the machine's provider compensates the customer.
    function compensates(uint256 row) internal pure returns (bool) {
        return row & COMPENSATES != 0;
    }

    /// @notice Whether parts that their owners called cancelable are charged without their minimum.
    function waivesMinimum(uint256 row) internal pure returns (bool) {
        return row & WAIVES != 0;
    }
}
