// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {OrderId} from "../types/Ids.sol";
import {SignedApproval} from "../types/Orders.sol";

/// @title OwnerMessages
/// @notice EIP-712 struct hashes of what owners of offers sign for an order book. The domain adds chain and book.
library OwnerMessages {
    bytes32 internal constant APPROVAL = keccak256(
        "SignedApproval(uint32 offer,uint16 offerVersion,bytes32 solutionHash,bytes32 inputsHash,bytes32 argumentsHash,address customer,bytes32 releaseHash,uint32 uses,uint256 nonce,uint40 notAfter)"
    );
    bytes32 internal constant RECEIPT = keccak256("Receipt(uint48 suborder,bytes32 contentHash,uint64 size)");

    function ofApproval(SignedApproval calldata approval) internal pure returns (bytes32) {
        return keccak256(abi.encode(APPROVAL, approval));
    }

    function ofReceipt(OrderId suborder, bytes32 contentHash, uint64 size) internal pure returns (bytes32) {
        return keccak256(abi.encode(RECEIPT, suborder, contentHash, size));
    }
}
