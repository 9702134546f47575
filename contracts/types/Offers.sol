// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {OfferId, OptionId, ProviderId, SlotId, TokenId} from "./Ids.sol";
import {Resources} from "./Resources.sol";

/// @notice What an offer sells. The numbers are those of offer-info.json.
enum OfferType {
    TeeOffer,
    Storage,
    Solution,
    Data
}

/// @notice How a slot or an option is priced. The numbers are those of slot-info.json.
enum PriceType {
    PerHour,
    Fixed
}

/// @notice How a suborder of a value offer is completed: within the placing transaction (public content), by its owner's hand,
///         or by its owner's robot as far as the policy on chain allows.
enum Approval {
    Automatic,
    Manual,
    Policy
}

/// @notice An offer, one word.
struct Offer {
    // slot 0: 4 + 2 + 1 + 1 + 1 + 1 + 1 + 1 + 2 + 2 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 4 = 27
    ProviderId provider;
    /// @dev Index of the one order book it is sold through.
    uint16 book;
    /// @dev Token of that book in which all its slots and options are priced.
    TokenId token;
    OfferType offerType;
    Approval approval;
    bool enabled;
    /// @dev Whether a customer may cancel a running suborder without owing its minimum.
    bool cancelable;
    /// @dev Whether only listed accounts may order.
    bool allowListed;
    /// @dev Version sold where an order names none; 0 before the first.
    uint16 latestVersion;
    /// @dev Number of versions ever added.
    uint16 versions;
    /// @dev Whether it demands anything of the other parts: the next six fields.
    bool restricted;
    /// @dev Bit t: another part of type t must be present.
    uint8 requiredTypes;
    /// @dev Bit t: parts of type t must be among the listed offers.
    uint8 listedTypes;
    /// @dev Number of listed offers, at most 32.
    uint8 listed;
    /// @dev Largest count of storage parts in the order; 0 = any. The next two likewise.
    uint8 mostStorage;
    uint8 mostSolutions;
    uint8 mostData;
    /// @dev Block of the event that carries its texts.
    uint32 textBlock;
}

/// @notice A slot: what is sold (compute) or needed (value offers), and its price. An option of a compute offer has the same shape.
///         Neither ever changes: a change is a new id, so what an order names is what it gets.
struct Slot {
    // slot 0: 4 + 10 + 1 + 1 + 3 + 3 = 22
    OfferId offer;
    /// @dev Token units, for an hour or for all.
    uint80 price;
    PriceType priceType;
    /// @dev Whether it is still for sale.
    bool active;
    uint24 minMinutes;
    /// @dev 0 = no limit.
    uint24 maxMinutes;
    // slot 1
    Resources resources;
}

/// @notice The machine behind a compute offer.
struct Machine {
    // slot 0: everything it has
    Resources total;
    // slot 1: what is left of it, with guard bits
    Resources room;
    // slot 2: 20 + 9 + 2 + 1 = 32
    /// @dev The one order book that may take and release its capacity; every compute offer has one.
    address book;
    /// @dev Units of the security token that the provider owes for an order which the machine lets down.
    uint72 compensation;
    /// @dev Orders placed and not yet accepted: the queue.
    uint16 waiting;
    /// @dev Its standing: orders that it let down in a row. At three the offer is disabled.
    uint8 failures;
}

/// @notice Content of a version of a value offer.
struct Version {
    /// @dev sha-256 of the plain content; the loader refuses any other.
    bytes32 contentHash;
    bool deleted;
}

/// @notice A solution that an owner accepts without being asked again.
struct Allowance {
    // slot 0: 5 + 4 = 9
    uint40 notAfter;
    uint32 usesLeft;
}

/// @notice One value offer in an order.
struct Part {
    OfferId offer;
    /// @dev 0 = the latest.
    uint16 version;
    SlotId slot;
}

/// @notice An option and how often it is bought.
struct OptionCount {
    OptionId option;
    uint8 count;
}

/// @notice A machine that may run an order: how much of which slot, and which options.
struct MachineChoice {
    OfferId offer;
    SlotId slot;
    uint8 slotCount;
    OptionCount[] options;
}

/// @notice What is bought together: one compute offer and the value offers that it serves.
struct Basket {
    /// @dev One: the machine. Several (at most 16): the cheapest of them that has room, fits and stands well.
    MachineChoice[] machines;
    Part[] parts;
    /// @dev Own uploads: they make no suborder, but count in restrictions.
    uint8 ownSolutions;
    uint8 ownData;
    uint24 leaseMinutes;
    /// @dev How long storage parts keep the result.
    uint24 retentionMinutes;
}

/// @notice Terms of the compute part: prices as of the placing.
struct ComputeTerms {
    /// @dev Index of the machine in the basket.
    uint256 chosen;
    OfferId offer;
    ProviderId provider;
    TokenId token;
    /// @dev Token units an hour: slot and per-hour options, counted.
    uint80 rate;
    /// @dev Token units for the fixed options, counted.
    uint80 fixedCharge;
    uint24 minMinutes;
    uint72 compensation;
    /// @dev Longest lease that every part sells, in minutes; the largest number where none has a limit.
    uint24 maxMinutes;
}

/// @notice How an order left a machine or its queue, as far as the machine's standing asks.
enum Outcome {
    /// It was well served.
    Served,
    /// It ended without anybody's merit or fault.
    Neutral,
    /// The machine let it down.
    LetDown,
    /// It waited in vain: a failure if there was room for it.
    Unserved
}
