// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IOfferCatalog} from "../interfaces/IOfferCatalog.sol";
import {IProviderRegistry} from "../interfaces/IProviderRegistry.sol";
import {OfferId, OptionId, SlotId, UserId} from "../types/Ids.sol";
import {Allowance, Machine, Offer, OfferType, Slot, Version} from "../types/Offers.sol";

/// @title CatalogStorage
/// @notice All that the catalog remembers, and the checks that every verb shares.
abstract contract CatalogStorage is IOfferCatalog {
    /// @notice Bounds that keep every loop short.
    uint256 public constant MAX_PARTS = 15;
    uint256 public constant MAX_OPTIONS = 4;
    uint256 public constant MAX_LISTED = 32;
    uint256 public constant MAX_MACHINES = 16;
    uint256 public constant MAX_WAITING = 32;

    IProviderRegistry public immutable registry;

    // One word: 4 + 4 + 4 + 2 + 1 + 9 = 24
    uint32 internal _lastOffer;
    uint32 internal _lastSlot;
    uint32 internal _lastOption;
    uint16 internal _lastBook;
    bool internal _paused;
    /// @notice Largest compensation an offer may name, units of the security token.
    uint72 public compensationLimit = type(uint72).max;

    mapping(address book => uint16) internal _bookIndex;
    mapping(uint16 index => address) internal _books;
    mapping(OfferId offer => Offer) internal _offers;
    mapping(OfferId offer => Machine) internal _machines;
    mapping(SlotId slot => Slot) internal _slots;
    mapping(OptionId option => Slot) internal _options;
    mapping(OfferId offer => mapping(uint16 version => Version)) internal _versions;
    /// @dev [offer 32 | version 16], five a word.
    mapping(OfferId offer => uint48[32]) internal _listed;
    mapping(OfferId offer => mapping(address account => bool)) internal _allowed;
    mapping(OfferId offer => mapping(UserId user => bool)) internal _allowedUsers;
    /// @dev Orders of a user that wait at a machine, and a mark for good, so that the word never pays for its first write again.
    mapping(OfferId offer => mapping(UserId user => uint256)) internal _waiting;
    mapping(OfferId offer => mapping(bytes32 solutionHash => Allowance)) internal _allowances;

    constructor(IProviderRegistry providers) {
        registry = providers;
    }

    function _existing(OfferId id) internal view returns (Offer storage offer) {
        offer = _offers[id];
        if (offer.book == 0) revert OfferNotFound(id);
    }

    function _computeOffer(OfferId id) internal view returns (Offer storage offer) {
        offer = _existing(id);
        if (offer.offerType != OfferType.TeeOffer) revert NotComputeOffer(id);
    }

    function _valueOffer(OfferId id) internal view returns (Offer storage offer) {
        offer = _existing(id);
        if (offer.offerType == OfferType.TeeOffer) revert NotValueOffer(id);
    }

    /// @dev Lists are of accounts; all wallets of a listed account's user may order.
    function _isAllowed(OfferId id, UserId user, address account) internal view returns (bool) {
        return _allowed[id][account] || (UserId.unwrap(user) != 0 && _allowedUsers[id][user]);
    }
}
