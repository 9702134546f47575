// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

import {IOrderLog} from "../interfaces/IOrderLog.sol";

/// @title Escrow
/// @notice How money comes into the book.
library Escrow {
    using SafeERC20 for IERC20;

    /// @notice Takes `amount` from the caller, to the unit: a token that keeps a part of a transfer is refused.
    function pull(IERC20 token, uint256 amount) internal {
        if (amount == 0) return;
        uint256 before = token.balanceOf(address(this));
        token.safeTransferFrom(msg.sender, address(this), amount);
        uint256 credited = token.balanceOf(address(this)) - before;
        if (credited != amount) revert IOrderLog.CreditedLess(address(token), amount, credited);
    }
}
