// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";

import {IAttestation} from "../../contracts/interfaces/IAttestation.sol";
import {IOfferCatalog} from "../../contracts/interfaces/IOfferCatalog.sol";
import {OfferCatalog} from "../../contracts/OfferCatalog.sol";
import {IOrderBook} from "../../contracts/interfaces/IOrderBook.sol";
import {OrderAnnex} from "../../contracts/OrderAnnex.sol";
import {OrderBook} from "../../contracts/OrderBook.sol";
import {OrderReader} from "../../contracts/OrderReader.sol";
import {ProviderRegistry} from "../../contracts/ProviderRegistry.sol";
import {RewardPool} from "../../contracts/RewardPool.sol";
import {RefusingToken} from "../../contracts/test/tokens/RefusingToken.sol";
import {OfferId, ProviderId, SlotId, TokenId} from "../../contracts/types/Ids.sol";
import {Approval, OfferType, PriceType} from "../../contracts/types/Offers.sol";
import {Deadlines} from "../../contracts/types/Orders.sol";
import {Resources} from "../../contracts/types/Resources.sol";
import {AcceptingAttestation} from "./AcceptingAttestation.sol";
import {vm} from "./Vm.sol";

/// @notice A market of two tokens, both with a block-list, with one machine and four value offers for each.
contract World {
    uint256 internal constant TOKENS = 2;
    uint256 internal constant VALUE_OFFERS = 4;
    uint72 internal constant COMPENSATION = 5 ether;
    uint80 internal constant RATE = 6 ether;
    uint24 internal constant LEAST_MINUTES = 10;
    /// @dev Three places on a machine, so that it is often full.
    Resources internal constant SHARE = Resources.wrap(100);
    Resources internal constant TOTAL = Resources.wrap(300);

    /// @notice What is for sale in one token.
    struct Shelf {
        RefusingToken token;
        TokenId id;
        OfferId compute;
        SlotId slot;
        OfferId[VALUE_OFFERS] offers;
        SlotId[VALUE_OFFERS] slots;
    }

    IOrderBook internal book;
    OfferCatalog internal catalog;
    ProviderRegistry internal registry;
    RewardPool internal pool;
    AcceptingAttestation internal attestation;
    RefusingToken internal security;
    Shelf[TOKENS] internal shelves;
    address[] internal customers;
    /// @dev Machine, data, solution and storage owners; each acts for itself and is paid itself.
    address[4] internal owners;
    address internal constant COMMISSION_RECEIVER = address(0xC0);
    /// @dev The data owner signs approvals.
    uint256 internal constant DATA_OWNER_KEY = 0xDA7A;

    constructor() {
        AccessManager access = new AccessManager(address(this));
        security = new RefusingToken();
        registry = new ProviderRegistry(address(access), security);
        catalog = new OfferCatalog(address(access), registry);
        attestation = new AcceptingAttestation();
        IAttestation devices = IAttestation(address(attestation));
        address annex = address(
            new OrderAnnex(
                address(access), catalog, registry, devices, address(new OrderReader(address(access), catalog, registry, devices))
            )
        );
        Deadlines memory deadlines = Deadlines(4320, 1440, 60, 60, 60, 120, 300);
        book = IOrderBook(
            address(new OrderBook(address(access), catalog, registry, devices, annex, COMMISSION_RECEIVER, deadlines))
        );
        pool = new RewardPool(book, registry);
        catalog.enrollBook(address(book));

        for (uint256 i = 0; i < 4; i++) {
            owners[i] = i == 1 ? vm.addr(DATA_OWNER_KEY) : address(uint160(0xA0 + i));
            vm.prank(owners[i]);
            registry.registerProvider(owners[i], owners[i], address(book), "", "", "");
        }
        security.approve(address(registry), type(uint256).max);
        registry.depositSecurity(ProviderId.wrap(1), 40 ether);
        for (uint256 i = 0; i < TOKENS; i++) _stock(shelves[i]);
        for (uint256 i = 0; i < 3; i++) {
            customers.push(address(uint160(0xB0 + i)));
            for (uint256 t = 0; t < TOKENS; t++) {
                shelves[t].token.transfer(customers[i], 100_000 ether);
                vm.prank(customers[i]);
                shelves[t].token.approve(address(book), type(uint256).max);
                vm.prank(customers[i]);
                shelves[t].token.approve(address(pool), type(uint256).max);
            }
        }
    }

    function _stock(Shelf storage shelf) private {
        shelf.token = new RefusingToken();
        shelf.id = book.listToken(address(shelf.token), 300, true);
        vm.prank(owners[0]);
        shelf.compute = catalog.createComputeOffer(ProviderId.wrap(1), address(book), shelf.id, TOTAL, COMPENSATION, "");
        shelf.slot = _addSlot(owners[0], shelf.compute, RATE, PriceType.PerHour, LEAST_MINUTES, SHARE);

        _addOffer(shelf, 0, OfferType.Data, Approval.Manual, 2 ether, PriceType.Fixed);
        _addOffer(shelf, 1, OfferType.Data, Approval.Manual, 1 ether + 1, PriceType.PerHour);
        _addOffer(shelf, 2, OfferType.Solution, Approval.Automatic, 3 ether + 7, PriceType.PerHour);
        _addOffer(shelf, 3, OfferType.Storage, Approval.Manual, 1 ether, PriceType.PerHour);
    }

    function _addOffer(Shelf storage shelf, uint256 index, OfferType offerType, Approval approval, uint80 price, PriceType priceType)
        private
    {
        address owner = ownerOf(offerType);
        IOfferCatalog.Restrictions memory none;
        // Asked before the prank, which holds for one call.
        ProviderId provider = registry.providerOf(owner);
        vm.prank(owner);
        OfferId offer = catalog.createValueOffer(
            OfferCatalog.NewValueOffer({
                provider: provider,
                book: address(book),
                token: shelf.id,
                offerType: offerType,
                approval: approval,
                cancelable: offerType == OfferType.Solution || offerType == OfferType.Storage,
                restrictions: none,
                allowedAccounts: new address[](0),
                info: ""
            })
        );
        vm.prank(owner);
        catalog.addVersion(offer, keccak256("content"), "");
        shelf.offers[index] = offer;
        shelf.slots[index] = _addSlot(owner, offer, price, priceType, 0, Resources.wrap(0));
    }

    function _addSlot(address owner, OfferId offer, uint80 price, PriceType priceType, uint24 least, Resources resources)
        private
        returns (SlotId)
    {
        vm.prank(owner);
        return catalog.addSlot(offer, IOfferCatalog.SlotTerms(price, priceType, least, 0, resources));
    }

    function ownerOf(OfferType offerType) internal view returns (address) {
        if (offerType == OfferType.Data) return owners[1];
        return offerType == OfferType.Solution ? owners[2] : owners[3];
    }
}
