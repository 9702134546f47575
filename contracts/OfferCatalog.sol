// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";

import {CatalogStorage} from "./catalog/CatalogStorage.sol";
import {CatalogViews} from "./catalog/CatalogViews.sol";
import {Selling} from "./catalog/Selling.sol";
import {IOfferOwners} from "./interfaces/IAttestation.sol";
import {IProviderRegistry} from "./interfaces/IProviderRegistry.sol";
import {OfferId, OptionId, ProviderId, SlotId, TokenId} from "./types/Ids.sol";
import {Allowance, Approval, Machine, Offer, OfferType, PriceType, Slot, Version} from "./types/Offers.sol";
import {GUARDS, MalformedResources, Resources} from "./types/Resources.sol";

/// @title OfferCatalog
/// @notice See {IOfferCatalog}. This file holds what owners do; what order books ask is in {Selling}.
/// @dev Holds no tokens. The administrator can pause new offers and bound compensations, nothing else.
contract OfferCatalog is Selling, CatalogViews, AccessManaged, IOfferOwners {
    /// @notice Longest text of an offer or a version, in bytes.
    uint256 public constant MAX_TEXT = 16_384;

    /// @notice What a new value offer starts with.
    struct NewValueOffer {
        ProviderId provider;
        address book;
        TokenId token;
        OfferType offerType;
        Approval approval;
        bool cancelable;
        Restrictions restrictions;
        address[] allowedAccounts;
        string info;
    }

    constructor(address accessManager, IProviderRegistry providers) AccessManaged(accessManager) CatalogStorage(providers) {}

    /// @dev The action account of the offer's provider.
    modifier onlyOwner(OfferId id) {
        _checkActionAccount(id, _existing(id).provider);
        _;
    }

    /* BOOKS AND PAUSING */

    /// @notice Gives an order book an index, so that offers can choose it. Anyone may; it grants the book nothing.
    function enrollBook(address book) external returns (uint16 index) {
        index = _bookIndex[book];
        if (index != 0) return index;
        if (book == address(0)) revert BookUnknown(book);
        index = ++_lastBook;
        _bookIndex[book] = index;
        _books[index] = book;
        emit BookEnrolled(book, index);
    }

    /// @notice Stops or resumes taking new offers; everything else goes on.
    function setPaused(bool paused) external restricted {
        _paused = paused;
        emit OfferingPaused(paused);
    }

    /// @notice Bounds the compensation of offers set from now on.
    function setCompensationLimit(uint72 limit) external restricted {
        compensationLimit = limit;
    }

    /* CREATING */

    /// @notice Creates a compute offer. Only the provider's action account.
    /// @param total Everything the machine has.
    /// @param compensation Units of the security token owed for an order that the machine lets down.
    /// @param info JSON document with the texts.
    function createComputeOffer(
        ProviderId provider,
        address book,
        TokenId token,
        Resources total,
        uint72 compensation,
        string calldata info
    ) external returns (OfferId id) {
        id = _create(provider, book, token, OfferType.TeeOffer, info);
        _checkVector(total);
        _checkCompensation(compensation);
        _machines[id] = Machine(total, total.asRoom(), book, compensation, 0, 0);
        emit MachineSet(id, total, compensation);
    }

    /// @notice Creates a storage, solution or data offer. Only the provider's action account.
    function createValueOffer(NewValueOffer calldata offer) external returns (OfferId id) {
        if (offer.offerType == OfferType.TeeOffer) revert NotValueOffer(OfferId.wrap(0));
        id = _create(offer.provider, offer.book, offer.token, offer.offerType, offer.info);
        _offers[id].approval = offer.approval;
        _offers[id].cancelable = offer.cancelable;
        emit OfferApprovalSet(id, offer.approval);
        _restrict(id, offer.restrictions);
        if (offer.allowedAccounts.length != 0) _allow(id, offer.allowedAccounts, true);
    }

    /* CHANGING */

    /// @notice Replaces the texts.
    function describeOffer(OfferId id, string calldata info) external onlyOwner(id) {
        _describe(id, info);
    }

    /// @notice Takes the offer off the market or puts it back. Open orders go on.
    function setEnabled(OfferId id, bool enabled) external onlyOwner(id) {
        _offers[id].enabled = enabled;
        emit OfferEnabled(id, enabled);
        if (enabled && _machines[id].failures != 0) _setFailures(id, 0);
    }

    /// @notice Sets how suborders are completed.
    function setApproval(OfferId id, Approval approval) external onlyOwner(id) {
        _valueOffer(id).approval = approval;
        emit OfferApprovalSet(id, approval);
    }

    /// @notice Replaces what the offer demands of the other parts of an order. Storage and compute offers demand nothing.
    function setRestrictions(OfferId id, Restrictions calldata restrictions) external onlyOwner(id) {
        _restrict(id, restrictions);
    }

    /// @notice Lists accounts that may order, with all wallets of their users, or takes them off. While none was ever listed, everybody may.
    function setAllowed(OfferId id, address[] calldata accounts, bool allowed) external onlyOwner(id) {
        _allow(id, accounts, allowed);
    }

    /// @notice Accepts a solution without being asked again, `uses` times until `notAfter`; 0 uses take it back.
    /// @dev Only the provider's authority: the robot that holds the action account must not widen its own policy.
    function setAllowance(OfferId id, bytes32 solutionHash, uint40 notAfter, uint32 uses) external {
        Offer storage offer = _valueOffer(id);
        if (registry.getProvider(offer.provider).authority != msg.sender) revert NotOfferAccount(id, msg.sender);
        _allowances[id][solutionHash] = Allowance(notAfter, uses);
        emit SolutionAllowed(id, solutionHash, notAfter, uses);
    }

    /// @notice Adds a version of the content; it is the one sold where an order names none.
    /// @param contentHash sha-256 of the plain content.
    /// @param info JSON document with what readers need (metadata, signing key hash, public resource).
    function addVersion(OfferId id, bytes32 contentHash, string calldata info) external onlyOwner(id) returns (uint16 version) {
        Offer storage offer = _valueOffer(id);
        if (contentHash == 0) revert ContentHashMissing(id);
        _checkText(bytes(info).length);
        version = ++offer.versions;
        _versions[id][version].contentHash = contentHash;
        offer.latestVersion = version;
        emit VersionAdded(id, version, contentHash, info);
    }

    /// @notice Ends the sale of a version; orders that run it go on. The latest falls back to the newest that is left.
    function deleteVersion(OfferId id, uint16 version) external onlyOwner(id) {
        Offer storage offer = _offers[id];
        Version storage record = _versions[id][version];
        if (record.contentHash == 0) revert VersionNotFound(id, version);
        if (record.deleted) revert VersionIsDeleted(id, version);
        record.deleted = true;
        if (offer.latestVersion == version) {
            uint16 latest = version;
            while (latest != 0 && _versions[id][latest].deleted) latest--;
            offer.latestVersion = latest;
        }
        emit VersionDeleted(id, version);
    }

    /// @notice Adds a slot. Of a compute offer its price is per hour and its resources lie within the machine.
    function addSlot(OfferId id, SlotTerms calldata terms) external onlyOwner(id) returns (SlotId slot) {
        if (_offers[id].offerType == OfferType.TeeOffer) {
            if (terms.priceType != PriceType.PerHour) revert ComputeSlotPerHour();
            _checkWithin(terms.resources, _machines[id].total);
        }
        slot = SlotId.wrap(++_lastSlot);
        _slots[slot] = _slotOf(id, terms);
        emit SlotAdded(id, slot, terms);
    }

    /// @notice Ends the sale of a slot; orders that have it keep it.
    function retireSlot(OfferId id, SlotId slot) external onlyOwner(id) {
        if (_slots[slot].offer != id) revert SlotNotOfOffer(id, slot);
        _slots[slot].active = false;
        emit SlotRetired(id, slot);
    }

    /// @notice Adds an option (bandwidth, traffic, external port) of a compute offer.
    function addOption(OfferId id, SlotTerms calldata terms) external onlyOwner(id) returns (OptionId option) {
        _computeOffer(id);
        _checkWithin(terms.resources, _machines[id].total);
        option = OptionId.wrap(++_lastOption);
        _options[option] = _slotOf(id, terms);
        emit OptionAdded(id, option, terms);
    }

    /// @notice Ends the sale of an option; orders that have it keep it.
    function retireOption(OfferId id, OptionId option) external onlyOwner(id) {
        if (_options[option].offer != id) revert OptionNotOfOffer(id, option);
        _options[option].active = false;
        emit OptionRetired(id, option);
    }

    /* READING: see {CatalogViews} */

    /// @inheritdoc IOfferOwners
    function computeOfferOwner(OfferId id) external view returns (ProviderId provider, address actionAccount) {
        provider = _computeOffer(id).provider;
        actionAccount = registry.actionAccountOf(provider);
    }

    /* INTERNAL */

    function _create(ProviderId provider, address book, TokenId token, OfferType offerType, string calldata info)
        private
        returns (OfferId id)
    {
        if (_paused) revert OfferingIsPaused();
        id = OfferId.wrap(++_lastOffer);
        _checkActionAccount(id, provider);
        Offer storage offer = _offers[id];
        offer.provider = provider;
        offer.book = _bookIndex[book];
        if (offer.book == 0) revert BookUnknown(book);
        offer.token = token;
        offer.offerType = offerType;
        offer.enabled = true;
        emit OfferCreated(id, provider, offerType, offer.book, token);
        _describe(id, info);
    }

    function _describe(OfferId id, string calldata info) private {
        _checkText(bytes(info).length);
        emit OfferDescribed(id, info, _offers[id].textBlock);
        _offers[id].textBlock = uint32(block.number);
    }

    function _restrict(OfferId id, Restrictions calldata restrictions) private {
        Offer storage offer = _valueOffer(id);
        uint256 count = restrictions.offers.length;
        if (count > MAX_LISTED) revert TooManyListed(id, count, MAX_LISTED);
        uint8 most = restrictions.mostStorage | restrictions.mostSolutions | restrictions.mostData;
        bool restricted = count != 0 || restrictions.requiredTypes & 0xf != 0 || most != 0;
        if (restricted && offer.offerType == OfferType.Storage) revert StorageRestrictsNothing(id);

        uint8 listedTypes;
        for (uint256 i = 0; i < count; i++) {
            ListedOffer calldata entry = restrictions.offers[i];
            listedTypes |= uint8(1 << uint256(_existing(entry.offer).offerType));
            _listed[id][i] = (uint48(OfferId.unwrap(entry.offer)) << 16) | entry.version;
        }
        offer.requiredTypes = restrictions.requiredTypes & 0xf;
        offer.listedTypes = listedTypes;
        offer.listed = uint8(count);
        offer.mostStorage = restrictions.mostStorage;
        offer.mostSolutions = restrictions.mostSolutions;
        offer.mostData = restrictions.mostData;
        offer.restricted = restricted;
        emit OfferRestricted(id, restrictions);
    }

    function _allow(OfferId id, address[] calldata accounts, bool allowed) private {
        for (uint256 i = 0; i < accounts.length; i++) {
            _allowed[id][accounts[i]] = allowed;
            _allowedUsers[id][registry.enroll(accounts[i])] = allowed;
        }
        _offers[id].allowListed = true;
        emit AccountsAllowed(id, accounts, allowed);
    }

    function _slotOf(OfferId id, SlotTerms calldata terms) private pure returns (Slot memory) {
        if (terms.maxMinutes != 0 && terms.minMinutes > terms.maxMinutes) revert MinutesReversed(terms.minMinutes, terms.maxMinutes);
        _checkVector(terms.resources);
        return Slot(id, terms.price, terms.priceType, true, terms.minMinutes, terms.maxMinutes, terms.resources);
    }

    function _checkActionAccount(OfferId id, ProviderId provider) private view {
        if (registry.actionAccountOf(provider) != msg.sender) revert NotOfferAccount(id, msg.sender);
    }

    function _checkCompensation(uint72 compensation) private view {
        if (compensation > compensationLimit) revert CompensationTooLarge(compensation, compensationLimit);
    }

    function _checkWithin(Resources part, Resources total) private pure {
        _checkVector(part);
        if (part.fitsIn(total)) return;
        for (uint256 i = 0; i < 8; i++) {
            if (part.lane(i) > total.lane(i)) revert ResourcesInsufficient(i, part.lane(i), total.lane(i));
        }
    }

    function _checkVector(Resources given) private pure {
        if (Resources.unwrap(given) & GUARDS != 0) revert MalformedResources(given);
    }

    function _checkText(uint256 length) private pure {
        if (length > MAX_TEXT) revert TextTooLong(length, MAX_TEXT);
    }
}
