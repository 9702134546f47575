// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {OrderId, ProviderId, UserId} from "../../contracts/types/Ids.sol";
import {OfferType, PriceType} from "../../contracts/types/Offers.sol";
import {DeviceSignature, OrderDetails, OrderStatus, SuborderDetails} from "../../contracts/types/Orders.sol";
import {vm} from "./Vm.sol";
import {World} from "./World.sol";

/// @notice What every step of the actors remembers, and the arithmetic of the money once more, so that a fault in the contracts' own
///         does not hide itself.
abstract contract Steps is World {
    DeviceSignature internal _signature;
    bytes32 internal constant SOLUTION = keccak256("solution");

    /// @notice Orders ever placed, storage by itself among them.
    OrderId[] public placed;
    mapping(OrderId order => OrderStatus) internal seen;
    /// @notice Money of the order that was seen to come in: deposits and what lengthened its storage while it ran.
    mapping(OrderId order => uint256) internal paidIn;
    /// @notice Claimed of an order's compute part or a suborder, commission included.
    mapping(OrderId part => uint256) internal paidOut;
    /// @notice Claimed of all parts of an order before its end.
    mapping(OrderId order => uint256) internal drawn;
    mapping(OrderId order => uint32) internal checkpoints;
    /// @notice What may never change after the placing, and after the end.
    mapping(OrderId order => bytes32) internal terms;
    mapping(OrderId order => bytes32) internal ending;
    uint256[TOKENS] internal moneyIn;
    uint256[TOKENS] internal moneyOut;
    uint256[TOKENS] internal given;
    uint256 internal securityIn = 40 ether;
    uint256 internal securityOut;
    /// @notice The machine was seen with as many failures as close it, and its owner has not opened it since.
    bool[TOKENS] internal closed;
    uint256 internal constant MOST_FAILURES = 3;
    bool internal illegalMove;
    bool internal elsewhere;

    /// @dev The books hold more than they need: what a broken one pays too much shows in what it breaks, not in a transfer that fails.
    constructor() {
        for (uint256 shelf = 0; shelf < TOKENS; shelf++) {
            given[shelf] = 10_000 ether;
            shelves[shelf].token.transfer(address(book), given[shelf]);
        }
    }

    /* PICKING */

    /// @dev Some order that fits, the first from a random one on; the step is given up where there is none.
    function _pick(uint256 which, function(OrderId, OrderDetails memory) internal view returns (bool) fits)
        internal
        view
        returns (OrderId id, OrderDetails memory order)
    {
        uint256 count = placed.length;
        for (uint256 i = 0; i < count; i++) {
            id = placed[(which % count + i) % count];
            order = book.getOrder(id);
            if (fits(id, order)) return (id, order);
        }
        vm.assume(false);
    }

    /// @dev Some storage part that fits.
    function _pickStorage(
        uint256 which,
        function(SuborderDetails memory, OrderDetails memory) internal view returns (bool) fits
    ) internal view returns (OrderId suborder, SuborderDetails memory part, OrderDetails memory order, OrderId id) {
        uint256 count = placed.length;
        for (uint256 i = 0; i < count; i++) {
            id = placed[(which % count + i) % count];
            order = book.getOrder(id);
            for (uint48 position = 1; position <= order.parts; position++) {
                suborder = _partOf(id, position);
                part = book.getSuborder(suborder);
                if (part.offerType == OfferType.Storage && fits(part, order)) return (suborder, part, order, id);
            }
        }
        vm.assume(false);
    }

    function _isLive(OrderId, OrderDetails memory order) internal pure returns (bool) {
        return _live(order.status);
    }

    function _hasEnded(OrderId, OrderDetails memory order) internal pure returns (bool) {
        return !_live(order.status);
    }

    /// @dev A store can still answer: the part is awaited, and the order runs or ended after its report.
    function _isAwaited(SuborderDetails memory part, OrderDetails memory order) internal pure returns (bool) {
        return _awaited(part) && (_live(order.status) || order.reported);
    }

    function _partOf(OrderId id, uint256 position) internal pure returns (OrderId) {
        return OrderId.wrap(uint48(OrderId.unwrap(id) + position));
    }

    function _shelfOf(OrderDetails memory order) internal view returns (uint256) {
        return order.token == shelves[0].id ? 0 : 1;
    }

    function _live(OrderStatus status) internal pure returns (bool) {
        return status == OrderStatus.Blocked || status == OrderStatus.New || _running(status);
    }

    /// @dev It has a place on the machine, and the compensation is reserved.
    function _running(OrderStatus status) internal pure returns (bool) {
        return status == OrderStatus.Processing || status == OrderStatus.Canceling;
    }

    /// @dev A storage part that may still be received.
    function _awaited(SuborderDetails memory part) internal pure returns (bool) {
        return part.offerType == OfferType.Storage && (part.status == OrderStatus.New || part.status == OrderStatus.Processing);
    }

    /* MONEY, ONCE MORE */

    /// @dev What a suborder costs when the order ran so many seconds.
    function _chargeOf(SuborderDetails memory part, uint256 usedSeconds) internal pure returns (uint256) {
        if (part.priceType == PriceType.Fixed) return part.price;
        uint256 least = uint256(part.minMinutes) * 60;
        if (part.offerType == OfferType.Storage || usedSeconds < least) usedSeconds = least;
        return uint256(part.price) * usedSeconds / 3600;
    }

    function _machineCharge(OrderDetails memory order) internal pure returns (uint256) {
        uint256 least = uint256(order.minMinutes) * 60;
        return uint256(order.rate) * (order.since > least ? order.since : least) / 3600;
    }

    /// @dev Of an ended, reported order: the charge of one of its parts, 0 = the machine.
    function _earned(OrderId id, OrderDetails memory order, uint256 position) internal view returns (uint256) {
        if (position == 0) return order.claimed && paidOut[id] == 0 ? 0 : _machineCharge(order);
        SuborderDetails memory part = book.getSuborder(_partOf(id, position));
        return part.status == OrderStatus.Done || _awaited(part) ? _chargeOf(part, order.since) : 0;
    }

    /// @dev Of a storage part in an ended, reported order: what is set apart for it and not earned yet.
    function _unearned(OrderId suborder) internal view returns (uint256) {
        SuborderDetails memory part = book.getSuborder(suborder);
        if (_awaited(part)) return _chargeOf(part, 0);
        if (part.offerType != OfferType.Storage || part.status != OrderStatus.Done) return 0;
        uint256 whole = uint256(part.minMinutes) * 60;
        uint256 kept = block.timestamp - part.since;
        if (kept > whole) kept = whole;
        return _chargeOf(part, 0) - uint256(part.price) * kept / 3600;
    }

    /* AFTER A STEP */

    /// @dev Remembers a new order.
    function _placed(OrderId id, uint256 shelf, uint256 paid) internal {
        placed.push(id);
        OrderDetails memory order = book.getOrder(id);
        seen[id] = order.status;
        terms[id] = _termsOf(order);
        if (!_live(order.status)) ending[id] = _endingOf(order);
        moneyIn[shelf] += paid;
        paidIn[id] = paid;
    }

    /// @dev Notes the move of a status and what an end paid back.
    function _after(OrderId id) internal {
        OrderDetails memory order = book.getOrder(id);
        OrderStatus before = seen[id];
        if (order.status == before) return;
        if (!_mayBecome(before, order.status)) illegalMove = true;
        seen[id] = order.status;
        if (_live(order.status)) return;
        ending[id] = _endingOf(order);
        if (catalog.getMachine(order.offer).failures == MOST_FAILURES) closed[_shelfOf(order)] = true;
        uint256 charged;
        if (order.reported) for (uint256 i = 0; i <= order.parts; i++) charged += _earned(id, order, i);
        _out(order, uint256(order.deposit) - charged);
    }

    /// @dev The customer was paid; what its token refuses waits in the book.
    function _out(OrderDetails memory order, uint256 amount) internal {
        uint256 shelf = _shelfOf(order);
        if (!shelves[shelf].token.blocked(order.customer)) moneyOut[shelf] += amount;
    }

    function _compensated(OrderDetails memory order) internal {
        if (!security.blocked(order.customer)) securityOut += order.compensation;
    }

    function _security() internal view returns (uint256 deposit, uint256 free) {
        deposit = registry.getProvider(ProviderId.wrap(1)).deposit;
        free = deposit - registry.getProvider(ProviderId.wrap(1)).reserved;
    }

    /// @dev What was agreed when the order was placed.
    function _termsOf(OrderDetails memory order) internal pure returns (bytes32) {
        bytes memory agreed = abi.encode(order.customer, order.user, order.offer, order.provider, order.token, order.rate);
        return keccak256(abi.encode(agreed, order.commission, order.compensation, order.minMinutes, order.maxMinutes, order.deadlines, order.solutionHash));
    }

    /// @dev What stays as it is once the order has ended.
    function _endingOf(OrderDetails memory order) internal pure returns (bytes32) {
        return keccak256(abi.encode(order.status, order.since, order.deposit, order.leaseMinutes, order.reported, order.parts));
    }

    /// @dev The table once more.
    function _mayBecome(OrderStatus from, OrderStatus to) private pure returns (bool) {
        if (from == OrderStatus.Blocked) return to == OrderStatus.New || to == OrderStatus.Canceled || to == OrderStatus.Error;
        if (from == OrderStatus.New) return to == OrderStatus.Processing || to == OrderStatus.Canceled || to == OrderStatus.Error;
        if (!_running(from)) return false;
        bool canceling = to == OrderStatus.Canceling && from == OrderStatus.Processing;
        return canceling || to == OrderStatus.Canceled || to == OrderStatus.Done || to == OrderStatus.Error;
    }
}
