// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {OfferId, OrderId, ProviderId, SlotId, TokenId} from "../types/Ids.sol";
import {Basket} from "../types/Offers.sol";
import {
    ChosenOptions,
    CommissionShare,
    Deadlines,
    DeviceSignature,
    Fault,
    FinishRecord,
    OrderDetails,
    OrderStatus,
    Permit,
    ReportRecord,
    SignedApproval,
    StorageRequest,
    SuborderDetails,
    Workflow
} from "../types/Orders.sol";
import {IAttestation} from "./IAttestation.sol";
import {IOfferCatalog} from "./IOfferCatalog.sol";
import {IOrderLog} from "./IOrderLog.sol";
import {IProviderRegistry} from "./IProviderRegistry.sol";
import {IRevenue} from "./IRevenue.sol";

/// @title IOrderBook
/// @notice Workflows from placing to the last claim: status, escrow, charging, settlement. The one holder of order escrow.
/// @dev An order's life: Blocked until every data and solution suborder is Done, New until the machine accepts, Processing until it
///      finishes. Its report, signed by a registered device, is verified here before anything is earned. The code lies in
///      three contracts, {OrderBook}, {OrderAnnex} and {OrderReader}; all state, all money and the one address are the book's. Several verbs go in one
///      transaction through `multicall`, and every wallet of an order's user may act as its customer.
interface IOrderBook is IOrderLog, IRevenue {
    /* PLACING */

    /// @notice Places a workflow for the caller: compute, value offers, deposit, in one transaction.
    function placeWorkflow(Workflow calldata workflow) external returns (OrderId order);

    /// @notice The same with an EIP-2612 permit; one that was already used does no harm.
    function placeWorkflowWithPermit(Workflow calldata workflow, Permit calldata permit) external returns (OrderId order);


    /// @notice Uses an EIP-2612 permit of a listed token in favour of this book, to be followed by what needs it in one `multicall`.
    function usePermit(TokenId token, Permit calldata permit) external;

    /// @notice What a basket would cost `customer`: the machine chosen, the least, the most within the lease, and the charge when
    ///         `usedSeconds` were used. Reverts as the placing would.
    function quote(address customer, Basket calldata basket, uint256 usedSeconds)
        external
        view
        returns (OfferId machine, uint256 least, uint256 most, uint256 charge);

    /* APPROVING */

    /// @notice Completes a suborder by its owner's action account: Done releases the content, Error denies it.
    /// @param solutionHash Of a data or solution suborder, the solution that the owner verified; must be the order's.
    /// @param keyRelease At most 4 KiB, sealed to the devices of the machine.
    function completeSuborder(OrderId suborder, OrderStatus status, bytes32 solutionHash, bytes calldata keyRelease) external;

    /// @notice Completes a suborder by an approval that the owner's action account signed before. Anyone may carry it.
    function completeSigned(OrderId suborder, SignedApproval calldata approval, bytes calldata signature, bytes calldata keyRelease)
        external;

    /// @notice Takes a signed approval back, also one that nobody has seen yet. Only the action account of the offer's provider.
    function revokeApproval(SignedApproval calldata approval) external;

    /* STORAGE */

    /// @notice Buys storage by itself. Exactly its price is pulled; the store grants and receives as for a part of a workflow.
    function placeStorage(StorageRequest calldata request) external returns (OrderId order);

    /// @notice The store grants writing, sealed to the devices (of storage by itself: to the customer). At most 4 KiB.
    function grantStorage(OrderId suborder, bytes calldata grant) external;

    /// @notice The store's receipt: it has the content, its retention begins. By its action account, or signed by it (EIP-712
    ///         `Receipt(uint48 suborder,bytes32 contentHash,uint64 size)`) and carried by anyone.
    function receiveStorage(OrderId suborder, bytes32 contentHash, uint64 size, bytes calldata signature) external;

    /// @notice The store will not keep it. Only before its receipt.
    function denyStorage(OrderId suborder) external;

    /// @notice Lengthens a running retention, at its own price, within the maximum of a slot still sold. The caller pays.
    function extendStorage(OrderId suborder, SlotId slot, uint24 addedMinutes) external;

    /// @notice The customer ends a retention of a cancelable offer; whole minutes begun are charged, the rest goes back.
    function endStorage(OrderId suborder) external;

    /// @notice Ends a storage part whose receipt did not come in time; its money goes back. Anyone may.
    function expireStorage(OrderId suborder) external;

    /* RUNNING */

    /// @notice New to Processing, by the compute provider's action account: takes the machine's share, reserves the compensation.
    function acceptOrder(OrderId order) external;

    /// @notice Publishes and verifies the report of a device. From here on time is charged. Anyone may carry it.
    function publishReport(
        OrderId order,
        ReportRecord calldata record,
        DeviceSignature calldata signature,
        bytes calldata payload,
        bytes calldata payloadSignature,
        bytes calldata orderCertificate
    ) external;

    /// @notice Ends a reported order as its device signed it, settles and refunds. Anyone may carry it. Canceled confirms a cancel.
    function finishOrder(OrderId order, FinishRecord calldata record, DeviceSignature calldata signature, bytes calldata result) external;

