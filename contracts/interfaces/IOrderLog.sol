// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {OfferId, OrderId, ProviderId, TokenId, UserId} from "../types/Ids.sol";
import {RootKind} from "./IAttestation.sol";
import {CommissionShare, Deadlines, Fault, FinishRecord, OrderStatus, ReportRecord} from "../types/Orders.sol";

/// @title IOrderLog
/// @notice What an order book says: its events, and the errors of the rules that it holds.
interface IOrderLog {
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
    /// @notice The order ends because the administration took out the last device that could serve it, at `since` (seconds).
    event MachineDistrusted(OrderId indexed order, uint256 since);
    /// @notice The money of a reported order was divided: `charged` stays for its providers, `refunded` went back to the customer. An
    ///         order that ends before its report gives the whole deposit back; its status says so.
    event OrderSettled(OrderId indexed order, uint32 chargedSeconds, uint256 charged, uint256 refunded);
    /// @notice A token refused a refund; it stays claimable.
    event RefundOwed(address indexed customer, TokenId indexed token, uint256 amount);
    event EarningsClaimed(ProviderId indexed provider, address indexed receiver, TokenId indexed token, uint256 paid, uint256 commission, OrderId[] parts);
    /// @notice Of what is claimed with the next {EarningsClaimed}, this is a part that is paid before its end: as of `drawnSeconds`.
    event EarningsDrawn(OrderId indexed part, OrderId indexed order, uint256 amount, uint32 drawnSeconds);
    event CommissionClaimed(TokenId indexed token, address indexed receiver, uint256 amount);
    event TokenListed(TokenId indexed token, address indexed tokenAddress, uint16 commission, bool listed);
    event DeadlinesSet(uint16 indexed index, Deadlines deadlines);
    event CommissionSharesSet(CommissionShare[] shares);
    /// @notice New orders are (not) taken for now.
    event PlacingPaused(bool paused);

    /// @notice A store answered with a write grant, sealed to the devices of the machine; of an order that stands alone, to its customer.
    event StorageGranted(OrderId indexed suborder, OrderId indexed order, bytes grant, uint32 previousBlock);
    /// @notice A store has what it is paid to keep: its retention runs from now.
    event StorageReceived(OrderId indexed suborder, OrderId indexed order, bytes32 contentHash, uint64 size, uint256 until);
    /// @notice The retention of a storage part became longer, and `paid` for that, or shorter.
    event RetentionChanged(OrderId indexed suborder, OrderId indexed order, uint24 retentionMinutes, uint256 paid);
    /// @notice What a shortened retention leaves went back to the customer of an order that had ended.
    event StorageRefunded(OrderId indexed suborder, OrderId indexed order, uint256 refunded);
    /// @notice A storage part ended without having kept anything: denied, canceled or not received in time. `refunded` went back now;
    ///         what it would have cost in a live order stays in that order's deposit.
    event StorageEnded(OrderId indexed suborder, OrderId indexed order, OrderStatus status, uint256 refunded);
    /// @notice A signed approval completed a suborder. `used` counts it.
    event ApprovalUsed(bytes32 indexed approval, OrderId indexed suborder, uint256 used);
    event ApprovalRevoked(bytes32 indexed approval, ProviderId indexed provider);
    /// @notice A customer was (not) content. `weight`: what the provider earned by the order, in token units.
    event OrderMarked(OrderId indexed order, ProviderId indexed provider, UserId indexed user, bool positive, uint256 weight);
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
    error NotStoragePart(OrderId suborder);
    /// @notice A store answers for its part by grant and receipt, not by approval.
    error IsStoragePart(OrderId suborder);
    /// @notice What is not received yet, or not kept any more, has no retention to change.
    error NotKept(OrderId suborder, OrderStatus status);
    /// @notice The retention is not cancelable, or it is over.
    error RetentionFixed(OrderId suborder);
    error OrderStillRuns(OrderId order, OrderStatus status);
    error ReceiptTooLate(OrderId suborder, uint256 deadline, uint256 blockTime);
    /// @notice The slot costs another price than what is kept.
    error OtherPrice(OrderId suborder, uint256 expected, uint256 given);
    /// @notice The approval is for something else: `field` names what.
    error ApprovalMismatch(OrderId suborder, bytes32 field);
    error ApprovalExpired(uint256 notAfter, uint256 blockTime);
    /// @notice It was used as often as it says, or revoked.
    error ApprovalUsedUp(bytes32 approval, uint256 uses);
    error ApprovalNotSigned(bytes32 approval, address signer);
    error AlreadyMarked(OrderId order);
    /// @notice Only an order that has ended after its report can be marked.
    error NotMarkable(OrderId order, OrderStatus status);
    /// @notice Shares of the commission add up to 10,000 basis points, of at most 8 recipients.
    error SharesMalformed(uint256 recipients, uint256 sum);
}
