// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {OrderId, ProviderId} from "../../contracts/types/Ids.sol";
import {OfferType} from "../../contracts/types/Offers.sol";
import {Fault, FinishRecord, OrderDetails, OrderStatus, ReportRecord, SignedApproval, SuborderDetails} from "../../contracts/types/Orders.sol";
import {Steps} from "./Steps.sol";
import {vm, within} from "./Vm.sol";

/// @notice What owners of offers, machines and stores do, at random.
abstract contract Sellers is Steps {
    /// @dev Every approval of the data owner is signed for so many orders; few, so that they are soon used up.
    uint32 internal constant USES = 1;
    /// @notice How often a signed approval completed a suborder, by its digest.
    mapping(bytes32 approval => uint256) internal carried;
    bool internal overused;

    function complete(uint256 which, uint256 position, bool denied) external {
        (OrderId suborder, SuborderDetails memory part, OrderId id) = _pickBlocking(which, position);
        vm.prank(ownerOf(part.offerType));
        book.completeSuborder(suborder, denied && which % 4 == 0 ? OrderStatus.Error : OrderStatus.Done, SOLUTION, "");
        _after(id);
    }

    /// @notice Anybody carries an approval that the data owner signed before, also one that is used up.
    function carry(uint256 which, uint256 position, uint256 nonce) external {
        (OrderId suborder, SuborderDetails memory part, OrderId id) = _pickBlocking(which, position);
        vm.assume(part.offerType == OfferType.Data);
        nonce %= 2;
        SignedApproval memory approval;
        (approval.offer, approval.solutionHash, approval.releaseHash) = (part.offer, SOLUTION, sha256(""));
        (approval.uses, approval.nonce, approval.notAfter) = (USES, nonce, type(uint40).max);
        (bytes32 digest,) = book.approvalUses(approval);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(DATA_OWNER_KEY, digest);
        (bool done,) = address(book).call(abi.encodeCall(book.completeSigned, (suborder, approval, abi.encodePacked(r, s, v), "")));
        if (done) carried[digest]++;
        // It must do so as long as it is not used up.
        else if (carried[digest] < USES) illegalMove = true;
        if (carried[digest] > USES) overused = true;
        _after(id);
    }

    function accept(uint256 which) external {
        (, uint256 free) = _security();
        vm.assume(!elsewhere && free >= COMPENSATION);
        (OrderId id,) = _pick(which, _isAcceptable);
        vm.prank(owners[0]);
        book.acceptOrder(id);
        _after(id);
    }

    function report(uint256 which) external {
        (OrderId id,) = _pick(which, _isStarting);
        book.publishReport(id, ReportRecord(SOLUTION, 0, 0, 0, 0), _signature, "", "", "");
    }

    function finish(uint256 which, uint32 used, uint256 fault) external {
        (OrderId id, OrderDetails memory order) = _pick(which, _isReported);
        bool canceling = order.status == OrderStatus.Canceling;
        Fault why = Fault(fault % 4);
        OrderStatus status = why == Fault.None ? (canceling ? OrderStatus.Canceled : OrderStatus.Done) : OrderStatus.Error;
        book.finishOrder(id, FinishRecord(status, why, 0, used), _signature, "");
        if (why == Fault.Machine) _compensated(order);
        _after(id);
    }

    function checkpoint(uint256 which, uint32 used) external {
        (OrderId id, OrderDetails memory order) = _pick(which, _isServing);
        // Some time later, so that there is something to say.
        vm.warp(block.timestamp + within(used >> 8, 0, 40 minutes));
        uint256 passed = block.timestamp - order.since;
        vm.assume(passed > checkpoints[id]);
        uint32 seconds_ = uint32(within(used, checkpoints[id] + 1, passed));
        book.checkpoint(id, seconds_, 0, _signature, "");
        checkpoints[id] = seconds_;
    }

    function giveUp(uint256 which, uint256 fault) external {
        (OrderId id,) = _pick(which, _isUnreported);
        book.abortOrder(id, Fault(within(fault, 1, 3)), 0, _signature, "");
        _after(id);
    }

    function claim(uint256 which, uint256 position) external {
        (OrderId id, OrderDetails memory order) = _pick(which, _hasEarned);
        OrderId part;
        uint256 earning;
        for (uint256 i = 0; earning == 0; i++) {
            part = _partOf(id, (position % (order.parts + 1) + i) % (uint256(order.parts) + 1));
            earning = book.claimable(part);
        }
        _claim(id, order, part, earning);
    }

    /// @notice A machine claims what its running service has earned.
    function draw(uint256 which) external {
        (OrderId id, OrderDetails memory order) = _pick(which, _isDrawable);
        _claim(id, order, id, book.claimable(id));
    }

    function _claim(OrderId id, OrderDetails memory order, OrderId part, uint256 earning) private {
        OrderId[] memory list = new OrderId[](1);
        list[0] = part;
        uint256 commission = book.commissionOf(order.token);
        book.claim(list);
        paidOut[part] += earning;
        if (_live(order.status)) drawn[id] += earning;
        moneyOut[_shelfOf(order)] += earning - (book.commissionOf(order.token) - commission);
    }

    /* STORES */

    function grant(uint256 which) external {
        (OrderId suborder,,,) = _pickStorage(which, _isAwaited);
        vm.prank(owners[3]);
        book.grantStorage(suborder, "");
    }

    function receive_(uint256 which) external {
        (OrderId suborder,,,) = _pickStorage(which, _isReceivable);
        vm.prank(owners[3]);
        book.receiveStorage(suborder, 0, 1, "");
    }

    function deny(uint256 which) external {
        vm.assume(which % 5 == 0);
        (OrderId suborder, SuborderDetails memory part, OrderDetails memory order,) = _pickStorage(which, _isAwaited);
        vm.prank(owners[3]);
        book.denyStorage(suborder);
        if (!_live(order.status)) _out(order, _chargeOf(part, 0));
    }

    /// @notice The machine owner takes part of its free security back, pays some in, moves to another book and back, or sells again
    ///         after its machine failed.
    function changeSecurity(uint256 amount, uint256 what) external {
        (, uint256 free) = _security();
        if (what % 4 == 0) {
            uint88 taken = uint88(within(amount, 0, free));
            vm.prank(owners[0]);
            registry.withdrawSecurity(ProviderId.wrap(1), taken);
            securityOut += taken;
        } else if (what % 4 == 1) {
            uint88 paid = uint88(within(amount, 0, 30 ether));
            registry.depositSecurity(ProviderId.wrap(1), paid);
            securityIn += paid;
        } else if (what % 4 == 2) {
            vm.assume(amount % 3 == 0);
            elsewhere = !elsewhere;
            vm.prank(owners[0]);
            registry.updateProvider(ProviderId.wrap(1), owners[0], owners[0], elsewhere ? address(0xBAD) : address(book));
        } else {
            vm.prank(owners[0]);
            catalog.setEnabled(shelves[amount % TOKENS].compute, true);
            closed[amount % TOKENS] = false;
        }
    }

    /* INTERNAL */

    /// @dev A data or solution suborder that waits for its owner.
    function _pickBlocking(uint256 which, uint256 position)
        private
        view
        returns (OrderId suborder, SuborderDetails memory part, OrderId id)
    {
        OrderDetails memory order;
        (id, order) = _pick(which, _isBlocked);
        for (uint256 i = 0; i < order.parts; i++) {
            suborder = _partOf(id, 1 + (position % order.parts + i) % order.parts);
            part = book.getSuborder(suborder);
            if (part.status == OrderStatus.New && part.offerType != OfferType.Storage) return (suborder, part, id);
        }
    }

    function _isBlocked(OrderId, OrderDetails memory order) private pure returns (bool) {
        return order.status == OrderStatus.Blocked;
    }

    function _isAcceptable(OrderId, OrderDetails memory order) private view returns (bool) {
        return order.status == OrderStatus.New && SHARE.fitsIn(catalog.getMachine(order.offer).room);
    }

    function _isStarting(OrderId, OrderDetails memory order) private pure returns (bool) {
        return order.status == OrderStatus.Processing && !order.reported;
    }

    function _isUnreported(OrderId, OrderDetails memory order) private pure returns (bool) {
        return (order.status == OrderStatus.New || order.status == OrderStatus.Processing) && !order.reported;
    }

    function _isReported(OrderId, OrderDetails memory order) private pure returns (bool) {
        return _running(order.status) && order.reported;
    }

    function _isServing(OrderId, OrderDetails memory order) private pure returns (bool) {
        return order.service && order.reported && order.status == OrderStatus.Processing;
    }

    function _isDrawable(OrderId id, OrderDetails memory order) private view returns (bool) {
        return _isServing(id, order) && book.claimable(id) != 0;
    }

    function _hasEarned(OrderId id, OrderDetails memory order) private view returns (bool) {
        for (uint256 i = 0; i <= order.parts; i++) if (book.claimable(_partOf(id, i)) != 0) return true;
        return false;
    }

    function _isReceivable(SuborderDetails memory part, OrderDetails memory order) private view returns (bool) {
        return _awaited(part) && order.reported && (part.since == 0 || block.timestamp <= part.since + 300 minutes);
    }
}
