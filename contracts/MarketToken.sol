// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";

/// @title MarketToken
/// @notice ERC-20 with permit and a faucet, for local and test networks. Worth nothing.
contract MarketToken is ERC20Permit {
    /// @notice Tokens a request gives, in units.
    uint256 public constant FAUCET_AMOUNT = 1_000 ether;

    /// @notice Seconds between two requests of one account.
    uint256 public constant FAUCET_PAUSE = 1 days;

    /// @notice When an account may ask again, in seconds.
    mapping(address account => uint256) public nextRequest;

    /// @notice The account asked too early.
    error FaucetPause(address account, uint256 notBefore);

    constructor(address holder, uint256 supply) ERC20("Cloister Market Token", "CLM") ERC20Permit("Cloister Market Token") {
        _mint(holder, supply);
    }

    /// @notice Gives the caller {FAUCET_AMOUNT}, once in {FAUCET_PAUSE}.
    function request() external {
        uint256 notBefore = nextRequest[msg.sender];
        if (block.timestamp < notBefore) revert FaucetPause(msg.sender, notBefore);
        nextRequest[msg.sender] = block.timestamp + FAUCET_PAUSE;
        _mint(msg.sender, FAUCET_AMOUNT);
    }
}
