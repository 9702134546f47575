// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Charges} from "../../contracts/libraries/Charges.sol";

// One contract a property, for the largest prices and times that orders hold: prices of 80 bits, seconds of 32, deposits of 88.

/// @notice A charge per hour never passes what the rate says: charge * 3600 <= price * seconds
contract ChargeNeverAboveRate {
    function prove(uint80 price, uint32 least, uint32 used) external pure {
        uint256 time = used > least ? used : least;
        assert(Charges.perHour(price, least, used) * 3600 <= uint256(price) * time);
    }
}

/// @notice A charge per hour is less than one unit below what the rate says: price * seconds < (charge + 1) * 3600
contract ChargeRoundedByLessThanOne {
    function prove(uint80 price, uint32 least, uint32 used) external pure {
        uint256 time = used > least ? used : least;
        assert(uint256(price) * time < (Charges.perHour(price, least, used) + 1) * 3600);
    }
}

/// @notice A charge never falls as the seconds grow
contract ChargeGrowsWithTime {
    function prove(uint80 price, uint32 least, uint32 used, uint32 more) external pure {
        require(used <= more);
        assert(Charges.perHour(price, least, used) <= Charges.perHour(price, least, more));
    }
}

/// @notice A charge never falls as the price grows
contract ChargeGrowsWithPrice {
    function prove(uint80 price, uint80 dearer, uint32 least, uint32 used) external pure {
        require(price <= dearer);
        assert(Charges.perHour(price, least, used) <= Charges.perHour(dearer, least, used));
    }
}

/// @notice Within the least time every number of seconds costs the same
contract ChargeFlatWithinLeast {
    function prove(uint80 price, uint32 least, uint32 used) external pure {
        require(used <= least);
        assert(Charges.perHour(price, least, used) == Charges.perHour(price, least, 0));
    }
}

/// @notice Without its minimum a part never costs more
contract ChargeFallsWithoutMinimum {
    function prove(uint80 price, uint32 least, uint32 used) external pure {
        assert(Charges.perHour(price, 0, used) <= Charges.perHour(price, least, used));
    }
}

/// @notice Two stretches of time cost together at most what the whole costs: nobody is charged more for a checkpoint
contract ChargeOfStretchesWithinWhole {
    function prove(uint80 price, uint32 first, uint32 second) external pure {
        uint256 whole = Charges.perHour(price, 0, uint256(first) + second);
        assert(Charges.perHour(price, 0, first) + Charges.perHour(price, 0, second) <= whole);
    }
}

/// @notice The charge of a part fits in 112 bits
contract ChargeFits {
    function prove(uint80 price, uint32 least, uint32 used) external pure {
        assert(Charges.perHour(price, least, used) <= type(uint112).max);
    }
}

/// @notice What is charged and what is refunded are the deposit, and the charge is within it, for two lines and any seconds
contract DepositIsChargeAndRefund {
    function prove(uint88 deposit, uint80 machine, uint32 least, uint80 fixedPrice, uint32 used) external pure {
        uint256 charged = Charges.perHour(machine, least, used) + fixedPrice;
        require(charged <= deposit);
        uint256 refund = deposit - charged;
        assert(charged + refund == deposit && refund <= deposit);
    }
}

/// @notice What a running service has drawn never passes what its end comes to: no claim runs below zero
contract DrawnWithinEnd {
    function prove(uint80 price, uint32 least, uint32 drawn, uint32 used) external pure {
        require(drawn <= used);
        assert(Charges.perHour(price, 0, drawn) <= Charges.perHour(price, least, used));
    }
}

/// @notice Storage that is ended early keeps whole minutes, which are at most one more than was used, and cost at least what was earned
contract EndedStorageCoversWhatWasEarned {
    function prove(uint80 price, uint32 kept) external pure {
        uint256 begun = (uint256(kept) + 59) / 60;
        assert(begun * 60 >= kept && begun * 60 < uint256(kept) + 60);
        assert(Charges.perHour(price, 0, kept) <= Charges.perHour(price, begun * 60, 0));
    }
}
