// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {OfferId, OptionId, SlotId, UserId} from "../types/Ids.sol";
import {Allowance, Machine, Offer, Slot, Version} from "../types/Offers.sol";
import {CatalogStorage} from "./CatalogStorage.sol";

/// @title CatalogViews
/// @notice What readers ask.
abstract contract CatalogViews is CatalogStorage {
    function getOffer(OfferId id) external view returns (Offer memory) {
        return _existing(id);
    }

    function getMachine(OfferId id) external view returns (Machine memory) {
        _computeOffer(id);
        return _machines[id];
    }

    function getSlot(SlotId slot) external view returns (Slot memory) {
        return _slots[slot];
    }

    function getOption(OptionId option) external view returns (Slot memory) {
        return _options[option];
    }

    function getVersion(OfferId id, uint16 version) external view returns (Version memory) {
        return _versions[id][version];
    }

    function getListedOffers(OfferId id) external view returns (ListedOffer[] memory listed) {
        listed = new ListedOffer[](_existing(id).listed);
        for (uint256 i = 0; i < listed.length; i++) {
            uint48 entry = _listed[id][i];
            listed[i] = ListedOffer(OfferId.wrap(uint32(entry >> 16)), uint16(entry));
        }
    }

    function getAllowance(OfferId id, bytes32 solutionHash) external view returns (Allowance memory) {
        return _allowances[id][solutionHash];
    }

    function isAllowed(OfferId id, address account) external view returns (bool) {
        return !_existing(id).allowListed || _isAllowed(id, registry.userOf(account), account);
    }

    function waitingOf(OfferId id, UserId user) external view returns (uint256) {
        return uint8(_waiting[id][user]);
    }

    function bookOf(OfferId id) external view returns (address) {
        return _books[_existing(id).book];
    }

    function offerCount() external view returns (uint256) {
        return _lastOffer;
    }

    function slotCount() external view returns (uint256) {
        return _lastSlot;
    }

    function optionCount() external view returns (uint256) {
        return _lastOption;
    }
}
