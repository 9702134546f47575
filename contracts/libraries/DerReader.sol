// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title DerReader
/// @notice Walks DER (ITU-T X.690) in calldata without copying it. Everything that DER forbids is refused: indefinite or
///         over-long lengths, integers with superfluous bytes, elements that reach beyond the one around them.
/// @dev Unchecked throughout: offsets are below 2^64, sizes below 2^16, so no sum of them can overflow.
///      Offsets count from the start of `der`; an element is named by `start` and `end` of its content.
library DerReader {
    uint8 internal constant BOOLEAN = 0x01;
    uint8 internal constant INTEGER = 0x02;
    uint8 internal constant BIT_STRING = 0x03;
    uint8 internal constant OCTET_STRING = 0x04;
    uint8 internal constant OBJECT_IDENTIFIER = 0x06;
    uint8 internal constant UTC_TIME = 0x17;
    uint8 internal constant GENERALIZED_TIME = 0x18;
    uint8 internal constant SEQUENCE = 0x30;

    /// @notice The bytes at offset `at` are not the DER that has to stand there.
    error DerMalformed(uint256 at);

    /// @notice The 32 bytes from `at` on; bytes beyond the end of `der` are arbitrary, so check bounds before using them.
    function word(bytes calldata der, uint256 at) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := calldataload(add(der.offset, at))
        }
    }

    /// @notice The tag at `at`, 0 at the limit.
    function tagAt(bytes calldata der, uint256 at, uint256 limit) internal pure returns (uint8) {
        return at < limit ? uint8(word(der, at) >> 248) : 0;
    }

    /// @notice Enters the element at `at`, which must have `tag` and end at or before `limit` (itself within `der`).
    function enter(bytes calldata der, uint256 at, uint256 limit, uint8 tag)
        internal
        pure
        returns (uint256 start, uint256 end)
    {
        unchecked {
            uint256 head = word(der, at);
            uint256 size = (head >> 240) & 0xff;
            if (size < 0x80) {
                start = at + 2;
            } else if (size == 0x81) {
                size = (head >> 232) & 0xff;
                if (size < 0x80) revert DerMalformed(at);
                start = at + 3;
            } else if (size == 0x82) {
                size = (head >> 224) & 0xffff;
                if (size < 0x100) revert DerMalformed(at);
                start = at + 4;
            } else {
                revert DerMalformed(at);
            }
            end = start + size;
            if (head >> 248 != tag || end > limit) revert DerMalformed(at);
        }
    }

    /// @notice A positive INTEGER of at most 32 bytes, and where it ends.
    function unsigned(bytes calldata der, uint256 at, uint256 limit) internal pure returns (uint256 value, uint256 end) {
        unchecked {
            uint256 start;
            (start, end) = enter(der, at, limit, INTEGER);
            uint256 size = end - start;
            if (size == 0) revert DerMalformed(at);
            uint256 first = word(der, start) >> 240;
            // A negative number, or a leading zero that the sign does not need.
            if (first >= 0x8000 || (size > 1 && first < 0x80)) revert DerMalformed(at);
            if (size == 33) {
                if (first > 0xff) revert DerMalformed(at);
                return (word(der, start + 1), end);
            }
            if (size > 32) revert DerMalformed(at);
            value = word(der, start) >> (8 * (32 - size));
        }
    }

    /// @notice Refuses unless the `size` (at most 32) bytes at `at` are `expected` (right-aligned) and end by `limit`.
    function expect(bytes calldata der, uint256 at, uint256 limit, uint256 size, uint256 expected)
        internal
        pure
        returns (uint256 end)
    {
        unchecked {
            end = at + size;
            if (end > limit || word(der, at) >> (8 * (32 - size)) != expected) revert DerMalformed(at);
        }
    }
}
