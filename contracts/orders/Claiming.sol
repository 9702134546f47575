// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

import {Charges} from "../libraries/Charges.sol";
import {OrderId, ProviderId, TokenId} from "../types/Ids.sol";
import {PriceType} from "../types/Offers.sol";
import {Order, OrderStatus} from "../types/Orders.sol";
import {readSuborder, writeSuborder} from "../types/OrderWords.sol";
import {billLine, CLAIMED, PartTerms} from "../types/PartTerms.sol";
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
            PartTerms part = readSuborder(_suborders[parts[i]]);
            (ProviderId owner, Order storage order, uint256 earning) = _earningOf(parts[i], part);
            if (earning == 0) revert NothingToClaim(parts[i]);
            if (i == 0) (provider, token) = (owner, order.token);
            else if (owner != provider || order.token != token) revert MixedClaim(parts[i]);

            // Effect: claimed once. A suborder's mark is its own, the compute part's is the order's.
            if (part.position() == 0) order.claimed = true;
            else writeSuborder(_suborders[parts[i]], PartTerms.unwrap(part) | CLAIMED);
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
        (,, earning) = _earningOf(id, readSuborder(_suborders[id]));
    }

    /// @dev What an order's compute part or a suborder earned and nobody claimed, its owner and its order.
    /// @param part The suborder's word, empty for an order.
    function _earningOf(OrderId id, PartTerms part) private view returns (ProviderId owner, Order storage order, uint256 earning) {
        bool isOrder = part.position() == 0;
        order = _existing(isOrder ? id : _orderOf(id, part.position()));
        owner = isOrder ? order.provider : part.provider();
        if (!order.reported || order.status <= OrderStatus.Canceling) return (owner, order, 0);

        if (!isOrder) {
            if (part.isDone() && !part.isClaimed()) earning = Charges.ofPart(part, order.since);
        } else if (!order.claimed) {
            earning = Charges.ofPart(billLine(order.rate, order.minMinutes, PriceType.PerHour), order.since);
            if (order.hasOptions) earning += _chosenOptions[id].fixedCharge;
        }
    }
}
