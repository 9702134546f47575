// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {UserId} from "../types/Ids.sol";

/// @title IUsers
/// @notice Users and their wallets. Limits, allowed accounts and marks count per user; an order stays with the wallet it was placed for,
///         and every wallet of that wallet's user may act on it. Linking gives no right over provider accounts.
interface IUsers {
    event UserRegistered(UserId indexed user, address indexed wallet);
    event WalletLinked(UserId indexed user, address indexed wallet);
    event WalletUnlinked(UserId indexed user, address indexed wallet);

    error UserNotFound(UserId user);
    error WalletMissing();
    /// @notice The wallet belongs to another user and has to be unlinked there first.
    error WalletTaken(address wallet, UserId user);
    /// @notice The first wallet of a user cannot be linked elsewhere or unlinked while others are linked to it.
    error FirstWalletOfUser(address wallet, UserId user);
    error WalletNotLinked(address wallet);
    /// @notice Only the wallet itself or the first wallet of its user may unlink it.
    error NotUsersWallet(UserId user, address caller);
    error LinkExpired(uint256 deadline, uint256 time);
    /// @notice `signer` did not sign this link.
    error LinkNotSigned(address signer);

    /// @notice The user of a wallet; a wallet without one becomes a user of its own. Anyone may call it; an order book does when placing.
    function enroll(address wallet) external returns (UserId user);

    /// @notice Links `wallet` to `user`. Signed by the first wallet of the user and by the wallet, over
    ///         `LinkWallet(uint32 user,address wallet,uint256 nonce,uint256 deadline)` in this contract's EIP-712 domain; `nonce` is
    ///         the wallet's {linkNonceOf}. The caller's own signature may be empty. Contract wallets sign by ERC-1271.
    function linkWallet(UserId user, address wallet, uint256 deadline, bytes calldata userSignature, bytes calldata walletSignature)
        external;

    /// @notice Takes a wallet off its user. Only the wallet itself or the first wallet of the user.
    function unlinkWallet(address wallet) external;

    /// @notice The user of a wallet, 0 where it has none yet.
    function userOf(address wallet) external view returns (UserId);

    /// @notice Whether two wallets are the same or belong to one user.
    function isSameUser(address a, address b) external view returns (bool);

    function firstWalletOf(UserId user) external view returns (address);
    function walletCountOf(UserId user) external view returns (uint256);
    function linkNonceOf(address wallet) external view returns (uint256);
    function userCount() external view returns (uint256);
}
