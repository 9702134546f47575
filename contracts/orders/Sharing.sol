// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

import {Charges} from "../libraries/Charges.sol";
import {TokenId} from "../types/Ids.sol";
import {BookStorage} from "./BookStorage.sol";

/// @title Sharing
/// @notice The protocol's share goes to its recipients, and what a token once refused to whom it was due.
abstract contract Sharing is BookStorage {
    using SafeERC20 for IERC20;

    function claimCommission(TokenId token) external nonReentrant {
        uint256 amount = _ledgers[token].commission;
        if (amount == 0) revert NothingOwed(address(this), token);
        _ledgers[token].commission = 0;

        uint256 left = amount;
        for (uint256 i = 0; i < _shares.length; i++) {
            (address recipient, uint256 share) = (_shares[i].recipient, _shares[i].share);
            // The last one gets what rounding leaves.
            uint256 part = i + 1 == _shares.length ? left : Charges.commissionOf(amount, share);
            left -= part;
            emit CommissionClaimed(token, recipient, part);
            _payOut(token, recipient, part);
        }
    }

    function withdrawOwed(TokenId token, address to) external nonReentrant {
        uint256 amount = owedTo[msg.sender][token];
        if (amount == 0) revert NothingOwed(msg.sender, token);
        owedTo[msg.sender][token] = 0;
        IERC20(_tokens[token].token).safeTransfer(to, amount);
    }
}
