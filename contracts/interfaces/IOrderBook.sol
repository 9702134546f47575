// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {OfferId, OrderId, ProviderId, TokenId} from "../types/Ids.sol";
import {RootKind} from "./IAttestation.sol";
import {
    ChosenOptions,
    Deadlines,
    DeviceSignature,
    Fault,
    FinishRecord,
    Order,
    OrderStatus,
    Permit,
    ReportRecord,
    Suborder,
    Workflow
} from "../types/Orders.sol";

/// @title IOrderBook
/// @notice Workflows from placing to the last claim: status, escrow, charging, settlement. The one holder of order escrow.
/// @dev An order's life: Blocked until every data and solution suborder is Done, New until the machine accepts, Processing until it
///      finishes. Its report, signed by a registered device, is verified here before anything is earned.
interface IOrderBook {
    /// @notice A listed payment token.
    struct PaymentToken {
        // slot 0: 20 + 2 + 1 = 23
        address token;
        /// @dev Basis points of earnings taken from orders placed from now on.
        uint16 commission;
        bool listed;
    }

    /// @notice A workflow was placed. Suborder ids follow the order's; what a rule reads is in state, the rest is here.
    event OrderPlaced(
        OrderId indexed order,
        address indexed customer,
        OfferId indexed offer,
        OrderStatus status,
        OrderId createdBy,
        uint8 ownSolutions,
        uint8 ownData,
        bytes32 inputsHash,
        bytes32 argumentsHash,
        bytes32 resultRecipient,
        bytes sealedArguments
    );
    event OrderStatusChanged(OrderId indexed order, OrderStatus from, OrderStatus to);
    /// @notice A suborder ended. `keyRelease` is sealed to the devices of the machine. `previousBlock`: the order's text event before.
    event SuborderCompleted(
        OrderId indexed suborder,
        OrderId indexed order,
        OrderStatus status,
        bytes32 solutionHash,
        bytes keyRelease,
        uint32 previousBlock
    );
    /// @notice The report of a device was verified. `payload` is the in-toto statement, `payloadSignature` the device's over its DSSE
    ///         encoding, `orderCertificate` the DER leaf; they may be empty where the statement is kept elsewhere.
    event ReportPublished(
        OrderId indexed order,
        bytes32 indexed device,
        RootKind kind,
        ReportRecord record,
        bytes payload,
        bytes payloadSignature,
        bytes orderCertificate,
        uint32 previousBlock
    );
    /// @notice The device ended the order. `result` says where the sealed result is (JSON), or holds it.
    event OrderFinished(OrderId indexed order, bytes32 indexed device, FinishRecord record, bytes result, uint32 previousBlock);
    /// @notice The device gave the order up before its report.
    event OrderAborted(OrderId indexed order, bytes32 indexed device, Fault fault, bytes32 resultHash, bytes result, uint32 previousBlock);
    /// @notice The money of a reported order was divided: `charged` stays for its providers, `refunded` went back to the customer. An
    ///         order that ends before its report gives the whole deposit back; its status says so.
    event OrderSettled(OrderId indexed order, uint32 chargedSeconds, uint256 charged, uint256 refunded);
    /// @notice A token refused a refund; it stays claimable.
    event RefundOwed(address indexed customer, TokenId indexed token, uint256 amount);
    event EarningsClaimed(ProviderId indexed provider, address indexed receiver, TokenId indexed token, uint256 paid, uint256 commission, OrderId[] parts);
    event CommissionClaimed(TokenId indexed token, address indexed receiver, uint256 amount);
    event TokenListed(TokenId indexed token, address indexed tokenAddress, uint16 commission, bool listed);
    event DeadlinesSet(uint16 indexed index, Deadlines deadlines);
    event CommissionReceiverSet(address receiver);
    /// @notice New orders are (not) taken for now.
    event PlacingPaused(bool paused);

    /// @notice Money was added to the escrow of a live order, which now holds `deposit`.
    event OrderReplenished(OrderId indexed order, address indexed by, uint256 amount, uint256 deposit);
    /// @notice The customer lengthened the lease of a service.
    event OrderExtended(OrderId indexed order, uint24 leaseMinutes);
    /// @notice The device says how long its service has run and what it has made so far. `result`: as in {OrderFinished}.
    event CheckpointPublished(
        OrderId indexed order,
        bytes32 indexed device,
        uint32 usedSeconds,
        bytes32 resultHash,
        bytes result,
        uint32 previousBlock
    );

