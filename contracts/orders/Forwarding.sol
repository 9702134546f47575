// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title Forwarding
/// @notice The way from a part of the book's code to the next. That is fixed when the book is made and holds nothing: it runs on the
///         book's own state, as a linked library would, but without every argument being packed again.
abstract contract Forwarding {
    /// @notice The contract with the verbs that this one does not have itself.
    address public immutable continuation;

    constructor(address next) {
        continuation = next;
    }

    /// @dev Goes on in the next contract with the very call that came, and ends with its answer.
    fallback() external {
        address target = continuation;
        assembly ("memory-safe") {
            let start := mload(0x40)
            calldatacopy(start, 0, calldatasize())
            let done := delegatecall(gas(), target, start, calldatasize(), 0, 0)
            returndatacopy(start, 0, returndatasize())
            switch done
            case 0 { revert(start, returndatasize()) }
            default { return(start, returndatasize()) }
        }
    }
}
