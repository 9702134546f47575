// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ProviderId, TokenId} from "../types/Ids.sol";

/// @title IRewardPool
/// @notice Budgets, one for an epoch and a token of an order book, split over the book's providers by what they earned in it.
/// @dev Epochs and tokens are the book's ({IRevenue}). Nothing leaves the pool but by {claim}; nobody administers it.
interface IRewardPool {
    /// @notice The budget of an epoch in a token, token units.
    struct Budget {
        // slot 0: 16 + 16 = 32
        /// @dev All that was put in: what shares are made of.
        uint128 funded;
        /// @dev What was neither claimed nor carried over.
        uint128 left;
    }

    event BudgetFunded(uint32 indexed epoch, TokenId indexed token, address indexed by, uint256 amount, uint256 funded);
    event RewardClaimed(uint32 indexed epoch, TokenId indexed token, ProviderId indexed provider, address receiver, uint256 amount);
    /// @notice What nobody claimed of an epoch went into a later one.
    event BudgetCarriedOver(uint32 indexed epoch, TokenId indexed token, uint32 indexed to, uint256 amount, uint256 funded);

    error NothingFunded(uint32 epoch, TokenId token);
    /// @notice Only the running epoch and coming ones take money.
    error EpochOver(uint32 epoch, uint32 running);
    /// @notice The epoch begins so late that the number is likely a slip.
    error EpochTooFar(uint32 epoch, uint32 latest);
    error EpochNotOver(uint32 epoch, uint256 endsAt, uint256 time);
    error ClaimsClosed(uint32 epoch, uint256 closedAt, uint256 time);
    error ClaimsOpen(uint32 epoch, uint256 closesAt, uint256 time);
    error AlreadyRewarded(uint32 epoch, TokenId token, ProviderId provider, uint256 amount);
    /// @notice No revenue or no budget in the epoch, or so little that the share is less than one unit.
    error NoReward(uint32 epoch, TokenId token, ProviderId provider);
    error NothingLeft(uint32 epoch, TokenId token);
    error RewardTokenUnknown(TokenId token);
    error CreditedLess(address token, uint256 expected, uint256 credited);

    /// @notice Adds to the budget of the running epoch or a coming one. Anyone may; nobody gets it back.
    function fund(uint32 epoch, TokenId token, uint128 amount) external;

    /// @notice Pays a provider its share of an epoch that is over, once, to its token receiver. Anyone may, within {CLAIM_WINDOW}.
    function claim(uint32 epoch, TokenId token, ProviderId provider) external returns (uint256 amount);

    /// @notice Moves what nobody claimed within {CLAIM_WINDOW} into the budget of the running epoch. Anyone may.
    function carryOver(uint32 epoch, TokenId token) external returns (uint256 amount);

    /// @notice How long an epoch can be claimed after its end, in seconds.
    function CLAIM_WINDOW() external view returns (uint256);

    /// @notice A provider's share of an epoch, whether claimed or not; of one that is not over, as if it were over now.
    function rewardOf(uint32 epoch, TokenId token, ProviderId provider) external view returns (uint256);

    function budgetOf(uint32 epoch, TokenId token) external view returns (Budget memory);
    function claimedOf(uint32 epoch, TokenId token, ProviderId provider) external view returns (uint256);

    /// @notice The epoch that runs now.
    function runningEpoch() external view returns (uint32);

    /// @notice When an epoch ends, in seconds.
    function endOf(uint32 epoch) external view returns (uint256);
}
