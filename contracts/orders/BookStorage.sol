// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

import {IAttestation} from "../interfaces/IAttestation.sol";
import {IOfferCatalog} from "../interfaces/IOfferCatalog.sol";
import {IOrderBook} from "../interfaces/IOrderBook.sol";
import {IProviderRegistry} from "../interfaces/IProviderRegistry.sol";
import {OrderStatusTable} from "../libraries/OrderStatusTable.sol";
import {OfferId, OrderId, TokenId} from "../types/Ids.sol";
import {ChosenOptions, Deadlines, Order, OrderStatus, Progress, Suborder} from "../types/Orders.sol";

/// @title BookStorage
/// @notice All that an order book remembers, and the few steps that every story shares.
abstract contract BookStorage is IOrderBook, EIP712, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

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
    /// @notice The protocol's unclaimed share, per token.
    mapping(TokenId token => uint256) public commissionOf;
    /// @notice Refunds that a token refused to pass on.
    mapping(address account => mapping(TokenId token => uint256)) public owedTo;
    /// @notice Where the commission goes.
    address public commissionReceiver;

    constructor(IOfferCatalog offers, IProviderRegistry providers, IAttestation devices) EIP712("Cloister", "1") {
        catalog = offers;
        registry = providers;
        attestation = devices;
    }

    /// @dev An order that exists; every placed order has an offer.
    function _existing(OrderId id) internal view returns (Order storage order) {
        order = _orders[id];
        if (OfferId.unwrap(order.offer) == 0) revert OrderNotFound(id);
    }

    function _orderOf(OrderId suborder, uint256 position) internal pure returns (OrderId) {
        return OrderId.wrap(uint48(OrderId.unwrap(suborder) - position));
    }

    function _partOf(OrderId order, uint256 position) internal pure returns (OrderId) {
        return OrderId.wrap(uint48(OrderId.unwrap(order) + position));
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

    /// @dev Notes that the running event carries text; returns the block of the one before.
    function _chainText(Order storage order) internal returns (uint32 previousBlock) {
        previousBlock = order.textBlock;
        order.textBlock = uint32(block.number);
    }

    /// @dev The options of an order as {ChosenOptions} packs them; 0 where it has none.
    function _optionsOf(OrderId id, Order storage order) internal view returns (uint160) {
        return order.hasOptions ? _chosenOptions[id].packed : 0;
    }

    /// @dev Pays a customer back; a token that refuses leaves the sum claimable, so that no block-list freezes an order.
    function _refund(TokenId token, address customer, uint256 amount) internal {
        if (amount == 0) return;
        if (!IERC20(_tokens[token].token).trySafeTransfer(customer, amount)) {
            owedTo[customer][token] += amount;
            emit RefundOwed(customer, token, amount);
        }
    }
}
