// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {DerReader} from "./DerReader.sol";

/// @title X509Time
/// @notice The validity of a certificate (RFC 5280, 4.1.2.5) as Unix seconds.
library X509Time {
    using DerReader for bytes;

    /// @notice Reads `SEQUENCE { notBefore, notAfter }`.
    function validity(bytes calldata der, uint256 at, uint256 limit)
        internal
        pure
        returns (uint40 from, uint40 until, uint256 end)
    {
        uint256 next;
        (at, end) = der.enter(at, limit, DerReader.SEQUENCE);
        (from, next) = _time(der, at, end);
        (until, next) = _time(der, next, end);
        if (next != end) revert DerReader.DerMalformed(next);
    }

    /// @dev UTCTime YYMMDDHHMMSSZ up to 2049, GeneralizedTime YYYYMMDDHHMMSSZ from 2050 on.
    function _time(bytes calldata der, uint256 at, uint256 limit) private pure returns (uint40 time, uint256 end) {
        unchecked {
            bool short = der.tagAt(at, limit) == DerReader.UTC_TIME;
            uint256 start;
            (start, end) = der.enter(at, limit, short ? DerReader.UTC_TIME : DerReader.GENERALIZED_TIME);
            if (end - start != (short ? 13 : 15)) revert DerReader.DerMalformed(at);
            // The digits as numbers in 14 bytes, century first; for UTCTime the century is put in.
            uint256 text = der.word(start);
            uint256 digits = (text >> 144) ^ 0x3030303030303030303030303030;
            uint8 last = uint8(text >> 136);
            if (short) {
                digits = (text >> 160) ^ 0x303030303030303030303030;
                last = uint8(text >> 152);
                digits |= uint256(_pair(digits, 5) < 50 ? 0x0200 : 0x0109) << 96;
            }
            // No byte above 9: no high nibble, neither before nor after adding 6.
            uint256 high = (digits | (digits + 0x0606060606060606060606060606)) & 0xf0f0f0f0f0f0f0f0f0f0f0f0f0f0;
            uint256 year = _pair(digits, 6) * 100 + _pair(digits, 5);
            uint256 month = _pair(digits, 4);
            uint256 day = _pair(digits, 3);
            uint256 seconds_ = _pair(digits, 2) * 3_600 + _pair(digits, 1) * 60 + _pair(digits, 0);
            bool fits = high == 0 && last == 0x5a && month >= 1 && month <= 12 && day >= 1 && day <= 31
                && _pair(digits, 2) < 24 && _pair(digits, 1) < 60 && _pair(digits, 0) < 60;
            if (!fits || year < 1970 || (!short && year < 2050)) revert DerReader.DerMalformed(at);
            time = uint40(_days(year, month, day) * 86_400 + seconds_);
        }
    }

    /// @dev The two digits that have `after_` pairs behind them.
    function _pair(uint256 digits, uint256 after_) private pure returns (uint256) {
        unchecked {
            digits >>= 16 * after_;
            return uint8(digits >> 8) * uint256(10) + uint8(digits);
        }
    }

    /// @dev Days since 1970-01-01 in the Gregorian calendar; the year begins in March, so that the leap day is its last.
    function _days(uint256 year, uint256 month, uint256 day) private pure returns (uint256) {
        unchecked {
            if (month <= 2) {
                year--;
                month += 12;
            }
            return 365 * year + year / 4 - year / 100 + year / 400 + (153 * (month - 3) + 2) / 5 + day - 719_469;
        }
    }
}
