// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {RootKind} from "../interfaces/IAttestation.sol";
import {OrderId} from "../types/Ids.sol";
import {DeviceSignature, Order} from "../types/Orders.sol";
import {OrderFlags, SIMULATED_ALLOWED} from "../types/OrderFlags.sol";
import {BookStorage} from "./BookStorage.sol";

/// @title Verifying
/// @notice Whether a device may speak for an order.
abstract contract Verifying is BookStorage {
    using OrderFlags for Order;

    /// @dev Longest statement, result or certificate in an event, in bytes each.
    uint256 internal constant MAX_EVIDENCE = 8192;

    /// @dev A device of the order's offer signed this, and it is of a kind that the customer accepts: a provider with devices of
    ///      both kinds must not end with a simulated one what a hardware one reported.
    function _verify(OrderId id, Order storage order, bytes32 structHash, DeviceSignature calldata signature)
        internal
        view
        returns (RootKind kind, bytes32 device)
    {
        bool simulatedAllowed = order.has(SIMULATED_ALLOWED);
        (kind, device) = attestation.checkDeviceSignature(
            signature.x, signature.y, order.offer, _hashTypedDataV4(structHash), signature.r, signature.s
        );
        if (kind == RootKind.Simulated && !simulatedAllowed) revert SimulatedDeviceRefused(id, device);
    }
}
