// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {OfferId, OrderId, ProviderId, TokenId, UserId} from "../../contracts/types/Ids.sol";
import {Machine, OfferType} from "../../contracts/types/Offers.sol";
import {OrderDetails, OrderStatus, SuborderDetails} from "../../contracts/types/Orders.sol";
import {GUARDS, Resources} from "../../contracts/types/Resources.sol";
import {Actors} from "./Actors.sol";
import {vm} from "./Vm.sol";

/// @notice What must hold after every step of the actors. Each function reads the whole market anew.
contract Ledger is Actors {
    error NotEqual(string what, uint256 given, uint256 expected);
    error Above(string what, uint256 given, uint256 limit);

    /* MONEY */

    /// @notice Per token: the book holds at least what it owes: live deposits less what was drawn of them, what ended orders earned and
    ///         was not claimed, commission, refunds owed, and what was given.
    function checkEscrow() external view {
        for (uint256 shelf = 0; shelf < TOKENS; shelf++) {
            uint256 owed = given[shelf] + book.commissionOf(shelves[shelf].id);
            for (uint256 i = 0; i < customers.length; i++) owed += book.owedTo(customers[i], shelves[shelf].id);
            uint256 paid;
            for (uint256 i = 0; i < placed.length; i++) {
                OrderDetails memory order = book.getOrder(placed[i]);
                if (_shelfOf(order) != shelf) continue;
                if (_live(order.status)) (owed, paid) = (owed + order.deposit, paid + drawn[placed[i]]);
                else for (uint256 at = 0; at <= order.parts; at++) {
                    if (order.reported) owed += _earned(placed[i], order, at);
                    paid += paidOut[_partOf(placed[i], at)];
                }
            }
            uint256 held = shelves[shelf].token.balanceOf(address(book));
            if (owed > held + paid) revert Above("owed", owed, held + paid);
        }
    }

    /// @notice Per token: what came in and has not gone out is still there; nothing was paid that was not measured.
    function checkFlow() external view {
        for (uint256 shelf = 0; shelf < TOKENS; shelf++) {
            _equal("flow", shelves[shelf].token.balanceOf(address(book)), moneyIn[shelf] + given[shelf] - moneyOut[shelf]);
        }
    }

    /// @notice What was claimed of a part and what can still be claimed of it is its charge, never more: nobody is paid twice.
    function checkPaidOnce() external view {
        for (uint256 i = 0; i < placed.length; i++) {
            OrderDetails memory order = book.getOrder(placed[i]);
            if (_live(order.status) || !order.reported) continue;
            for (uint256 at = 0; at <= order.parts; at++) {
                OrderId part = _partOf(placed[i], at);
                uint256 left = book.claimable(part) + (at == 0 ? 0 : _unearned(part));
                _equal("paid and left", paidOut[part] + left, _earned(placed[i], order, at));
            }
        }
    }

    /// @notice An order is never charged more than its deposit, nor for more seconds than its lease.
    function checkCharges() external view {
        for (uint256 i = 0; i < placed.length; i++) {
            OrderDetails memory order = book.getOrder(placed[i]);
            if (_live(order.status) || !order.reported || order.slotCount == 0) continue;
            if (order.since > uint256(order.leaseMinutes) * 60) revert Above("seconds", order.since, uint256(order.leaseMinutes) * 60);
            uint256 charged;
            for (uint256 at = 0; at <= order.parts; at++) {
                // Storage is lengthened and shortened after the end, by money of its own.
                if (at == 0 || book.getSuborder(_partOf(placed[i], at)).offerType != OfferType.Storage) charged += _earned(placed[i], order, at);
            }
            if (charged > order.deposit) revert Above("charged", charged, order.deposit);
        }
    }

    /// @notice The deposit that an order names is what was paid in for it.
    function checkDeposits() external view {
        for (uint256 i = 0; i < placed.length; i++) _equal("deposit", book.getOrder(placed[i]).deposit, paidIn[placed[i]]);
    }

    /// @notice Nothing is earned before a report, nor by an order that ended without one; a live job has earned nothing.
    function checkUnearned() external view {
        for (uint256 i = 0; i < placed.length; i++) {
            OrderDetails memory order = book.getOrder(placed[i]);
            if (order.reported && (order.service || !_live(order.status))) continue;
            for (uint256 at = 0; at <= order.parts; at++) {
                OrderId part = _partOf(placed[i], at);
                if (at != 0 && order.reported && book.getSuborder(part).offerType == OfferType.Storage) continue;
                _equal("earned too early", book.claimable(part) + paidOut[part], 0);
            }
        }
    }

    /// @notice What was drawn of a running service is within its deposit, and within its own checkpoints at its own price.
    function checkDrawn() external view {
        for (uint256 i = 0; i < placed.length; i++) {
            OrderDetails memory order = book.getOrder(placed[i]);
            if (!_live(order.status)) continue;
            if (drawn[placed[i]] > order.deposit) revert Above("drawn", drawn[placed[i]], order.deposit);
            uint256 most = uint256(order.rate) * checkpoints[placed[i]] / 3600;
            if (paidOut[placed[i]] > most) revert Above("drawn by the machine", paidOut[placed[i]], most);
        }
    }

    /// @notice The epochs' revenues are what their providers earned, and commission is never above its largest share of it.
    function checkRevenue() external view {
        for (uint256 shelf = 0; shelf < TOKENS; shelf++) {
            TokenId token = shelves[shelf].id;
            for (uint32 epoch = firstEpoch; epoch <= pool.runningEpoch(); epoch++) {
                uint256 all;
                for (uint32 seller = 1; seller <= 4; seller++) {
                    (uint128 revenue, uint128 commission) = book.revenueOf(epoch, token, ProviderId.wrap(seller));
                    if (commission > uint256(revenue) / 5) revert Above("commission", commission, uint256(revenue) / 5);
                    all += revenue;
                }
                _equal("revenue", book.totalRevenueOf(epoch, token), all);
            }
        }
    }

    /// @notice Rewards claimed are never above what was funded nor above the commission; the pool holds the rest.
    function checkRewards() external view {
        if (overpaid) revert Above("reward beyond the commission", 1, 0);
        for (uint256 shelf = 0; shelf < TOKENS; shelf++) {
            if (rewarded[shelf] > funded[shelf]) revert Above("rewards", rewarded[shelf], funded[shelf]);
            _equal("pool", shelves[shelf].token.balanceOf(address(pool)), funded[shelf] - rewarded[shelf]);
        }
    }

    /* MACHINES AND SECURITY */

    /// @notice A machine's room is its total less the shares of the orders it runs, never below nothing.
    function checkCapacity() external view {
        for (uint256 shelf = 0; shelf < TOKENS; shelf++) {
            (uint256 running,) = _atMachine(shelf);
            Machine memory machine = catalog.getMachine(shelves[shelf].compute);
            _equal("guards", Resources.unwrap(machine.room) & GUARDS, GUARDS);
            _equal("room", machine.room.lane(0) + running * SHARE.lane(0), TOTAL.lane(0));
        }
    }

    /// @notice A machine's queue is who waits.
    function checkQueue() external view {
        for (uint256 shelf = 0; shelf < TOKENS; shelf++) {
            (, uint256 waiting) = _atMachine(shelf);
            _equal("queue", catalog.getMachine(shelves[shelf].compute).waiting, waiting);
        }
    }

    /// @notice What a user has waiting at a machine is counted, and within its limit.
    function checkUsersQueues() external view {
        for (uint256 who = 0; who < customers.length; who++) {
            UserId user = registry.userOf(customers[who]);
            for (uint256 shelf = 0; shelf < TOKENS; shelf++) {
                uint256 waiting;
                for (uint256 i = 0; i < placed.length; i++) {
                    OrderDetails memory order = book.getOrder(placed[i]);
                    bool counts = order.customer == customers[who] && _shelfOf(order) == shelf;
                    if (counts && _live(order.status) && !_running(order.status)) waiting++;
                }
                _equal("user's queue", catalog.waitingOf(shelves[shelf].compute, user), waiting);
            }
        }
    }

    /// @notice A machine that let three orders down in a row is closed until its owner opens it again, whatever it serves meanwhile, and
    ///         no other is; none counts for more.
    function checkStanding() external view {
        for (uint256 shelf = 0; shelf < TOKENS; shelf++) {
            OfferId offer = shelves[shelf].compute;
            uint256 failures = catalog.getMachine(offer).failures;
            if (failures > MOST_FAILURES) revert Above("failures", failures, MOST_FAILURES);
            _equal("enabled", catalog.getOffer(offer).enabled ? 1 : 0, closed[shelf] ? 0 : 1);
        }
    }

    /// @notice Reserved = compensations of the orders that run, and within the deposit; the registry holds what it owes.
    function checkSecurity() external view {
        uint256 reserved;
        for (uint256 i = 0; i < placed.length; i++) {
            OrderDetails memory order = book.getOrder(placed[i]);
            if (_running(order.status)) reserved += order.compensation;
        }
        (uint256 deposit, uint256 free) = _security();
        _equal("reserved", deposit - free, reserved);
        uint256 owed;
        for (uint256 i = 0; i < customers.length; i++) owed += registry.owedTo(customers[i]);
        _equal("security held", security.balanceOf(address(registry)), deposit + owed);
        _equal("security flow", security.balanceOf(address(registry)), securityIn - securityOut);
    }

    /* ORDERS */

    /// @notice Every status came from one that may become it.
    function checkStatus() external view {
        if (illegalMove) revert NotEqual("illegal move", 1, 0);
        for (uint256 i = 0; i < placed.length; i++) {
            _equal("status", uint256(book.getOrder(placed[i]).status), uint256(seen[placed[i]]));
        }
    }

    /// @notice Prices, commission, customer and user stay what was agreed; an order that has ended stays as it ended.
    function checkAgreed() external view {
        for (uint256 i = 0; i < placed.length; i++) {
            OrderDetails memory order = book.getOrder(placed[i]);
            _equal("terms", uint256(_termsOf(order)), uint256(terms[placed[i]]));
            if (!_live(order.status)) _equal("ending", uint256(_endingOf(order)), uint256(ending[placed[i]]));
        }
    }

    /// @notice An order is Blocked exactly as long as suborders wait for their owners.
    function checkBlocking() external view {
        for (uint256 i = 0; i < placed.length; i++) {
            OrderDetails memory order = book.getOrder(placed[i]);
            uint256 open;
            for (uint256 at = 1; at <= order.parts; at++) {
                SuborderDetails memory part = book.getSuborder(_partOf(placed[i], at));
                if (part.offerType != OfferType.Storage && part.status == OrderStatus.New) open++;
            }
            if (order.status == OrderStatus.Blocked && open == 0) revert NotEqual("blocked by nobody", open, order.blocking);
            if ((order.status == OrderStatus.New || _running(order.status)) && open != 0) revert NotEqual("not blocked", open, 0);
            if (_live(order.status)) _equal("blocking", order.blocking, open);
        }
    }

    /// @notice No signed approval completes more suborders than it says.
    function checkApprovals() external view {
        if (overused) revert Above("uses of an approval", USES + 1, USES);
    }

    /// @notice Whoever found an order overdue could end it.
    function checkExit() external view {
        if (stuck) revert NotEqual("orders that could not be expired", 1, 0);
    }

    /// @notice Time alone lets everybody out: each order expires, and storage is settled.
    function leave() external {
        for (uint256 i = 0; i < placed.length; i++) {
            OrderDetails memory order = book.getOrder(placed[i]);
            if (!_live(order.status)) continue;
            uint256 deadline = book.deadlineOf(placed[i]);
            if (block.timestamp <= deadline) vm.warp(deadline + 1);
            book.expireOrder(placed[i]);
            if (_live(book.getOrder(placed[i]).status)) revert NotEqual("live at the end", i, 0);
        }
        vm.warp(block.timestamp + 365 days);
        for (uint256 i = 0; i < placed.length; i++) _leaveStorage(placed[i]);
    }

    /* INTERNAL */

    function _leaveStorage(OrderId id) private {
        OrderDetails memory order = book.getOrder(id);
        for (uint256 at = 1; at <= order.parts; at++) {
            OrderId suborder = _partOf(id, at);
            SuborderDetails memory part = book.getSuborder(suborder);
            if (!order.reported || part.offerType != OfferType.Storage) continue;
            if (_awaited(part)) book.expireStorage(suborder);
            _equal("storage at the end", _unearned(suborder), 0);
        }
    }

    function _atMachine(uint256 shelf) private view returns (uint256 running, uint256 waiting) {
        for (uint256 i = 0; i < placed.length; i++) {
            OrderDetails memory order = book.getOrder(placed[i]);
            if (_shelfOf(order) != shelf) continue;
            if (_running(order.status)) running++;
            else if (_live(order.status)) waiting++;
        }
    }

    function _equal(string memory what, uint256 given_, uint256 expected) private pure {
        if (given_ != expected) revert NotEqual(what, given_, expected);
    }
}
