// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";

import {IAttestation} from "./interfaces/IAttestation.sol";
import {IOfferCatalog} from "./interfaces/IOfferCatalog.sol";
import {IProviderRegistry} from "./interfaces/IProviderRegistry.sol";
import {Approving} from "./orders/Approving.sol";
import {BookStorage} from "./orders/BookStorage.sol";
import {Claiming} from "./orders/Claiming.sol";
import {Placing} from "./orders/Placing.sol";
import {Prolonging} from "./orders/Prolonging.sol";
import {Running} from "./orders/Running.sol";
import {OrderId, TokenId} from "./types/Ids.sol";
import {ChosenOptions, Deadlines, Order, Suborder} from "./types/Orders.sol";

/// @title OrderBook
/// @notice See {IOrderBook}. One file a story: {Placing}, {Approving}, {Running}, {Prolonging}, {Ending}, {Claiming}; this one
///         holds what the administrator may do and what readers ask. {LifeCycle} is linked.
/// @dev Immutable, no proxy. The administrator lists tokens, bounds waiting times for orders to come and pauses placing; it cannot
///      touch an escrow, a refund or a claim. Invariant, per token: balance >= deposits of live orders + unclaimed earnings
///      + commission + owed refunds.
contract OrderBook is Placing, Approving, Running, Prolonging, Claiming, AccessManaged {
    /// @dev Largest commission, in basis points.
    uint16 internal constant MAX_COMMISSION = 2_000;

    /// @dev Bounds of every waiting time, in minutes.
    uint24 internal constant MIN_DEADLINE = 5;
    uint24 internal constant MAX_DEADLINE = 60 * 24 * 60;

    constructor(
        address accessManager,
        IOfferCatalog offers,
        IProviderRegistry providers,
        IAttestation devices,
        address receiver,
        Deadlines memory deadlines
    ) AccessManaged(accessManager) BookStorage(offers, providers, devices) {
        commissionReceiver = receiver;
        _setDeadlines(deadlines);
    }

    /* ADMINISTRATION */

    /// @notice Lists a payment token or changes its commission for orders to come; delisted, it takes no new orders.
    function listToken(address tokenAddress, uint16 commission, bool listed) external restricted returns (TokenId token) {
        if (commission > MAX_COMMISSION) revert CommissionTooLarge(commission, MAX_COMMISSION);
        token = _tokenIds[tokenAddress];
        if (TokenId.unwrap(token) == 0) {
            token = TokenId.wrap(TokenId.unwrap(_lastToken) + 1);
            _lastToken = token;
            _tokenIds[tokenAddress] = token;
        }
        _tokens[token] = PaymentToken(tokenAddress, commission, listed);
        emit TokenListed(token, tokenAddress, commission, listed);
    }

    /// @notice Sets the waiting times of orders to come.
    function setDeadlines(Deadlines calldata deadlines) external restricted {
        _setDeadlines(deadlines);
    }

    /// @notice Sets who gets the commission.
    function setCommissionReceiver(address receiver) external restricted {
        commissionReceiver = receiver;
        emit CommissionReceiverSet(receiver);
    }

    /// @notice Stops or resumes taking new orders; everything else goes on.
    function setPaused(bool paused) external restricted {
        _paused = paused;
        emit PlacingPaused(paused);
    }

    /* READING */

    function getOrder(OrderId order) external view returns (Order memory) {
        return _existing(order);
    }

    function getSuborder(OrderId suborder) external view returns (Suborder memory part) {
        part = _suborders[suborder];
        if (part.position == 0) revert SuborderNotFound(suborder);
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

    function lastOrder() external view returns (uint256) {
        return _lastOrder;
    }

    /* INTERNAL */

    function _setDeadlines(Deadlines memory deadlines) private {
        uint24[6] memory given =
            [deadlines.approval, deadlines.accept, deadlines.report, deadlines.grace, deadlines.cancel, deadlines.checkpoint];
        for (uint256 i = 0; i < given.length; i++) {
            if (given[i] < MIN_DEADLINE || given[i] > MAX_DEADLINE) revert DeadlineOutOfRange(given[i], MIN_DEADLINE, MAX_DEADLINE);
        }
        _deadlines[++_lastDeadlines] = deadlines;
        emit DeadlinesSet(_lastDeadlines, deadlines);
    }
}
