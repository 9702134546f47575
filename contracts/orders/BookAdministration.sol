// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {TokenId} from "../types/Ids.sol";
import {CommissionShare, Deadlines} from "../types/Orders.sol";
import {BookStorage} from "./BookStorage.sol";

/// @title BookAdministration
/// @notice What the administrator may do: list tokens, set the commission of orders to come and who shares it, bound waiting times,
///         pause placing.
abstract contract BookAdministration is BookStorage {
    /// @dev Largest commission, in basis points.
    uint16 internal constant MAX_COMMISSION = 2_000;
    uint256 internal constant MAX_SHARES = 8;
    uint256 internal constant BASIS_POINTS = 10_000;

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

    /// @notice Sets who shares the commission, of all tokens.
    function setCommissionShares(CommissionShare[] calldata shares) external restricted {
        uint256 sum;
        delete _shares;
        for (uint256 i = 0; i < shares.length; i++) {
            sum += shares[i].share;
            _shares.push(shares[i]);
        }
        if (sum != BASIS_POINTS || shares.length > MAX_SHARES) revert SharesMalformed(shares.length, sum);
        emit CommissionSharesSet(shares);
    }

    /// @notice Stops or resumes taking new orders; everything else goes on.
    function setPaused(bool paused) external restricted {
        _paused = paused;
        emit PlacingPaused(paused);
    }
}
