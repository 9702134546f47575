// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {OrderId, ProviderId, TokenId} from "../../contracts/types/Ids.sol";
import {Fault, FinishRecord, OrderDetails, OrderStatus, SuborderDetails} from "../../contracts/types/Orders.sol";
import {Customers} from "./Customers.sol";
import {Sellers} from "./Sellers.sol";
import {vm, within} from "./Vm.sol";

/// @notice Customers, sellers, and everybody else: who expires, stops, funds, administers, gives away and meddles.
contract Actors is Customers, Sellers {
    /// @notice Rewards paid in and out, per token; budgets are of past epochs, so both stay in the pool until claimed.
    uint256[TOKENS] internal funded;
    uint256[TOKENS] internal rewarded;
    uint32 internal firstEpoch = uint32(block.timestamp / 7 days);
    bool internal overpaid;
    /// @notice An order was overdue and could not be expired.
    bool internal stuck;

    function expire(uint256 which) external {
        (OrderId id, OrderDetails memory order) = _pick(which, _isLive);
        uint256 deadline = book.deadlineOf(id);
        if (block.timestamp <= deadline) vm.warp(deadline + 1);
        _expire(id, order);
    }

    function expireStorage(uint256 which) external {
        (OrderId suborder, SuborderDetails memory part, OrderDetails memory order,) = _pickStorage(which, _isForgotten);
        uint256 deadline = part.since + 300 minutes;
        if (block.timestamp <= deadline) vm.warp(deadline + 1);
        book.expireStorage(suborder);
        _out(order, _chargeOf(part, 0));
    }

    /// @notice Anybody stops a service whose time has come, at once or later.
    function stop(uint256 which, uint256 late) external {
        (OrderId id, OrderDetails memory order) = _pick(which, _isService);
        uint256 deadline = book.deadlineOf(id);
        if (block.timestamp <= deadline) vm.warp(deadline + within(late, 1, 5 hours));
        book.stopOrder(id);
        if (order.status == OrderStatus.Processing && book.getOrder(id).status == OrderStatus.Error) _compensated(order);
        _after(id);
    }

    /// @notice The administration takes the devices of a machine out; anybody ends an order of it, at once or later, and nobody compensates.
    function distrust(uint256 which, uint256 late) external {
        (OrderId id, OrderDetails memory order) = _pick(which, _isInTime);
        attestation.distrust(order.offer, block.timestamp);
        vm.warp(block.timestamp + within(late, 0, 5 hours));
        book.expireOrder(id);
        attestation.distrust(order.offer, 0);
        _after(id);
    }

    function pass(uint256 time) external {
        vm.warp(block.timestamp + within(time, 1, time % 16 == 0 ? 4 days : 40 minutes));
    }

    function claimCommission(uint256 shelf) external {
        shelf %= TOKENS;
        uint256 amount = book.commissionOf(shelves[shelf].id);
        vm.assume(amount != 0);
        book.claimCommission(shelves[shelf].id);
        moneyOut[shelf] += amount;
    }

    /* REWARDS */

    function fund(uint256 who, uint256 shelf, uint256 amount) external {
        address customer = customers[who % customers.length];
        shelf %= TOKENS;
        vm.assume(!shelves[shelf].token.blocked(customer));
        amount = within(amount, 1, 3 ether);
        uint32 running = pool.runningEpoch();
        vm.prank(customer);
        pool.fund(running, shelves[shelf].id, uint128(amount));
        funded[shelf] += amount;
    }

    function claimReward(uint256 shelf, uint256 provider, uint256 ago) external {
        shelf %= TOKENS;
        uint32 running = pool.runningEpoch();
        vm.assume(running > firstEpoch);
        uint32 epoch = running - uint32(within(ago, 1, running - firstEpoch));
        ProviderId seller = ProviderId.wrap(uint32(within(provider, 1, 4)));
        TokenId token = shelves[shelf].id;
        uint256 reward = pool.rewardOf(epoch, token, seller);
        vm.assume(reward != 0 && pool.claimedOf(epoch, token, seller) == 0);
        (, uint128 commission) = book.revenueOf(epoch, token, seller);
        if (reward > commission) overpaid = true;
        pool.claim(epoch, token, seller);
        rewarded[shelf] += reward;
    }

    /* MISCHIEF */

    /// @notice Somebody sends tokens to the book for nothing.
    function give(uint256 shelf, uint256 amount) external {
        shelf %= TOKENS;
        amount = within(amount, 0, 1 ether);
        shelves[shelf].token.transfer(address(book), amount);
        given[shelf] += amount;
    }

    /// @notice A token blocks a customer, or no longer.
    function block_(uint256 who, uint256 shelf, bool blocked, bool silent) external {
        address customer = customers[who % customers.length];
        shelves[shelf % TOKENS].token.setBlocked(customer, blocked);
        shelves[shelf % TOKENS].token.setSilent(silent);
        if (who % 5 == 0) security.setBlocked(customer, blocked);
    }

    /// @notice The administration changes what it may change.
    function administer(uint256 shelf, uint16 commission) external {
        shelf %= TOKENS;
        book.listToken(address(shelves[shelf].token), uint16(within(commission, 0, 2000)), true);
    }

    /// @notice Somebody tries what an ended order forbids; the book must refuse, or the status shows it.
    function meddle(uint256 which, uint256 verb) external {
        (OrderId id, OrderDetails memory order) = _pick(which, _hasEnded);
        bytes[8] memory calls = [
            abi.encodeCall(book.acceptOrder, (id)),
            abi.encodeCall(book.cancelOrder, (id)),
            abi.encodeCall(book.expireOrder, (id)),
            abi.encodeCall(book.finishOrder, (id, FinishRecord(OrderStatus.Done, Fault.None, 0, 1), _signature, "")),
            abi.encodeCall(book.abortOrder, (id, Fault.Machine, 0, _signature, "")),
            abi.encodeCall(book.stopOrder, (id)),
            abi.encodeCall(book.replenishOrder, (id, 0)),
            abi.encodeCall(book.checkpoint, (id, 0, 0, _signature, ""))
        ];
        vm.prank(verb % 8 == 1 ? order.customer : owners[0]);
        (bool done,) = address(book).call(calls[verb % 8]);
        if (done) illegalMove = true;
    }

    /* INTERNAL */

    function _isService(OrderId, OrderDetails memory order) private pure returns (bool) {
        return order.service && order.reported && _live(order.status);
    }

    function _isInTime(OrderId id, OrderDetails memory order) private view returns (bool) {
        return _running(order.status) && block.timestamp <= book.deadlineOf(id);
    }

    function _isForgotten(SuborderDetails memory part, OrderDetails memory order) private pure returns (bool) {
        return _awaited(part) && !_live(order.status) && order.reported;
    }

    function _expire(OrderId id, OrderDetails memory order) internal {
        // Noted, for the invariant that says so; what else is broken is found by the others.
        try book.expireOrder(id) {}
        catch {
            stuck = true;
            return;
        }
        // What ran and ends as an Error by time was the machine's.
        if (order.status == OrderStatus.Processing && book.getOrder(id).status == OrderStatus.Error) _compensated(order);
        _after(id);
    }
}
