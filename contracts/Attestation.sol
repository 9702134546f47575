// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {P256} from "@openzeppelin/contracts/utils/cryptography/P256.sol";
import {Authorities} from "./attestation/Authorities.sol";
import {IAttestation, IOfferOwners, RootKind} from "./interfaces/IAttestation.sol";
import {X509} from "./libraries/X509.sol";
import {OfferId, ProviderId} from "./types/Ids.sol";

/// @title Attestation
/// @notice Certification roots, the devices registered under them, and the verification of what devices sign.
/// @dev Certificate chains are verified here, on chain: root -> sub CA -> device. A device is remembered by its key.
contract Attestation is Authorities, EIP712 {
    /// @dev device word: offer 32 | validUntil 40 | ca number 32 | place 8 | revoked 8 | revokedAt 40 | banned 8; place 0 = none, else 1 to 4
    struct DeviceEntry {
        OfferId offer;
        uint40 validUntil;
        uint32 ca;
        uint8 place;
        bool revoked;
        uint40 revokedAt;
        /// @dev Revoked by the administration, not by its provider.
        bool banned;
    }

    uint256 private constant MAX_DEVICES = 4;
    uint256 private constant DEVICE_PATH = 0;
    bytes32 private constant DEVICE_REGISTRATION =
        keccak256("DeviceRegistration(uint32 offer,uint32 provider,bytes32 device)");

    /// @notice Where the provider of an offer is asked for.
    IOfferOwners public immutable catalog;

    mapping(bytes32 device => DeviceEntry) private _devices;
    mapping(OfferId offer => bytes32[MAX_DEVICES] devices) private _places;

    constructor(address accessManager, address catalog_) AccessManaged(accessManager) EIP712("Cloister", "1") {
        catalog = IOfferOwners(catalog_);
    }

    /// @inheritdoc IAttestation
    function banDevice(bytes32 device) external restricted {
        DeviceEntry storage entry = _devices[device];
        _revoke(device, entry);
        entry.banned = true;
    }

    // ------------------------------------------------------------------------------------------------------- devices

    /// @inheritdoc IAttestation
    function registerDevice(OfferId offer, bytes[] calldata chain, bytes32 r, bytes32 s) external returns (bytes32) {
        if (chain.length != 2) revert ChainLengthWrong(2, chain.length);
        ProviderId provider = _checkOfferOwner(offer);

        // The chain: root -> sub CA (perhaps known) -> device.
        uint256 ca = _verifyCa(chain[0]);
        CaEntry storage issuer = _cas[ca];
        X509.Certificate memory device = X509.parse(chain[1]);
        _checkCertificate(device, issuer.subjectHash, issuer.x, issuer.y, DEVICE_PATH);

        // The device itself agrees to serve this offer of this provider.
        bytes32 digest = _registrationDigest(offer, provider, device.key);
        if (!P256.verify(sha256(abi.encodePacked(digest)), r, s, device.x, device.y)) {
            revert WrongDeviceSignature(device.key);
        }

        DeviceEntry memory entry = _devices[device.key];
        if (entry.revoked) revert KeyRevoked(device.key);
        if (entry.place == 0) {
            entry.offer = offer;
            entry.place = _takePlace(offer, device.key);
        } else if (entry.offer != offer) {
            revert DeviceNotOfOffer(device.key, offer, entry.offer);
        }
        entry.validUntil = device.validUntil;
        entry.ca = uint32(ca);
        _devices[device.key] = entry;

        // A kilobyte of certificates costs 8,000 in an event. Whoever looks for the chain finds it in the transaction's input,
        // unless a contract made this call.
        bytes32 root = _roots[issuer.root].key;
        // solhint-disable-next-line avoid-tx-origin
        if (msg.sender == tx.origin) emit DeviceRegistered(device.key, offer, root, device.validUntil, new bytes[](0));
        else emit DeviceRegistered(device.key, offer, root, device.validUntil, chain);
        return device.key;
    }

    /// @inheritdoc IAttestation
    function revokeDevice(bytes32 device) external {
        DeviceEntry storage entry = _devices[device];
        if (entry.place == 0) revert DeviceNotFound(device);
        _checkOfferOwner(entry.offer);
        _revoke(device, entry);
    }

    /// @inheritdoc IAttestation
    function checkDeviceSignature(bytes32 x, bytes32 y, OfferId offer, bytes32 digest, bytes32 r, bytes32 s)
        external
        view
        returns (RootKind kind, bytes32 device)
    {
        device = X509.keyId(x, y);
        DeviceEntry storage entry = _devices[device];
        if (entry.revoked) revert KeyRevoked(device);
        if (entry.place == 0) revert DeviceNotFound(device);
        if (entry.offer != offer) revert DeviceNotOfOffer(device, offer, entry.offer);
        if (block.timestamp > entry.validUntil) revert CertificateExpired(device, entry.validUntil);
        kind = _roots[_checkCa(_cas[entry.ca])].kind;
        if (!P256.verify(sha256(abi.encodePacked(digest)), r, s, x, y)) revert WrongDeviceSignature(device);
    }

    // --------------------------------------------------------------------------------------------------------- views

    /// @inheritdoc IAttestation
    function deviceRegistrationDigest(OfferId offer, bytes32 device) external view returns (bytes32) {
        (ProviderId provider,) = catalog.computeOfferOwner(offer);
        return _registrationDigest(offer, provider, device);
    }

    /// @inheritdoc IAttestation
    function isDeviceValid(bytes32 device) external view returns (bool) {
        return _isValid(_devices[device]);
    }

    /// @inheritdoc IAttestation
    function distrustedSince(OfferId offer, uint256 from, bool simulatedToo) external view returns (uint256 time) {
        bytes32[MAX_DEVICES] storage places = _places[offer];
        for (uint256 i; i < MAX_DEVICES && places[i] != 0; i++) {
            DeviceEntry storage entry = _devices[places[i]];
            if (!simulatedToo && _roots[_cas[entry.ca].root].kind == RootKind.Simulated) continue;
            (uint256 lost, bool byAdministration) = _lossOf(entry);
            if (lost != 0 && lost < from) continue;
            if (!byAdministration) return 0;
            if (lost > time) time = lost;
        }
    }

    /// @inheritdoc IAttestation
    function devicesOf(OfferId offer) external view returns (bytes32[] memory devices) {
        bytes32[MAX_DEVICES] storage places = _places[offer];
        uint256 count;
        while (count < MAX_DEVICES && places[count] != 0) count++;
        devices = new bytes32[](count);
        for (uint256 i; i < count; i++) devices[i] = places[i];
    }

    /// @inheritdoc IAttestation
    function getDevice(bytes32 device) external view returns (Device memory info) {
        DeviceEntry memory entry = _devices[device];
        if (entry.place == 0 && !entry.revoked) revert DeviceNotFound(device);
        info.offer = entry.offer;
        info.validUntil = entry.validUntil;
        info.revoked = entry.revoked;
        if (entry.ca != 0) {
            CaEntry storage ca = _cas[entry.ca];
            RootEntry storage root = _roots[ca.root];
            (info.issuer, info.root, info.kind) = (ca.key, root.key, root.kind);
        }
    }

    // ------------------------------------------------------------------------------------------------------- private

    /// @dev The same rules as a question, for finding a place that may be given away.
    function _isValid(DeviceEntry memory entry) private view returns (bool) {
        if (entry.place == 0 || entry.revoked || block.timestamp > entry.validUntil) return false;
        CaEntry storage ca = _cas[entry.ca];
        if (ca.revoked || block.timestamp > ca.validUntil) return false;
        RootEntry storage root = _roots[ca.root];
        return root.listed && block.timestamp <= root.validUntil;
    }

    /// @dev When a device stopped counting, in seconds, and whether the administration did it; 0 while it counts.
    function _lossOf(DeviceEntry storage entry) private view returns (uint256 lost, bool byAdministration) {
        CaEntry storage ca = _cas[entry.ca];
        RootEntry storage root = _roots[ca.root];
        uint256 acted = _earlier(_earlier(ca.revokedAt, root.listed ? 0 : root.removedAt), entry.banned ? entry.revokedAt : 0);
        uint256 ended = _earlier(_earlier(entry.validUntil, ca.validUntil), root.validUntil);
        // A certificate counts in its last second.
        ended = block.timestamp > ended ? ended + 1 : 0;
        if (entry.revoked && !entry.banned) ended = _earlier(ended, entry.revokedAt);
        lost = _earlier(acted, ended);
        byAdministration = acted != 0 && lost == acted;
    }

    /// @dev The earlier of two times, of which 0 means never.
    function _earlier(uint256 a, uint256 b) private pure returns (uint256) {
        if (a == 0) return b;
        return b == 0 || a < b ? a : b;
    }

    /// @dev Puts the device in the first place that is free or whose device no longer counts; 1 to 4.
    function _takePlace(OfferId offer, bytes32 device) private returns (uint8) {
        bytes32[MAX_DEVICES] storage places = _places[offer];
        for (uint256 i; i < MAX_DEVICES; i++) {
            bytes32 id = places[i];
            if (id != 0) {
                DeviceEntry storage earlier = _devices[id];
                if (_isValid(earlier)) continue;
                // A revoked key stays revoked; of an expired one nothing remains, it may come back.
                if (earlier.revoked) earlier.place = 0;
                else delete _devices[id];
            }
            places[i] = device;
            return uint8(i + 1);
        }
        revert DeviceLimitReached(offer, MAX_DEVICES);
    }

    function _revoke(bytes32 device, DeviceEntry storage entry) private {
        if (entry.revoked) revert KeyRevoked(device);
        (entry.revoked, entry.revokedAt) = (true, uint40(block.timestamp));
        emit DeviceRevoked(device, entry.offer);
    }

    function _checkOfferOwner(OfferId offer) private view returns (ProviderId provider) {
        address account;
        (provider, account) = catalog.computeOfferOwner(offer);
        if (msg.sender != account) revert NotOfferOwner(offer, account, msg.sender);
    }

    function _registrationDigest(OfferId offer, ProviderId provider, bytes32 device) private view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(DEVICE_REGISTRATION, offer, provider, device)));
    }
}
