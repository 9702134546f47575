// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @notice A resource vector in one word: eight lanes of 31 bits, each below a guard bit that is 0 except in a room (see {asRoom}).
///
///   lane  0: CPU, 1/100 core   1: RAM, MiB         2: disk, MiB      3: GPU, 1/100 core
///         4: VRAM, MiB         5: bandwidth, kbit/s 6: traffic, MiB   7: external ports
///   word  [guard 1 | lane7 31] … [guard 1 | lane1 31] [guard 1 | lane0 31]
///
/// The guard bits make a comparison of all eight lanes one subtraction: a lane that runs below zero takes its own guard bit away.
type Resources is uint256;

using {add, times, fitsIn, asRoom, takenFrom, returnedTo, lane} for Resources global;

/// @dev The guard bit of every lane.
uint256 constant GUARDS = 0x8000000080000000800000008000000080000000800000008000000080000000;

/// @notice A sum or a multiple of resources passed 2^31 - 1 in one lane.
error ResourceOverflow();

/// @notice The lanes are not below 2^31.
error MalformedResources(Resources given);

/// @notice The sum of two vectors. Reverts with {ResourceOverflow}.
function add(Resources a, Resources b) pure returns (Resources) {
    // Lanes below 2^31 add up to less than 2^32: what is too much shows in the guard bit of its own lane.
    uint256 sum = Resources.unwrap(a) + Resources.unwrap(b);
    if (sum & GUARDS != 0) revert ResourceOverflow();
    return Resources.wrap(sum);
}

/// @notice `count` times a vector. Reverts with {ResourceOverflow}.
function times(Resources a, uint256 count) pure returns (Resources product) {
    if (count == 1) return a;
    uint256 word = Resources.unwrap(a);
    uint256 result;
    for (uint256 shift = 0; shift < 256; shift += 32) {
        uint256 scaled = ((word >> shift) & 0x7fffffff) * count;
        if (scaled > 0x7fffffff) revert ResourceOverflow();
        result |= scaled << shift;
    }
    return Resources.wrap(result);
}

/// @notice Whether every lane of `need` is at most the lane of `room` (guard bits of `room` are ignored).
function fitsIn(Resources need, Resources room) pure returns (bool) {
    return ((Resources.unwrap(room) | GUARDS) - Resources.unwrap(need)) & GUARDS == GUARDS;
}

/// @notice The vector with its guard bits set: what is left of a machine. Never zero, so its word never pays for the first write.
function asRoom(Resources total) pure returns (Resources) {
    return Resources.wrap(Resources.unwrap(total) | GUARDS);
}

/// @notice `room - need`; the caller has checked {fitsIn}.
function takenFrom(Resources need, Resources room) pure returns (Resources) {
    return Resources.wrap(Resources.unwrap(room) - Resources.unwrap(need));
}

/// @notice `room + need`, for what was taken before. Reverts with {ResourceOverflow} rather than spoil a neighbouring lane.
function returnedTo(Resources need, Resources room) pure returns (Resources) {
    return Resources.wrap(Resources.unwrap(room) & ~GUARDS).add(need).asRoom();
}

/// @notice One lane, 0 to 7.
function lane(Resources self, uint256 index) pure returns (uint256) {
    return (Resources.unwrap(self) >> (index * 32)) & 0x7fffffff;
}
