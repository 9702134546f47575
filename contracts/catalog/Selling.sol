// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {OfferId, OptionId, SlotId, TokenId} from "../types/Ids.sol";
import {Allowance, Basket, ComputeTerms, Machine, OfferType, OptionCount, Part, Slot} from "../types/Offers.sol";
import {OfferWord, priceOfSlot, PriceWord, wordOfOffer} from "../types/OfferWords.sol";
import {PartTerms, partTerms} from "../types/PartTerms.sol";
import {Resources} from "../types/Resources.sol";
import {CatalogStorage} from "./CatalogStorage.sol";

/// @title Selling
/// @notice What an order book asks: the terms of a basket, a share of a machine, an allowance of a policy.
abstract contract Selling is CatalogStorage {
    /// @dev Width of a type's lane in `counts` and `own`.
    uint256 private constant LANE = 64;

    /// @dev A basket while it is read: who buys where, and what its parts add up to.
    struct Sale {
        address customer;
        address book;
        uint16 bookIndex;
        TokenId token;
        Resources required;
        /// @dev Parts of each type, own uploads included, a lane each.
        uint256 counts;
        /// @dev Own uploads of each type, a lane each.
        uint256 own;
        /// @dev The smallest maximum of all leases, in minutes.
        uint256 longest;
    }

    /* SELLING */

    function sell(address customer, Basket calldata basket) external returns (ComputeTerms memory compute, PartTerms[] memory parts) {
        (compute, parts) = _termsOf(msg.sender, customer, basket);
        Machine storage machine = _machines[basket.compute];
        uint16 waiting = machine.waiting;
        if (waiting == type(uint16).max) revert QueueFull(basket.compute, waiting);
        machine.waiting = waiting + 1;
    }

    function take(OfferId id, SlotId slot, uint8 slotCount, uint160 options) external {
        Machine storage machine = _machineOfCaller(id);
        Resources share = _share(slot, slotCount, options);
        Resources room = machine.room;
        if (!share.fitsIn(room)) revert MachineFull(id);
        machine.room = share.takenFrom(room);
        machine.waiting -= 1;
    }

    function release(OfferId id, SlotId slot, uint8 slotCount, uint160 options) external {
        Machine storage machine = _machineOfCaller(id);
        machine.room = _share(slot, slotCount, options).returnedTo(machine.room);
    }

    function leaveQueue(OfferId id) external {
        _machineOfCaller(id).waiting -= 1;
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
        return _termsOf(book, customer, basket);
    }

    /* INTERNAL */

    /// @dev The machine of an offer that is sold through the calling book. A provider's other book has no say here.
    function _machineOfCaller(OfferId id) private view returns (Machine storage machine) {
        machine = _machines[id];
        if (machine.book != msg.sender) revert OfferNotSoldHere(id, msg.sender);
    }

    function _termsOf(address book, address customer, Basket calldata basket)
        private
        view
        returns (ComputeTerms memory compute, PartTerms[] memory parts)
    {
        Sale memory sale;
        sale.book = book;
        sale.customer = customer;
        sale.longest = type(uint24).max;

        OfferId id = basket.compute;
        OfferWord offer = wordOfOffer(_offers[id]);
        if (offer.book() == 0) revert OfferNotFound(id);
        if (!offer.isCompute()) revert NotComputeOffer(id);
        // The machine names its book by address; its index, in the offer, is what the other parts must share.
        Machine storage machine = _machines[id];
        if (machine.book != book) revert OfferNotSoldHere(id, book);
        compute.compensation = machine.compensation;
        sale.bookIndex = offer.book();
        sale.token = offer.token();
        _checkSellable(id, offer, sale);

        parts = _fillParts(basket, sale);
        compute.provider = offer.provider();
        compute.token = sale.token;
        _fillCompute(compute, basket, id, sale);
        compute.maxMinutes = uint24(sale.longest);
    }

    function _fillParts(Basket calldata basket, Sale memory sale) private view returns (PartTerms[] memory terms) {
        Part[] calldata parts = basket.parts;
        uint256 count = parts.length;
        if (count > MAX_PARTS) revert TooManyParts(count, MAX_PARTS);
        sale.own = (uint256(basket.ownSolutions) << (LANE * uint256(OfferType.Solution)))
            | (uint256(basket.ownData) << (LANE * uint256(OfferType.Data)));
        // One part of type TeeOffer, in lane 0.
        sale.counts = sale.own | 1;

        uint24 lease = basket.leaseMinutes;
        uint24 retention = basket.retentionMinutes;
        terms = new PartTerms[](count);
        OfferWord[] memory offers = new OfferWord[](count);
        bool restricted;
        for (uint256 i = 0; i < count; i++) {
            OfferWord offer = wordOfOffer(_offers[parts[i].offer]);
            offers[i] = offer;
            terms[i] = _termsOfPart(parts[i], offer, lease, retention, sale);
            restricted = restricted || offer.restricted();
        }
        if (!restricted) return terms;
        for (uint256 i = 0; i < count; i++) {
            if (offers[i].restricted()) _checkRestrictions(i, offers, terms, basket, sale);
        }
    }

    /// @dev The offer may be sold by this book to this customer.
    function _checkSellable(OfferId id, OfferWord offer, Sale memory sale) private view {
        if (offer.book() != sale.bookIndex) {
            if (offer.book() == 0) revert OfferNotFound(id);
            revert OfferNotSoldHere(id, sale.book);
        }
        if (!offer.enabled()) revert OfferDisabled(id);
        if (offer.allowListed() && !_allowed[id][sale.customer]) revert AccountNotAllowed(id, sale.customer);
    }

    function _termsOfPart(Part calldata part, OfferWord offer, uint24 lease, uint24 retention, Sale memory sale)
        private
        view
        returns (PartTerms)
    {
        OfferId id = part.offer;
        _checkSellable(id, offer, sale);
        if (offer.isCompute()) revert NotValueOffer(id);
        if (offer.token() != sale.token) revert OtherToken(id, sale.token, offer.token());
        sale.counts += 1 << (LANE * offer.kind());

        Slot storage slot = _slots[part.slot];
        PriceWord price = priceOfSlot(slot);
        if (price.offer() != id) revert SlotNotOfOffer(id, part.slot);
        if (!price.active()) revert SlotIsRetired(id, part.slot);
        sale.required = sale.required.add(slot.resources);

        uint16 version;
        uint24 minutes_ = price.minMinutes();
        if (offer.isStorage()) {
            // A storage part is charged for its retention, whatever the lease.
            _checkRetention(id, price, retention);
            minutes_ = retention;
        } else {
            _checkLease(id, price, lease, sale);
            version = _soldVersion(id, offer.latestVersion(), part.version);
        }
        return partTerms(id, offer, price, minutes_, version);
    }

    function _checkRetention(OfferId id, PriceWord slot, uint24 retention) private pure {
        if (retention == 0 || retention < slot.minMinutes() || (slot.maxMinutes() != 0 && retention > slot.maxMinutes())) {
            revert RetentionOutOfRange(id, retention, slot.minMinutes(), slot.maxMinutes());
        }
    }

    function _soldVersion(OfferId id, uint16 latest, uint16 asked) private view returns (uint16 version) {
        version = asked == 0 ? latest : asked;
        if (version == latest && version != 0) return version;
        if (_versions[id][version].contentHash == 0) revert VersionNotFound(id, version);
        if (_versions[id][version].deleted) revert VersionIsDeleted(id, version);
    }

    /// @dev A price per hour binds the lease from both sides; a fixed price buys the lease up to its maximum.
    function _checkLease(OfferId id, PriceWord slot, uint24 lease, Sale memory sale) private pure {
        uint256 most = slot.maxMinutes();
        bool tooShort = slot.isPerHour() && lease < slot.minMinutes();
        if (most != 0 && most < sale.longest) sale.longest = most;
        if (tooShort || lease == 0 || lease > sale.longest) revert LeaseOutOfRange(id, lease, slot.minMinutes(), slot.maxMinutes());
    }

    /// @dev Prices the machine's part and compares what it has with what all parts need.
    function _fillCompute(ComputeTerms memory compute, Basket calldata basket, OfferId id, Sale memory sale) private view {
        uint256 count = basket.slotCount;
        if (count == 0) revert SlotCountZero(id);

        Slot storage slot = _slots[basket.slot];
        PriceWord price = priceOfSlot(slot);
        if (price.offer() != id) revert SlotNotOfOffer(id, basket.slot);
        if (!price.active()) revert SlotIsRetired(id, basket.slot);
        _checkLease(id, price, basket.leaseMinutes, sale);
        // uint88 holds 255 times a uint80, and sums of a few of them; the narrowing in {_addOptions} is checked.
        uint256 rate = uint256(price.price()) * count;
        compute.minMinutes = price.minMinutes();
        Resources provided = _addOptions(compute, basket, id, rate, slot.resources.times(count), sale);

        Resources required = sale.required;
        if (!required.fitsIn(provided)) {
            for (uint256 i = 0; i < 8; i++) {
                if (required.lane(i) > provided.lane(i)) revert ResourcesInsufficient(i, required.lane(i), provided.lane(i));
            }
        }
    }

    function _addOptions(
        ComputeTerms memory compute,
        Basket calldata basket,
        OfferId id,
        uint256 rate,
        Resources provided,
        Sale memory sale
    ) private view returns (Resources) {
        OptionCount[] calldata options = basket.options;
        if (options.length > MAX_OPTIONS) revert TooManyOptions(options.length, MAX_OPTIONS);
        uint256 fixedCharge;
        for (uint256 i = 0; i < options.length; i++) {
            OptionId option = options[i].option;
            uint256 count = options[i].count;
            PriceWord price = priceOfSlot(_options[option]);
            if (price.offer() != id) revert OptionNotOfOffer(id, option);
            if (!price.active()) revert OptionIsRetired(id, option);
            if (count == 0) revert SlotCountZero(id);
            _checkLease(id, price, basket.leaseMinutes, sale);
            provided = provided.add(_options[option].resources.times(count));
            if (price.isPerHour()) {
                rate += uint256(price.price()) * count;
                if (price.minMinutes() > compute.minMinutes) compute.minMinutes = price.minMinutes();
            } else {
                fixedCharge += uint256(price.price()) * count;
            }
        }
        if (rate > type(uint80).max || fixedCharge > type(uint80).max) revert PriceOverflow(id);
        compute.rate = uint80(rate);
        compute.fixedCharge = uint80(fixedCharge);
        return provided;
    }

    /// @dev What part `index` demands of all others, own uploads included.
    function _checkRestrictions(
        uint256 index,
        OfferWord[] memory offers,
        PartTerms[] memory parts,
        Basket calldata basket,
        Sale memory sale
    ) private view {
        OfferWord offer = offers[index];
        OfferId id = basket.parts[index].offer;
        for (uint256 t = 0; t < 4; t++) {
            uint256 count = _lane(sale.counts, t);
            if (offer.requiresType(t) && count == (offer.kind() == t ? 1 : 0)) revert TypeRequired(id, OfferType(t));
            if (offer.listsType(t) && _lane(sale.own, t) != 0) revert OwnUploadRefused(id, OfferType(t));
            uint256 most = t == 0 ? 0 : offer.mostOf(t);
            if (most != 0 && count > most) revert TooManyOfType(id, OfferType(t), count, most);
        }

        if (!offer.listsAny()) return;
        if (offer.listsType(uint256(OfferType.TeeOffer))) _checkListed(id, offer.listed(), basket.compute, 0);
        for (uint256 i = 0; i < offers.length; i++) {
            if (i != index && offer.listsType(offers[i].kind())) {
                _checkListed(id, offer.listed(), basket.parts[i].offer, parts[i].version());
            }
        }
    }

    function _lane(uint256 counts, uint256 offerType) private pure returns (uint256) {
        return uint64(counts >> (LANE * offerType));
    }

    function _checkListed(OfferId id, uint256 count, OfferId other, uint16 version) private view {
        uint48[32] storage entries = _listed[id];
        for (uint256 i = 0; i < count; i++) {
            uint48 entry = entries[i];
            uint16 wanted = uint16(entry);
            if (uint32(entry >> 16) == OfferId.unwrap(other) && (wanted == 0 || wanted == version)) return;
        }
        revert OfferNotListed(id, other, version);
    }

    /// @dev The resources of an order; slots and options never change, so this is always what was placed.
    function _share(SlotId slot, uint256 slotCount, uint256 options) private view returns (Resources share) {
        share = _slots[slot].resources.times(slotCount);
        for (; options != 0; options >>= 40) {
            share = share.add(_options[OptionId.wrap(uint32(options >> 8))].resources.times(uint8(options)));
        }
    }
}
