// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";

import {Quotes} from "../libraries/Quotes.sol";
import {OptionId, OrderId, TokenId, UserId} from "../types/Ids.sol";
import {Basket, ComputeTerms, OptionCount} from "../types/Offers.sol";
import {ChosenOptions, OrderStatus, Permit, Workflow} from "../types/Orders.sol";
import {writeOrder, writeSuborder} from "../types/OrderWords.sol";
import {PartTerms} from "../types/PartTerms.sol";
import {BookStorage} from "./BookStorage.sol";
import {Escrow} from "./Escrow.sol";

/// @title Placing
/// @notice A customer buys a workflow in one transaction.
abstract contract Placing is BookStorage {
    /// @dev Longest sealed arguments in an order's event, in bytes; longer ones travel by pointer.
    uint256 internal constant MAX_SEALED = 16_384;

    function placeWorkflow(Workflow calldata workflow) external nonReentrant returns (OrderId order) {
        return _place(workflow);
    }

    function placeWorkflowWithPermit(Workflow calldata workflow, Permit calldata permit)
        external
        nonReentrant
        returns (OrderId order)
    {
        _usePermit(catalog.getOffer(workflow.basket.machines[0].offer).token, permit);
        return _place(workflow);
    }

    function usePermit(TokenId id, Permit calldata permit) external nonReentrant {
        _usePermit(id, permit);
    }

    /// @dev A permit that somebody carried before us has done its work; a bad one shows in the allowance.
    function _usePermit(TokenId id, Permit calldata permit) private {
        address token = _tokens[id].token;
        if (token == address(0)) revert TokenNotListed(id);
        try IERC20Permit(token).permit(msg.sender, address(this), permit.value, permit.deadline, permit.v, permit.r, permit.s) {}
        catch {}
    }

    function _place(Workflow calldata workflow) private returns (OrderId id) {
        // Check: the book is open, and the customer still wants it.
        if (_paused) revert PlacingIsPaused();
        if (block.timestamp > workflow.deadline) revert PlacedTooLate(workflow.deadline, block.timestamp);
        if (workflow.solutionHash == 0) revert SolutionMissing();
        _checkLength(workflow.sealedArguments.length, MAX_SEALED);

        // Check: the catalog sells these parts together; the order joins the queue of its machine.
        UserId user = registry.enroll(msg.sender);
        (ComputeTerms memory compute, PartTerms[] memory parts) = catalog.sell(user, msg.sender, workflow.basket);
        PaymentToken memory token = _tokens[compute.token];
        if (!token.listed) revert TokenNotListed(compute.token);

        // Check: the deposit pays at least the least, and the price is what the customer has seen.
        {
            (uint256 least, uint256 most) = Quotes.bounds(compute, parts, workflow.basket.leaseMinutes);
            if (most > workflow.priceCeiling) revert PriceAboveCeiling(most, workflow.priceCeiling);
            if (workflow.deposit < least) revert DepositTooSmall(workflow.deposit, least);
        }

        // Effect: the order and its suborders, in consecutive ids.
        id = OrderId.wrap(_lastOrder + 1);
        uint16 deadlines = _lastDeadlines;
        _lastOrder += uint48(1 + parts.length);
        uint256 blocking = _writeSuborders(id, parts);
        OrderStatus status = blocking == 0 ? OrderStatus.New : OrderStatus.Blocked;
        writeOrder(_orders[id], workflow, compute, user, token.commission, deadlines, blocking, status);
        _writeOptions(id, workflow.basket.machines[compute.chosen].options, compute.fixedCharge);
        _announce(id, workflow, compute, status);

        // Interaction: the deposit, to the unit.
        Escrow.pull(IERC20(token.token), workflow.deposit);
    }

    function _announce(OrderId id, Workflow calldata workflow, ComputeTerms memory compute, OrderStatus status) private {
        Basket calldata basket = workflow.basket;
        emit OrderPlaced(
            id,
            msg.sender,
            compute.offer,
            status,
            workflow.createdBy,
            basket.ownSolutions,
            basket.ownData,
            workflow.inputsHash,
            workflow.argumentsHash,
            workflow.resultRecipient,
            workflow.sealedArguments
        );
    }

    function _writeSuborders(OrderId id, PartTerms[] memory parts) private returns (uint256 blocking) {
        for (uint256 i = 0; i < parts.length; i++) {
            PartTerms part = parts[i];
            if (!part.isDone() && !part.isStorage()) blocking++;
            writeSuborder(_suborders[_partOf(id, i + 1)], part.atPosition(i + 1));
        }
    }

    function _writeOptions(OrderId id, OptionCount[] calldata options, uint80 fixedCharge) private {
        if (options.length == 0) return;

        uint256 packed;
        for (uint256 i = 0; i < options.length; i++) {
            packed |= ((uint256(OptionId.unwrap(options[i].option)) << 8) | options[i].count) << (i * 40);
        }
        _chosenOptions[id] = ChosenOptions(fixedCharge, uint160(packed));
    }
}
