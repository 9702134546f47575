// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {Charges} from "../libraries/Charges.sol";
import {OrderId, ProviderId, TokenId} from "../types/Ids.sol";
import {Order} from "../types/Orders.sol";
import {ORDER_CLAIMED, ORDER_DRAWN, OrderFlags, STANDS_ALONE} from "../types/OrderFlags.sol";
import {readSuborder, writeSuborder} from "../types/OrderWords.sol";
import {CLAIMED, DRAWN, PartTerms} from "../types/PartTerms.sol";
import {Earning} from "./Earning.sol";

/// @title Claiming
/// @notice Providers take what is theirs. Money is pulled, so nobody's account can hold up another's.
abstract contract Claiming is Earning {
    using OrderFlags for Order;
    using SafeERC20 for IERC20;

    /// @notice Length of an epoch of revenues, in seconds.
    uint32 public constant EPOCH_SECONDS = 7 days;

    /// @dev What a list of parts adds up to.
    struct Claim {
        ProviderId provider;
        TokenId token;
        uint256 earned;
        uint256 commission;
        /// @dev Of it, what devices have attested.
        uint256 attested;
        uint256 attestedCommission;
    }

    function claim(OrderId[] calldata parts) external nonReentrant {
        Claim memory sum;
        for (uint256 i = 0; i < parts.length; i++) {
            OrderId id = parts[i];
            PartTerms part = readSuborder(_suborders[id]);
            (Order storage order, Earned memory earned) = _earningOf(id, part);
            if (earned.amount == 0) revert NothingToClaim(id);
            TokenId token = order.token;
            if (i == 0) (sum.provider, sum.token) = (earned.owner, token);
            else if (earned.owner != sum.provider || token != sum.token) revert MixedClaim(id);

            _mark(id, part, order, earned);
            uint256 commission = Charges.commissionOf(earned.amount, order.commission);
            sum.earned += earned.amount;
            sum.commission += commission;
            // Storage that stands alone was seen by no device.
            if (!order.has(STANDS_ALONE)) {
                sum.attested += earned.amount;
                sum.attestedCommission += commission;
            }
        }
        if (sum.earned == 0) return;
        _count(sum);
        address receiver = registry.tokenReceiverOf(sum.provider);
        emit EarningsClaimed(sum.provider, receiver, sum.token, sum.earned - sum.commission, sum.commission, parts);

        IERC20(_tokens[sum.token].token).safeTransfer(receiver, sum.earned - sum.commission);
    }

    /// @dev Effect: claimed once. A suborder's mark is its own, the compute part's is the order's.
    function _mark(OrderId id, PartTerms part, Order storage order, Earned memory earned) private {
        bool isOrder = part.position() == 0;
        if (!earned.last) {
            _drawnSeconds[id] = uint32(earned.drawnSeconds);
            emit EarningsDrawn(id, _orderOf(id, part.position()), earned.amount, uint32(earned.drawnSeconds));
        }
        if (isOrder) order.set(earned.last ? ORDER_CLAIMED : ORDER_DRAWN);
        else writeSuborder(_suborders[id], part.withFlag(earned.last ? CLAIMED : DRAWN));
    }

    /// @dev The protocol's share, and the epoch's revenues for those who reward them.
    function _count(Claim memory sum) private {
        TokenLedger storage ledger = _ledgers[sum.token];
        (uint96 commission, uint32 epoch, uint128 revenue) = (ledger.commission, ledger.epoch, ledger.revenue);
        uint32 current = uint32(block.timestamp / EPOCH_SECONDS);
        if (epoch != current) {
            if (revenue != 0) _pastRevenue[epoch][sum.token] = revenue;
            revenue = 0;
        }
        (ledger.commission, ledger.epoch, ledger.revenue) =
            (commission + SafeCast.toUint96(sum.commission), current, revenue + SafeCast.toUint128(sum.attested));
        if (sum.attested == 0) return;
        Revenue storage own = _revenue[current][sum.token][sum.provider];
        // Both are parts of what was just counted in 128 bits.
        (own.earned, own.commission) = (own.earned + uint128(sum.attested), own.commission + uint128(sum.attestedCommission));
    }
}
