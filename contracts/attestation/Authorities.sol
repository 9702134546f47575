// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IAttestation, RootKind} from "../interfaces/IAttestation.sol";
import {X509} from "../libraries/X509.sol";

/// @title Authorities
/// @notice Certification roots and the sub CAs below them: what is listed, seen, removed and revoked.
/// @dev A sub CA is remembered by the hash of its certificate, so that it is parsed once. Roots and CAs have numbers so that
///      a device's word can name its CA in 32 bits.
abstract contract Authorities is IAttestation, AccessManaged {
    /// @dev root word: validUntil 40 | kind 8 | listed 8 | removedAt 40
    struct RootEntry {
        uint40 validUntil;
        RootKind kind;
        bool listed;
        uint40 removedAt;
        bytes32 key;
        bytes32 x;
        bytes32 y;
        bytes32 subjectHash;
    }

    /// @dev ca word: validUntil 40 | root number 32 | revoked 8 | revokedAt 40
    struct CaEntry {
        uint40 validUntil;
        uint32 root;
        bool revoked;
        uint40 revokedAt;
        bytes32 key;
        bytes32 x;
        bytes32 y;
        bytes32 subjectHash;
    }

    uint256 private constant ROOT_PATH = 2;
    uint256 private constant CA_PATH = 1;

    // Mappings by number, from 1, not arrays: an array's bound is one more cold read in every check.
    uint32 private _rootCount;
    uint32 private _caCount;
    mapping(uint256 number => RootEntry) internal _roots;
    mapping(uint256 number => CaEntry) internal _cas;
    mapping(bytes32 key => uint256 number) private _rootNumbers;
    mapping(bytes32 subjectHash => uint256 number) private _rootsByName;
    mapping(bytes32 key => uint256 number) private _caNumbers;
    mapping(bytes32 certificateHash => uint256 number) private _caByCertificate;

    /// @inheritdoc IAttestation
    function addRoot(bytes calldata certificate, RootKind kind) external restricted returns (bytes32) {
        X509.Certificate memory root = X509.parse(certificate);
        _checkCertificate(root, root.subjectHash, root.x, root.y, ROOT_PATH);

        uint256 named = _rootsByName[root.subjectHash];
        uint256 number = _rootNumbers[root.key];
        if (named != 0 && named != number && _roots[named].listed) {
            revert RootNameTaken(root.key, _roots[named].key);
        }
        if (number == 0) {
            number = ++_rootCount;
            _rootNumbers[root.key] = number;
        } else {
            RootEntry storage known = _roots[number];
            if (known.listed) revert RootAlreadyListed(root.key);
            if (known.kind != kind) revert RootKindFixed(root.key, known.kind, kind);
            // A certificate under a new name takes the old name away, or two names would lead to one root.
            if (known.subjectHash != root.subjectHash) delete _rootsByName[known.subjectHash];
        }
        _roots[number] = RootEntry({
            validUntil: root.validUntil,
            kind: kind,
            listed: true,
            removedAt: 0,
            key: root.key,
            x: root.x,
            y: root.y,
            subjectHash: root.subjectHash
        });
        _rootsByName[root.subjectHash] = number;
        emit RootAdded(root.key, kind, root.subjectHash, root.validUntil);
        return root.key;
    }

    /// @inheritdoc IAttestation
    function removeRoot(bytes32 root) external restricted {
        uint256 number = _rootNumbers[root];
        if (number == 0 || !_roots[number].listed) revert RootNotListed(root);
        (_roots[number].listed, _roots[number].removedAt) = (false, uint40(block.timestamp));
        emit RootRemoved(root);
    }

    /// @inheritdoc IAttestation
    function revokeAuthority(bytes32 ca) external restricted {
        uint256 number = _caNumbers[ca];
        if (number == 0) number = _addCa(ca);
        if (_cas[number].revoked) revert KeyRevoked(ca);
        (_cas[number].revoked, _cas[number].revokedAt) = (true, uint40(block.timestamp));
        emit CertificateAuthorityRevoked(ca);
    }

    /// @inheritdoc IAttestation
    function getCertificateAuthority(bytes32 ca) external view returns (CertificateAuthority memory info) {
        uint256 number = _caNumbers[ca];
        if (number == 0) revert CertificateAuthorityNotFound(ca);
        CaEntry storage entry = _cas[number];
        info = CertificateAuthority({
            root: entry.root == 0 ? bytes32(0) : _roots[entry.root].key,
            subjectHash: entry.subjectHash,
            validUntil: entry.validUntil,
            revoked: entry.revoked,
            x: entry.x,
            y: entry.y
        });
    }

    /// @inheritdoc IAttestation
    function rootCount() external view returns (uint256) {
        return _rootCount;
    }

    /// @inheritdoc IAttestation
    function rootAt(uint256 number) public view returns (Root memory) {
        if (number == 0 || number > _rootCount) revert RootNotListed(bytes32(number));
        RootEntry storage entry = _roots[number];
        return Root({
            key: entry.key,
            subjectHash: entry.subjectHash,
            validUntil: entry.validUntil,
            kind: entry.kind,
            listed: entry.listed,
            x: entry.x,
            y: entry.y
        });
    }

    /// @inheritdoc IAttestation
    function getRoot(bytes32 root) external view returns (Root memory) {
        uint256 number = _rootNumbers[root];
        if (number == 0) revert RootNotListed(root);
        return rootAt(number);
    }

    /// @dev Every rule of one link: name, signature, validity, CA, key usage, path length.
    function _checkCertificate(
        X509.Certificate memory certificate,
        bytes32 issuerName,
        bytes32 x,
        bytes32 y,
        uint256 pathLength
    ) internal view {
        bytes32 key = certificate.key;
        if (certificate.issuerHash != issuerName) revert IssuerMismatch(key, issuerName, certificate.issuerHash);
        if (!X509.signedBy(certificate, x, y)) revert WrongCertificateSignature(key, X509.keyId(x, y));
        if (block.timestamp < certificate.validFrom) revert CertificateNotYetValid(key, certificate.validFrom);
        if (block.timestamp > certificate.validUntil) revert CertificateExpired(key, certificate.validUntil);
        if (!certificate.authority || !certificate.signsCertificates) revert NotCertificateAuthority(key);
        if (certificate.pathLength != pathLength) {
            revert PathLengthWrong(key, pathLength, certificate.pathLength);
        }
    }

    /// @dev Number of the sub CA that `der` certifies. A certificate seen before is not parsed again.
    function _verifyCa(bytes calldata der) internal returns (uint256 number) {
        bytes32 hash = keccak256(der);
        number = _caByCertificate[hash];
        if (number != 0) {
            _checkCa(_cas[number]);
            return number;
        }
        X509.Certificate memory ca = X509.parse(der);
        uint256 rootNumber = _rootsByName[ca.issuerHash];
        if (rootNumber == 0) revert RootNotListed(ca.issuerHash);
        RootEntry storage root = _roots[rootNumber];
        _checkCertificate(ca, root.subjectHash, root.x, root.y, CA_PATH);

        number = _caNumbers[ca.key];
        if (number == 0) number = _addCa(ca.key);
        CaEntry storage entry = _cas[number];
        if (entry.root != 0 && entry.root != rootNumber) {
            revert CertificateAuthorityOfOtherRoot(ca.key, _roots[entry.root].key, root.key);
        }
        entry.root = uint32(rootNumber);
        entry.x = ca.x;
        entry.y = ca.y;
        // An older certificate of the same key must not shorten what a newer one gave.
        if (ca.validUntil > entry.validUntil) {
            entry.validUntil = ca.validUntil;
            entry.subjectHash = ca.subjectHash;
        }
        _checkCa(entry);
        _caByCertificate[hash] = number;
        emit CertificateAuthorityVerified(ca.key, root.key, entry.validUntil, der);
    }

    function _addCa(bytes32 key) private returns (uint256 number) {
        number = ++_caCount;
        _cas[number].key = key;
        _caNumbers[key] = number;
    }

    /// @dev Refuses a CA that does not count now, by itself or by its root; gives the root's number.
    function _checkCa(CaEntry storage ca) internal view returns (uint256) {
        (uint40 validUntil, uint32 number, bool revoked) = (ca.validUntil, ca.root, ca.revoked);
        if (revoked) revert KeyRevoked(ca.key);
        if (block.timestamp > validUntil) revert CertificateExpired(ca.key, validUntil);
        RootEntry storage root = _roots[number];
        if (!root.listed) revert KeyRevoked(root.key);
        if (block.timestamp > root.validUntil) revert CertificateExpired(root.key, root.validUntil);
        return number;
    }
}