    error PlacingIsPaused();
    error PlacedTooLate(uint256 deadline, uint256 blockTime);
    error PriceAboveCeiling(uint256 most, uint256 ceiling);
    error DepositTooSmall(uint256 given, uint256 required);
    error SolutionMissing();
    error TooLong(uint256 length, uint256 limit);
    error TokenNotListed(TokenId token);
    error CreditedLess(address token, uint256 expected, uint256 credited);
    error OrderNotFound(OrderId order);
    error SuborderNotFound(OrderId suborder);
    error NotOrderCustomer(OrderId order, address caller);
    error NotActionAccount(ProviderId provider, address caller);
    /// @notice The suborder already ended, or its order did.
    error SuborderNotOpen(OrderId suborder, OrderStatus status, OrderStatus orderStatus);
    error NotCompletingStatus(OrderId suborder, OrderStatus status);
    /// @notice The hash that the owner approved, or that the device reports, is not the order's.
    error SolutionHashMismatch(OrderId id, bytes32 expected, bytes32 given);
    error ReportMissing(OrderId order);
    error AlreadyReported(OrderId order);
    error PayloadMismatch(OrderId order, bytes32 expected, bytes32 given);
    /// @notice The customer accepts hardware only.
    error SimulatedDeviceRefused(OrderId order, bytes32 device);
    error FaultMismatch(OrderStatus status, Fault fault);
    error DeadlineNotReached(OrderId order, uint256 deadline, uint256 blockTime);
    /// @notice The order is a job: it ends when it is done.
    error NotService(OrderId order);
    /// @notice The order has ended or is being canceled.
    error OrderNotLive(OrderId order, OrderStatus status);
    /// @notice The lease or the money of the service has ended; what comes now comes too late.
    error ServiceEnded(OrderId order, uint256 endedAt, uint256 blockTime);
    error LeaseAboveMaximum(OrderId order, uint256 leaseMinutes, uint256 maxMinutes);
    error CheckpointDecreases(OrderId order, uint256 lastSeconds, uint256 usedSeconds);
    error CheckpointAheadOfTime(OrderId order, uint256 usedSeconds, uint256 passedSeconds);
    error NothingToClaim(OrderId id);
    /// @notice A claim list is for one provider and one token.
    error MixedClaim(OrderId id);
    error NothingOwed(address account, TokenId token);
    error CommissionTooLarge(uint256 given, uint256 limit);
    error DeadlineOutOfRange(uint256 minutesGiven, uint256 least, uint256 most);
    error TokenNotFound(address token);

    /* PLACING */

    /// @notice Places a workflow for the caller: compute, value offers, deposit, in one transaction.
    function placeWorkflow(Workflow calldata workflow) external returns (OrderId order);

    /// @notice The same with an EIP-2612 permit; one that was already used does no harm.
    function placeWorkflowWithPermit(Workflow calldata workflow, Permit calldata permit) external returns (OrderId order);

    /* APPROVING */

    /// @notice Completes a suborder by its owner's action account: Done releases the content, Error denies it.
    /// @param solutionHash Of a data or solution suborder, the solution that the owner verified; must be the order's.
    /// @param keyRelease At most 4 KiB, sealed to the devices of the machine.
    function completeSuborder(OrderId suborder, OrderStatus status, bytes32 solutionHash, bytes calldata keyRelease) external;

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

    /// @notice Ends an order whose present deadline has passed. Anyone may.
    function expireOrder(OrderId order) external;

    /* CLAIMING */

    /// @notice Pays what was earned by these orders and suborders, all of one provider and one token, to its token receiver. Anyone may.
    function claim(OrderId[] calldata parts) external;

    /// @notice Pays the protocol's commission to its receiver. Anyone may.
    function claimCommission(TokenId token) external;

    /// @notice Pays the caller the refunds that a token once refused to pass on, to an account of its choice.
    function withdrawOwed(TokenId token, address to) external;

    /* READING */

    function getOrder(OrderId order) external view returns (Order memory);
    function getSuborder(OrderId suborder) external view returns (Suborder memory);
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
    /// @notice Highest id of an order or suborder.
    function lastOrder() external view returns (uint256);
}
