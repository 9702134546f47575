// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {OfferId, OptionId, ProviderId, SlotId, TokenId, UserId} from "../types/Ids.sol";
import {
    Allowance,
    Approval,
    Basket,
    ComputeTerms,
    Machine,
    Offer,
    OfferType,
    Outcome,
    Part,
    PriceType,
    Slot,
    Version
} from "../types/Offers.sol";
import {PartTerms} from "../types/PartTerms.sol";
import {Resources} from "../types/Resources.sol";

/// @title IOfferCatalog
/// @notice Offers of the four types, what they cost and need, whom and what they accept, and the free capacity of machines.
/// @dev Texts travel in events; the offer keeps the block of the last one.
interface IOfferCatalog {
    /// @notice What offers of a type accept beside them. An entry with version 0 accepts every version.
    struct ListedOffer {
        OfferId offer;
        uint16 version;
    }

    /// @notice What an offer demands of the other parts of an order.
    /// @param requiredTypes Bit t: another part of type t must be present (own uploads count).
    /// @param offers The only offers accepted of their types; own uploads of a listed type are refused. At most 32.
    /// @param mostStorage Largest number of storage parts; 0 = any. The next two likewise, own uploads counted.
    struct Restrictions {
        uint8 requiredTypes;
        uint8 mostStorage;
        uint8 mostSolutions;
        uint8 mostData;
        ListedOffer[] offers;
    }

    /// @notice A slot or an option to be created.
    struct SlotTerms {
        uint80 price;
        PriceType priceType;
        uint24 minMinutes;
        uint24 maxMinutes;
        Resources resources;
    }

    event BookEnrolled(address indexed book, uint16 index);
    event OfferCreated(OfferId indexed offer, ProviderId indexed provider, OfferType indexed offerType, uint16 book, TokenId token);
    /// @notice The texts of an offer: a JSON document (offer-info.json without its rules). `previousBlock` leads to the text before.
    event OfferDescribed(OfferId indexed offer, string info, uint32 previousBlock);
    event OfferEnabled(OfferId indexed offer, bool enabled);
    event OfferApprovalSet(OfferId indexed offer, Approval approval);
    event OfferRestricted(OfferId indexed offer, Restrictions restrictions);
    event AccountsAllowed(OfferId indexed offer, address[] accounts, bool allowed);
    event SolutionAllowed(OfferId indexed offer, bytes32 indexed solutionHash, uint40 notAfter, uint32 uses);
    event VersionAdded(OfferId indexed offer, uint16 version, bytes32 contentHash, string info);
    event VersionDeleted(OfferId indexed offer, uint16 version);
    event SlotAdded(OfferId indexed offer, SlotId indexed slot, SlotTerms terms);
    event SlotRetired(OfferId indexed offer, SlotId indexed slot);
    event OptionAdded(OfferId indexed offer, OptionId indexed option, SlotTerms terms);
    event OptionRetired(OfferId indexed offer, OptionId indexed option);
    /// @notice How many orders in a row a machine has let down; at the third its offer is disabled, until its provider enables it.
    event StandingChanged(OfferId indexed offer, uint8 failures);
    event MachineSet(OfferId indexed offer, Resources total, uint72 compensation);
    /// @notice New offers are (not) taken for now.
    event OfferingPaused(bool paused);

