// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {Charges} from "../libraries/Charges.sol";
import {OwnerMessages} from "../libraries/OwnerMessages.sol";
import {OrderId, ProviderId, SlotId, TokenId, UserId} from "../types/Ids.sol";
import {Part} from "../types/Offers.sol";
import {Order, OrderStatus, StorageRequest} from "../types/Orders.sol";
import {ORDER_CLAIMED, OrderFlags, REPORTED, STANDS_ALONE} from "../types/OrderFlags.sol";
import {writeSuborder} from "../types/OrderWords.sol";
import {CANCELABLE, DONE, PartTerms} from "../types/PartTerms.sol";
import {Canceling} from "./Canceling.sol";
import {Escrow} from "./Escrow.sol";
import {Unblocking} from "./Unblocking.sol";

/// @title Keeping
/// @notice Storage: granted, received, kept for its retention, which outlives the order. Its money is set apart from the placing on; it
///         blocks nothing. A storage part is New, then Processing once granted, then Done from its receipt on: from there it earns.
abstract contract Keeping is Canceling, Unblocking {
    using OrderFlags for Order;

    /* BY ITSELF */

    function placeStorage(StorageRequest calldata request) external nonReentrant returns (OrderId id) {
        if (_paused) revert PlacingIsPaused();
        if (block.timestamp > request.deadline) revert PlacedTooLate(request.deadline, block.timestamp);
        UserId user = registry.enroll(msg.sender);
        (TokenId token, PartTerms part) =
            catalog.sellStorage(user, msg.sender, Part(request.offer, 0, request.slot), request.retentionMinutes);
        PaymentToken memory payment = _tokens[token];
        if (!payment.listed) revert TokenNotListed(token);
        uint256 price = Charges.ofPart(part, 0);
        if (price > request.priceCeiling) revert PriceAboveCeiling(price, request.priceCeiling);

        // Effect: an order that has ended, and its storage part, which waits for its receipt like one of a workflow that has ended.
        id = OrderId.wrap(_lastOrder + 1);
        _lastOrder += 2;
        _writeEnded(_orders[id], request, part.provider(), token, user, payment.commission, uint88(price));
        writeSuborder(_suborders[_partOf(id, 1)], part.atPosition(1).withSince(block.timestamp));
        _announceStorage(id, request, price);
        Escrow.pull(IERC20(payment.token), price);
    }

    /* THE STORE */

    function grantStorage(OrderId suborder, bytes calldata grant) external nonReentrant {
        (PartTerms part, OrderId id, Order storage order) = _unreceived(suborder);
        _checkActionAccount(part.provider());
        _checkLength(grant.length, MAX_KEY_RELEASE);
        writeSuborder(_suborders[suborder], part.withStatus(uint256(OrderStatus.Processing)));
        emit StorageGranted(suborder, id, grant, _chainText(order));
    }

    function receiveStorage(OrderId suborder, bytes32 contentHash, uint64 size, bytes calldata signature) external nonReentrant {
        (PartTerms part, OrderId id, Order storage order) = _unreceived(suborder);
        if (!order.has(REPORTED)) revert ReportMissing(id);
        uint256 since = part.since();
        uint256 deadline = since + uint256(_deadlines[order.deadlines].receipt) * 60;
        if (since != 0 && block.timestamp > deadline) revert ReceiptTooLate(suborder, deadline, block.timestamp);
        address owner = registry.actionAccountOf(part.provider());
        bytes32 digest = _hashTypedDataV4(OwnerMessages.ofReceipt(suborder, contentHash, size));
        if (owner != msg.sender && !SignatureChecker.isValidSignatureNow(owner, digest, signature)) {
            revert NotActionAccount(part.provider(), msg.sender);
        }

        writeSuborder(_suborders[suborder], part.withStatus(DONE).withSince(block.timestamp));
        emit StorageReceived(suborder, id, contentHash, size, block.timestamp + uint256(part.minMinutes()) * 60);
    }

    function denyStorage(OrderId suborder) external nonReentrant {
        (PartTerms part, OrderId id, Order storage order) = _unreceived(suborder);
        _checkActionAccount(part.provider());
        _endStorage(suborder, part, id, order, OrderStatus.Error);
    }

    /* THE CUSTOMER AND TIME */

    function cancelSuborder(OrderId suborder) external nonReentrant {
        (PartTerms part, OrderId id, Order storage order) = _existingPart(suborder);
        _checkCustomer(id, order);
        if (part.isStorage()) {
            _unreceived(suborder);
            _endStorage(suborder, part, id, order, OrderStatus.Canceled);
        } else {
            _cancelAny(id, order);
        }
    }

    function expireStorage(OrderId suborder) external nonReentrant {
        (PartTerms part, OrderId id, Order storage order) = _unreceived(suborder);
        uint256 since = part.since();
        if (since == 0) revert OrderStillRuns(id, order.status);
        uint256 deadline = since + uint256(_deadlines[order.deadlines].receipt) * 60;
        if (block.timestamp <= deadline) revert DeadlineNotReached(suborder, deadline, block.timestamp);
        _endStorage(suborder, part, id, order, OrderStatus.Error);
    }

    function extendStorage(OrderId suborder, SlotId slot, uint24 addedMinutes) external nonReentrant {
        (PartTerms part, OrderId id, Order storage order) = _kept(suborder);
        uint256 longer = uint256(part.minMinutes()) + addedMinutes;
        if (longer > type(uint24).max) revert LeaseAboveMaximum(suborder, longer, type(uint24).max);
        PartTerms sold = catalog.extendedStorage(Part(part.offerOf(), 0, slot), uint24(longer));
        // A fixed price buys a retention once; there is no price for more of it.
        if (part.isFixed()) revert RetentionFixed(suborder);
        if (sold.isFixed() || sold.price() != part.price()) revert OtherPrice(suborder, part.price(), sold.price());

        PartTerms extended = part.withMinutes(longer);
        uint256 paid = Charges.ofPart(extended, 0) - Charges.ofPart(part, 0);
        writeSuborder(_suborders[suborder], extended);
        // While the order runs, all its money is its deposit.
        if (!_isFinal(order.status)) order.deposit += SafeCast.toUint88(paid);
        emit RetentionChanged(suborder, id, uint24(longer), paid);
        Escrow.pull(IERC20(_tokens[order.token].token), paid);
    }

    function endStorage(OrderId suborder) external nonReentrant {
        (PartTerms part, OrderId id, Order storage order) = _kept(suborder);
        _checkCustomer(id, order);
        uint256 begun = (block.timestamp - part.since() + 59) / 60;
        if (!part.has(CANCELABLE) || part.isFixed() || begun >= part.minMinutes()) revert RetentionFixed(suborder);

        PartTerms shortened = part.withMinutes(begun);
        uint256 rest = Charges.ofPart(part, 0) - Charges.ofPart(shortened, 0);
        writeSuborder(_suborders[suborder], shortened);
        bool ended = _isFinal(order.status);
        emit RetentionChanged(suborder, id, uint24(begun), 0);
        if (ended) _refundStorage(suborder, id, order, rest);
    }

    /* INTERNAL */

    /// @dev A storage part that has no receipt yet, and may still get one: its order runs, or ended after its report.
    function _unreceived(OrderId suborder) private view returns (PartTerms part, OrderId id, Order storage order) {
        (part, id, order) = _existingPart(suborder);
        if (!part.isStorage()) revert NotStoragePart(suborder);
        bool alive = !_isFinal(order.status) || order.has(REPORTED);
        if (!alive || part.status() > uint256(OrderStatus.Processing)) {
            revert SuborderNotOpen(suborder, OrderStatus(part.status()), order.status);
        }
    }

    /// @dev A storage part whose retention runs.
    function _kept(OrderId suborder) private view returns (PartTerms part, OrderId id, Order storage order) {
        (part, id, order) = _existingPart(suborder);
        if (!part.isStorage()) revert NotStoragePart(suborder);
        if (!part.isDone()) revert NotKept(suborder, OrderStatus(part.status()));
        if (block.timestamp >= part.since() + uint256(part.minMinutes()) * 60) revert RetentionFixed(suborder);
    }

    /// @dev Nothing was kept. While the order runs its settlement gives the money back, later this does.
    function _endStorage(OrderId suborder, PartTerms part, OrderId id, Order storage order, OrderStatus status) private {
        writeSuborder(_suborders[suborder], part.withStatus(uint256(status)));
        uint256 back = _isFinal(order.status) ? Charges.ofPart(part, 0) : 0;
        emit StorageEnded(suborder, id, status, back);
        if (back != 0) _payOut(order.token, order.customer, back);
    }

    function _writeEnded(
        Order storage order,
        StorageRequest calldata request,
        ProviderId store,
        TokenId token,
        UserId user,
        uint16 commission,
        uint88 price
    ) private {
        (order.customer, order.deposit) = (msg.sender, price);
        (order.offer, order.provider, order.token) = (request.offer, store, token);
        (order.status, order.parts, order.flags) = (OrderStatus.Done, 1, uint8(REPORTED | ORDER_CLAIMED | STANDS_ALONE));
        (order.user, order.deadlines, order.commission) = (user, _lastDeadlines, commission);
        (order.textBlock, order.slot) = (uint32(block.number), request.slot);
    }

    function _announceStorage(OrderId id, StorageRequest calldata request, uint256 price) private {
        (bytes32 content, bytes32 recipient) = (request.contentHash, request.grantRecipient);
        emit OrderPlaced(id, msg.sender, request.offer, OrderStatus.Done, OrderId.wrap(0), 0, 0, content, 0, recipient, "");
        emit OrderSettled(id, 0, price, 0);
    }

    /// @dev The rest of an ended retention, in an order that has ended.
    function _refundStorage(OrderId suborder, OrderId id, Order storage order, uint256 rest) private {
        emit StorageRefunded(suborder, id, rest);
        _payOut(order.token, order.customer, rest);
    }
}
