// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {OfferId, OrderId, ProviderId, SlotId, TokenId, UserId} from "./Ids.sol";
import {Basket, OfferType, PriceType} from "./Offers.sol";

/// @notice Status of an order or suborder. The numbers are those of the tools; `Suspended` is kept and never entered.
enum OrderStatus {
    New,
    Processing,
    Canceling,
    Canceled,
    Done,
    Error,
    Blocked,
    Suspended
}

/// @notice Whose fault an Error is. It decides who is paid.
enum Fault {
    None,
    /// The customer's code, or one of its limits.
    Workload,
    /// The machine.
    Machine,
    /// Content or a key of a data or solution owner.
    Input
}

/// @notice How a reported order ends, as far as money asks: a row of {SettlementTable}.
enum Ending {
    /// Done, an Error that is not the machine's, a service at the end of its lease or money, a machine whose devices the
    /// administration took out.
    Fulfilled,
    /// An Error by the machine, a job without its finish in time, a service that never made a checkpoint.
    MachineFailed,
    /// A service whose last checkpoint is too long ago.
    Silent,
    /// Canceled while running, confirmed by the device or by a checkpoint.
    Canceled,
    /// Canceled while running, and nothing signed shows what was used.
    Unconfirmed
}

/// @notice An order, four words: who pays; what happens (the one word that changes); what is run; what the machine costs. Of a storage
///         order that stands alone the machine's fields are those of its store, and it costs nothing by itself.
struct Order {
    // slot 0: 20 + 11 = 31
    address customer;
    /// @dev Token units held in escrow for it, until it ends.
    uint88 deposit;
    // slot 1: 4 + 4 + 1 + 4 + 3 + 1 + 1 + 1 + 1 + 4 + 2 + 2 + 4 = 32
    OfferId offer;
    ProviderId provider;
    TokenId token;
    /// @dev Seconds: when the present status began; from the report on, when that was published; after the end, the seconds charged.
    uint32 since;
    uint24 leaseMinutes;
    OrderStatus status;
    /// @dev Suborders that are not Done yet and keep it Blocked.
    uint8 blocking;
    /// @dev Number of suborders; their ids follow the order's.
    uint8 parts;
    /// @dev What else is so: bits of {OrderFlags}.
    uint8 flags;
    /// @dev The customer's user as of the placing: limits count it.
    UserId user;
    /// @dev Index of the set of deadlines it was placed under.
    uint16 deadlines;
    /// @dev Basis points of a provider's earning that the protocol takes.
    uint16 commission;
    /// @dev Block of its last event that carries text or sealed bytes.
    uint32 textBlock;
    // slot 2
    bytes32 solutionHash;
    // slot 3: 10 + 4 + 1 + 3 + 9 + 3 = 30
    /// @dev Token units an hour of the compute part.
    uint80 rate;
    SlotId slot;
    uint8 slotCount;
    /// @dev Least minutes charged by the compute part.
    uint24 minMinutes;
    /// @dev Units of the security token that the provider owes if its machine lets the order down.
    uint72 compensation;
    /// @dev Longest lease that every part sells, in minutes; the largest number where none has a limit.
    uint24 maxMinutes;
}

/// @notice What is known of a running order besides its report, one word, only for services and for orders canceled while running.
struct Progress {
    // slot 0: 4 + 4 = 8
    /// @dev Seconds used, as of the last checkpoint.
    uint32 checkpointSeconds;
    /// @dev Seconds: when the customer canceled; 0 = never.
    uint32 canceledAt;
}

/// @notice The options of an order, one word, only for orders that have some.
struct ChosenOptions {
    // slot 0: 10 + 20 = 30
    /// @dev Token units for the fixed ones.
    uint80 fixedCharge;
    /// @dev Four times [option 32 | count 8], first lowest.
    uint160 packed;
}

/// @notice A suborder, one word. Its order's id is its own less its position.
struct Suborder {
    // slot 0: 4 + 4 + 10 + 3 + 1 + 1 + 1 + 1 + 1 + 2 + 4 = 32
    OfferId offer;
    ProviderId provider;
    /// @dev Token units, for an hour or for all.
    uint80 price;
    /// @dev Least minutes charged; of a storage part its retention.
    uint24 minMinutes;
    OfferType offerType;
    PriceType priceType;
    OrderStatus status;
    /// @dev From 1.
    uint8 position;
    /// @dev What else is so: bits of {PartTerms}.
    uint8 flags;
    uint16 version;
    /// @dev Seconds, storage parts only: when the order ended (while it waits for its receipt), then when the retention began.
    uint32 since;
}

