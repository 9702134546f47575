// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @notice For tests: a token with a block-list, which refuses by an error or, as some do, by answering false.
contract RefusingToken is ERC20 {
    mapping(address account => bool) public blocked;
    bool public silent;

    error Blocked(address account);

    constructor() ERC20("Refusing", "REF") {
        _mint(msg.sender, 1_000_000 ether);
    }

    function setBlocked(address account, bool value) external {
        blocked[account] = value;
    }

    function setSilent(bool value) external {
        silent = value;
    }

    function transfer(address to, uint256 value) public override returns (bool) {
        return !_refused(to) && super.transfer(to, value);
    }

    function transferFrom(address from, address to, uint256 value) public override returns (bool) {
        return !_refused(from) && super.transferFrom(from, to, value);
    }

    function _refused(address account) private view returns (bool) {
        if (blocked[account] && !silent) revert Blocked(account);
        return blocked[account];
    }
}
