// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title IMarketplaceLens
/// @notice Many records in one call, for tools and pages: rows of fixed stride, nothing between them, big-endian like words.
/// @dev Every field below stands at the number of bits from the right of its word that the columns before it take, as the contracts
///      draw their own words: highest first, lowest last. A page begins at an id and has at most {MAX_PAGE} rows.
///
///   offer      128 bytes
///     0        failures 8 | compensation 72 | waiting 16 | textBlock 32 | latestVersion 16 | token 8 | approval 8 | offerType 8
///              | flags 8 (1 enabled, 2 cancelable, 4 allow-listed, 8 restricted) | provider 32 | offer 32
///     1        order book 160
///     2        room of the machine (resources, with guard bits); 0 for value offers
///     3        all that the machine has (resources); 0 for value offers
///   slot, option  64 bytes
///     0        maxMinutes 24 | minMinutes 24 | active 8 | priceType 8 | price 80 | offer 32 | id 32
///     1        resources
///   order      160 bytes
///     0        textBlock 32 | leaseMinutes 24 | since 32 | flags 8 (1 reported, 2 claimed, 4 service,
///              8 options, 16 simulated allowed, 32 marked) | blocking 8 | parts 8 | status 8 | token 8 | provider 32 | offer 32 | order 48
///     1        deposit 88 | customer 160
///     2        solution hash
///     3        maxMinutes 24 | compensation 72 | minMinutes 24 | slotCount 8 | slot 32 | rate 80
///     4        paid until 64 | deadline 64 (seconds; 0 = none)
///   provider   160 bytes
///     0        reserved 88 | deposit 88 | textBlock 32 | provider 32
///     1 to 4   authority 160, action account 160, token receiver 160, order book 160
interface IMarketplaceLens {
    error PageTooLarge(uint256 given, uint256 limit);

    /// @notice Offers `first`, `first + 1`, … as far as there are any.
    function offers(uint32 first, uint256 count) external view returns (bytes memory rows);

    /// @notice Slots of all offers by id, likewise.
    function slots(uint32 first, uint256 count) external view returns (bytes memory rows);

    /// @notice Options of all compute offers by id, likewise.
    function options(uint32 first, uint256 count) external view returns (bytes memory rows);

    /// @notice Providers by id, likewise.
    function providers(uint32 first, uint256 count) external view returns (bytes memory rows);

    /// @notice `count` orders from id `first` on; suborders, whose ids lie between, are skipped. `next`: where the next page begins,
    ///         0 after the last order.
    function orders(uint48 first, uint256 count) external view returns (bytes memory rows, uint48 next);

    /// @notice Of `count` orders from id `first` on those that a customer, or another wallet of the same user, placed.
    function ordersOf(address customer, uint48 first, uint256 count) external view returns (bytes memory rows, uint48 next);

    /// @notice Most rows of a page.
    function MAX_PAGE() external view returns (uint256);
}
