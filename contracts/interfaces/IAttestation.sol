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
    struct Device {
        OfferId offer;
        uint40 validUntil;
        RootKind kind;
        bool revoked;
        bytes32 issuer;
        bytes32 root;
    }

    /// @notice A device joined the machine of a compute offer. `chain` is the DER chain, sub CA first, device last,
    ///         where a contract called; else it is empty and the chain is in the transaction's input (registerDevice's `chain`).
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

    /// @notice A certification root: the key that chains of its kind end in.
    /// @param key Id of the key: keccak256 of the public key.
    /// @param subjectHash keccak256 of its DER name, which the sub CAs' certificates name as issuer.
    /// @param validUntil End of its certificate, in seconds.
    /// @param kind What its devices' evidence is; fixed for good.
    /// @param listed False once it was removed.
    /// @param x Public key, P-256.
    /// @param y Public key, P-256.
    struct Root {
        bytes32 key;
        bytes32 subjectHash;
        uint40 validUntil;
        RootKind kind;
        bool listed;
        bytes32 x;
        bytes32 y;
    }

    /// @notice A sub CA that was seen in a verified chain, or whose key was revoked.
    /// @param root Id of the root's key; 0 when the key was revoked before any certificate of it was seen.
    /// @param subjectHash keccak256 of its DER name.
    /// @param validUntil End of its certificate, in seconds.
    /// @param revoked Whether the administration revoked its key.
    /// @param x Public key, P-256.
    /// @param y Public key, P-256.
    struct CertificateAuthority {
        bytes32 root;
        bytes32 subjectHash;
        uint40 validUntil;
        bool revoked;
        bytes32 x;
        bytes32 y;
    }

    /// @notice Chains may end in this root from now on.
    event RootAdded(bytes32 indexed root, RootKind indexed kind, bytes32 subjectHash, uint40 validUntil);

    /// @notice Nothing under this root counts any more.
    event RootRemoved(bytes32 indexed root);

    /// @notice A sub CA's certificate was verified. `certificate` is its DER.
    event CertificateAuthorityVerified(bytes32 indexed ca, bytes32 indexed root, uint40 validUntil, bytes certificate);

    /// @notice Nothing under this sub CA counts any more.
    event CertificateAuthorityRevoked(bytes32 indexed ca);

    /// @notice A chain is two certificates, sub CA and device.
    error ChainLengthWrong(uint256 expected, uint256 given);

    /// @notice No listed root has this name (keccak256 of the DER name, or the id of the key where one was given).
    error RootNotListed(bytes32 root);

    /// @notice Another listed root has the same name; remove it first.
    error RootNameTaken(bytes32 root, bytes32 listed);

    /// @notice The root is listed already.
    error RootAlreadyListed(bytes32 root);

    /// @notice The root was listed with the other kind before, and a root's kind is for good.
    error RootKindFixed(bytes32 root, RootKind kind, RootKind given);

    /// @notice The sub CA was certified by another root before; a CA's root (and so its kind) is for good.
    error CertificateAuthorityOfOtherRoot(bytes32 ca, bytes32 expected, bytes32 given);

    /// @notice No chain with this sub CA was verified, and its key was not revoked.
    error CertificateAuthorityNotFound(bytes32 ca);

    /// @notice The certificate names another issuer than the one above it (keccak256 of the DER names).
    error IssuerMismatch(bytes32 key, bytes32 expected, bytes32 given);

    /// @notice The certificate of `key` is not signed by `issuer`.
    error WrongCertificateSignature(bytes32 key, bytes32 issuer);

    /// @notice The certificate of `key` is valid only from `validFrom` on.
    error CertificateNotYetValid(bytes32 key, uint40 validFrom);

    /// @notice The certificate lacks basicConstraints CA, or keyUsage keyCertSign.
    error NotCertificateAuthority(bytes32 key);

    /// @notice basicConstraints must say this path length: root 2, sub CA 1, device 0 (largest number = none given).
    error PathLengthWrong(bytes32 key, uint256 expected, uint256 given);

    /// @notice Only the action account of the offer's provider may do this.
    error NotOfferOwner(OfferId offer, address expected, address given);

    /// @notice The offer has its four devices, and all are valid.
    error DeviceLimitReached(OfferId offer, uint256 limit);

    /// @notice Checks that the device of a key serves `offer`, is valid now together with its CA and root, and signed `digest`.
    /// @dev The caller brings the key: two words of calldata cost a third of two words of storage.
    /// @param x Public key of the device, P-256.
    /// @param y Public key of the device, P-256.
    /// @param offer The compute offer the device must serve.
    /// @param digest EIP-712 digest of the message; the device signs its sha-256.
    /// @param r Signature, P-256.
    /// @param s Signature, P-256, low.
    /// @return kind What vouches for the device.
    /// @return device Id of the device: keccak256 of its public key.
    function checkDeviceSignature(bytes32 x, bytes32 y, OfferId offer, bytes32 digest, bytes32 r, bytes32 s)
        external
        view
        returns (RootKind kind, bytes32 device);

    /// @notice Registers a device to a compute offer by its certificate chain, verified here.
    /// @dev Only the offer's provider (its action account); the device signs
    ///      `DeviceRegistration(uint32 offer,uint32 provider,bytes32 device)`, so nobody registers another's device.
    ///      Registering the same key again renews it. An offer has at most four devices.
    /// @param offer The compute offer.
    /// @param chain DER certificates: sub CA first, device last. The issuer of the first is a listed root.
    /// @param r Signature of the device, P-256.
    /// @param s Signature of the device, P-256, low.
    function registerDevice(OfferId offer, bytes[] calldata chain, bytes32 r, bytes32 s) external returns (bytes32 device);

    /// @notice The offer's provider declares its device's key unusable, for good.
    function revokeDevice(bytes32 device) external;

    /// @notice Administration: declares a device's key unusable, for good, whether it is registered or not.
    function banDevice(bytes32 device) external;

    /// @notice Administration: lists a root by its self-signed certificate.
    /// @param certificate DER; basicConstraints CA with path length 2, keyCertSign, valid now.
    /// @param kind Fixed for this key for good.
    function addRoot(bytes calldata certificate, RootKind kind) external returns (bytes32 root);

    /// @notice Administration: removes a root; at once everything under it stops counting.
    function removeRoot(bytes32 root) external;

    /// @notice Administration: declares a sub CA's key unusable, for good, whether it was seen or not.
    function revokeAuthority(bytes32 ca) external;

    /// @notice Number of roots ever listed; {rootAt} takes 1 to this.
    function rootCount() external view returns (uint256);

    /// @notice The root of this number, removed ones included.
    function rootAt(uint256 number) external view returns (Root memory);

    /// @notice A root by the id of its key.
    function getRoot(bytes32 root) external view returns (Root memory);

    /// @notice A sub CA by the id of its key.
    function getCertificateAuthority(bytes32 ca) external view returns (CertificateAuthority memory);

    /// @notice Whether the device, its CA and its root are all valid now and not revoked.
    function isDeviceValid(bytes32 device) external view returns (bool);

    /// @notice When an offer lost the last device that could serve at `from`, by an act of the administration: a banned key, a revoked
    ///         CA, a removed root. 0 while any device counts, and where one of them was revoked by its provider or simply ended.
    /// @param offer The compute offer.
    /// @param from In seconds; what was lost before does not matter.
    /// @param simulatedToo Whether simulated devices can serve.
    function distrustedSince(OfferId offer, uint256 from, bool simulatedToo) external view returns (uint256 time);

    /// @notice EIP-712 digest that a device signs (its sha-256) to be registered to `offer`.
    function deviceRegistrationDigest(OfferId offer, bytes32 device) external view returns (bytes32);

    /// @notice Devices of an offer, at most four; revoked and expired ones included.
    function devicesOf(OfferId offer) external view returns (bytes32[] memory devices);

    /// @notice A registered or revoked device.
    function getDevice(bytes32 device) external view returns (Device memory);
}

/// @notice The one question that {IAttestation} asks the catalog.
interface IOfferOwners {
    /// @notice The provider of a compute offer and the account that acts for it.
    /// @dev Reverts with `OfferNotFound` for an unknown offer, with `NotComputeOffer` for one of another type.
    function computeOfferOwner(OfferId offer) external view returns (ProviderId provider, address actionAccount);
}
