// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {OrderStatusTable} from "../../contracts/libraries/OrderStatusTable.sol";
import {SettlementTable} from "../../contracts/libraries/SettlementTable.sol";
import {Ending, OrderStatus} from "../../contracts/types/Orders.sol";

// One contract a property of the two tables that decide about status and money.

/// @notice An order that has ended never changes its status again
contract EndedOrdersStayEnded {
    function prove(OrderStatus from, OrderStatus to) external pure {
        require(from == OrderStatus.Canceled || from == OrderStatus.Done || from == OrderStatus.Error);
        assert(!OrderStatusTable.mayBecome(from, to));
    }
}

/// @notice No order ever becomes Suspended
contract SuspendedNeverEntered {
    function prove(OrderStatus from) external pure {
        assert(!OrderStatusTable.mayBecome(from, OrderStatus.Suspended));
    }
}

/// @notice Every live order can end in Error or Canceled: nobody's money is held for good
contract LiveOrdersCanEnd {
    function prove(OrderStatus from) external pure {
        require(from == OrderStatus.Blocked || from == OrderStatus.New || from == OrderStatus.Processing || from == OrderStatus.Canceling);
        assert(OrderStatusTable.mayBecome(from, OrderStatus.Error) && OrderStatusTable.mayBecome(from, OrderStatus.Canceled));
    }
}

/// @notice No ending both waives minimums and compensates: who cancels is not paid for it
contract CanceledNeverCompensated {
    function prove(Ending ending) external pure {
        uint256 row = SettlementTable.rowOf(ending);
        assert(!(SettlementTable.waivesMinimum(row) && SettlementTable.compensates(row)));
    }
}

/// @notice A fulfilled order pays its machine and compensates nobody; a machine goes unpaid only where it compensates or was canceled
contract FulfilledPaysMachine {
    function prove(Ending ending) external pure {
        uint256 row = SettlementTable.rowOf(ending);
        bool good = SettlementTable.paysMachine(row) && !SettlementTable.compensates(row);
        assert(ending != Ending.Fulfilled || good);
        assert(SettlementTable.paysMachine(row) || SettlementTable.compensates(row) || SettlementTable.waivesMinimum(row));
    }
}
