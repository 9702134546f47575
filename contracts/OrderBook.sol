// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {IAttestation} from "./interfaces/IAttestation.sol";
import {IOfferCatalog} from "./interfaces/IOfferCatalog.sol";
import {IProviderRegistry} from "./interfaces/IProviderRegistry.sol";
import {Approving} from "./orders/Approving.sol";
import {BookStorage} from "./orders/BookStorage.sol";
import {Claiming} from "./orders/Claiming.sol";
import {Ending} from "./orders/Ending.sol";
import {Forwarding} from "./orders/Forwarding.sol";
import {Placing} from "./orders/Placing.sol";
import {Running} from "./orders/Running.sol";
import {Sharing} from "./orders/Sharing.sol";
import {CommissionShare, Deadlines} from "./types/Orders.sol";

/// @title OrderBook
/// @notice See {IOrderBook}. One file a story, this contract those of every order: {Placing}, {Approving}, {Running}, {Ending},
///         {Claiming}, {Sharing}. The others are in {OrderAnnex} and {OrderReader}, to which unknown calls go on.
/// @dev Immutable: all parts of its code are fixed for good. The administrator lists tokens, bounds waiting times for orders to come and pauses
///      placing; it cannot touch an escrow, a refund or a claim. Invariant, per token: balance >= deposits of live orders + unclaimed
///      earnings + money of storage to be received + commission + owed refunds.
contract OrderBook is Placing, Approving, Running, Ending, Claiming, Sharing, Forwarding {
    /// @param commissionRecipient Gets the whole commission until shares are set.
    constructor(
        address accessManager,
        IOfferCatalog offers,
        IProviderRegistry providers,
        IAttestation devices,
        address annex,
        address commissionRecipient,
        Deadlines memory deadlines
    ) BookStorage(accessManager, offers, providers, devices) Forwarding(annex) {
        _shares.push(CommissionShare(commissionRecipient, 10_000));
        _setDeadlines(deadlines);
    }
}