/// @notice An order as readers see it: the fields of {Order}, its flags spelled out.
struct OrderDetails {
    address customer;
    UserId user;
    uint88 deposit;
    OfferId offer;
    ProviderId provider;
    TokenId token;
    uint32 since;
    uint24 leaseMinutes;
    OrderStatus status;
    uint8 blocking;
    uint8 parts;
    bool reported;
    bool claimed;
    bool service;
    bool hasOptions;
    bool simulatedAllowed;
    bool marked;
    uint16 deadlines;
    uint16 commission;
    uint32 textBlock;
    bytes32 solutionHash;
    uint80 rate;
    SlotId slot;
    uint8 slotCount;
    uint24 minMinutes;
    uint72 compensation;
    uint24 maxMinutes;
}

/// @notice A suborder as readers see it: the fields of {Suborder}, its flags spelled out.
struct SuborderDetails {
    OfferId offer;
    ProviderId provider;
    uint80 price;
    uint24 minMinutes;
    OfferType offerType;
    PriceType priceType;
    OrderStatus status;
    uint8 position;
    bool claimed;
    bool byPolicy;
    bool cancelable;
    uint16 version;
    uint32 since;
}

/// @notice The waiting times of an order, in minutes. A set never changes; an order keeps the index of the one it was placed under.
struct Deadlines {
    /// @dev For the owners of all blocking suborders, from the placing.
    uint24 approval;
    /// @dev For the machine to accept, since the order is New.
    uint24 accept;
    /// @dev For the report, from accepting.
    uint24 report;
    /// @dev For the finish of a job, from the end of the lease.
    uint24 grace;
    /// @dev For the device to confirm a cancel, from the cancel.
    uint24 cancel;
    /// @dev How far the last checkpoint of a service may lie behind.
    uint24 checkpoint;
    /// @dev For the store's receipt, from the end of the order.
    uint24 receipt;
}

/// @notice What a customer places.
struct Workflow {
    Basket basket;
    /// @dev Runs until lease or money ends, instead of until it is done.
    bool service;
    /// @dev Whether a machine with simulated evidence may run it.
    bool simulatedAllowed;
    /// @dev Token units pulled now.
    uint88 deposit;
    /// @dev The quote's most may not be above it.
    uint88 priceCeiling;
    /// @dev Seconds; not placed after it.
    uint40 deadline;
    /// @dev The order that created this one, or 0.
    OrderId createdBy;
    /// @dev sha-256 of the solution archive; of several, the sha-256 over their hashes in order.
    bytes32 solutionHash;
    bytes32 inputsHash;
    bytes32 argumentsHash;
    /// @dev X25519 public key (age) to which the result is sealed.
    bytes32 resultRecipient;
    /// @dev Ciphertext of the sealed arguments; its sha-256 is the order's sealedHash.
    bytes sealedArguments;
}

/// @notice Storage that is bought by itself.
struct StorageRequest {
    OfferId offer;
    SlotId slot;
    uint24 retentionMinutes;
    /// @dev The whole retention may not cost more; exactly what it costs is pulled.
    uint88 priceCeiling;
    /// @dev Seconds; not placed after it.
    uint40 deadline;
    /// @dev sha-256 of what will be stored, or 0.
    bytes32 contentHash;
    /// @dev X25519 public key (age) to which the store seals its write grant.
    bytes32 grantRecipient;
}

/// @notice An owner's approval that anybody may carry, signed (EIP-712) by the action account of the offer's provider.
struct SignedApproval {
    OfferId offer;
    /// @dev 0 = any version.
    uint16 offerVersion;
    bytes32 solutionHash;
    /// @dev What the sealed release says of the inputs and the arguments, 0 = any. Kept by the loader, which alone sees the release.
    bytes32 inputsHash;
    bytes32 argumentsHash;
    /// @dev Only orders of this wallet's user; 0 = anybody's.
    address customer;
    /// @dev sha-256 of the key release, which travels beside it.
    bytes32 releaseHash;
    /// @dev How many orders it approves.
    uint32 uses;
    uint256 nonce;
    /// @dev Seconds; approves nothing after it.
    uint40 notAfter;
}

/// @notice A recipient of the protocol's commission and its share of it, in basis points.
struct CommissionShare {
    address recipient;
    uint16 share;
}

/// @notice What a device signs when it starts: the fixed record of an order report.
struct ReportRecord {
    bytes32 solutionHash;
    bytes32 argumentsHash;
    bytes32 runtimeInfoHash;
    bytes32 payloadHash;
    uint40 startedAt;
}

/// @notice What a device signs when it ends.
struct FinishRecord {
    OrderStatus status;
    Fault fault;
    bytes32 resultHash;
    uint32 usedSeconds;
}

/// @notice A P-256 signature by a registered device, with its public key, of which its id is the hash; s is low.
struct DeviceSignature {
    bytes32 x;
    bytes32 y;
    bytes32 r;
    bytes32 s;
}

/// @notice An EIP-2612 permit of the payment token.
struct Permit {
    uint256 value;
    uint256 deadline;
    uint8 v;
    bytes32 r;
    bytes32 s;
}
