// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IOfferOwners} from "../interfaces/IAttestation.sol";
import {OfferId, ProviderId} from "../types/Ids.sol";

/// @notice For tests: a catalog that knows who owns an offer and nothing else.
contract FixedOfferOwners is IOfferOwners {
    struct Owner {
        ProviderId provider;
        address actionAccount;
    }

    error OfferNotFound(OfferId offer);

    mapping(OfferId offer => Owner) private _owners;

    function setOwner(OfferId offer, ProviderId provider, address actionAccount) external {
        _owners[offer] = Owner(provider, actionAccount);
    }

    function computeOfferOwner(OfferId offer) external view returns (ProviderId provider, address actionAccount) {
        Owner memory owner = _owners[offer];
        if (owner.actionAccount == address(0)) revert OfferNotFound(offer);
        return (owner.provider, owner.actionAccount);
    }
}
