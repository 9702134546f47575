// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {OfferId, SlotId, TokenId, UserId} from "../types/Ids.sol";
import {Allowance, Basket, ComputeTerms, MachineChoice, OfferType, Part, Slot} from "../types/Offers.sol";
import {OfferWord, priceOfSlot, PriceWord, wordOfOffer} from "../types/OfferWords.sol";
import {PartTerms, partTerms} from "../types/PartTerms.sol";
import {Choosing} from "./Choosing.sol";
import {Sale} from "./Sale.sol";

/// @title Selling
/// @notice What an order book asks: the terms of a basket, the terms of storage, an allowance of a policy.
abstract contract Selling is Choosing {
    /// @dev Width of a type's lane in `counts` and `own`.
    uint256 private constant LANE = 64;

    /* SELLING */

    function sell(UserId user, address customer, Basket calldata basket)
        external
        returns (ComputeTerms memory compute, PartTerms[] memory parts)
    {
        (compute, parts) = _termsOf(msg.sender, user, customer, basket);
        _enqueue(compute.offer, user);
    }

    function sellStorage(UserId user, address customer, Part calldata part, uint24 retentionMinutes)
        external
        view
        returns (TokenId token, PartTerms terms)
    {
        OfferWord offer = _storageOf(part.offer);
        Sale memory sale;
        (sale.book, sale.bookIndex, sale.user, sale.customer) = (msg.sender, _bookIndex[msg.sender], user, customer);
        _checkSellable(part.offer, offer, sale);
        return (offer.token(), _storageTerms(part, offer, retentionMinutes));
    }

    function extendedStorage(Part calldata part, uint24 retentionMinutes) external view returns (PartTerms terms) {
        OfferWord offer = _storageOf(part.offer);
        if (!offer.enabled()) revert OfferDisabled(part.offer);
        return _storageTerms(part, offer, retentionMinutes);
    }

    function spendAllowance(OfferId id, bytes32 solutionHash) external {
        uint16 book = _bookIndex[msg.sender];
        if (book == 0 || _offers[id].book != book) revert OfferNotSoldHere(id, msg.sender);
        Allowance storage allowance = _allowances[id][solutionHash];
        if (allowance.usesLeft == 0 || block.timestamp > allowance.notAfter) revert PolicyRefuses(id, solutionHash);
        allowance.usesLeft -= 1;
    }

    function termsOf(address book, address customer, Basket calldata basket)
        external
        view
        returns (ComputeTerms memory compute, PartTerms[] memory parts)
    {
        return _termsOf(book, registry.userOf(customer), customer, basket);
    }

    /* INTERNAL */

    function _termsOf(address book, UserId user, address customer, Basket calldata basket)
        private
        view
        returns (ComputeTerms memory compute, PartTerms[] memory parts)
    {
        MachineChoice[] calldata machines = basket.machines;
        uint256 count = machines.length;
        if (count == 0) revert MachineMissing();
        if (count > MAX_MACHINES) revert TooManyMachines(count, MAX_MACHINES);
        Sale memory sale;
        (sale.book, sale.user, sale.customer, sale.lease) = (book, user, customer, basket.leaseMinutes);
        sale.longest = type(uint24).max;

        // A machine names its book by address; its index, in the offer, is what the other parts must share, like its token.
        OfferId first = machines[0].offer;
        OfferWord offer = wordOfOffer(_offers[first]);
        if (offer.book() == 0) revert OfferNotFound(first);
        if (!offer.isCompute()) revert NotComputeOffer(first);
        if (_machines[first].book != book) revert OfferNotSoldHere(first, book);
        (sale.bookIndex, sale.token) = (offer.book(), offer.token());

        parts = _fillParts(basket, sale);
        compute.chosen = _choose(basket, sale);
        _fillCompute(compute, basket, sale);
    }

    function _fillParts(Basket calldata basket, Sale memory sale) private view returns (PartTerms[] memory terms) {
        Part[] calldata parts = basket.parts;
        uint256 count = parts.length;
        if (count > MAX_PARTS) revert TooManyParts(count, MAX_PARTS);
        sale.own = (uint256(basket.ownSolutions) << (LANE * uint256(OfferType.Solution)))
            | (uint256(basket.ownData) << (LANE * uint256(OfferType.Data)));
        // One part of type TeeOffer, in lane 0.
        sale.counts = sale.own | 1;

        uint24 retention = basket.retentionMinutes;
        terms = new PartTerms[](count);
        OfferWord[] memory offers = new OfferWord[](count);
        bool restricted;
        for (uint256 i = 0; i < count; i++) {
            OfferWord offer = wordOfOffer(_offers[parts[i].offer]);
            offers[i] = offer;
            terms[i] = _termsOfPart(parts[i], offer, retention, sale);
            restricted = restricted || offer.restricted();
        }
        if (!restricted) return terms;
        sale.offers = offers;
        for (uint256 i = 0; i < count; i++) {
            if (offers[i].restricted()) _checkRestrictions(i, terms, basket.parts, sale);
        }
    }

    function _termsOfPart(Part calldata part, OfferWord offer, uint24 retention, Sale memory sale) private view returns (PartTerms) {
        OfferId id = part.offer;
        _checkSellable(id, offer, sale);
        if (offer.isCompute()) revert NotValueOffer(id);
        if (offer.token() != sale.token) revert OtherToken(id, sale.token, offer.token());
        sale.counts += 1 << (LANE * offer.kind());

        Slot storage slot = _slots[part.slot];
        PriceWord price = _soldSlot(id, part.slot, slot);
        sale.required = sale.required.add(slot.resources);
        // A storage part is charged for its retention, whatever the lease.
        if (offer.isStorage()) return _retained(id, offer, price, retention);
        _checkLease(id, price, sale);
        return partTerms(id, offer, price, price.minMinutes(), _soldVersion(id, offer.latestVersion(), part.version));
    }

    function _soldSlot(OfferId id, SlotId slotId, Slot storage slot) private view returns (PriceWord price) {
        price = priceOfSlot(slot);
        if (price.offer() != id) revert SlotNotOfOffer(id, slotId);
        if (!price.active()) revert SlotIsRetired(id, slotId);
    }

    function _storageOf(OfferId id) private view returns (OfferWord offer) {
        offer = wordOfOffer(_offers[id]);
        if (offer.book() == 0) revert OfferNotFound(id);
        if (!offer.isStorage()) revert NotStorageOffer(id);
    }

    function _storageTerms(Part calldata part, OfferWord offer, uint24 retention) private view returns (PartTerms) {
        return _retained(part.offer, offer, _soldSlot(part.offer, part.slot, _slots[part.slot]), retention);
    }

    function _retained(OfferId id, OfferWord offer, PriceWord slot, uint24 retention) private pure returns (PartTerms) {
        if (retention == 0 || retention < slot.minMinutes() || (slot.maxMinutes() != 0 && retention > slot.maxMinutes())) {
            revert RetentionOutOfRange(id, retention, slot.minMinutes(), slot.maxMinutes());
        }
        return partTerms(id, offer, slot, retention, 0);
    }

    function _soldVersion(OfferId id, uint16 latest, uint16 asked) private view returns (uint16 version) {
        version = asked == 0 ? latest : asked;
        if (version == latest && version != 0) return version;
        if (_versions[id][version].contentHash == 0) revert VersionNotFound(id, version);
        if (_versions[id][version].deleted) revert VersionIsDeleted(id, version);
    }

    /// @dev What part `index` demands of all other parts, own uploads included; of machines see {Choosing}.
    function _checkRestrictions(uint256 index, PartTerms[] memory terms, Part[] calldata parts, Sale memory sale) private view {
        OfferWord offer = sale.offers[index];
        OfferId id = parts[index].offer;
        for (uint256 t = 0; t < 4; t++) {
            uint256 count = _lane(sale.counts, t);
            if (offer.requiresType(t) && count == (offer.kind() == t ? 1 : 0)) revert TypeRequired(id, OfferType(t));
            if (offer.listsType(t) && _lane(sale.own, t) != 0) revert OwnUploadRefused(id, OfferType(t));
            uint256 most = t == 0 ? 0 : offer.mostOf(t);
            if (most != 0 && count > most) revert TooManyOfType(id, OfferType(t), count, most);
        }

        if (!offer.listsAny()) return;
        if (offer.listsType(uint256(OfferType.TeeOffer))) sale.listsMachines = true;
        for (uint256 i = 0; i < parts.length; i++) {
            if (i == index || !offer.listsType(sale.offers[i].kind())) continue;
            (OfferId other, uint16 version) = (parts[i].offer, terms[i].version());
            if (!_isListed(id, offer.listed(), other, version)) revert OfferNotListed(id, other, version);
        }
    }

    function _lane(uint256 counts, uint256 offerType) private pure returns (uint256) {
        return uint64(counts >> (LANE * offerType));
    }
}
