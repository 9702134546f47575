// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @notice For measurements: code lent to an account, so that it makes the same call many times in one transaction.
contract Repeating {
    error CallFailed(uint256 at, bytes answer);

    function repeat(address target, bytes calldata data, uint256 times) external {
        for (uint256 i = 0; i < times; i++) {
            // solhint-disable-next-line avoid-low-level-calls
            (bool succeeded, bytes memory answer) = target.call(data);
            if (!succeeded) revert CallFailed(i, answer);
        }
    }
}
