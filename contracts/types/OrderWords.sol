// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {OfferId, ProviderId, SlotId, TokenId, UserId} from "./Ids.sol";
import {Basket, ComputeTerms, MachineChoice} from "./Offers.sol";
import {Order, OrderStatus, Suborder, Workflow} from "./Orders.sol";
import {HAS_OPTIONS, SERVICE, SIMULATED_ALLOWED} from "./OrderFlags.sol";
import {PartTerms} from "./PartTerms.sol";

/// @dev A placing writes whole words: the compiler would read, mask and write each field of a struct again and again (10,400 gas for
///      a workflow of four offers). The shifts below are the layout of {Order} and {Suborder}; a test compares the two.

/// @notice Writes the four words of a new order.
function writeOrder(
    Order storage order,
    Workflow calldata workflow,
    ComputeTerms memory compute,
    UserId user,
    uint16 commission,
    uint16 deadlines,
    uint256 blocking,
    OrderStatus status
) {
    // Found once: every way through the workflow is checked.
    Basket calldata basket = workflow.basket;
    MachineChoice calldata machine = basket.machines[compute.chosen];
    uint256 escrow = uint256(uint160(msg.sender));
    escrow |= uint256(workflow.deposit) << 160;

    uint256 main = uint256(OfferId.unwrap(compute.offer));
    main |= uint256(ProviderId.unwrap(compute.provider)) << 32;
    main |= uint256(TokenId.unwrap(compute.token)) << 64;
    main |= uint256(uint32(block.timestamp)) << 72;
    main |= uint256(basket.leaseMinutes) << 104;
    main |= uint256(status) << 128;
    main |= blocking << 136;
    main |= basket.parts.length << 144;
    if (workflow.service) main |= SERVICE << 152;
    if (machine.options.length != 0) main |= HAS_OPTIONS << 152;
    if (workflow.simulatedAllowed) main |= SIMULATED_ALLOWED << 152;
    main |= uint256(UserId.unwrap(user)) << 160;
    main |= uint256(deadlines) << 192;
    main |= uint256(commission) << 208;
    main |= uint256(uint32(block.number)) << 224;

    bytes32 solutionHash = workflow.solutionHash;

    uint256 terms = uint256(compute.rate);
    terms |= uint256(SlotId.unwrap(machine.slot)) << 80;
    terms |= uint256(machine.slotCount) << 112;
    terms |= uint256(compute.minMinutes) << 120;
    terms |= uint256(compute.compensation) << 144;
    terms |= uint256(compute.maxMinutes) << 216;

    assembly ("memory-safe") {
        sstore(order.slot, escrow)
        sstore(add(order.slot, 1), main)
        sstore(add(order.slot, 2), solutionHash)
        sstore(add(order.slot, 3), terms)
    }
}

/// @notice Writes the one word of a suborder.
function writeSuborder(Suborder storage suborder, PartTerms word) {
    assembly ("memory-safe") {
        sstore(suborder.slot, word)
    }
}

/// @notice Reads the one word of a suborder.
function readSuborder(Suborder storage suborder) view returns (PartTerms word) {
    assembly ("memory-safe") {
        word := sload(suborder.slot)
    }
}
