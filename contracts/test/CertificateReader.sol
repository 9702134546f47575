// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {DerReader} from "../libraries/DerReader.sol";
import {X509} from "../libraries/X509.sol";

/// @notice For tests: reads a certificate, or one integer.
contract CertificateReader {
    function parse(bytes calldata der) external pure returns (X509.Certificate memory) {
        return X509.parse(der);
    }

    function unsigned(bytes calldata der) external pure returns (uint256 value, uint256 end) {
        return DerReader.unsigned(der, 0, der.length);
    }
}
