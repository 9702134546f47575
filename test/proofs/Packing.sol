// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Charges} from "../../contracts/libraries/Charges.sol";
import {PartTerms} from "../../contracts/types/PartTerms.sol";

// One contract a property of parts as the words that the book stores.

/// @notice A part at a fixed price costs exactly that, however long the order ran
contract FixedPartCostsItsPrice {
    function prove(PartTerms part, uint32 used) external pure {
        require(part.isFixed());
        assert(Charges.ofPart(part, used) == part.price());
    }
}

/// @notice An empty line costs nothing
contract EmptyLineCostsNothing {
    function prove(uint32 used) external pure {
        assert(Charges.ofPart(PartTerms.wrap(0), used) == 0);
    }
}

/// @notice A part word per hour never costs less for more seconds
contract PartGrowsWithTime {
    function prove(PartTerms part, uint32 used, uint32 more) external pure {
        require(used <= more);
        assert(Charges.ofPart(part, used) <= Charges.ofPart(part, more));
    }
}
