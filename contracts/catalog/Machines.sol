// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {OfferId, OptionId, SlotId, UserId} from "../types/Ids.sol";
import {Machine, Outcome} from "../types/Offers.sol";
import {Resources} from "../types/Resources.sol";
import {CatalogStorage} from "./CatalogStorage.sol";

/// @title Machines
/// @notice The queue, the capacity and the standing of a machine. Only the book that its offer was made for may change them, also
///         after the provider moved to another book.
abstract contract Machines is CatalogStorage {
    /// @dev Keeps a counter's word from becoming zero.
    uint256 private constant MARK = 1 << 255;

    /// @dev So many failures in a row take an offer off the market.
    uint8 internal constant MAX_FAILURES = 3;

    function take(OfferId id, UserId user, SlotId slot, uint8 slotCount, uint160 options) external {
        Machine storage machine = _machineOfCaller(id);
        Resources share = _share(slot, slotCount, options);
        Resources room = machine.room;
        if (!share.fitsIn(room)) revert MachineFull(id);
        machine.room = share.takenFrom(room);
        _unqueue(id, user, machine);
    }

    function release(OfferId id, SlotId slot, uint8 slotCount, uint160 options, Outcome outcome) external {
        Machine storage machine = _machineOfCaller(id);
        machine.room = _share(slot, slotCount, options).returnedTo(machine.room);
        _judge(id, machine, outcome);
    }

    function leaveQueue(OfferId id, UserId user, SlotId slot, uint8 slotCount, uint160 options, Outcome outcome) external {
        Machine storage machine = _machineOfCaller(id);
        _unqueue(id, user, machine);
        // Nobody can serve an order for which there is no room.
        if (outcome == Outcome.Unserved && _share(slot, slotCount, options).fitsIn(machine.room)) outcome = Outcome.LetDown;
        _judge(id, machine, outcome);
    }

    /* INTERNAL */

    function _enqueue(OfferId id, UserId user) internal {
        Machine storage machine = _machines[id];
        uint16 waiting = machine.waiting;
        if (waiting == type(uint16).max) revert QueueFull(id, waiting);
        machine.waiting = waiting + 1;
        uint256 ofUser = _waiting[id][user];
        if (uint8(ofUser) == MAX_WAITING) revert TooManyWaiting(id, user, MAX_WAITING);
        _waiting[id][user] = (ofUser | MARK) + 1;
    }

    /// @dev The resources of an order; slots and options never change, so this is always what was placed.
    function _share(SlotId slot, uint256 slotCount, uint256 options) internal view returns (Resources share) {
        share = _slots[slot].resources.times(slotCount);
        for (; options != 0; options >>= 40) {
            share = share.add(_options[OptionId.wrap(uint32(options >> 8))].resources.times(uint8(options)));
        }
    }

    function _setFailures(OfferId id, uint8 failures) internal {
        _machines[id].failures = failures;
        emit StandingChanged(id, failures);
    }

    function _unqueue(OfferId id, UserId user, Machine storage machine) private {
        machine.waiting -= 1;
        _waiting[id][user] -= 1;
    }

    function _judge(OfferId id, Machine storage machine, Outcome outcome) private {
        uint8 failures = machine.failures;
        if (outcome == Outcome.Served && failures != 0) {
            _setFailures(id, 0);
        } else if (outcome == Outcome.LetDown && failures < MAX_FAILURES) {
            _setFailures(id, failures + 1);
            if (failures + 1 == MAX_FAILURES) {
                _offers[id].enabled = false;
                emit OfferEnabled(id, false);
            }
        }
    }

    /// @dev The machine of an offer that is sold through the calling book. A provider's other book has no say here.
    function _machineOfCaller(OfferId id) private view returns (Machine storage machine) {
        machine = _machines[id];
        if (machine.book != msg.sender) revert OfferNotSoldHere(id, msg.sender);
    }
}
