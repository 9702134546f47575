// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Actors} from "./Actors.sol";
import {Customers} from "./Customers.sol";
import {Ledger} from "./Ledger.sol";
import {Sellers} from "./Sellers.sol";

/// @notice Tells forge which verbs the actors have. What moves orders on comes twice, so that they get somewhere.
abstract contract Stage {
    Ledger internal _ledger;

    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    function setUp() external {
        _ledger = new Ledger();
    }

    function targetSelectors() external view returns (FuzzSelector[] memory targets) {
        bytes4[46] memory verbs = [
            Customers.place.selector,
            Customers.place.selector,
            Customers.placeStorage.selector,
            Customers.cancel.selector,
            Customers.replenish.selector,
            Customers.extend.selector,
            Customers.mark.selector,
            Customers.withdrawOwed.selector,
            Customers.cancelStorage.selector,
            Customers.extendStorage.selector,
            Customers.endStorage.selector,
            Sellers.complete.selector,
            Sellers.complete.selector,
            Sellers.carry.selector,
            Sellers.accept.selector,
            Sellers.accept.selector,
            Sellers.accept.selector,
            Sellers.report.selector,
            Sellers.report.selector,
            Sellers.report.selector,
            Sellers.finish.selector,
            Sellers.finish.selector,
            Sellers.checkpoint.selector,
            Sellers.checkpoint.selector,
            Sellers.giveUp.selector,
            Sellers.claim.selector,
            Sellers.draw.selector,
            Sellers.draw.selector,
            Sellers.checkpoint.selector,
            Sellers.claim.selector,
            Sellers.grant.selector,
            Sellers.receive_.selector,
            Sellers.deny.selector,
            Sellers.changeSecurity.selector,
            Actors.expire.selector,
            Actors.expireStorage.selector,
            Actors.stop.selector,
            Actors.distrust.selector,
            Actors.pass.selector,
            Actors.claimCommission.selector,
            Actors.fund.selector,
            Actors.claimReward.selector,
            Actors.give.selector,
            Actors.block_.selector,
            Actors.administer.selector,
            Actors.meddle.selector
        ];
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(_ledger), new bytes4[](verbs.length));
        for (uint256 i = 0; i < verbs.length; i++) targets[0].selectors[i] = verbs[i];
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_ledger);
    }
}

/// @notice The invariants, one function each, so that a fault names what it breaks.
contract MarketInvariants is Stage {
    function invariant_escrowCoversWhatIsOwed() external view {
        _ledger.checkEscrow();
    }

    function invariant_moneyInIsMoneyOutAndWhatIsLeft() external view {
        _ledger.checkFlow();
    }

    function invariant_nobodyIsPaidTwice() external view {
        _ledger.checkPaidOnce();
    }

    function invariant_noChargeIsAboveTheDeposit() external view {
        _ledger.checkCharges();
    }

    function invariant_depositsAreWhatWasPaidIn() external view {
        _ledger.checkDeposits();
    }

    function invariant_nothingIsEarnedBeforeItsTime() external view {
        _ledger.checkUnearned();
    }

    function invariant_servicesDrawWhatTheyHaveEarned() external view {
        _ledger.checkDrawn();
    }

    function invariant_revenuesAddUp() external view {
        _ledger.checkRevenue();
    }

    function invariant_rewardsStayBelowBudgetAndCommission() external view {
        _ledger.checkRewards();
    }

    function invariant_machinesAreNeverOversold() external view {
        _ledger.checkCapacity();
    }

    function invariant_queuesAreWhoWaits() external view {
        _ledger.checkQueue();
    }

    function invariant_usersQueuesAreCounted() external view {
        _ledger.checkUsersQueues();
    }

    function invariant_standingClosesAMachine() external view {
        _ledger.checkStanding();
    }

    function invariant_securityCoversWhatIsReserved() external view {
        _ledger.checkSecurity();
    }

    function invariant_statusMovesAlongTheTable() external view {
        _ledger.checkStatus();
    }

    function invariant_whatWasAgreedStays() external view {
        _ledger.checkAgreed();
    }

    function invariant_ordersWaitForTheirOwnersOnly() external view {
        _ledger.checkBlocking();
    }

    function invariant_approvalsAreUsedAsOftenAsTheySay() external view {
        _ledger.checkApprovals();
    }
}

/// @notice At any step whoever is overdue can be ended, and after any sequence time alone lets everybody out.
contract MarketExit is Stage {
    function invariant_everybodyCanGetOut() external view {
        _ledger.checkExit();
    }

    function afterInvariant() external {
        _ledger.leave();
    }
}
