// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

import {Charges} from "../libraries/Charges.sol";
import {OrderId, ProviderId, TokenId} from "../types/Ids.sol";
import {OfferType, PriceType} from "../types/Offers.sol";
import {Order, OrderStatus, Suborder} from "../types/Orders.sol";
import {BookStorage} from "./BookStorage.sol";

/// @title Claiming
/// @notice Providers, the protocol and customers take what is theirs. Money is pulled, so nobody's account can hold up another's.
abstract contract Claiming is BookStorage {
    using SafeERC20 for IERC20;

    function claim(OrderId[] calldata parts) external nonReentrant {
        ProviderId provider;
        TokenId token;
        uint256 earned;
        uint256 commission;
        for (uint256 i = 0; i < parts.length; i++) {
            (ProviderId owner, Order storage order, uint256 earning) = _earningOf(parts[i]);
            if (earning == 0) revert NothingToClaim(parts[i]);
            if (i == 0) (provider, token) = (owner, order.token);
            else if (owner != provider || order.token != token) revert MixedClaim(parts[i]);

            // Effect: claimed once. A suborder's mark is its own, the compute part's is the order's.
            if (_suborders[parts[i]].position == 0) order.claimed = true;
            else _suborders[parts[i]].claimed = true;
            earned += earning;
            commission += Charges.commissionOf(earning, order.commission);
        }
        if (earned == 0) return;
        commissionOf[token] += commission;
        address receiver = registry.tokenReceiverOf(provider);
        emit EarningsClaimed(provider, receiver, token, earned - commission, commission, parts);

        IERC20(_tokens[token].token).safeTransfer(receiver, earned - commission);
    }

    function claimCommission(TokenId token) external nonReentrant {
        uint256 amount = commissionOf[token];
        if (amount == 0) revert NothingOwed(commissionReceiver, token);
        commissionOf[token] = 0;
        emit CommissionClaimed(token, commissionReceiver, amount);
        IERC20(_tokens[token].token).safeTransfer(commissionReceiver, amount);
    }

    function withdrawOwed(TokenId token, address to) external nonReentrant {
        uint256 amount = owedTo[msg.sender][token];
        if (amount == 0) revert NothingOwed(msg.sender, token);
        owedTo[msg.sender][token] = 0;
        IERC20(_tokens[token].token).safeTransfer(to, amount);
    }

    function claimable(OrderId id) external view returns (uint256 earning) {
        (,, earning) = _earningOf(id);
    }

    /// @dev What an order's compute part or a suborder earned and nobody claimed, its owner and its order.
    function _earningOf(OrderId id) private view returns (ProviderId owner, Order storage order, uint256 earning) {
        Suborder storage part = _suborders[id];
        bool isSuborder = part.position != 0;
        OrderId orderId = isSuborder ? _orderOf(id, part.position) : id;
        order = _existing(orderId);
        owner = isSuborder ? part.provider : order.provider;
        bool ended = order.status == OrderStatus.Done || order.status == OrderStatus.Error;
        if (!ended || !order.reported) return (owner, order, 0);

        if (!isSuborder) {
            if (order.claimed) return (owner, order, 0);
            earning = Charges.ofPart(order.rate, PriceType.PerHour, order.minMinutes, order.since);
            if (order.hasOptions) earning += _chosenOptions[id].fixedCharge;
        } else if (part.status == OrderStatus.Done && !part.claimed) {
            uint256 chargedSeconds = part.offerType == OfferType.Storage ? 0 : order.since;
            earning = Charges.ofPart(part.price, part.priceType, part.minMinutes, chargedSeconds);
        }
    }
}
