// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {RootKind} from "../../contracts/interfaces/IAttestation.sol";
import {OfferId} from "../../contracts/types/Ids.sol";

/// @notice Believes every device, so that random actors need no keys. Signatures are tested with Hardhat.
contract AcceptingAttestation {
    function checkDeviceSignature(bytes32, bytes32, OfferId, bytes32, bytes32, bytes32) external pure returns (RootKind, bytes32) {
        return (RootKind.Simulated, 0);
    }

    /// @notice Since when offers have lost their devices by an act of the administration; 0 = they have not.
    mapping(OfferId offer => uint256) public lost;

    function distrust(OfferId offer, uint256 time) external {
        lost[offer] = time;
    }

    function distrustedSince(OfferId offer, uint256 from, bool) external view returns (uint256) {
        return lost[offer] < from ? 0 : lost[offer];
    }
}
