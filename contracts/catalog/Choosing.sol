// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Charges} from "../libraries/Charges.sol";
import {OfferId, OptionId} from "../types/Ids.sol";
import {Basket, ComputeTerms, Machine, MachineChoice, OfferType, OptionCount, Part, PriceType, Slot} from "../types/Offers.sol";
import {OfferWord, priceOfSlot, PriceWord, wordOfOffer} from "../types/OfferWords.sol";
import {billLine} from "../types/PartTerms.sol";
import {Resources} from "../types/Resources.sol";
import {Machines} from "./Machines.sol";
import {Sale} from "./Sale.sol";

/// @title Choosing
/// @notice The machine of a basket: the one named, or the cheapest of several that has room, fits and stands well.
abstract contract Choosing is Machines {
    /// @dev Which machine of the basket runs it. Among several this is only a filter: {_fillCompute} checks the winner, by name.
    function _choose(Basket calldata basket, Sale memory sale) internal view returns (uint256 chosen) {
        MachineChoice[] calldata machines = basket.machines;
        if (machines.length == 1) return 0;

        uint256 cheapest = type(uint256).max;
        for (uint256 i = 0; i < machines.length; i++) {
            // A machine that is dearer than one that fits is done with after its prices.
            uint256 cost = _costOf(machines[i], sale.lease);
            if (cost < cheapest && _couldRun(machines[i], basket.parts, sale)) (cheapest, chosen) = (cost, i);
        }
        if (cheapest == type(uint256).max) revert NoMachineFits(machines.length);
    }

    /// @dev Prices the machine's part and compares what it has with what all parts need. That it is a machine of this book and token
    ///      is known: of the only one named by whoever asks, of one among several by {_couldRun}.
    function _fillCompute(ComputeTerms memory compute, Basket calldata basket, Sale memory sale) internal view {
        MachineChoice calldata choice = basket.machines[compute.chosen];
        OfferId id = choice.offer;
        OfferWord offer = wordOfOffer(_offers[id]);
        _checkSellable(id, offer, sale);
        if (sale.listsMachines) {
            OfferId refuser = _refuserOf(id, basket.parts, sale);
            if (OfferId.unwrap(refuser) != 0) revert OfferNotListed(refuser, id, 0);
        }

        compute.offer = id;
        compute.provider = offer.provider();
        compute.token = sale.token;
        compute.compensation = _machines[id].compensation;
        _priceMachine(compute, choice, sale);
        compute.maxMinutes = uint24(sale.longest);
    }

    function _priceMachine(ComputeTerms memory compute, MachineChoice calldata choice, Sale memory sale) private view {
        OfferId id = choice.offer;
        uint256 count = choice.slotCount;
        if (count == 0) revert SlotCountZero(id);
        Slot storage slot = _slots[choice.slot];
        PriceWord price = priceOfSlot(slot);
        if (price.offer() != id) revert SlotNotOfOffer(id, choice.slot);
        if (!price.active()) revert SlotIsRetired(id, choice.slot);
        _checkLease(id, price, sale);
        // uint88 holds 255 times a uint80, and sums of a few of them; the narrowing in {_addOptions} is checked.
        uint256 rate = uint256(price.price()) * count;
        compute.minMinutes = price.minMinutes();
        Resources provided = _addOptions(compute, choice, rate, slot.resources.times(count), sale);

        Resources required = sale.required;
        if (!required.fitsIn(provided)) {
            for (uint256 i = 0; i < 8; i++) {
                if (required.lane(i) > provided.lane(i)) revert ResourcesInsufficient(i, required.lane(i), provided.lane(i));
            }
        }
    }

    function _addOptions(
        ComputeTerms memory compute,
        MachineChoice calldata choice,
        uint256 rate,
        Resources provided,
        Sale memory sale
    ) private view returns (Resources) {
        OfferId id = choice.offer;
        OptionCount[] calldata options = choice.options;
        if (options.length > MAX_OPTIONS) revert TooManyOptions(options.length, MAX_OPTIONS);
        uint256 fixedCharge;
        for (uint256 i = 0; i < options.length; i++) {
            OptionId option = options[i].option;
            uint256 count = options[i].count;
            PriceWord price = priceOfSlot(_options[option]);
            if (price.offer() != id) revert OptionNotOfOffer(id, option);
            if (!price.active()) revert OptionIsRetired(id, option);
            if (count == 0) revert SlotCountZero(id);
            _checkLease(id, price, sale);
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

    /// @dev What a machine costs for the whole lease; options with a longer minimum are priced by the lease as well, which the law of
    ///      {_priceMachine} corrects: here it only orders the machines.
    function _costOf(MachineChoice calldata choice, uint256 lease) private view returns (uint256 cost) {
        PriceWord price = priceOfSlot(_slots[choice.slot]);
        uint256 rate = uint256(price.price()) * choice.slotCount;
        OptionCount[] calldata options = choice.options;
        for (uint256 i = 0; i < options.length && i < MAX_OPTIONS; i++) {
            PriceWord option = priceOfSlot(_options[options[i].option]);
            uint256 all = uint256(option.price()) * options[i].count;
            if (option.isPerHour()) rate += all;
            else cost += all;
        }
        if (rate > type(uint80).max) return type(uint256).max;
        cost += Charges.ofPart(billLine(uint80(rate), price.minMinutes(), PriceType.PerHour), lease * 60);
    }

    /// @dev Whether nothing that changes from minute to minute speaks against a machine, and it fits.
    function _couldRun(MachineChoice calldata choice, Part[] calldata parts, Sale memory sale) private view returns (bool) {
        OfferId id = choice.offer;
        OfferWord offer = wordOfOffer(_offers[id]);
        Machine storage machine = _machines[id];
        bool open = offer.enabled() && offer.token() == sale.token && machine.book == sale.book && machine.waiting != type(uint16).max
            && uint8(_waiting[id][sale.user]) < MAX_WAITING;
        if (!open || (offer.allowListed() && !_isAllowed(id, sale.user, sale.customer))) return false;
        if (sale.listsMachines && OfferId.unwrap(_refuserOf(id, parts, sale)) != 0) return false;
        return _shareFits(choice, machine, sale) && registry.freeSecurityOf(offer.provider()) >= machine.compensation;
    }

    function _shareFits(MachineChoice calldata choice, Machine storage machine, Sale memory sale) private view returns (bool) {
        Slot storage slot = _slots[choice.slot];
        if (!_isSold(choice.offer, priceOfSlot(slot), sale.lease) || choice.slotCount == 0) return false;
        Resources share = slot.resources.times(choice.slotCount);
        OptionCount[] calldata options = choice.options;
        for (uint256 i = 0; i < options.length; i++) {
            Slot storage option = _options[options[i].option];
            if (!_isSold(choice.offer, priceOfSlot(option), sale.lease)) return false;
            share = share.add(option.resources.times(options[i].count));
        }
        return sale.required.fitsIn(share) && share.fitsIn(machine.room);
    }

    function _isSold(OfferId id, PriceWord price, uint256 lease) private pure returns (bool) {
        uint256 most = price.maxMinutes();
        bool inTime = lease != 0 && (most == 0 || lease <= most) && !(price.isPerHour() && lease < price.minMinutes());
        return price.offer() == id && price.active() && inTime;
    }

    /// @dev The first part whose offer accepts listed machines only, and not this one; 0 = none.
    function _refuserOf(OfferId id, Part[] calldata parts, Sale memory sale) private view returns (OfferId) {
        for (uint256 i = 0; i < sale.offers.length; i++) {
            OfferWord offer = sale.offers[i];
            if (offer.listsType(uint256(OfferType.TeeOffer)) && !_isListed(parts[i].offer, offer.listed(), id, 0)) {
                return parts[i].offer;
            }
        }
        return OfferId.wrap(0);
    }

    /* SHARED WITH THE VALUE PARTS */

    /// @dev The offer may be sold by this book to this customer.
    function _checkSellable(OfferId id, OfferWord offer, Sale memory sale) internal view {
        if (offer.book() != sale.bookIndex) {
            if (offer.book() == 0) revert OfferNotFound(id);
            revert OfferNotSoldHere(id, sale.book);
        }
        if (!offer.enabled()) revert OfferDisabled(id);
        if (offer.allowListed() && !_isAllowed(id, sale.user, sale.customer)) revert AccountNotAllowed(id, sale.customer);
    }

    /// @dev A price per hour binds the lease from both sides; a fixed price buys the lease up to its maximum.
    function _checkLease(OfferId id, PriceWord slot, Sale memory sale) internal pure {
        uint256 most = slot.maxMinutes();
        uint24 lease = sale.lease;
        bool tooShort = slot.isPerHour() && lease < slot.minMinutes();
        if (most != 0 && most < sale.longest) sale.longest = most;
        if (tooShort || lease == 0 || lease > sale.longest) revert LeaseOutOfRange(id, lease, slot.minMinutes(), slot.maxMinutes());
    }

    /// @dev Whether `other` is among the offers that `id` lists. A version of 0 in the list means any.
    function _isListed(OfferId id, uint256 count, OfferId other, uint16 version) internal view returns (bool) {
        uint48[32] storage entries = _listed[id];
        for (uint256 i = 0; i < count; i++) {
            uint48 entry = entries[i];
            uint16 wanted = uint16(entry);
            if (uint32(entry >> 16) == OfferId.unwrap(other) && (wanted == 0 || wanted == version)) return true;
        }
        return false;
    }
}
