// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {Multicall} from "@openzeppelin/contracts/utils/Multicall.sol";

import {IAttestation} from "./interfaces/IAttestation.sol";
import {IOfferCatalog} from "./interfaces/IOfferCatalog.sol";
import {IProviderRegistry} from "./interfaces/IProviderRegistry.sol";
import {BookAdministration} from "./orders/BookAdministration.sol";
import {BookStorage} from "./orders/BookStorage.sol";
import {Forwarding} from "./orders/Forwarding.sol";
import {Interrupting} from "./orders/Interrupting.sol";
import {Keeping} from "./orders/Keeping.sol";
import {Marking} from "./orders/Marking.sol";
import {Prolonging} from "./orders/Prolonging.sol";
import {SignedApproving} from "./orders/SignedApproving.sol";

/// @title OrderAnnex
/// @notice The second part of an order book's code, see {IOrderBook}: the verbs that are asked for less often. By itself it is nothing:
///         it has no orders and no money, and works only where a book goes on in it. What is only read is in {OrderReader}.
contract OrderAnnex is Keeping, SignedApproving, Interrupting, Prolonging, Marking, BookAdministration, Forwarding, Multicall {
    constructor(address accessManager, IOfferCatalog offers, IProviderRegistry providers, IAttestation devices, address reader)
        BookStorage(accessManager, offers, providers, devices)
        Forwarding(reader)
    {}
}
