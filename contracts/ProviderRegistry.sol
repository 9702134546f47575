// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {IProviderRegistry} from "./interfaces/IProviderRegistry.sol";
import {Users} from "./registry/Users.sol";
import {ProviderId} from "./types/Ids.sol";

/// @title ProviderRegistry
/// @notice See {IProviderRegistry}. Users and their wallets are {Users}; this file holds the providers.
/// @dev Trusts no order book by itself: only the one a provider chose may reserve, and only what a book reserved may it release
///      or draw. The administrator can pause new registrations and touches no deposit. Stored are the deposit and the reservations
///      that the present book works with; what former books hold is set apart in `away` and counted in by {getProvider}, so that
///      an order's reservation touches two words only. Invariant: deposit >= reserved.
contract ProviderRegistry is IProviderRegistry, Users, AccessManaged, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    /// @notice Longest text a provider may publish, in bytes.
    uint256 public constant MAX_TEXT = 16_384;

    /// @notice The token of all security deposits and compensations.
    IERC20 public immutable securityToken;

    uint32 private _lastProvider;
    bool private _paused;
    mapping(ProviderId provider => Provider) private _providers;
    mapping(address authority => ProviderId) private _providerOf;
    /// @inheritdoc IProviderRegistry
    mapping(address customer => uint256) public owedTo;
    /// @dev What a former book of a provider still holds reserved.
    mapping(ProviderId provider => mapping(address book => uint88)) private _awayOf;

    constructor(address accessManager, IERC20 token) AccessManaged(accessManager) {
        securityToken = token;
    }

    modifier onlyAuthority(ProviderId provider) {
        if (_existing(provider).authority != msg.sender) revert NotAuthority(provider, msg.sender);
        _;
    }

    /* JOINING */

    /// @inheritdoc IProviderRegistry
    function registerProvider(
        address actionAccount,
        address tokenReceiver,
        address book,
        string calldata name,
        string calldata description,
        string calldata metadata
    ) external returns (ProviderId provider) {
        if (_paused) revert RegistrationIsPaused();
        ProviderId known = _providerOf[msg.sender];
        if (ProviderId.unwrap(known) != 0) revert AlreadyRegistered(msg.sender, known);
        if (actionAccount == address(0) || tokenReceiver == address(0)) revert AccountMissing();

        provider = ProviderId.wrap(++_lastProvider);
        _providerOf[msg.sender] = provider;
        Provider storage record = _providers[provider];
        record.authority = msg.sender;
        record.actionAccount = actionAccount;
        record.tokenReceiver = tokenReceiver;
        record.book = book;
        emit ProviderRegistered(provider, msg.sender, actionAccount, tokenReceiver, book);
        _describe(provider, record, name, description, metadata);
    }

    /// @inheritdoc IProviderRegistry
    function updateProvider(ProviderId provider, address actionAccount, address tokenReceiver, address book)
        external
        onlyAuthority(provider)
    {
        if (actionAccount == address(0) || tokenReceiver == address(0)) revert AccountMissing();
        Provider storage record = _providers[provider];
        record.actionAccount = actionAccount;
        record.tokenReceiver = tokenReceiver;
        if (record.book != book) _moveTo(provider, record, book);
        emit ProviderUpdated(provider, actionAccount, tokenReceiver, book);
    }

    /// @inheritdoc IProviderRegistry
    function describeProvider(ProviderId provider, string calldata name, string calldata description, string calldata metadata)
        external
        onlyAuthority(provider)
    {
        _describe(provider, _providers[provider], name, description, metadata);
    }

    /// @notice Stops or resumes taking new providers; everything else goes on.
    function setPaused(bool paused) external restricted {
        _paused = paused;
        emit RegistrationPaused(paused);
    }

    /* SECURITY DEPOSIT */

    /// @inheritdoc IProviderRegistry
    function depositSecurity(ProviderId provider, uint88 amount) external nonReentrant {
        Provider storage record = _existing(provider);
        record.deposit += amount;
        emit SecurityDeposited(provider, msg.sender, amount, record.deposit + record.away);

        uint256 before = securityToken.balanceOf(address(this));
        securityToken.safeTransferFrom(msg.sender, address(this), amount);
        uint256 credited = securityToken.balanceOf(address(this)) - before;
        if (credited != amount) revert CreditedLess(address(securityToken), amount, credited);
    }

    /// @inheritdoc IProviderRegistry
    function withdrawSecurity(ProviderId provider, uint88 amount) external nonReentrant onlyAuthority(provider) {
        Provider storage record = _providers[provider];
        uint256 free = record.deposit - record.reserved;
        if (amount > free) revert SecurityTooSmall(provider, amount, free);
        record.deposit -= amount;
        emit SecurityWithdrawn(provider, amount, record.deposit + record.away);
        securityToken.safeTransfer(msg.sender, amount);
    }

    /* RESERVATIONS */

    /// @inheritdoc IProviderRegistry
    function reserve(ProviderId provider, address caller, uint80 amount) external {
        Provider storage record = _providers[provider];
        if (record.actionAccount != caller) revert NotActionAccount(provider, caller);
        if (record.book != msg.sender) revert NotProvidersBook(provider, msg.sender);
        if (amount == 0) return;

        (uint88 deposit, uint88 reserved) = (record.deposit, record.reserved);
        if (amount > deposit - reserved) revert SecurityTooSmall(provider, amount, deposit - reserved);
        record.reserved = reserved + amount;
    }

    /// @inheritdoc IProviderRegistry
    function release(ProviderId provider, uint80 amount) external {
        if (amount == 0) return;
        Provider storage record = _providers[provider];
        if (record.book == msg.sender) {
            _unreserve(provider, record, amount);
        } else {
            // What a former book frees is the provider's again.
            _takeBack(provider, record, amount);
            record.deposit += amount;
        }
    }

    /// @inheritdoc IProviderRegistry
    function compensate(ProviderId provider, address customer, uint80 amount) external nonReentrant {
        if (amount == 0) return;
        Provider storage record = _providers[provider];
        if (record.book == msg.sender) {
            _unreserve(provider, record, amount);
            record.deposit -= amount;
        } else {
            _takeBack(provider, record, amount);
        }
        emit CompensationPaid(provider, customer, amount, record.deposit + record.away);
        // A token that refuses this customer must not keep the order from ending.
        if (!securityToken.trySafeTransfer(customer, amount)) {
            owedTo[customer] += amount;
            emit CompensationOwed(customer, amount);
        }
    }

    /// @inheritdoc IProviderRegistry
    function withdrawOwed(address to) external nonReentrant {
        uint256 amount = owedTo[msg.sender];
        owedTo[msg.sender] = 0;
        securityToken.safeTransfer(to, amount);
    }

    /* READING */

    /// @inheritdoc IProviderRegistry
    function actionAccountOf(ProviderId provider) external view returns (address) {
        return _providers[provider].actionAccount;
    }

    /// @inheritdoc IProviderRegistry
    function tokenReceiverOf(ProviderId provider) external view returns (address) {
        return _providers[provider].tokenReceiver;
    }

    /// @inheritdoc IProviderRegistry
    function freeSecurityOf(ProviderId provider) external view returns (uint256) {
        Provider storage record = _providers[provider];
        return record.deposit - record.reserved;
    }

    /// @inheritdoc IProviderRegistry
    function providerOf(address authority) external view returns (ProviderId) {
        return _providerOf[authority];
    }

    /// @inheritdoc IProviderRegistry
    function getProvider(ProviderId provider) external view returns (Provider memory) {
        Provider memory record = _existing(provider);
        record.deposit += record.away;
        record.reserved += record.away;
        return record;
    }

    /// @inheritdoc IProviderRegistry
    function providerCount() external view returns (uint256) {
        return _lastProvider;
    }

    /* INTERNAL */

    function _existing(ProviderId provider) private view returns (Provider storage record) {
        record = _providers[provider];
        if (record.authority == address(0)) revert ProviderNotFound(provider);
    }

    /// @dev What the book before reserved stays with it alone, set apart; what the new one reserved when it was chosen before is its
    ///      again.
    function _moveTo(ProviderId provider, Provider storage record, address book) private {
        uint88 held = record.reserved;
        uint88 back = _awayOf[provider][book];
        _awayOf[provider][record.book] = held;
        _awayOf[provider][book] = 0;
        record.away = record.away + held - back;
        record.deposit = record.deposit + back - held;
        record.reserved = back;
        record.book = book;
    }

    function _unreserve(ProviderId provider, Provider storage record, uint80 amount) private {
        uint88 reserved = record.reserved;
        if (amount > reserved) revert NotReserved(provider, amount, reserved);
        record.reserved = reserved - amount;
    }

    /// @dev Ends a reservation of a former book.
    function _takeBack(ProviderId provider, Provider storage record, uint80 amount) private {
        uint88 held = _awayOf[provider][msg.sender];
        if (amount > held) revert NotReserved(provider, amount, held);
        _awayOf[provider][msg.sender] = held - amount;
        record.away -= amount;
    }

    function _describe(
        ProviderId provider,
        Provider storage record,
        string calldata name,
        string calldata description,
        string calldata metadata
    ) private {
        uint256 length = bytes(name).length + bytes(description).length + bytes(metadata).length;
        if (length > MAX_TEXT) revert TextTooLong(length, MAX_TEXT);
        emit ProviderDescribed(provider, name, description, metadata, record.textBlock);
        record.textBlock = uint32(block.number);
    }
}
