// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ProviderId} from "../types/Ids.sol";
import {IUsers} from "./IUsers.sol";

/// @title IProviderRegistry
/// @notice Users with their wallets; providers with their accounts, and the security deposits that answer for their machines.
interface IProviderRegistry is IUsers {
    /// @notice A provider.
    /// @param authority The account that owns the record.
    /// @param textBlock Block of the event that carries its name and description.
    /// @param actionAccount Acts from day to day: offers, accepting, completing.
    /// @param tokenReceiver Gets the earnings.
    /// @param book The one order book that may reserve from its security deposit.
    /// @param away Units reserved by former books.
    /// @param deposit Security deposit, units of the security token.
    /// @param reserved Units of it that answer for running orders, `away` included (as {getProvider} returns both).
    struct Provider {
        // slot 0: 20 + 11 = 31
        address authority;
        uint88 away;
        // slot 1: 20 + 4 = 24
        address tokenReceiver;
        uint32 textBlock;
        // slot 2: 20 + 11 = 31
        address actionAccount;
        uint88 deposit;
        // slot 3: 20 + 11 = 31
        address book;
        uint88 reserved;
    }

    /// @notice A provider joined.
    event ProviderRegistered(ProviderId indexed provider, address indexed authority, address actionAccount, address tokenReceiver, address book);

    /// @notice A provider's accounts or order book changed.
    event ProviderUpdated(ProviderId indexed provider, address actionAccount, address tokenReceiver, address book);

    /// @notice The texts of a provider. `previousBlock` is the block of the texts before these, or 0.
    event ProviderDescribed(ProviderId indexed provider, string name, string description, string metadata, uint32 previousBlock);

    /// @notice A security deposit grew. `deposit` is what it is now.
    event SecurityDeposited(ProviderId indexed provider, address indexed payer, uint256 amount, uint256 deposit);

    /// @notice A provider took free security deposit back.
    event SecurityWithdrawn(ProviderId indexed provider, uint256 amount, uint256 deposit);

    /// @notice A provider compensated a customer out of its security deposit.
    event CompensationPaid(ProviderId indexed provider, address indexed customer, uint256 amount, uint256 deposit);

    /// @notice The security token refused a compensation; it stays claimable by the customer.
    event CompensationOwed(address indexed customer, uint256 amount);

    /// @notice New providers are (not) taken for now.
    event RegistrationPaused(bool paused);

    error ProviderNotFound(ProviderId provider);
    error AlreadyRegistered(address authority, ProviderId provider);
    error NotAuthority(ProviderId provider, address caller);
    error NotActionAccount(ProviderId provider, address caller);
    error AccountMissing();
    /// @notice Only the order book that the provider chose (or that reserved the amount) may do this.
    error NotProvidersBook(ProviderId provider, address caller);
    error SecurityTooSmall(ProviderId provider, uint256 required, uint256 free);
    /// @notice A book released or drew more than it had reserved.
    error NotReserved(ProviderId provider, uint256 amount, uint256 reserved);
    error RegistrationIsPaused();
    /// @notice The token credited less than was sent: such tokens are not accepted.
    error CreditedLess(address token, uint256 expected, uint256 credited);
    error TextTooLong(uint256 length, uint256 limit);

    /// @notice Registers the caller as the authority of a new provider.
    function registerProvider(
        address actionAccount,
        address tokenReceiver,
        address book,
        string calldata name,
        string calldata description,
        string calldata metadata
    ) external returns (ProviderId provider);

    /// @notice Changes accounts and order book. Only the authority. What a former book reserved stays its until it releases it.
    function updateProvider(ProviderId provider, address actionAccount, address tokenReceiver, address book) external;

    /// @notice Changes the texts. Only the authority.
    function describeProvider(ProviderId provider, string calldata name, string calldata description, string calldata metadata) external;

    /// @notice Adds to a provider's security deposit; anyone may.
    function depositSecurity(ProviderId provider, uint88 amount) external;

    /// @notice Takes back security deposit that answers for nothing. Only the authority; goes to the authority.
    function withdrawSecurity(ProviderId provider, uint88 amount) external;

    /// @notice Reserves `amount` for an order, asked for by `caller`, who must be the action account. Only the provider's book.
    /// @dev Reservations follow the status of the orders (accepting reserves, the end releases or draws), whose events tell them.
    function reserve(ProviderId provider, address caller, uint80 amount) external;

    /// @notice Ends a reservation. Only the book that made it.
    function release(ProviderId provider, uint80 amount) external;

    /// @notice Ends a reservation by paying it to `customer`. Only the book that made it.
    function compensate(ProviderId provider, address customer, uint80 amount) external;

    /// @notice Pays the caller the compensations that the token once refused to pass on, to an account of its choice.
    function withdrawOwed(address to) external;

    /// @notice Compensations that wait for `customer` because the token refused them.
    function owedTo(address customer) external view returns (uint256);

    function actionAccountOf(ProviderId provider) external view returns (address);
    function tokenReceiverOf(ProviderId provider) external view returns (address);
    /// @notice What of a provider's security deposit answers for nothing, for its present book.
    function freeSecurityOf(ProviderId provider) external view returns (uint256);
    function providerOf(address authority) external view returns (ProviderId);
    function getProvider(ProviderId provider) external view returns (Provider memory);
    function providerCount() external view returns (uint256);
}
