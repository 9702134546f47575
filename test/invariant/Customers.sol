// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {OfferId, OrderId, SlotId} from "../../contracts/types/Ids.sol";
import {Basket, MachineChoice, OfferType, OptionCount, Part, PriceType} from "../../contracts/types/Offers.sol";
import {OrderDetails, OrderStatus, StorageRequest, SuborderDetails, Workflow} from "../../contracts/types/Orders.sol";
import {Steps} from "./Steps.sol";
import {vm, within} from "./Vm.sol";

/// @notice What customers do, at random. A step that the rules forbid is given up, so whatever reverts is a fault.
abstract contract Customers is Steps {
    /// @dev So many orders a run, so that every one meets many steps.
    uint256 internal constant MOST_ORDERS = 40;

    function place(uint256 who, uint256 shelf, uint256 choice, uint24 lease, uint256 extra) external {
        address customer = customers[who % customers.length];
        shelf %= TOKENS;
        vm.assume(!shelves[shelf].token.blocked(customer) && placed.length < MOST_ORDERS);
        (, bool open) = _machine(shelf);
        vm.assume(open);
        Workflow memory workflow;
        _fill(workflow.basket, shelf, choice);
        workflow.basket.leaseMinutes = uint24(within(lease, LEAST_MINUTES, 300));
        workflow.deposit = uint88(_leastOf(workflow.basket) + within(extra, 0, 40 ether));
        workflow.priceCeiling = type(uint88).max;
        workflow.deadline = type(uint40).max;
        workflow.simulatedAllowed = true;
        workflow.service = (choice >> 9) % 2 == 0;
        workflow.solutionHash = SOLUTION;
        vm.prank(customer);
        _placed(book.placeWorkflow(workflow), shelf, workflow.deposit);
    }

    function placeStorage(uint256 who, uint256 shelf, uint24 retention) external {
        address customer = customers[who % customers.length];
        shelf %= TOKENS;
        vm.assume(!shelves[shelf].token.blocked(customer) && placed.length < MOST_ORDERS);
        StorageRequest memory request;
        request.offer = shelves[shelf].offers[3];
        request.slot = shelves[shelf].slots[3];
        request.retentionMinutes = uint24(within(retention, 1, 200));
        request.priceCeiling = type(uint88).max;
        request.deadline = type(uint40).max;
        vm.prank(customer);
        OrderId id = book.placeStorage(request);
        _placed(id, shelf, book.getOrder(id).deposit);
    }

    function cancel(uint256 which) external {
        (OrderId id, OrderDetails memory order) = _pick(which, _isCancelable);
        vm.prank(order.customer);
        book.cancelOrder(id);
        _after(id);
    }

    function replenish(uint256 which, uint256 amount) external {
        (OrderId id, OrderDetails memory order) = _pick(which, _prolongable);
        amount = within(amount, 0, 5 ether);
        uint256 shelf = _shelfOf(order);
        shelves[shelf].token.approve(address(book), amount);
        book.replenishOrder(id, uint88(amount));
        moneyIn[shelf] += amount;
        paidIn[id] += amount;
    }

    function extend(uint256 which, uint24 added) external {
        (OrderId id, OrderDetails memory order) = _pick(which, _extendable);
        vm.prank(order.customer);
        book.extendOrder(id, uint24(within(added, 0, 120)));
    }

    function mark(uint256 which, bool positive) external {
        (OrderId id, OrderDetails memory order) = _pick(which, _markable);
        vm.prank(order.customer);
        book.markOrder(id, positive);
    }

    function withdrawOwed(uint256 who, uint256 shelf) external {
        address customer = customers[who % customers.length];
        shelf %= TOKENS;
        uint256 owed = book.owedTo(customer, shelves[shelf].id);
        vm.assume(owed != 0);
        vm.prank(customer);
        book.withdrawOwed(shelves[shelf].id, address(0xE0));
        moneyOut[shelf] += owed;
    }

    /* STORAGE */

    function cancelStorage(uint256 which) external {
        (OrderId suborder, SuborderDetails memory part, OrderDetails memory order,) = _pickStorage(which, _isAwaited);
        vm.prank(order.customer);
        book.cancelSuborder(suborder);
        if (!_live(order.status)) _out(order, _chargeOf(part, 0));
    }

    function extendStorage(uint256 which, uint24 added) external {
        (OrderId suborder, SuborderDetails memory part, OrderDetails memory order, OrderId id) = _pickStorage(which, _isKept);
        added = uint24(within(added, 0, 90));
        uint256 shelf = _shelfOf(order);
        shelves[shelf].token.approve(address(book), type(uint256).max);
        book.extendStorage(suborder, shelves[shelf].slots[3], added);
        uint256 paid = _chargeOf(book.getSuborder(suborder), 0) - _chargeOf(part, 0);
        moneyIn[shelf] += paid;
        if (_live(order.status)) paidIn[id] += paid;
    }

    function endStorage(uint256 which) external {
        (OrderId suborder, SuborderDetails memory part, OrderDetails memory order,) = _pickStorage(which, _isEndable);
        vm.prank(order.customer);
        book.endStorage(suborder);
        if (!_live(order.status)) _out(order, _chargeOf(part, 0) - _chargeOf(book.getSuborder(suborder), 0));
    }

    /* INTERNAL */

    function _isCancelable(OrderId, OrderDetails memory order) private pure returns (bool) {
        return order.status != OrderStatus.Canceling && _live(order.status);
    }

    function _extendable(OrderId id, OrderDetails memory order) private view returns (bool) {
        return order.service && _prolongable(id, order);
    }

    function _markable(OrderId, OrderDetails memory order) private pure returns (bool) {
        return !_live(order.status) && order.reported && !order.marked;
    }

    function _isKept(SuborderDetails memory part, OrderDetails memory) private view returns (bool) {
        return part.status == OrderStatus.Done && block.timestamp < part.since + uint256(part.minMinutes) * 60;
    }

    function _isEndable(SuborderDetails memory part, OrderDetails memory) private view returns (bool) {
        return part.status == OrderStatus.Done && (block.timestamp - part.since + 59) / 60 < part.minMinutes;
    }

    /// @dev A machine's queue takes so many of a user, and a machine that failed three times takes none.
    function _machine(uint256 shelf) private view returns (OfferId offer, bool open) {
        offer = shelves[shelf].compute;
        return (offer, catalog.getOffer(offer).enabled);
    }

    /// @dev Money and minutes are taken while an order waits or runs, for a service only until it ends.
    function _prolongable(OrderId id, OrderDetails memory order) private view returns (bool) {
        if (!_live(order.status) || order.status == OrderStatus.Canceling) return false;
        if (!order.service || !order.reported) return true;
        return block.timestamp <= book.paidUntil(id);
    }

    function _fill(Basket memory basket, uint256 shelf, uint256 choice) private view {
        // The same machine once, or twice over: then the contract chooses.
        basket.machines = new MachineChoice[](1 + (choice >> 8) % 2);
        for (uint256 i = 0; i < basket.machines.length; i++) {
            basket.machines[i] = MachineChoice(shelves[shelf].compute, shelves[shelf].slot, 1, new OptionCount[](0));
        }
        if (basket.machines.length == 2) vm.assume(_fitsNow(shelf));
        basket.retentionMinutes = 60;
        uint256 count;
        for (uint256 i = 0; i < VALUE_OFFERS; i++) count += (choice >> i) & 1;
        basket.parts = new Part[](count);
        for (uint256 i = 0; i < VALUE_OFFERS; i++) {
            if ((choice >> i) & 1 == 1) basket.parts[--count] = Part(shelves[shelf].offers[i], 0, shelves[shelf].slots[i]);
        }
    }

    function _fitsNow(uint256 shelf) private view returns (bool) {
        (, uint256 free) = _security();
        return !elsewhere && free >= COMPENSATION && SHARE.fitsIn(catalog.getMachine(shelves[shelf].compute).room);
    }

    /// @dev What the book will ask at least: the catalog's prices, added up here once more.
    function _leastOf(Basket memory basket) private view returns (uint256 least) {
        least = uint256(RATE) * LEAST_MINUTES / 60;
        for (uint256 i = 0; i < basket.parts.length; i++) {
            bool storage_ = catalog.getOffer(basket.parts[i].offer).offerType == OfferType.Storage;
            bool fixed_ = catalog.getSlot(basket.parts[i].slot).priceType == PriceType.Fixed;
            if (fixed_ || storage_) least += catalog.getSlot(basket.parts[i].slot).price;
        }
    }
}
