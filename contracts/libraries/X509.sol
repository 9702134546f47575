// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {P256} from "@openzeppelin/contracts/utils/cryptography/P256.sol";
import {DerReader} from "./DerReader.sol";
import {X509Time} from "./X509Time.sol";

/// @title X509
/// @notice Reads X.509 v3 certificates (RFC 5280) with P-256 keys signed by ECDSA with SHA-256, and nothing else.
/// @dev The reader is strict so that no bit of a certificate is free: what is not covered by the signature (outer lengths,
///      outer algorithm, bit string padding) is compared with the only bytes DER allows there.
library X509 {
    using DerReader for bytes;

    /// @notice What a certificate says. Name hashes are keccak256 over the whole DER name.
    struct Certificate {
        bytes32 key;
        bytes32 x;
        bytes32 y;
        bytes32 issuerHash;
        bytes32 subjectHash;
        bytes32 digest;
        bytes32 r;
        bytes32 s;
        uint40 validFrom;
        uint40 validUntil;
        bool authority;
        bool signsCertificates;
        uint256 pathLength;
    }

    /// @notice `pathLength` of a certificate that names none.
    uint256 internal constant NO_PATH_LENGTH = type(uint256).max;

    /// @notice A critical extension that this reader does not know (its OID's bytes, right-aligned).
    error CriticalExtensionUnknown(uint256 oid);

    /// @notice An extension stands twice (its OID's bytes, right-aligned).
    error ExtensionRepeated(uint256 oid);

    // SEQUENCE { OBJECT IDENTIFIER ecdsa-with-SHA256 }
    uint256 private constant ECDSA_SHA256 = 0x300a06082a8648ce3d040302;
    // [0] { INTEGER 2 }: version 3
    uint256 private constant VERSION_3 = 0xa003020102;
    // SubjectPublicKeyInfo of an uncompressed P-256 point, up to the point's x.
    uint256 private constant P256_KEY = 0x3059301306072a8648ce3d020106082a8648ce3d03010703420004;
    uint256 private constant BASIC_CONSTRAINTS = 0x551d13;
    uint256 private constant KEY_USAGE = 0x551d0f;
    // The arc 2.5.29 of the standard extensions, in front of their last byte.
    uint256 private constant STANDARD_ARC = 0x551d;
    uint256 private constant MAX_OTHER_EXTENSIONS = 8;

    /// @notice Reads a certificate; its signature is not checked here, see {signedBy}.
    function parse(bytes calldata der) internal pure returns (Certificate memory certificate) {
        (uint256 tbs, uint256 limit) = der.enter(0, der.length, DerReader.SEQUENCE);
        if (limit != der.length) revert DerReader.DerMalformed(limit);
        (uint256 at, uint256 tbsEnd) = der.enter(tbs, limit, DerReader.SEQUENCE);
        certificate.digest = sha256(der[tbs:tbsEnd]);
        _readSignature(certificate, der, tbsEnd, limit);
        at = _readSubject(certificate, der, at, tbsEnd);
        _readExtensions(certificate, der, at, tbsEnd);
    }

    /// @notice Whether the key (x, y) signed the certificate.
    function signedBy(Certificate memory certificate, bytes32 x, bytes32 y) internal view returns (bool) {
        return P256.verify(certificate.digest, certificate.r, certificate.s, x, y);
    }

    /// @notice The id of a key: keccak256 of its coordinates.
    function keyId(bytes32 x, bytes32 y) internal pure returns (bytes32 id) {
        assembly ("memory-safe") {
            mstore(0x00, x)
            mstore(0x20, y)
            id := keccak256(0x00, 0x40)
        }
    }

    function _readSignature(Certificate memory certificate, bytes calldata der, uint256 at, uint256 limit) private pure {
        uint256 end;
        uint256 value;
        at = der.expect(at, limit, 12, ECDSA_SHA256);
        (at, end) = der.enter(at, limit, DerReader.BIT_STRING);
        if (end != limit) revert DerReader.DerMalformed(end);
        at = der.expect(at, limit, 1, 0);
        (at, end) = der.enter(at, limit, DerReader.SEQUENCE);
        if (end != limit) revert DerReader.DerMalformed(end);
        (value, at) = der.unsigned(at, limit);
        certificate.r = bytes32(value);
        (value, at) = der.unsigned(at, limit);
        if (at != limit) revert DerReader.DerMalformed(at);
        // Issuing tools write either of the two valid s; P256.verify takes the low one only.
        if (value > P256.N / 2 && value < P256.N) value = P256.N - value;
        certificate.s = bytes32(value);
    }

    /// @dev Version to public key; returns where the extensions begin.
    function _readSubject(Certificate memory certificate, bytes calldata der, uint256 at, uint256 limit)
        private
        pure
        returns (uint256)
    {
        unchecked {
            uint256 end;
            at = der.expect(at, limit, 5, VERSION_3);
            (, at) = der.unsigned(at, limit); // serial number: identifies nothing here, keys do
            at = der.expect(at, limit, 12, ECDSA_SHA256);
            (, end) = der.enter(at, limit, DerReader.SEQUENCE);
            certificate.issuerHash = keccak256(der[at:end]);
            (certificate.validFrom, certificate.validUntil, at) = X509Time.validity(der, end, limit);
            (, end) = der.enter(at, limit, DerReader.SEQUENCE);
            certificate.subjectHash = keccak256(der[at:end]);
            at = der.expect(end, limit, 27, P256_KEY);
            if (at + 64 > limit) revert DerReader.DerMalformed(at);
            certificate.x = bytes32(der.word(at));
            certificate.y = bytes32(der.word(at + 32));
            certificate.key = keyId(certificate.x, certificate.y);
            return at + 64;
        }
    }

    function _readExtensions(Certificate memory certificate, bytes calldata der, uint256 at, uint256 limit) private pure {
        unchecked {
            uint256 end;
            (at, end) = der.enter(at, limit, 0xa3);
            if (end != limit) revert DerReader.DerMalformed(end);
            (at, end) = der.enter(at, limit, DerReader.SEQUENCE);
            if (end != limit) revert DerReader.DerMalformed(end);
            certificate.pathLength = NO_PATH_LENGTH;
            uint256 standard; // one bit for each OID 2.5.29.n
            uint256[MAX_OTHER_EXTENSIONS] memory others;
            uint256 count;
            while (at < limit) {
                uint256 oid;
                (oid, at) = _readExtension(certificate, der, at, limit);
                if (oid >> 8 == STANDARD_ARC) {
                    uint256 bit = 1 << uint8(oid);
                    if (standard & bit != 0) revert ExtensionRepeated(oid);
                    standard |= bit;
                    continue;
                }
                if (count == MAX_OTHER_EXTENSIONS) revert DerReader.DerMalformed(at);
                for (uint256 i; i < count; i++) {
                    if (others[i] == oid) revert ExtensionRepeated(oid);
                }
                others[count++] = oid;
            }
        }
    }

    function _readExtension(Certificate memory certificate, bytes calldata der, uint256 at, uint256 limit)
        private
        pure
        returns (uint256 oid, uint256 end)
    {
        unchecked {
            (at, end) = der.enter(at, limit, DerReader.SEQUENCE);
            uint256 valueAt;
            (at, valueAt) = der.enter(at, end, DerReader.OBJECT_IDENTIFIER);
            uint256 size = valueAt - at;
            if (size == 0 || size > 31) revert DerReader.DerMalformed(at);
            // An OID's bytes as a number are unique: its first byte is 0 only for the unused arc 0.0.
            if (der.tagAt(at, end) == 0) revert DerReader.DerMalformed(at);
            oid = der.word(at) >> (8 * (32 - size));
            bool critical = der.tagAt(valueAt, end) == DerReader.BOOLEAN;
            if (critical) valueAt = der.expect(valueAt, end, 3, 0x0101ff);
            uint256 valueEnd;
            (at, valueEnd) = der.enter(valueAt, end, DerReader.OCTET_STRING);
            if (valueEnd != end) revert DerReader.DerMalformed(valueEnd);
            if (oid == BASIC_CONSTRAINTS) _readBasicConstraints(certificate, der, at, end);
            else if (oid == KEY_USAGE) _readKeyUsage(certificate, der, at, end);
            else if (critical) revert CriticalExtensionUnknown(oid);
        }
    }

    /// @dev SEQUENCE { cA BOOLEAN DEFAULT FALSE, pathLenConstraint INTEGER OPTIONAL }
    function _readBasicConstraints(Certificate memory certificate, bytes calldata der, uint256 at, uint256 limit)
        private
        pure
    {
        uint256 end;
        (at, end) = der.enter(at, limit, DerReader.SEQUENCE);
        if (end != limit) revert DerReader.DerMalformed(end);
        if (at == limit) return;
        at = der.expect(at, limit, 3, 0x0101ff);
        certificate.authority = true;
        if (at == limit) return;
        (certificate.pathLength, at) = der.unsigned(at, limit);
        if (at != limit) revert DerReader.DerMalformed(at);
    }

    /// @dev BIT STRING of one or two bytes; keyCertSign is bit 5, counted from the left.
    function _readKeyUsage(Certificate memory certificate, bytes calldata der, uint256 at, uint256 limit) private pure {
        unchecked {
            uint256 end;
            (at, end) = der.enter(at, limit, DerReader.BIT_STRING);
            if (end != limit || (end - at != 2 && end - at != 3)) revert DerReader.DerMalformed(at);
            uint256 bits = der.word(at);
            uint256 unused = bits >> 248;
            uint256 last = uint8(der.word(end - 1) >> 248);
            if (unused > 7 || last & ((1 << unused) - 1) != 0) revert DerReader.DerMalformed(at);
            certificate.signsCertificates = (bits >> 240) & 0x04 != 0;
        }
    }
}
