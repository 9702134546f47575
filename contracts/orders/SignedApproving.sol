// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";

import {OwnerMessages} from "../libraries/OwnerMessages.sol";
import {OrderId, ProviderId} from "../types/Ids.sol";
import {Order, SignedApproval} from "../types/Orders.sol";
import {PartTerms} from "../types/PartTerms.sol";
import {Unblocking} from "./Unblocking.sol";

/// @title SignedApproving
/// @notice Approvals that an owner signed before the order existed, so that it need not wait. The contract keeps customer, uses, expiry,
///         revocation and which release; what the release itself says, the loader keeps.
abstract contract SignedApproving is Unblocking {
    function completeSigned(OrderId suborder, SignedApproval calldata approval, bytes calldata signature, bytes calldata keyRelease)
        external
        nonReentrant
    {
        (PartTerms part, OrderId id, Order storage order) = _blockingPart(suborder);
        _checkLength(keyRelease.length, MAX_KEY_RELEASE);

        // Check: the approval is for this order, and its time has not passed.
        if (part.offerOf() != approval.offer) revert ApprovalMismatch(suborder, "offer");
        if (approval.offerVersion != 0 && approval.offerVersion != part.version()) {
            revert ApprovalMismatch(suborder, "offerVersion");
        }
        if (sha256(keyRelease) != approval.releaseHash) revert ApprovalMismatch(suborder, "releaseHash");
        if (approval.customer != address(0) && !registry.isSameUser(approval.customer, order.customer)) {
            revert ApprovalMismatch(suborder, "customer");
        }
        if (block.timestamp > approval.notAfter) revert ApprovalExpired(approval.notAfter, block.timestamp);

        // Check: its owner signed it, and it was not used too often.
        bytes32 digest = _hashTypedDataV4(OwnerMessages.ofApproval(approval));
        uint256 used = _approvalUses[digest];
        if (used >= approval.uses) revert ApprovalUsedUp(digest, approval.uses);
        address owner = registry.actionAccountOf(part.provider());
        if (!SignatureChecker.isValidSignatureNow(owner, digest, signature)) revert ApprovalNotSigned(digest, owner);

        _approvalUses[digest] = used + 1;
        emit ApprovalUsed(digest, suborder, used + 1);
        _approve(suborder, part, id, order, approval.solutionHash, keyRelease);
    }

    function revokeApproval(SignedApproval calldata approval) external nonReentrant {
        ProviderId provider = catalog.getOffer(approval.offer).provider;
        _checkActionAccount(provider);
        bytes32 digest = _hashTypedDataV4(OwnerMessages.ofApproval(approval));
        _approvalUses[digest] = type(uint256).max;
        emit ApprovalRevoked(digest, provider);
    }
}
