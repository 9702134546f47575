// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";

import {IUsers} from "../interfaces/IUsers.sol";
import {UserId} from "../types/Ids.sol";

/// @title Users
/// @notice See {IUsers}.
/// @dev A user lives as long as one wallet is linked to it, and its first wallet is the last to go: so a user always has its first
///      wallet, and whoever has one wallet only can leave it. Ids are never given twice: what an order counted for a user that is
///      gone counts for that number alone. The administrator has no part in any of this.
abstract contract Users is IUsers, EIP712 {
    /// @dev What is known of a wallet, one word.
    struct Wallet {
        // slot 0: 4 + 8 = 12
        UserId user;
        /// @dev Links signed and taken back so far: a signature for an earlier one is worth nothing.
        uint64 nonce;
    }

    /// @dev A user, one word; empty when no wallet is left.
    struct User {
        // slot 0: 20 + 4 = 24
        address firstWallet;
        uint32 wallets;
    }

    bytes32 private constant LINK_WALLET = keccak256("LinkWallet(uint32 user,address wallet,uint256 nonce,uint256 deadline)");

    mapping(address wallet => Wallet) private _wallets;
    mapping(UserId user => User) private _users;
    uint32 private _lastUser;

    constructor() EIP712("Cloister", "1") {}

    /// @inheritdoc IUsers
    function enroll(address wallet) external returns (UserId user) {
        Wallet storage known = _wallets[wallet];
        user = known.user;
        if (UserId.unwrap(user) != 0) return user;
        if (wallet == address(0)) revert WalletMissing();

        user = UserId.wrap(++_lastUser);
        known.user = user;
        _users[user] = User(wallet, 1);
        emit UserRegistered(user, wallet);
    }

    /// @inheritdoc IUsers
    function linkWallet(UserId user, address wallet, uint256 deadline, bytes calldata userSignature, bytes calldata walletSignature)
        external
    {
        // Check: both exist, and the wallet is free to come.
        if (wallet == address(0)) revert WalletMissing();
        if (block.timestamp > deadline) revert LinkExpired(deadline, block.timestamp);
        User storage joined = _users[user];
        if (joined.wallets == 0) revert UserNotFound(user);
        Wallet storage linked = _wallets[wallet];
        UserId left = linked.user;
        if (UserId.unwrap(left) != 0) _checkAlone(user, wallet, left);

        // Check: both agree to exactly this link.
        bytes32 digest = _hashTypedDataV4(keccak256(abi.encode(LINK_WALLET, user, wallet, linked.nonce, deadline)));
        _checkSignature(joined.firstWallet, digest, userSignature);
        _checkSignature(wallet, digest, walletSignature);

        // Effect: a wallet that was a user of its own leaves that user empty.
        if (UserId.unwrap(left) != 0) {
            delete _users[left];
            emit WalletUnlinked(left, wallet);
        }
        joined.wallets++;
        _wallets[wallet] = Wallet(user, linked.nonce + 1);
        emit WalletLinked(user, wallet);
    }

    /// @inheritdoc IUsers
    function unlinkWallet(address wallet) external {
        Wallet storage linked = _wallets[wallet];
        UserId user = linked.user;
        if (UserId.unwrap(user) == 0) revert WalletNotLinked(wallet);
        User storage left = _users[user];
        address first = left.firstWallet;
        if (msg.sender != wallet && msg.sender != first) revert NotUsersWallet(user, msg.sender);
        if (wallet == first && left.wallets > 1) revert FirstWalletOfUser(wallet, user);

        // Effect: what was signed for the wallet before counts no more.
        if (wallet == first) delete _users[user];
        else left.wallets--;
        _wallets[wallet] = Wallet(UserId.wrap(0), linked.nonce + 1);
        emit WalletUnlinked(user, wallet);
    }

    /* READING */

    /// @inheritdoc IUsers
    function userOf(address wallet) external view returns (UserId) {
        return _wallets[wallet].user;
    }

    /// @inheritdoc IUsers
    function isSameUser(address a, address b) external view returns (bool) {
        if (a == b) return true;
        uint32 user = UserId.unwrap(_wallets[a].user);
        return user != 0 && user == UserId.unwrap(_wallets[b].user);
    }

    /// @inheritdoc IUsers
    function firstWalletOf(UserId user) external view returns (address) {
        return _users[user].firstWallet;
    }

    /// @inheritdoc IUsers
    function walletCountOf(UserId user) external view returns (uint256) {
        return _users[user].wallets;
    }

    /// @inheritdoc IUsers
    function linkNonceOf(address wallet) external view returns (uint256) {
        return _wallets[wallet].nonce;
    }

    /// @inheritdoc IUsers
    function userCount() external view returns (uint256) {
        return _lastUser;
    }

    /* INTERNAL */

    /// @dev A wallet of another user comes only if it is that user's only one.
    function _checkAlone(UserId joined, address wallet, UserId left) private view {
        User storage record = _users[left];
        if (UserId.unwrap(joined) == UserId.unwrap(left) || record.firstWallet != wallet) revert WalletTaken(wallet, left);
        if (record.wallets > 1) revert FirstWalletOfUser(wallet, left);
    }

    /// @dev Whoever sends the transaction agrees by sending it.
    function _checkSignature(address signer, bytes32 digest, bytes calldata signature) private view {
        if (signer == msg.sender && signature.length == 0) return;
        if (!SignatureChecker.isValidSignatureNowCalldata(signer, digest, signature)) revert LinkNotSigned(signer);
    }
}
