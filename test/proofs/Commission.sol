// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Charges} from "../../contracts/libraries/Charges.sol";

// One contract a property, for earnings of 96 bits and every commission up to the whole.

/// @notice The commission never passes the earning
contract CommissionWithinEarning {
    function prove(uint96 earning, uint16 basisPoints) external pure {
        require(basisPoints <= 10_000);
        assert(Charges.commissionOf(earning, basisPoints) <= earning);
    }
}

/// @notice The commission never passes its share: commission * 10000 <= earning * basis points < (commission + 1) * 10000
contract CommissionRoundedDown {
    function prove(uint96 earning, uint16 basisPoints) external pure {
        require(basisPoints <= 10_000);
        uint256 commission = Charges.commissionOf(earning, basisPoints);
        assert(commission * 10_000 <= uint256(earning) * basisPoints);
        assert(uint256(earning) * basisPoints < (commission + 1) * 10_000);
    }
}

/// @notice The commission never falls as the earning grows
contract CommissionGrowsWithEarning {
    function prove(uint96 earning, uint96 more, uint16 basisPoints) external pure {
        require(basisPoints <= 10_000 && earning <= more);
        assert(Charges.commissionOf(earning, basisPoints) <= Charges.commissionOf(more, basisPoints));
    }
}

/// @notice The commissions of two parts are together at most the commission of both
contract CommissionOfPartsWithinWhole {
    function prove(uint96 first, uint96 second, uint16 basisPoints) external pure {
        require(basisPoints <= 10_000);
        uint256 whole = Charges.commissionOf(uint256(first) + second, basisPoints);
        assert(Charges.commissionOf(first, basisPoints) + Charges.commissionOf(second, basisPoints) <= whole);
    }
}

/// @notice What a provider is paid and the commission are the earning, to the unit
contract EarningIsPaidAndCommission {
    function prove(uint96 earning, uint16 basisPoints) external pure {
        require(basisPoints <= 10_000);
        uint256 commission = Charges.commissionOf(earning, basisPoints);
        uint256 paid = earning - commission;
        assert(paid + commission == earning);
    }
}

/// @notice The shares of the commission but the last never pass it: the last recipient's is not below zero
contract CommissionIsSharedWithinItself {
    function prove(uint96 commission, uint16 first, uint16 second) external pure {
        require(uint256(first) + second <= 10_000);
        assert(Charges.commissionOf(commission, first) + Charges.commissionOf(commission, second) <= commission);
    }
}
