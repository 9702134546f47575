// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {OwnerMessages} from "../libraries/OwnerMessages.sol";
import {Quotes} from "../libraries/Quotes.sol";
import {OfferId, OrderId, ProviderId, TokenId} from "../types/Ids.sol";
import {Basket, ComputeTerms} from "../types/Offers.sol";
import {ChosenOptions, CommissionShare, Deadlines, Order, OrderDetails, OrderStatus, SignedApproval, Suborder, SuborderDetails} from "../types/Orders.sol";
import {HAS_OPTIONS, MARKED, ORDER_CLAIMED, OrderFlags, REPORTED, SERVICE, SIMULATED_ALLOWED} from "../types/OrderFlags.sol";
import {readSuborder} from "../types/OrderWords.sol";
import {BY_POLICY, CANCELABLE, CLAIMED, PartTerms} from "../types/PartTerms.sol";
import {Earning} from "./Earning.sol";
import {Timing} from "./Timing.sol";

/// @title BookViews
/// @notice What readers ask.
abstract contract BookViews is Earning, Timing {
    using OrderFlags for Order;

    /// @dev "Little is left" means less than this, in seconds.
    uint256 private constant LITTLE = 1 hours;

    function quote(address customer, Basket calldata basket, uint256 usedSeconds)
        external
        view
        returns (OfferId machine, uint256 least, uint256 most, uint256 charge)
    {
        (ComputeTerms memory compute, PartTerms[] memory parts) = catalog.termsOf(address(this), customer, basket);
        (least, most) = Quotes.bounds(compute, parts, basket.leaseMinutes);
        return (compute.offer, least, most, Quotes.charge(compute, parts, usedSeconds));
    }

    function getOrder(OrderId id) external view returns (OrderDetails memory details) {
        Order storage order = _existing(id);
        details.customer = order.customer;
        details.user = order.user;
        details.deposit = order.deposit;
        details.offer = order.offer;
        details.provider = order.provider;
        details.token = order.token;
        details.since = order.since;
        details.leaseMinutes = order.leaseMinutes;
        details.status = order.status;
        details.blocking = order.blocking;
        details.parts = order.parts;
        details.reported = order.has(REPORTED);
        details.claimed = order.has(ORDER_CLAIMED);
        details.service = order.has(SERVICE);
        details.hasOptions = order.has(HAS_OPTIONS);
        details.simulatedAllowed = order.has(SIMULATED_ALLOWED);
        details.marked = order.has(MARKED);
        details.deadlines = order.deadlines;
        details.commission = order.commission;
        details.textBlock = order.textBlock;
        details.solutionHash = order.solutionHash;
        details.rate = order.rate;
        details.slot = order.slot;
        details.slotCount = order.slotCount;
        details.minMinutes = order.minMinutes;
        details.compensation = order.compensation;
        details.maxMinutes = order.maxMinutes;
    }

    function getSuborder(OrderId id) external view returns (SuborderDetails memory details) {
        (PartTerms part,,) = _existingPart(id);
        Suborder storage suborder = _suborders[id];
        details.offer = suborder.offer;
        details.provider = suborder.provider;
        details.price = suborder.price;
        details.minMinutes = suborder.minMinutes;
        details.offerType = suborder.offerType;
        details.priceType = suborder.priceType;
        details.status = suborder.status;
        details.position = suborder.position;
        details.claimed = part.has(CLAIMED);
        details.byPolicy = part.has(BY_POLICY);
        details.cancelable = part.has(CANCELABLE);
        details.version = suborder.version;
        details.since = suborder.since;
    }

    function claimable(OrderId id) external view returns (uint256) {
        (, Earned memory earned) = _earningOf(id, readSuborder(_suborders[id]));
        return earned.amount;
    }

    function deadlineOf(OrderId id) external view returns (uint256) {
        Order storage order = _existing(id);
        return order.has(REPORTED) ? _deadline(id, order, _serviceEnd(id, order)) : _waitingDeadline(order);
    }

    function paidUntil(OrderId id) external view returns (uint256 until) {
        (until,) = _money(id);
    }

    function awaitingPayment(OrderId id) external view returns (bool soon) {
        (, soon) = _money(id);
    }

    function approvalUses(SignedApproval calldata approval) external view returns (bytes32 id, uint256 used) {
        id = _hashTypedDataV4(OwnerMessages.ofApproval(approval));
        used = _approvalUses[id];
    }

    function marksOf(ProviderId provider) external view returns (uint128 positive, uint128 negative) {
        Marks storage marks = _marks[provider];
        return (marks.positive, marks.negative);
    }

    function getChosenOptions(OrderId order) external view returns (ChosenOptions memory) {
        return _chosenOptions[order];
    }

    function getDeadlines(uint16 index) external view returns (Deadlines memory) {
        return _deadlines[index];
    }

    function getToken(TokenId token) external view returns (PaymentToken memory) {
        return _tokens[token];
    }

    function tokenIdOf(address token) external view returns (TokenId) {
        if (TokenId.unwrap(_tokenIds[token]) == 0) revert TokenNotFound(token);
        return _tokenIds[token];
    }

    function tokenAddressOf(TokenId token) external view returns (address) {
        return _tokens[token].token;
    }

    function commissionOf(TokenId token) external view returns (uint256) {
        return _ledgers[token].commission;
    }

    function getCommissionShares() external view returns (CommissionShare[] memory) {
        return _shares;
    }

    function revenueOf(uint32 epoch, TokenId token, ProviderId provider) external view returns (uint128 revenue, uint128 commission) {
        Revenue storage own = _revenue[epoch][token][provider];
        return (own.earned, own.commission);
    }

    function totalRevenueOf(uint32 epoch, TokenId token) external view returns (uint256) {
        TokenLedger storage ledger = _ledgers[token];
        return ledger.epoch == epoch ? ledger.revenue : _pastRevenue[epoch][token];
    }

    function lastOrder() external view returns (uint256) {
        return _lastOrder;
    }

    /// @dev When the money of a running order ends, or its lease if that is sooner, and whether it is the money, within an hour.
    function _money(OrderId id) private view returns (uint256 until, bool soon) {
        Order storage order = _existing(id);
        if (!order.has(REPORTED) || order.status != OrderStatus.Processing) return (0, false);
        until = _paidUntil(id, order);
        bool beforeLease = until < order.since + uint256(order.leaseMinutes) * 60;
        soon = beforeLease && until < block.timestamp + LITTLE;
    }
}
