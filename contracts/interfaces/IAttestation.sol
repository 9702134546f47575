// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {OfferId, ProviderId} from "../types/Ids.sol";

/// @notice What vouches for a device: hardware evidence, or evidence of the simulator. Fixed for good when a root is listed.
enum RootKind {
    Hardware,
    Simulated
}

/// @title IAttestation
/// @notice Certification roots, the devices registered under them, and the verification of what devices sign.
interface IAttestation {
    /// @notice A TEE device whose certificate chain was verified when it was registered.
    /// @param offer The one compute offer it serves.
    /// @param validUntil End of its certificate, in seconds.
    /// @param kind Kind of the root that its chain ends in.
    /// @param revoked Whether its provider or an authority revoked it.
    /// @param issuer Id of the sub CA's key (keccak256 of its public key).
    /// @param root Id of the root's key.
    /// @param x Public key, P-256.
    /// @param y Public key, P-256.
    struct Device {
        OfferId offer;
        uint40 validUntil;
        RootKind kind;
        bool revoked;
        bytes32 issuer;
        bytes32 root;
        bytes32 x;
        bytes32 y;
    }

    /// @notice A device joined the machine of a compute offer. `chain` is the DER chain, sub CA first, device last.
    event DeviceRegistered(bytes32 indexed device, OfferId indexed offer, bytes32 indexed root, uint40 validUntil, bytes[] chain);

    /// @notice A device may no longer sign for its offer.
    event DeviceRevoked(bytes32 indexed device, OfferId indexed offer);

    /// @notice The device was never registered.
    error DeviceNotFound(bytes32 device);

    /// @notice The device serves another offer than the order's.
    error DeviceNotOfOffer(bytes32 device, OfferId expected, OfferId actual);

    /// @notice The certificate of the device, of its CA or of its root ended at `validUntil`.
    error CertificateExpired(bytes32 key, uint40 validUntil);

    /// @notice The device, its CA or its root was revoked or removed.
    error KeyRevoked(bytes32 key);

    /// @notice The signature is not the device's over this message (or is not low-s).
    error WrongDeviceSignature(bytes32 device);

    /// @notice Checks that `device` serves `offer`, is valid now together with its CA and root, and signed `digest`.
    /// @param device Id of the device: keccak256 of its public key.
    /// @param offer The compute offer the device must serve.
    /// @param digest EIP-712 digest of the message; the device signs its sha-256.
    /// @param r Signature, P-256.
    /// @param s Signature, P-256, low.
    /// @return kind What vouches for the device.
    function checkDeviceSignature(bytes32 device, OfferId offer, bytes32 digest, bytes32 r, bytes32 s)
        external
        view
        returns (RootKind kind);

    /// @notice Registers a device to a compute offer by its certificate chain, verified here.
    /// @dev Only the offer's provider (its action account); the device signs
    ///      `DeviceRegistration(uint32 offer,uint32 provider,bytes32 device)`, so nobody registers another's device.
    ///      Registering the same key again renews it. An offer has at most four devices.
    /// @param offer The compute offer.
    /// @param chain DER certificates: sub CA first, device last. The issuer of the first is a listed root.
    /// @param r Signature of the device, P-256.
    /// @param s Signature of the device, P-256, low.
    function registerDevice(OfferId offer, bytes[] calldata chain, bytes32 r, bytes32 s) external returns (bytes32 device);

    /// @notice Devices of an offer, at most four; revoked and expired ones included.
    function devicesOf(OfferId offer) external view returns (bytes32[] memory devices);

    /// @notice A registered device.
    function getDevice(bytes32 device) external view returns (Device memory);
}

/// @notice The one question that {IAttestation} asks the catalog.
interface IOfferOwners {
    /// @notice The provider of a compute offer and the account that acts for it.
    /// @dev Reverts with `OfferNotFound` for an unknown offer, with `NotComputeOffer` for one of another type.
    function computeOfferOwner(OfferId offer) external view returns (ProviderId provider, address actionAccount);
}
