// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

import {IAttestation} from "../interfaces/IAttestation.sol";
import {IOfferCatalog} from "../interfaces/IOfferCatalog.sol";
import {IOrderLog} from "../interfaces/IOrderLog.sol";
import {IProviderRegistry} from "../interfaces/IProviderRegistry.sol";
import {OrderStatusTable} from "../libraries/OrderStatusTable.sol";
import {OfferId, OrderId, ProviderId, TokenId} from "../types/Ids.sol";
import {ChosenOptions, CommissionShare, Deadlines, Order, OrderStatus, Progress, Suborder} from "../types/Orders.sol";
import {HAS_OPTIONS, OrderFlags} from "../types/OrderFlags.sol";
import {readSuborder} from "../types/OrderWords.sol";
import {PartTerms} from "../types/PartTerms.sol";

/// @title BookStorage
/// @notice All that an order book remembers, and the few steps that every story shares.
/// @dev All parts of the book's code inherit this first and add no state, so they agree on every slot.
abstract contract BookStorage is IOrderLog, AccessManaged, EIP712, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;
    using OrderFlags for Order;

    /// @notice What is counted of a token besides its escrows, one word.
    struct TokenLedger {
        // slot 0: 12 + 4 + 16 = 32
        /// @dev The protocol's unclaimed share.
        uint96 commission;
        /// @dev The epoch in which `revenue` was earned.
        uint32 epoch;
        /// @dev Earnings claimed of attested orders.
        uint128 revenue;
    }

    /// @notice What a provider earned of attested orders in an epoch, one word.
    struct Revenue {
        uint128 earned;
        uint128 commission;
    }

    /// @notice What customers think of a provider, one word, in token units earned.
    struct Marks {
        uint128 positive;
        uint128 negative;
    }

    /// @dev Bounds of every waiting time, in minutes.
    uint24 internal constant MIN_DEADLINE = 5;
    uint24 internal constant MAX_DEADLINE = 60 * 24 * 60;

    IOfferCatalog public immutable catalog;
    IProviderRegistry public immutable registry;
    IAttestation public immutable attestation;

    // One word: 6 + 2 + 1 + 1 = 10
    uint48 internal _lastOrder;
    uint16 internal _lastDeadlines;
    TokenId internal _lastToken;
    bool internal _paused;

    mapping(TokenId token => PaymentToken) internal _tokens;
    mapping(address token => TokenId) internal _tokenIds;
    mapping(uint16 index => Deadlines) internal _deadlines;
    mapping(OrderId order => Order) internal _orders;
    mapping(OrderId suborder => Suborder) internal _suborders;
    mapping(OrderId order => ChosenOptions) internal _chosenOptions;
    mapping(OrderId order => Progress) internal _progress;
    /// @dev Seconds of an order's compute part, or of a suborder, that were claimed before its end.
    mapping(OrderId id => uint32) internal _drawnSeconds;
    mapping(TokenId token => TokenLedger) internal _ledgers;
    mapping(uint32 epoch => mapping(TokenId token => uint256)) internal _pastRevenue;
    mapping(uint32 epoch => mapping(TokenId token => mapping(ProviderId provider => Revenue))) internal _revenue;
    /// @notice Refunds and shares that a token refused to pass on.
    mapping(address account => mapping(TokenId token => uint256)) public owedTo;
    /// @dev How often a signed approval was used.
    mapping(bytes32 approval => uint256) internal _approvalUses;
    mapping(ProviderId provider => Marks) internal _marks;
    /// @dev Who shares the commission.
    CommissionShare[] internal _shares;

    constructor(address accessManager, IOfferCatalog offers, IProviderRegistry providers, IAttestation devices)
        AccessManaged(accessManager)
        EIP712("Cloister", "1")
    {
        catalog = offers;
        registry = providers;
        attestation = devices;
    }

    /// @dev An order that exists; every placed order has an offer.
    function _existing(OrderId id) internal view returns (Order storage order) {
        order = _orders[id];
        if (OfferId.unwrap(order.offer) == 0) revert OrderNotFound(id);
    }

    /// @dev A suborder that exists, and its order.
    function _existingPart(OrderId suborder) internal view returns (PartTerms part, OrderId id, Order storage order) {
        part = readSuborder(_suborders[suborder]);
        if (part.position() == 0) revert SuborderNotFound(suborder);
        id = _orderOf(suborder, part.position());
        order = _orders[id];
    }

    function _orderOf(OrderId suborder, uint256 position) internal pure returns (OrderId) {
        return OrderId.wrap(uint48(OrderId.unwrap(suborder) - position));
    }

    function _partOf(OrderId order, uint256 position) internal pure returns (OrderId) {
        return OrderId.wrap(uint48(OrderId.unwrap(order) + position));
    }

    /// @dev The caller is the wallet that the order was placed for, or another wallet of its user.
    function _checkCustomer(OrderId id, Order storage order) internal view {
        address customer = order.customer;
        if (customer != msg.sender && !registry.isSameUser(customer, msg.sender)) revert NotOrderCustomer(id, msg.sender);
    }

    function _checkActionAccount(ProviderId provider) internal view {
        if (registry.actionAccountOf(provider) != msg.sender) revert NotActionAccount(provider, msg.sender);
    }

    function _checkLength(uint256 length, uint256 limit) internal pure {
        if (length > limit) revert TooLong(length, limit);
    }

    /// @dev The only place where an order's status changes.
    /// @param since What the order keeps beside its status: the time, or after its end the seconds charged.
    function _moveTo(OrderId id, Order storage order, OrderStatus next, uint256 since) internal {
        OrderStatus from = order.status;
        OrderStatusTable.check(id, from, next);
        order.status = next;
        order.since = uint32(since);
        emit OrderStatusChanged(id, from, next);
    }

    function _isFinal(OrderStatus status) internal pure returns (bool) {
        return status == OrderStatus.Done || status == OrderStatus.Error || status == OrderStatus.Canceled;
    }

    /// @dev Notes that the running event carries text; returns the block of the one before.
    function _chainText(Order storage order) internal returns (uint32 previousBlock) {
        previousBlock = order.textBlock;
        order.textBlock = uint32(block.number);
    }

    /// @dev The options of an order as {ChosenOptions} packs them; 0 where it has none.
    function _optionsOf(OrderId id, Order storage order) internal view returns (uint160) {
        return order.has(HAS_OPTIONS) ? _chosenOptions[id].packed : 0;
    }

    /// @dev Pays somebody what is due; a token that refuses leaves the sum claimable, so that no block-list freezes an order.
    function _payOut(TokenId token, address account, uint256 amount) internal {
        if (amount == 0) return;
        if (!IERC20(_tokens[token].token).trySafeTransfer(account, amount)) {
            owedTo[account][token] += amount;
            emit RefundOwed(account, token, amount);
        }
    }

    function _setDeadlines(Deadlines memory deadlines) internal {
        uint24[7] memory given = [
            deadlines.approval,
            deadlines.accept,
            deadlines.report,
            deadlines.grace,
            deadlines.cancel,
            deadlines.checkpoint,
            deadlines.receipt
        ];
        for (uint256 i = 0; i < given.length; i++) {
            if (given[i] < MIN_DEADLINE || given[i] > MAX_DEADLINE) revert DeadlineOutOfRange(given[i], MIN_DEADLINE, MAX_DEADLINE);
        }
        _deadlines[++_lastDeadlines] = deadlines;
        emit DeadlinesSet(_lastDeadlines, deadlines);
    }
}
