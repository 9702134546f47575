// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {TokenId, UserId} from "../types/Ids.sol";
import {OfferWord} from "../types/OfferWords.sol";
import {Resources} from "../types/Resources.sol";

/// @notice A basket while it is read: who buys where, and what its parts add up to. Lives in memory only.
struct Sale {
    address customer;
    UserId user;
    address book;
    uint16 bookIndex;
    TokenId token;
    uint24 lease;
    /// @dev What all parts need of the machine.
    Resources required;
    /// @dev Parts of each type, own uploads included, 64 bits each.
    uint256 counts;
    /// @dev Own uploads of each type, 64 bits each.
    uint256 own;
    /// @dev The smallest maximum of all leases, in minutes.
    uint256 longest;
    /// @dev The words of the value offers, in the order of the parts.
    OfferWord[] offers;
    /// @dev Whether one of them accepts listed machines only.
    bool listsMachines;
}
