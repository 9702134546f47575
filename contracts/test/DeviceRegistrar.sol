// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IAttestation} from "../interfaces/IAttestation.sol";
import {OfferId} from "../types/Ids.sol";

/// @notice For tests: a provider whose action account is a contract.
contract DeviceRegistrar {
    function register(IAttestation attestation, OfferId offer, bytes[] calldata chain, bytes32 r, bytes32 s)
        external
        returns (bytes32)
    {
        return attestation.registerDevice(offer, chain, r, s);
    }
}