    /// @notice Ends an order that cannot start, as its device signed it: full refund, nobody punished. Anyone may carry it.
    function abortOrder(OrderId order, Fault fault, bytes32 resultHash, DeviceSignature calldata signature, bytes calldata result) external;

    /// @notice Publishes how long a service has run, as its device signed it, and what it has made so far. Anyone may carry it.
    function checkpoint(
        OrderId order,
        uint32 usedSeconds,
        bytes32 resultHash,
        DeviceSignature calldata signature,
        bytes calldata result
    ) external;

    /* PROLONGING */

    /// @notice Adds money to the escrow of a live order; moves no deadline. Anyone may.
    function replenishOrder(OrderId order, uint88 amount) external;

    /// @notice The customer lengthens the lease of a service, within the maximum of every part. Adds no money.
    function extendOrder(OrderId order, uint24 addedMinutes) external;

    /* ENDING */

    /// @notice The customer takes an order back. Before its report: full refund, at once. After it the order is Canceling until its
    ///         device confirms with a finish, and no later second is charged.
    function cancelOrder(OrderId order) external;

    /// @notice Ends a service whose lease or money has ended, as of that second; or which has made no checkpoint for too long, as of
    ///         the last one, and its machine compensates the customer. Anyone may.
    function stopOrder(OrderId order) external;

    /// @notice Ends an order whose present deadline has passed, or whose machine has no device left because the administration took
    ///         the last one out in time (by it, its CA or its root): then nobody compensates, and a reported order is charged up to
    ///         that moment. Anyone may.
    function expireOrder(OrderId order) external;

    /// @notice The customer takes a suborder back: of data and solutions that is the whole order, of storage the part alone.
    function cancelSuborder(OrderId suborder) external;

    /// @notice The customer marks an order that has ended, once; it counts for its providers by what they earned.
    function markOrder(OrderId order, bool positive) external;

    /* CLAIMING */

    /// @notice Pays what was earned by these orders and suborders, all of one provider and one token, to its token receiver.
    ///         A service and a storage part earn while they run. Anyone may.
    function claim(OrderId[] calldata parts) external;

    /// @notice Pays the protocol's commission to its recipients by their shares. Anyone may.
    function claimCommission(TokenId token) external;

    /// @notice Pays the caller the refunds that a token once refused to pass on, to an account of its choice.
    function withdrawOwed(TokenId token, address to) external;

    /* READING */

    function getOrder(OrderId order) external view returns (OrderDetails memory);
    function getSuborder(OrderId suborder) external view returns (SuborderDetails memory);
    function getChosenOptions(OrderId order) external view returns (ChosenOptions memory);
    function getDeadlines(uint16 index) external view returns (Deadlines memory);
    function getToken(TokenId token) external view returns (PaymentToken memory);
    function tokenIdOf(address token) external view returns (TokenId);
    /// @notice When the money of a running order ends, or its lease if that is sooner, in seconds; 0 where no time is charged.
    function paidUntil(OrderId order) external view returns (uint256);
    /// @notice Whether the money of a running order ends before its lease, and within an hour.
    function awaitingPayment(OrderId order) external view returns (bool);
    /// @notice When anyone may expire the order (of a running service: stop it), in seconds; 0 when it has ended.
    function deadlineOf(OrderId order) external view returns (uint256);
    /// @notice What an order or a suborder has earned and not claimed, commission included.
    function claimable(OrderId id) external view returns (uint256);
    function getCommissionShares() external view returns (CommissionShare[] memory);
    /// @notice How often a signed approval was used; the largest number where it was revoked. Its id is its EIP-712 digest.
    function approvalUses(SignedApproval calldata approval) external view returns (bytes32 id, uint256 used);
    /// @notice Marks of a provider, weighted by what it earned, in token units of all tokens.
    function marksOf(ProviderId provider) external view returns (uint128 positive, uint128 negative);
    /// @notice Highest id of an order or suborder.
    function lastOrder() external view returns (uint256);
    /// @notice The next contract of the book's code.
    function continuation() external view returns (address);
    function catalog() external view returns (IOfferCatalog);
    function registry() external view returns (IProviderRegistry);
    function attestation() external view returns (IAttestation);
    /// @notice The protocol's unclaimed share, in token units.
    function commissionOf(TokenId token) external view returns (uint256);
    /// @notice Refunds and shares that a token refused to pass on.
    function owedTo(address account, TokenId token) external view returns (uint256);

    /* ADMINISTRATION */

    function listToken(address tokenAddress, uint16 commission, bool listed) external returns (TokenId token);
    function setDeadlines(Deadlines calldata deadlines) external;
    function setCommissionShares(CommissionShare[] calldata shares) external;
    function setPaused(bool paused) external;

    /* SEVERAL VERBS AT ONCE */

    /// @notice Calls several verbs of this book for the caller, in one transaction: all of them or none.
    function multicall(bytes[] calldata calls) external returns (bytes[] memory answers);
}
