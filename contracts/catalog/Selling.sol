// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {OfferId, SlotId, TokenId} from "../types/Ids.sol";
import {
    Allowance,
    Basket,
    ComputeTerms,
    Machine,
    Offer,
    OfferType,
    OptionCount,
    Part,
    PriceType,
    Slot
} from "../types/Offers.sol";
import {PartTerms, partTerms} from "../types/PartTerms.sol";
import {Resources} from "../types/Resources.sol";
import {CatalogStorage} from "./CatalogStorage.sol";

/// @title Selling
/// @notice What an order book asks: the terms of a basket, a share of a machine, an allowance of a policy.
abstract contract Selling is CatalogStorage {
    /// @dev A basket while it is read: who buys where, and what its parts add up to.
    struct Sale {
        address customer;
        address book;
        uint16 bookIndex;
        TokenId token;
        Resources required;
        uint256[4] counts;
        uint256[4] own;
    }

    /* SELLING */

    function sell(address customer, Basket calldata basket) external returns (ComputeTerms memory compute, PartTerms[] memory parts) {
        (compute, parts) = _termsOf(msg.sender, customer, basket);
        _machines[basket.compute].waiting += 1;
    }

    function take(OfferId id, SlotId slot, uint8 slotCount, OptionCount[] memory options) external {
        Offer storage offer = _offers[id];
        if (offer.book != _callingBook()) revert OfferNotSoldHere(id, msg.sender);
        Machine storage machine = _machines[id];
        Resources share = _share(slot, slotCount, options);
        Resources room = machine.room;
        if (!share.fitsIn(room)) revert MachineFull(id);
        machine.room = share.takenFrom(room);
        machine.waiting -= 1;
    }

    function release(OfferId id, SlotId slot, uint8 slotCount, OptionCount[] memory options) external {
        Offer storage offer = _offers[id];
        Machine storage machine = _machines[id];
        Resources share = _share(slot, slotCount, options);
        Resources room = machine.room;
        // A book gives back no more than the machine lacks.
        if (offer.book != _callingBook() || !share.fitsIn(room.missingOf(machine.total))) revert NotTaken(id);
        machine.room = share.returnedTo(room);
    }

    function leaveQueue(OfferId id) external {
        if (_offers[id].book != _callingBook()) revert OfferNotSoldHere(id, msg.sender);
        _machines[id].waiting -= 1;
    }

    function spendAllowance(OfferId id, bytes32 solutionHash) external {
        if (_offers[id].book != _callingBook()) revert OfferNotSoldHere(id, msg.sender);
        Allowance storage allowance = _allowances[id][solutionHash];
        if (allowance.usesLeft == 0 || block.timestamp > allowance.notAfter) revert PolicyRefuses(id, solutionHash);
        allowance.usesLeft -= 1;
    }

    function termsOf(address book, address customer, Basket calldata basket)
        external
        view
        returns (ComputeTerms memory compute, PartTerms[] memory parts)
    {
        return _termsOf(book, customer, basket);
    }

    /* INTERNAL */

    function _callingBook() private view returns (uint16 book) {
        book = _bookIndex[msg.sender];
        if (book == 0) revert BookUnknown(msg.sender);
    }

    function _termsOf(address book, address customer, Basket calldata basket)
        private
        view
        returns (ComputeTerms memory compute, PartTerms[] memory parts)
    {
        Sale memory sale;
        sale.book = book;
        sale.customer = customer;
        sale.bookIndex = _bookIndex[book];
        if (sale.bookIndex == 0) revert BookUnknown(book);

        Offer memory machine = _sellable(basket.compute, sale);
        if (machine.offerType != OfferType.TeeOffer) revert NotComputeOffer(basket.compute);
        sale.token = machine.token;
        parts = _fillParts(basket, sale);
        compute.provider = machine.provider;
        compute.token = machine.token;
        compute.compensation = _machines[basket.compute].compensation;
        _fillCompute(compute, basket, sale.required);
    }

    function _fillParts(Basket calldata basket, Sale memory sale) private view returns (PartTerms[] memory parts) {
        uint256 count = basket.parts.length;
        if (count > MAX_PARTS) revert TooManyParts(count, MAX_PARTS);
        sale.own[uint256(OfferType.Solution)] = basket.ownSolutions;
        sale.own[uint256(OfferType.Data)] = basket.ownData;
        sale.counts[uint256(OfferType.TeeOffer)] = 1;
        sale.counts[uint256(OfferType.Solution)] = basket.ownSolutions;
        sale.counts[uint256(OfferType.Data)] = basket.ownData;

        parts = new PartTerms[](count);
        Offer[] memory offers = new Offer[](count);
        bool restricted;
        for (uint256 i = 0; i < count; i++) {
            Part calldata part = basket.parts[i];
            Offer memory offer = _sellable(part.offer, sale);
            if (offer.offerType == OfferType.TeeOffer) revert NotValueOffer(part.offer);
            if (offer.token != sale.token) revert OtherToken(part.offer, sale.token, offer.token);
            sale.counts[uint256(offer.offerType)] += 1;
            restricted = restricted || offer.restricted;
            offers[i] = offer;
            parts[i] = _termsOfPart(offer, part, basket, sale);
        }
        if (!restricted) return parts;
        for (uint256 i = 0; i < count; i++) {
            if (offers[i].restricted) _checkRestrictions(i, offers, parts, basket, sale);
        }
    }

    /// @dev An offer as long as it may be sold by this book to this customer.
    function _sellable(OfferId id, Sale memory sale) private view returns (Offer memory offer) {
        offer = _offers[id];
        if (offer.book == 0) revert OfferNotFound(id);
        if (!offer.enabled) revert OfferDisabled(id);
        if (offer.book != sale.bookIndex) revert OfferNotSoldHere(id, sale.book);
        if (offer.allowListed && !_allowed[id][sale.customer]) revert AccountNotAllowed(id, sale.customer);
    }

    function _termsOfPart(Offer memory offer, Part calldata part, Basket calldata basket, Sale memory sale)
        private
        view
        returns (PartTerms)
    {
        Slot memory slot = _slots[part.slot];
        if (slot.offer != part.offer) revert SlotNotOfOffer(part.offer, part.slot);
        if (!slot.active) revert SlotIsRetired(part.offer, part.slot);
        sale.required = sale.required.add(slot.resources);

        uint16 version;
        if (offer.offerType == OfferType.Storage) {
            // A storage part is charged for its retention, whatever the lease.
            _checkRetention(part.offer, slot, basket.retentionMinutes);
            slot.minMinutes = basket.retentionMinutes;
        } else {
            _checkLease(part.offer, slot, basket.leaseMinutes);
            version = _soldVersion(offer, part);
        }
        return partTerms(
            part.offer,
            offer.provider,
            slot.price,
            slot.minMinutes,
            offer.offerType,
            slot.priceType,
            offer.approval,
            offer.cancelable,
            version
        );
    }

    function _checkRetention(OfferId id, Slot memory slot, uint24 retention) private pure {
        if (retention == 0 || retention < slot.minMinutes || (slot.maxMinutes != 0 && retention > slot.maxMinutes)) {
            revert RetentionOutOfRange(id, retention, slot.minMinutes, slot.maxMinutes);
        }
    }

    function _soldVersion(Offer memory offer, Part calldata part) private view returns (uint16 version) {
        version = part.version == 0 ? offer.latestVersion : part.version;
        if (version == offer.latestVersion && version != 0) return version;
        if (_versions[part.offer][version].contentHash == 0) revert VersionNotFound(part.offer, version);
        if (_versions[part.offer][version].deleted) revert VersionIsDeleted(part.offer, version);
    }

    /// @dev A price per hour binds the lease from both sides; a fixed price buys the lease up to its maximum.
    function _checkLease(OfferId id, Slot memory slot, uint24 lease) private pure {
        bool tooShort = slot.priceType == PriceType.PerHour && lease < slot.minMinutes;
        if (tooShort || lease == 0 || (slot.maxMinutes != 0 && lease > slot.maxMinutes)) {
            revert LeaseOutOfRange(id, lease, slot.minMinutes, slot.maxMinutes);
        }
    }

    /// @dev Prices the machine's part and compares what it has with what all parts need.
    function _fillCompute(ComputeTerms memory compute, Basket calldata basket, Resources required) private view {
        OfferId id = basket.compute;
        if (basket.slotCount == 0) revert SlotCountZero(id);
        if (basket.options.length > MAX_OPTIONS) revert TooManyOptions(basket.options.length, MAX_OPTIONS);

        Slot memory slot = _slots[basket.slot];
        if (slot.offer != id) revert SlotNotOfOffer(id, basket.slot);
        if (!slot.active) revert SlotIsRetired(id, basket.slot);
        _checkLease(id, slot, basket.leaseMinutes);
        Resources provided = slot.resources.times(basket.slotCount);
        // uint88 holds 255 times a uint80, and sums of a few of them; the narrowing below is checked.
        uint256 rate = uint256(slot.price) * basket.slotCount;
        uint256 fixedCharge;
        compute.minMinutes = slot.minMinutes;

        for (uint256 i = 0; i < basket.options.length; i++) {
            OptionCount calldata choice = basket.options[i];
            Slot memory option = _options[choice.option];
            if (option.offer != id) revert OptionNotOfOffer(id, choice.option);
            if (!option.active) revert OptionIsRetired(id, choice.option);
            if (choice.count == 0) revert SlotCountZero(id);
            _checkLease(id, option, basket.leaseMinutes);
            provided = provided.add(option.resources.times(choice.count));
            if (option.priceType == PriceType.PerHour) {
                rate += uint256(option.price) * choice.count;
                if (option.minMinutes > compute.minMinutes) compute.minMinutes = option.minMinutes;
            } else {
                fixedCharge += uint256(option.price) * choice.count;
            }
        }
        if (rate > type(uint80).max || fixedCharge > type(uint80).max) revert PriceOverflow(id);
        compute.rate = uint80(rate);
        compute.fixedCharge = uint80(fixedCharge);

        if (!required.fitsIn(provided)) {
            for (uint256 i = 0; i < 8; i++) {
                if (required.lane(i) > provided.lane(i)) revert ResourcesInsufficient(i, required.lane(i), provided.lane(i));
            }
        }
    }

    /// @dev What part `index` demands of all others, own uploads included.
    function _checkRestrictions(
        uint256 index,
        Offer[] memory offers,
        PartTerms[] memory parts,
        Basket calldata basket,
        Sale memory sale
    ) private view {
        Offer memory offer = offers[index];
        OfferId id = basket.parts[index].offer;
        for (uint256 t = 0; t < 4; t++) {
            uint256 others = sale.counts[t] - (uint256(offer.offerType) == t ? 1 : 0);
            if ((offer.requiredTypes >> t) & 1 == 1 && others == 0) revert TypeRequired(id, OfferType(t));
            if ((offer.listedTypes >> t) & 1 == 1 && sale.own[t] != 0) revert OwnUploadRefused(id, OfferType(t));
        }
        _checkMost(id, OfferType.Storage, sale, offer.mostStorage);
        _checkMost(id, OfferType.Solution, sale, offer.mostSolutions);
        _checkMost(id, OfferType.Data, sale, offer.mostData);

        if (offer.listedTypes == 0) return;
        if (offer.listedTypes & 1 != 0) _checkListed(id, offer.listed, basket.compute, 0);
        for (uint256 i = 0; i < offers.length; i++) {
            if (i != index && (offer.listedTypes >> uint256(offers[i].offerType)) & 1 == 1) {
                _checkListed(id, offer.listed, basket.parts[i].offer, parts[i].version());
            }
        }
    }

    function _checkMost(OfferId id, OfferType offerType, Sale memory sale, uint8 most) private pure {
        uint256 given = sale.counts[uint256(offerType)];
        if (most != 0 && given > most) revert TooManyOfType(id, offerType, given, most);
    }

    function _checkListed(OfferId id, uint8 count, OfferId other, uint16 version) private view {
        uint48[32] storage entries = _listed[id];
        for (uint256 i = 0; i < count; i++) {
            uint48 entry = entries[i];
            uint16 wanted = uint16(entry);
            if (uint32(entry >> 16) == OfferId.unwrap(other) && (wanted == 0 || wanted == version)) return;
        }
        revert OfferNotListed(id, other, version);
    }

    /// @dev The resources of an order; slots and options never change, so this is always what was placed.
    function _share(SlotId slot, uint8 slotCount, OptionCount[] memory options) private view returns (Resources share) {
        share = _slots[slot].resources.times(slotCount);
        for (uint256 i = 0; i < options.length; i++) {
            share = share.add(_options[options[i].option].resources.times(options[i].count));
        }
    }
}
