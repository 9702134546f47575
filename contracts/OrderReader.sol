// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {IAttestation} from "./interfaces/IAttestation.sol";
import {IOfferCatalog} from "./interfaces/IOfferCatalog.sol";
import {IProviderRegistry} from "./interfaces/IProviderRegistry.sol";
import {BookStorage} from "./orders/BookStorage.sol";
import {BookViews} from "./orders/BookViews.sol";

/// @title OrderReader
/// @notice The third part of an order book's code, see {IOrderBook}: what is only read. Like {OrderAnnex} it is nothing by itself.
contract OrderReader is BookViews {
    constructor(address accessManager, IOfferCatalog offers, IProviderRegistry providers, IAttestation devices)
        BookStorage(accessManager, offers, providers, devices)
    {}
}
