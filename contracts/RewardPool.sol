// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {IProviderRegistry} from "./interfaces/IProviderRegistry.sol";
import {IRevenue} from "./interfaces/IRevenue.sol";
import {IRewardPool} from "./interfaces/IRewardPool.sol";
import {Rewards} from "./libraries/Rewards.sol";
import {ProviderId, TokenId} from "./types/Ids.sol";

/// @title RewardPool
/// @notice See {IRewardPool}.
/// @dev Trusts one order book to say who earned what, and the registry to say where a provider is paid. Revenue and budget of an
///      epoch are final once it is over, so a share is, too, whoever claims first. Invariant, per token: balance >= what is left of
///      all budgets.
contract RewardPool is IRewardPool, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    /// @inheritdoc IRewardPool
    uint256 public constant CLAIM_WINDOW = 52 weeks;

    /// @notice How far ahead an epoch that takes money may begin, in seconds.
    uint256 public constant FUNDING_AHEAD = 52 weeks;

    IRevenue public immutable orderBook;
    IProviderRegistry public immutable registry;

    mapping(uint32 epoch => mapping(TokenId token => Budget)) private _budgets;
    mapping(uint32 epoch => mapping(TokenId token => mapping(ProviderId provider => uint256))) private _claimed;

    constructor(IRevenue book, IProviderRegistry providers) {
        orderBook = book;
        registry = providers;
    }

    /// @inheritdoc IRewardPool
    function fund(uint32 epoch, TokenId token, uint128 amount) external nonReentrant {
        // Check: an epoch that can still be funded, in a token of the book.
        uint32 running = runningEpoch();
        uint32 latest = _epochAt(block.timestamp + FUNDING_AHEAD);
        if (epoch < running) revert EpochOver(epoch, running);
        if (epoch > latest) revert EpochTooFar(epoch, latest);
        if (amount == 0) revert NothingFunded(epoch, token);
        IERC20 money = _money(token);

        uint256 funded = _add(epoch, token, amount);
        emit BudgetFunded(epoch, token, msg.sender, amount, funded);

        // Interaction: to the unit; a token that keeps a part of a transfer is refused.
        uint256 before = money.balanceOf(address(this));
        money.safeTransferFrom(msg.sender, address(this), amount);
        uint256 credited = money.balanceOf(address(this)) - before;
        if (credited != amount) revert CreditedLess(address(money), amount, credited);
    }

    /// @inheritdoc IRewardPool
    function claim(uint32 epoch, TokenId token, ProviderId provider) external nonReentrant returns (uint256 amount) {
        // Check: after the epoch, before the rest is carried over, once.
        uint256 end = endOf(epoch);
        if (block.timestamp < end) revert EpochNotOver(epoch, end, block.timestamp);
        if (block.timestamp >= end + CLAIM_WINDOW) revert ClaimsClosed(epoch, end + CLAIM_WINDOW, block.timestamp);
        amount = _claimed[epoch][token][provider];
        if (amount != 0) revert AlreadyRewarded(epoch, token, provider, amount);
        uint128 share = _shareOf(epoch, token, provider);
        if (share == 0) revert NoReward(epoch, token, provider);

        amount = share;
        _claimed[epoch][token][provider] = share;
        _budgets[epoch][token].left -= share;
        address receiver = registry.tokenReceiverOf(provider);
        emit RewardClaimed(epoch, token, provider, receiver, share);
        _money(token).safeTransfer(receiver, share);
    }

    /// @inheritdoc IRewardPool
    function carryOver(uint32 epoch, TokenId token) external nonReentrant returns (uint256 amount) {
        uint256 closing = endOf(epoch) + CLAIM_WINDOW;
        if (block.timestamp < closing) revert ClaimsOpen(epoch, closing, block.timestamp);
        uint128 rest = _budgets[epoch][token].left;
        if (rest == 0) revert NothingLeft(epoch, token);

        amount = rest;
        _budgets[epoch][token].left = 0;
        uint32 running = runningEpoch();
        uint256 funded = _add(running, token, rest);
        emit BudgetCarriedOver(epoch, token, running, rest, funded);
    }

    /* READING */

    /// @inheritdoc IRewardPool
    function rewardOf(uint32 epoch, TokenId token, ProviderId provider) external view returns (uint256) {
        return _shareOf(epoch, token, provider);
    }

    /// @inheritdoc IRewardPool
    function budgetOf(uint32 epoch, TokenId token) external view returns (Budget memory) {
        return _budgets[epoch][token];
    }

    /// @inheritdoc IRewardPool
    function claimedOf(uint32 epoch, TokenId token, ProviderId provider) external view returns (uint256) {
        return _claimed[epoch][token][provider];
    }

    /// @inheritdoc IRewardPool
    function runningEpoch() public view returns (uint32) {
        return _epochAt(block.timestamp);
    }

    /// @inheritdoc IRewardPool
    function endOf(uint32 epoch) public view returns (uint256) {
        return (uint256(epoch) + 1) * orderBook.EPOCH_SECONDS();
    }

    /* INTERNAL */

    function _epochAt(uint256 time) private view returns (uint32) {
        return uint32(time / orderBook.EPOCH_SECONDS());
    }

    function _add(uint32 epoch, TokenId token, uint128 amount) private returns (uint256) {
        Budget storage budget = _budgets[epoch][token];
        budget.funded += amount;
        budget.left += amount;
        return budget.funded;
    }

    function _shareOf(uint32 epoch, TokenId token, ProviderId provider) private view returns (uint128) {
        (uint128 revenue, uint128 commission) = orderBook.revenueOf(epoch, token, provider);
        // At most the commission, so it fits.
        return uint128(Rewards.shareOf(_budgets[epoch][token].funded, revenue, orderBook.totalRevenueOf(epoch, token), commission));
    }

    function _money(TokenId token) private view returns (IERC20) {
        address money = orderBook.tokenAddressOf(token);
        if (money == address(0)) revert RewardTokenUnknown(token);
        return IERC20(money);
    }
}