    error OfferNotFound(OfferId offer);
    error NotComputeOffer(OfferId offer);
    error NotValueOffer(OfferId offer);
    error NotOfferAccount(OfferId offer, address caller);
    error OfferingIsPaused();
    error BookUnknown(address book);
    error OfferDisabled(OfferId offer);
    /// @notice The offer is sold through another order book.
    error OfferNotSoldHere(OfferId offer, address book);
    error OtherToken(OfferId offer, TokenId expected, TokenId given);
    error AccountNotAllowed(OfferId offer, address account);
    error SlotNotOfOffer(OfferId offer, SlotId slot);
    error SlotIsRetired(OfferId offer, SlotId slot);
    error OptionNotOfOffer(OfferId offer, OptionId option);
    error OptionIsRetired(OfferId offer, OptionId option);
    error TooManyOptions(uint256 given, uint256 limit);
    error TooManyParts(uint256 given, uint256 limit);
    error TooManyListed(OfferId offer, uint256 given, uint256 limit);
    /// @notice Slot and options together cost more than 80 bits hold.
    error PriceOverflow(OfferId offer);
    error SlotCountZero(OfferId offer);
    error ComputeSlotPerHour();
    error MinutesReversed(uint24 minMinutes, uint24 maxMinutes);
    error LeaseOutOfRange(OfferId offer, uint24 leaseMinutes, uint24 minMinutes, uint24 maxMinutes);
    error RetentionOutOfRange(OfferId offer, uint24 retentionMinutes, uint24 minMinutes, uint24 maxMinutes);
    /// @notice The machine part offers less of a resource (lane 0 to 7) than all parts need together.
    error ResourcesInsufficient(uint256 resource, uint256 required, uint256 provided);
    /// @notice The offer demands another part of this type.
    error TypeRequired(OfferId offer, OfferType offerType);
    error TooManyOfType(OfferId offer, OfferType offerType, uint256 given, uint256 limit);
    /// @notice The offer accepts only listed offers of that type, and this one is not listed.
    error OfferNotListed(OfferId offer, OfferId other, uint16 version);
    /// @notice The offer accepts only listed offers of that type, and the order brings its own upload.
    error OwnUploadRefused(OfferId offer, OfferType offerType);
    error VersionNotFound(OfferId offer, uint16 version);
    error VersionIsDeleted(OfferId offer, uint16 version);
    error ContentHashMissing(OfferId offer);
    error PolicyRefuses(OfferId offer, bytes32 solutionHash);
    error MachineFull(OfferId offer);
    /// @notice So many orders wait for this machine that no more are taken.
    error QueueFull(OfferId offer, uint256 limit);
    error TextTooLong(uint256 length, uint256 limit);
    error StorageRestrictsNothing(OfferId offer);
    error CompensationTooLarge(uint256 given, uint256 limit);
    /// @notice One user may have only so many orders waiting at one machine.
    error TooManyWaiting(OfferId offer, UserId user, uint256 limit);
    error MachineMissing();
    error TooManyMachines(uint256 given, uint256 limit);
    /// @notice None of the machines named has room, fits the parts and the lease, and stands well.
    error NoMachineFits(uint256 machines);
    error NotStorageOffer(OfferId offer);

    /* SELLING: only an enrolled order book that the offers chose */

    /// @notice Terms of a basket for an order of the calling book by `customer`, whose user is `user`; of several machines the cheapest
    ///         that fits. The order joins the queue of its machine.
    function sell(UserId user, address customer, Basket calldata basket)
        external
        returns (ComputeTerms memory compute, PartTerms[] memory parts);

    /// @notice Terms of a storage part that the calling book sells by itself.
    function sellStorage(UserId user, address customer, Part calldata part, uint24 retentionMinutes)
        external
        view
        returns (TokenId token, PartTerms terms);

    /// @notice Terms of a storage part whose retention grows to `retentionMinutes`, in a slot that is still sold.
    function extendedStorage(Part calldata part, uint24 retentionMinutes) external view returns (PartTerms terms);

    /// @notice Takes the order's share of the machine; it leaves the queue. Reverts with {MachineFull}.
    /// @param options Options of the order as {ChosenOptions} packs them: four times [option 32 | count 8], first lowest.
    function take(OfferId offer, UserId user, SlotId slot, uint8 slotCount, uint160 options) external;

    /// @notice Gives the order's share of the machine back. The outcome counts for the machine's standing.
    function release(OfferId offer, SlotId slot, uint8 slotCount, uint160 options, Outcome outcome) external;

    /// @notice An order left the queue without having been accepted. One that waited in vain although there is room counts for the
    ///         machine's standing.
    function leaveQueue(OfferId offer, UserId user, SlotId slot, uint8 slotCount, uint160 options, Outcome outcome) external;

    /// @notice Uses the owner's policy once for this solution. Reverts with {PolicyRefuses}.
    function spendAllowance(OfferId offer, bytes32 solutionHash) external;

    /* READING */

    /// @notice The terms of {sell} for an order of `book`, without placing anything.
    function termsOf(address book, address customer, Basket calldata basket)
        external
        view
        returns (ComputeTerms memory compute, PartTerms[] memory parts);

    function getOffer(OfferId offer) external view returns (Offer memory);
    function getMachine(OfferId offer) external view returns (Machine memory);
    function getSlot(SlotId slot) external view returns (Slot memory);
    function getOption(OptionId option) external view returns (Slot memory);
    function getVersion(OfferId offer, uint16 version) external view returns (Version memory);
    function getListedOffers(OfferId offer) external view returns (ListedOffer[] memory);
    function getAllowance(OfferId offer, bytes32 solutionHash) external view returns (Allowance memory);
    function isAllowed(OfferId offer, address account) external view returns (bool);
    /// @notice How many orders of a user wait at a machine.
    function waitingOf(OfferId offer, UserId user) external view returns (uint256);
    function bookOf(OfferId offer) external view returns (address);
    function offerCount() external view returns (uint256);
    function slotCount() external view returns (uint256);
    function optionCount() external view returns (uint256);
}
