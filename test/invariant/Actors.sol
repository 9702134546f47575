// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {OrderId, ProviderId} from "../../contracts/types/Ids.sol";
import {Basket, OfferType, OptionCount, Part, PriceType} from "../../contracts/types/Offers.sol";
import {DeviceSignature, Fault, FinishRecord, Order, OrderStatus, ReportRecord, Suborder, Workflow} from "../../contracts/types/Orders.sol";
import {vm, within} from "./Vm.sol";
import {World} from "./World.sol";

/// @notice Random actors: every verb of the market with random orders, amounts and times. A verb that the rules forbid in the state
///         at hand is left out, so whatever reverts here is a fault.
contract Actors is World {
    DeviceSignature private _signature;
    bytes32 private constant SOLUTION = keccak256("solution");

    /// @notice Orders ever placed.
    OrderId[] public placed;
    mapping(OrderId order => OrderStatus) internal seen;
    mapping(OrderId part => uint256) internal timesPaid;
    mapping(OrderId order => uint32) internal checkpoints;
    uint256[TOKENS] internal moneyIn;
    uint256[TOKENS] internal moneyOut;
    uint256[TOKENS] internal given;
    uint256 internal securityIn = 40 ether;
    uint256 internal securityOut;
    bool internal illegalMove;
    bool internal elsewhere;

    /* CUSTOMERS */

    function place(uint256 who, uint256 shelf, uint256 choice, uint24 lease, uint256 extra) external {
        address customer = customers[who % customers.length];
        shelf %= TOKENS;
        if (shelves[shelf].token.blocked(customer) || placed.length >= 40) return;
        Workflow memory workflow;
        _fill(workflow.basket, shelf, choice);
        workflow.basket.leaseMinutes = uint24(within(lease, LEAST_MINUTES, 300));
        uint256 least = _leastOf(workflow.basket);
        workflow.deposit = uint88(least + within(extra, 0, 40 ether));
        workflow.priceCeiling = type(uint88).max;
        workflow.deadline = type(uint40).max;
        workflow.simulatedAllowed = true;
        workflow.service = choice % 3 == 0;
        workflow.solutionHash = SOLUTION;
        vm.prank(customer);
        OrderId id = book.placeWorkflow(workflow);
        placed.push(id);
        seen[id] = book.getOrder(id).status;
        moneyIn[shelf] += workflow.deposit;
    }

    function cancel(uint256 which) external {
        (OrderId id, Order memory order, bool found) = _pick(which);
        if (!found || order.status == OrderStatus.Canceling || !_live(order.status)) return;
        vm.prank(order.customer);
        book.cancelOrder(id);
        _after(id);
    }

    function replenish(uint256 which, uint256 amount) external {
        (OrderId id, Order memory order, bool found) = _pick(which);
        if (!found || !_prolongable(id, order)) return;
        amount = within(amount, 0, 5 ether);
        uint256 shelf = _shelfOf(order);
        shelves[shelf].token.approve(address(book), amount);
        book.replenishOrder(id, uint88(amount));
        moneyIn[shelf] += amount;
    }

    function extend(uint256 which, uint24 added) external {
        (OrderId id, Order memory order, bool found) = _pick(which);
        if (!found || !order.service || !_prolongable(id, order)) return;
        vm.prank(order.customer);
        book.extendOrder(id, uint24(within(added, 0, 120)));
    }

    function withdrawOwed(uint256 who, uint256 shelf) external {
        address customer = customers[who % customers.length];
        shelf %= TOKENS;
        uint256 owed = book.owedTo(customer, shelves[shelf].id);
        if (owed == 0) return;
        vm.prank(customer);
        book.withdrawOwed(shelves[shelf].id, address(0xE0));
        moneyOut[shelf] += owed;
    }

    /* OWNERS */

    function complete(uint256 which, uint256 position, bool deny) external {
        (OrderId id, Order memory order, bool found) = _pick(which);
        if (!found || order.parts == 0) return;
        OrderId suborder = OrderId.wrap(OrderId.unwrap(id) + uint48(within(position, 1, order.parts)));
        Suborder memory part = book.getSuborder(suborder);
        bool open = part.status == OrderStatus.New
            && (order.status == OrderStatus.Blocked || (part.offerType == OfferType.Storage && _live(order.status)));
        if (!open) return;
        vm.prank(ownerOf(part.offerType));
        book.completeSuborder(suborder, deny && which % 4 == 0 ? OrderStatus.Error : OrderStatus.Done, SOLUTION, "");
        _after(id);
    }

    function accept(uint256 which) external {
        (OrderId id, Order memory order, bool found) = _pick(which);
        if (!found || order.status != OrderStatus.New || elsewhere) return;
        (, uint256 free) = _security();
        if (free < COMPENSATION || !SHARE.fitsIn(catalog.getMachine(order.offer).room)) return;
        vm.prank(owners[0]);
        book.acceptOrder(id);
        _after(id);
    }

    function report(uint256 which) external {
        (OrderId id, Order memory order, bool found) = _pick(which);
        if (!found || order.status != OrderStatus.Processing || order.reported) return;
        book.publishReport(id, ReportRecord(SOLUTION, 0, 0, 0, 0), _signature, "", "", "");
    }

    function finish(uint256 which, uint32 used, uint256 fault) external {
        (OrderId id, Order memory order, bool found) = _pick(which);
        bool canceling = order.status == OrderStatus.Canceling;
        if (!found || (order.status != OrderStatus.Processing && !canceling) || !order.reported) return;
        Fault why = Fault(fault % 4);
        OrderStatus status = why == Fault.None ? (canceling ? OrderStatus.Canceled : OrderStatus.Done) : OrderStatus.Error;
        book.finishOrder(id, FinishRecord(status, why, 0, used), _signature, "");
        if (why == Fault.Machine) _compensated(order);
        _after(id);
    }

    function checkpoint(uint256 which, uint32 used) external {
        (OrderId id, Order memory order, bool found) = _pick(which);
        if (!found || !order.service || !order.reported || order.status != OrderStatus.Processing) return;
        uint32 seconds_ = uint32(within(used, checkpoints[id], block.timestamp - order.since));
        book.checkpoint(id, seconds_, 0, _signature, "");
        checkpoints[id] = seconds_;
    }

    function giveUp(uint256 which, uint256 fault) external {
        (OrderId id, Order memory order, bool found) = _pick(which);
        bool waiting = order.status == OrderStatus.New || order.status == OrderStatus.Processing;
        if (!found || !waiting || order.reported) return;
        book.abortOrder(id, Fault(within(fault, 1, 3)), 0, _signature, "");
        _after(id);
    }

    function claim(uint256 which, uint256 position) external {
        (OrderId id, Order memory order, bool found) = _pick(which);
        if (!found) return;
        OrderId part = OrderId.wrap(OrderId.unwrap(id) + uint48(within(position, 0, order.parts)));
        uint256 earning = book.claimable(part);
        if (earning == 0) return;
        OrderId[] memory list = new OrderId[](1);
        list[0] = part;
        uint256 shelf = _shelfOf(order);
        uint256 commission = book.commissionOf(order.token);
        book.claim(list);
        timesPaid[part]++;
        moneyOut[shelf] += earning - (book.commissionOf(order.token) - commission);
    }

    function claimCommission(uint256 shelf) external {
        shelf %= TOKENS;
        uint256 amount = book.commissionOf(shelves[shelf].id);
        if (amount == 0) return;
        book.claimCommission(shelves[shelf].id);
        moneyOut[shelf] += amount;
    }

    /// @notice The machine owner takes part of its free security back, pays some in, or moves to another book and back.
    function changeSecurity(uint256 amount, uint256 what) external {
        (, uint256 free) = _security();
        if (what % 3 == 0) {
            uint88 taken = uint88(within(amount, 0, free));
            vm.prank(owners[0]);
            registry.withdrawSecurity(ProviderId.wrap(1), taken);
            securityOut += taken;
        } else if (what % 3 == 1) {
            uint88 paid = uint88(within(amount, 0, 30 ether));
            registry.depositSecurity(ProviderId.wrap(1), paid);
            securityIn += paid;
        } else if (amount % 3 == 0) {
            elsewhere = !elsewhere;
            vm.prank(owners[0]);
            registry.updateProvider(ProviderId.wrap(1), owners[0], owners[0], elsewhere ? address(0xBAD) : address(book));
        }
    }

    /* EVERYBODY */

    function expire(uint256 which) external {
        (OrderId id, Order memory order, bool found) = _pick(which);
        if (!found || !_live(order.status)) return;
        uint256 deadline = book.deadlineOf(id);
        if (block.timestamp <= deadline) vm.warp(deadline + 1);
        _expire(id, order);
    }

    /// @notice Anybody stops a service whose time has come, at once or later.
    function stop(uint256 which, uint256 late) external {
        (OrderId id, Order memory order, bool found) = _pick(which);
        if (!found || !order.service || !order.reported || !_live(order.status)) return;
        uint256 deadline = book.deadlineOf(id);
        if (block.timestamp <= deadline) vm.warp(deadline + within(late, 1, 5 hours));
        book.stopOrder(id);
        if (order.status == OrderStatus.Processing && book.getOrder(id).status == OrderStatus.Error) _compensated(order);
        _after(id);
    }

    function pass(uint256 time) external {
        vm.warp(block.timestamp + within(time, 1, 40 minutes));
    }

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
        (OrderId id, Order memory order, bool found) = _pick(which);
        if (!found || _live(order.status)) return;
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

    function _expire(OrderId id, Order memory order) internal {
        book.expireOrder(id);
        // What ran and ends as an Error by time was the machine's.
        if (order.status == OrderStatus.Processing && book.getOrder(id).status == OrderStatus.Error) _compensated(order);
        _after(id);
    }

    /// @dev Notes the move of a status and what an end paid back.
    function _after(OrderId id) private {
        Order memory order = book.getOrder(id);
        OrderStatus before = seen[id];
        if (order.status == before) return;
        if (!_mayBecome(before, order.status)) illegalMove = true;
        seen[id] = order.status;
        if (_live(order.status)) return;
        uint256 shelf = _shelfOf(order);
        uint256 refund = uint256(order.deposit) - _chargedFor(id, order);
        // A refused refund waits in the book.
        if (!shelves[shelf].token.blocked(order.customer)) moneyOut[shelf] += refund;
    }

    /// @dev The table once more, so that a fault in the contracts' own does not hide itself.
    function _mayBecome(OrderStatus from, OrderStatus to) private pure returns (bool) {
        if (from == OrderStatus.Blocked) return to == OrderStatus.New || to == OrderStatus.Canceled || to == OrderStatus.Error;
        if (from == OrderStatus.New) return to == OrderStatus.Processing || to == OrderStatus.Canceled || to == OrderStatus.Error;
        if (!_running(from)) return false;
        bool canceling = to == OrderStatus.Canceling && from == OrderStatus.Processing;
        return canceling || to == OrderStatus.Canceled || to == OrderStatus.Done || to == OrderStatus.Error;
    }

    /// @dev All that the parts of an order that just ended may claim.
    function _chargedFor(OrderId id, Order memory order) private view returns (uint256 sum) {
        for (uint48 i = 0; i <= order.parts; i++) {
            sum += book.claimable(OrderId.wrap(OrderId.unwrap(id) + i));
        }
    }

    function _compensated(Order memory order) private {
        if (!security.blocked(order.customer)) securityOut += order.compensation;
    }

    function _pick(uint256 which) private view returns (OrderId id, Order memory order, bool found) {
        if (placed.length == 0) return (id, order, false);
        id = placed[which % placed.length];
        return (id, book.getOrder(id), true);
    }

    function _live(OrderStatus status) internal pure returns (bool) {
        return status == OrderStatus.Blocked || status == OrderStatus.New || _running(status);
    }

    /// @dev It has a place on the machine, and the compensation is reserved.
    function _running(OrderStatus status) internal pure returns (bool) {
        return status == OrderStatus.Processing || status == OrderStatus.Canceling;
    }

    /// @dev Money and minutes are taken while an order waits or runs, for a service only until it ends.
    function _prolongable(OrderId id, Order memory order) private view returns (bool) {
        if (!_live(order.status) || order.status == OrderStatus.Canceling) return false;
        return !order.service || !order.reported || block.timestamp <= book.paidUntil(id);
    }

    function _shelfOf(Order memory order) internal view returns (uint256) {
        return order.token != shelves[0].id ? 1 : 0;
    }

    function _security() internal view returns (uint256 deposit, uint256 free) {
        deposit = registry.getProvider(ProviderId.wrap(1)).deposit;
        free = deposit - registry.getProvider(ProviderId.wrap(1)).reserved;
    }

    function _fill(Basket memory basket, uint256 shelf, uint256 choice) private view {
        basket.compute = shelves[shelf].compute;
        basket.slot = shelves[shelf].slot;
        basket.slotCount = 1;
        basket.options = new OptionCount[](0);
        basket.retentionMinutes = 60;
        uint256 count;
        for (uint256 i = 0; i < VALUE_OFFERS; i++) count += (choice >> i) & 1;
        basket.parts = new Part[](count);
        for (uint256 i = 0; i < VALUE_OFFERS; i++) {
            if ((choice >> i) & 1 == 1) basket.parts[--count] = Part(shelves[shelf].offers[i], 0, shelves[shelf].slots[i]);
        }
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
