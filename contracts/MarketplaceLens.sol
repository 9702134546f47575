// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {IMarketplaceLens} from "./interfaces/IMarketplaceLens.sol";
import {IOfferCatalog} from "./interfaces/IOfferCatalog.sol";
import {IOrderBook} from "./interfaces/IOrderBook.sol";
import {IProviderRegistry} from "./interfaces/IProviderRegistry.sol";
import {OfferId, OptionId, OrderId, ProviderId, SlotId, TokenId} from "./types/Ids.sol";
import {Machine, Offer, OfferType, Slot} from "./types/Offers.sol";
import {OrderDetails} from "./types/Orders.sol";
import {Resources} from "./types/Resources.sol";

/// @title MarketplaceLens
/// @notice See {IMarketplaceLens}, which draws the rows.
/// @dev No state and no rights: it reads what everybody may read, and any other may stand in its place.
contract MarketplaceLens is IMarketplaceLens {
    /// @inheritdoc IMarketplaceLens
    uint256 public constant MAX_PAGE = 256;

    /// @dev Bytes of a row.
    uint256 private constant OFFER_STRIDE = 128;
    uint256 private constant SLOT_STRIDE = 64;
    uint256 private constant ORDER_STRIDE = 160;
    uint256 private constant PROVIDER_STRIDE = 160;

    IOrderBook public immutable orderBook;
    IOfferCatalog public immutable catalog;
    IProviderRegistry public immutable registry;

    constructor(IOrderBook book, IOfferCatalog offerCatalog, IProviderRegistry providerRegistry) {
        orderBook = book;
        catalog = offerCatalog;
        registry = providerRegistry;
    }

    /// @inheritdoc IMarketplaceLens
    function offers(uint32 first, uint256 count) external view returns (bytes memory rows) {
        (uint256 from, uint256 many) = _page(first, count, catalog.offerCount());
        rows = new bytes(many * OFFER_STRIDE);
        for (uint256 i = 0; i < many; i++) _put(rows, i * OFFER_STRIDE, _offer(OfferId.wrap(uint32(from + i))));
    }

    /// @inheritdoc IMarketplaceLens
    function slots(uint32 first, uint256 count) external view returns (bytes memory rows) {
        (uint256 from, uint256 many) = _page(first, count, catalog.slotCount());
        rows = new bytes(many * SLOT_STRIDE);
        for (uint256 i = 0; i < many; i++) _put(rows, i * SLOT_STRIDE, _slot(from + i, catalog.getSlot(SlotId.wrap(uint32(from + i)))));
    }

    /// @inheritdoc IMarketplaceLens
    function options(uint32 first, uint256 count) external view returns (bytes memory rows) {
        (uint256 from, uint256 many) = _page(first, count, catalog.optionCount());
        rows = new bytes(many * SLOT_STRIDE);
        for (uint256 i = 0; i < many; i++) _put(rows, i * SLOT_STRIDE, _slot(from + i, catalog.getOption(OptionId.wrap(uint32(from + i)))));
    }

    /// @inheritdoc IMarketplaceLens
    function providers(uint32 first, uint256 count) external view returns (bytes memory rows) {
        (uint256 from, uint256 many) = _page(first, count, registry.providerCount());
        rows = new bytes(many * PROVIDER_STRIDE);
        for (uint256 i = 0; i < many; i++) _put(rows, i * PROVIDER_STRIDE, _provider(ProviderId.wrap(uint32(from + i))));
    }

    /// @inheritdoc IMarketplaceLens
    function orders(uint48 first, uint256 count) external view returns (bytes memory rows, uint48 next) {
        return _orders(address(0), first, count);
    }

    /// @inheritdoc IMarketplaceLens
    function ordersOf(address customer, uint48 first, uint256 count) external view returns (bytes memory rows, uint48 next) {
        return _orders(customer, first, count);
    }

    /* ROWS */

    function _offer(OfferId id) private view returns (bytes memory) {
        Offer memory offer = catalog.getOffer(id);
        Machine memory machine;
        if (offer.offerType == OfferType.TeeOffer) machine = catalog.getMachine(id);
        uint256 word = OfferId.unwrap(id);
        word |= uint256(ProviderId.unwrap(offer.provider)) << 32;
        word |= _bits(offer.enabled, offer.cancelable, offer.allowListed, offer.restricted) << 64;
        word |= uint256(offer.offerType) << 72;
        word |= uint256(offer.approval) << 80;
        word |= uint256(TokenId.unwrap(offer.token)) << 88;
        word |= uint256(offer.latestVersion) << 96;
        word |= uint256(offer.textBlock) << 112;
        word |= uint256(machine.waiting) << 144;
        word |= uint256(machine.compensation) << 160;
        word |= uint256(machine.failures) << 232;
        return abi.encode(word, catalog.bookOf(id), machine.room, machine.total);
    }

    function _slot(uint256 id, Slot memory slot) private pure returns (bytes memory) {
        uint256 word = id;
        word |= uint256(OfferId.unwrap(slot.offer)) << 32;
        word |= uint256(slot.price) << 64;
        word |= uint256(slot.priceType) << 144;
        word |= (slot.active ? uint256(1) << 152 : 0);
        word |= uint256(slot.minMinutes) << 160;
        word |= uint256(slot.maxMinutes) << 184;
        return abi.encode(word, Resources.unwrap(slot.resources));
    }

    function _provider(ProviderId id) private view returns (bytes memory) {
        IProviderRegistry.Provider memory provider = registry.getProvider(id);
        uint256 word = ProviderId.unwrap(id);
        word |= uint256(provider.textBlock) << 32;
        word |= uint256(provider.deposit) << 64;
        word |= uint256(provider.reserved) << 152;
        return abi.encode(word, provider.authority, provider.actionAccount, provider.tokenReceiver, provider.book);
    }

    function _order(OrderId id, OrderDetails memory order) private view returns (bytes memory) {
        uint256 main = OrderId.unwrap(id);
        main |= uint256(OfferId.unwrap(order.offer)) << 48;
        main |= uint256(ProviderId.unwrap(order.provider)) << 80;
        main |= uint256(TokenId.unwrap(order.token)) << 112;
        main |= uint256(order.status) << 120;
        main |= uint256(order.parts) << 128;
        main |= uint256(order.blocking) << 136;
        main |= _orderFlags(order) << 144;
        main |= uint256(order.since) << 152;
        main |= uint256(order.leaseMinutes) << 184;
        main |= uint256(order.textBlock) << 208;
        uint256 escrow = uint256(uint160(order.customer)) | (uint256(order.deposit) << 160);
        uint256 machine = order.rate;
        machine |= uint256(SlotId.unwrap(order.slot)) << 80;
        machine |= uint256(order.slotCount) << 112;
        machine |= uint256(order.minMinutes) << 120;
        machine |= uint256(order.compensation) << 144;
        machine |= uint256(order.maxMinutes) << 216;
        uint256 times = orderBook.deadlineOf(id) | (orderBook.paidUntil(id) << 64);
        return abi.encode(main, escrow, order.solutionHash, machine, times);
    }

    /* PAGES */

    /// @dev Where a page begins, and how many of `all` are on it.
    function _page(uint256 first, uint256 count, uint256 all) private pure returns (uint256 from, uint256 many) {
        if (count > MAX_PAGE) revert PageTooLarge(count, MAX_PAGE);
        from = first == 0 ? 1 : first;
        uint256 left = from > all ? 0 : all + 1 - from;
        many = count < left ? count : left;
    }

    /// @dev Writes a row at its place.
    function _put(bytes memory rows, uint256 at, bytes memory row) private pure {
        assembly ("memory-safe") {
            mcopy(add(add(rows, 0x20), at), add(row, 0x20), mload(row))
        }
    }

    /// @dev Looks at `count` orders from `first` on; of a customer where one is named.
    function _orders(address customer, uint256 first, uint256 count) private view returns (bytes memory rows, uint48 next) {
        if (count > MAX_PAGE) revert PageTooLarge(count, MAX_PAGE);
        uint256 last = orderBook.lastOrder();
        uint256 id = first == 0 ? 1 : first;
        rows = new bytes(count * ORDER_STRIDE);
        uint256 length = 0;
        while (id <= last && count > 0) {
            // What is no order is a suborder, of which at most 15 stand in a row.
            try orderBook.getOrder(OrderId.wrap(uint48(id))) returns (OrderDetails memory order) {
                bool wanted = customer == address(0) || registry.isSameUser(customer, order.customer);
                if (wanted) {
                    _put(rows, length, _order(OrderId.wrap(uint48(id)), order));
                    length += ORDER_STRIDE;
                }
                id += 1 + uint256(order.parts);
                count--;
            } catch {
                id++;
            }
        }
        // Shortened to the rows that were written.
        assembly ("memory-safe") {
            mstore(rows, length)
        }
        next = id > last ? 0 : uint48(id);
    }

    function _orderFlags(OrderDetails memory order) private pure returns (uint256) {
        return _bits(order.reported, order.claimed, order.service, order.hasOptions) | (_bits(order.simulatedAllowed, order.marked, false, false) << 4);
    }

    /// @dev Four marks as bits, first lowest.
    function _bits(bool a, bool b, bool c, bool d) private pure returns (uint256 bits) {
        if (a) bits |= 1;
        if (b) bits |= 2;
        if (c) bits |= 4;
        if (d) bits |= 8;
    }
}
