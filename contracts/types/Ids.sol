// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @dev Ids are distinct types: an offer's id where an order's is wanted does not compile. Every counter starts at 1, so 0 means "none".

/// @notice An offer of any of the four types; one global counter.
type OfferId is uint32;

/// @notice A slot of any offer; one global counter.
type SlotId is uint32;

/// @notice An option of a compute offer; one global counter.
type OptionId is uint32;

/// @notice An order or a suborder; both share one global counter, a suborder's id is its order's id plus its position.
type OrderId is uint48;

/// @notice A registered provider.
type ProviderId is uint32;

/// @notice A listed payment token of one order book.
type TokenId is uint8;

/// @notice A user: one or several linked wallets. Given by the registry when a wallet places its first order or is linked.
type UserId is uint32;

using {offerDiffers as !=, offerEquals as ==} for OfferId global;
using {providerDiffers as !=} for ProviderId global;
using {tokenDiffers as !=, tokenEquals as ==} for TokenId global;

function offerDiffers(OfferId a, OfferId b) pure returns (bool) {
    return OfferId.unwrap(a) != OfferId.unwrap(b);
}

function providerDiffers(ProviderId a, ProviderId b) pure returns (bool) {
    return ProviderId.unwrap(a) != ProviderId.unwrap(b);
}

function tokenDiffers(TokenId a, TokenId b) pure returns (bool) {
    return TokenId.unwrap(a) != TokenId.unwrap(b);
}

function tokenEquals(TokenId a, TokenId b) pure returns (bool) {
    return TokenId.unwrap(a) == TokenId.unwrap(b);
}

function offerEquals(OfferId a, OfferId b) pure returns (bool) {
    return OfferId.unwrap(a) == OfferId.unwrap(b);
}
