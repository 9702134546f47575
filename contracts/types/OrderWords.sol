// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {OfferId, ProviderId, SlotId, TokenId} from "./Ids.sol";
import {ComputeTerms} from "./Offers.sol";
import {Order, OrderStatus, Suborder, Workflow} from "./Orders.sol";

/// @dev A placing writes whole words: the compiler would read, mask and write each field of a struct again and again (10,400 gas for
///      a workflow of four offers). The shifts below are the layout of {Order} and {Suborder}; a test compares the two.

/// @notice Writes the four words of a new order.
function writeOrder(
    Order storage order,
    Workflow calldata workflow,
    ComputeTerms memory compute,
    uint16 commission,
    uint16 deadlines,
    uint256 blocking,
    OrderStatus status
) {
    uint256 escrow = uint256(uint160(msg.sender));
    escrow |= uint256(workflow.deposit) << 160;
    escrow |= uint256(TokenId.unwrap(compute.token)) << 248;

    uint256 main = uint256(OfferId.unwrap(workflow.basket.compute));
    main |= uint256(compute.rate) << 32;
    main |= uint256(uint32(block.timestamp)) << 112;
    main |= uint256(workflow.basket.leaseMinutes) << 144;
    main |= uint256(status) << 168;
    main |= blocking << 176;
    main |= workflow.basket.parts.length << 184;
    if (workflow.service) main |= 1 << 208;
    if (workflow.basket.options.length != 0) main |= 1 << 216;
    main |= uint256(uint32(block.number)) << 224;

    bytes32 solutionHash = workflow.solutionHash;

    uint256 terms = uint256(ProviderId.unwrap(compute.provider));
    terms |= uint256(SlotId.unwrap(workflow.basket.slot)) << 32;
    terms |= uint256(workflow.basket.slotCount) << 64;
    terms |= uint256(compute.minMinutes) << 72;
    terms |= uint256(compute.compensation) << 96;
    terms |= uint256(deadlines) << 176;
    terms |= uint256(commission) << 192;
    if (workflow.simulatedAllowed) terms |= 1 << 208;

    assembly ("memory-safe") {
        sstore(order.slot, escrow)
        sstore(add(order.slot, 1), main)
        sstore(add(order.slot, 2), solutionHash)
        sstore(add(order.slot, 3), terms)
    }
}

/// @notice Writes the one word of a new suborder.
function writeSuborder(Suborder storage suborder, uint256 word) {
    assembly ("memory-safe") {
        sstore(suborder.slot, word)
    }
}
