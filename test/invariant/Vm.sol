// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @notice The few cheat codes of forge that the invariants use.
interface Vm {
    function prank(address sender) external;
    function warp(uint256 time) external;
    /// @dev Gives up the running step; forge counts it as discarded.
    function assume(bool condition) external pure;
    function addr(uint256 privateKey) external pure returns (address);
    function sign(uint256 privateKey, bytes32 digest) external pure returns (uint8 v, bytes32 r, bytes32 s);
}

/// @dev Forge answers at this address.
Vm constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

/// @notice A number within both bounds, from any number.
function within(uint256 seed, uint256 least, uint256 most) pure returns (uint256) {
    return least + (seed % (most - least + 1));
}
