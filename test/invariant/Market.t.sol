// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Actors} from "./Actors.sol";
import {Ledger} from "./Ledger.sol";

/// @notice Tells forge which verbs the actors have.
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
        bytes4[22] memory verbs = [
            Actors.place.selector,
            Actors.place.selector,
            Actors.complete.selector,
            Actors.complete.selector,
            Actors.accept.selector,
            Actors.accept.selector,
            Actors.report.selector,
            Actors.finish.selector,
            Actors.giveUp.selector,
            Actors.checkpoint.selector,
            Actors.replenish.selector,
            Actors.extend.selector,
            Actors.stop.selector,
            Actors.cancel.selector,
            Actors.claim.selector,
            Actors.claimCommission.selector,
            Actors.withdrawOwed.selector,
            Actors.changeSecurity.selector,
            Actors.expire.selector,
            Actors.give.selector,
            Actors.block_.selector,
            Actors.meddle.selector
        ];
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(_ledger), new bytes4[](verbs.length + 2));
        for (uint256 i = 0; i < verbs.length; i++) targets[0].selectors[i] = verbs[i];
        targets[0].selectors[verbs.length] = Actors.pass.selector;
        targets[0].selectors[verbs.length + 1] = Actors.administer.selector;
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

    function invariant_machinesAreNeverOversold() external view {
        _ledger.checkCapacity();
    }

    function invariant_securityCoversWhatIsReserved() external view {
        _ledger.checkSecurity();
    }

    function invariant_statusMovesAlongTheTable() external view {
        _ledger.checkStatus();
    }
}

/// @notice After any sequence, time alone lets everybody out.
contract MarketExit is Stage {
    function invariant_everybodyCanGetOut() external view {
        // What is to be shown is shown at the end of each sequence.
        assert(address(_ledger) != address(0));
    }

    function afterInvariant() external {
        _ledger.leave();
        _ledger.checkEscrow();
        _ledger.checkFlow();
    }
}
