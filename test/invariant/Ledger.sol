// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {OrderId, ProviderId} from "../../contracts/types/Ids.sol";
import {Machine} from "../../contracts/types/Offers.sol";
import {Order, OrderStatus} from "../../contracts/types/Orders.sol";
import {GUARDS, Resources} from "../../contracts/types/Resources.sol";
import {Actors} from "./Actors.sol";
import {vm} from "./Vm.sol";

/// @notice What must hold after every step of the actors. Each function reads the whole market anew.
contract Ledger is Actors {
    error NotEqual(string what, uint256 given, uint256 expected);

    /// @notice Per token: what the book holds = live deposits + unclaimed earnings + commission + refunds owed, to the unit.
    function checkEscrow() external view {
        for (uint256 shelf = 0; shelf < TOKENS; shelf++) {
            uint256 owed = book.commissionOf(shelves[shelf].id);
            for (uint256 i = 0; i < customers.length; i++) owed += book.owedTo(customers[i], shelves[shelf].id);
            for (uint256 i = 0; i < placed.length; i++) {
                Order memory order = book.getOrder(placed[i]);
                if (_shelfOf(order) != shelf) continue;
                if (_live(order.status)) owed += order.deposit;
                for (uint48 part = 0; part <= order.parts; part++) owed += book.claimable(OrderId.wrap(OrderId.unwrap(placed[i]) + part));
            }
            _equal("escrow", shelves[shelf].token.balanceOf(address(book)), owed + given[shelf]);
        }
    }

    /// @notice Per token: what came in and has not gone out is still there; nothing was paid that was not measured.
    function checkFlow() external view {
        for (uint256 shelf = 0; shelf < TOKENS; shelf++) {
            _equal("flow", shelves[shelf].token.balanceOf(address(book)), moneyIn[shelf] + given[shelf] - moneyOut[shelf]);
        }
    }

    /// @notice No part of any order was paid twice.
    function checkPaidOnce() external view {
        for (uint256 i = 0; i < placed.length; i++) {
            Order memory order = book.getOrder(placed[i]);
            for (uint48 part = 0; part <= order.parts; part++) {
                OrderId id = OrderId.wrap(OrderId.unwrap(placed[i]) + part);
                if (timesPaid[id] > 1) revert NotEqual("times paid", timesPaid[id], 1);
                if (timesPaid[id] == 1) _equal("claimable after being paid", book.claimable(id), 0);
            }
        }
    }

    /// @notice A machine's room is its total less the shares of the orders it runs, never below nothing; its queue is who waits.
    function checkCapacity() external view {
        for (uint256 shelf = 0; shelf < TOKENS; shelf++) {
            uint256 running;
            uint256 waiting;
            for (uint256 i = 0; i < placed.length; i++) {
                Order memory order = book.getOrder(placed[i]);
                if (_shelfOf(order) != shelf) continue;
                if (_running(order.status)) running++;
                else if (_live(order.status)) waiting++;
            }
            Machine memory machine = catalog.getMachine(shelves[shelf].compute);
            _equal("guards", Resources.unwrap(machine.room) & GUARDS, GUARDS);
            _equal("room", machine.room.lane(0) + running * SHARE.lane(0), TOTAL.lane(0));
            _equal("queue", machine.waiting, waiting);
        }
    }

    /// @notice Reserved = compensations of the orders that run, and within the deposit; the registry holds what it owes.
    function checkSecurity() external view {
        uint256 reserved;
        for (uint256 i = 0; i < placed.length; i++) {
            Order memory order = book.getOrder(placed[i]);
            if (_running(order.status)) reserved += order.compensation;
        }
        (uint256 deposit, uint256 free) = _security();
        _equal("reserved", deposit - free, reserved);
        uint256 owed;
        for (uint256 i = 0; i < customers.length; i++) owed += registry.owedTo(customers[i]);
        _equal("security held", security.balanceOf(address(registry)), deposit + owed);
        _equal("security flow", security.balanceOf(address(registry)), securityIn - securityOut);
    }

    /// @notice Every status came from one that may become it.
    function checkStatus() external view {
        if (illegalMove) revert NotEqual("illegal move", 1, 0);
        for (uint256 i = 0; i < placed.length; i++) {
            _equal("status", uint256(book.getOrder(placed[i]).status), uint256(seen[placed[i]]));
        }
    }

    /// @notice Whatever happened, time alone lets everybody out: each order expires, the machines are free, nothing is reserved.
    function leave() external {
        for (uint256 i = 0; i < placed.length; i++) {
            Order memory order = book.getOrder(placed[i]);
            if (!_live(order.status)) continue;
            uint256 deadline = book.deadlineOf(placed[i]);
            if (block.timestamp <= deadline) vm.warp(deadline + 1);
            _expire(placed[i], order);
        }
        for (uint256 shelf = 0; shelf < TOKENS; shelf++) {
            _equal("room at the end", catalog.getMachine(shelves[shelf].compute).room.lane(0), TOTAL.lane(0));
        }
        (uint256 deposit, uint256 free) = _security();
        _equal("free security at the end", free, deposit);
        if (!elsewhere) return;
        vm.prank(owners[0]);
        registry.updateProvider(ProviderId.wrap(1), owners[0], owners[0], address(book));
    }

    function _equal(string memory what, uint256 given_, uint256 expected) private pure {
        if (given_ != expected) revert NotEqual(what, given_, expected);
    }
}

