// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @notice For tests: a token that calls somebody in the middle of a transfer, once, and remembers the answer.
contract ReentrantToken is ERC20 {
    address private _target;
    bytes private _data;
    bool public called;
    bool public succeeded;
    bytes public answer;

    constructor() ERC20("Reentrant", "REE") {
        _mint(msg.sender, 1_000_000 ether);
    }

    function plan(address target, bytes calldata data) external {
        (_target, _data, called, succeeded) = (target, data, false, false);
    }

    function _update(address from, address to, uint256 value) internal override {
        super._update(from, to, value);
        if (_target == address(0)) return;
        address target = _target;
        _target = address(0);
        called = true;
        // solhint-disable-next-line avoid-low-level-calls
        (succeeded, answer) = target.call(_data);
    }
}
