// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @notice For tests: a token of any decimals whose balances can be cut afterwards, as rebasing tokens cut theirs.
contract RebasingToken is ERC20 {
    uint8 private immutable _decimals;

    constructor(uint8 decimals_) ERC20("Rebasing", "REB") {
        _decimals = decimals_;
        _mint(msg.sender, 1_000_000 ether);
    }

    function decimals() public view override returns (uint8) {
        return _decimals;
    }

    /// @notice Takes `amount` units from an account.
    function cut(address account, uint256 amount) external {
        _burn(account, amount);
    }
}
