// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";

import {Charges} from "../libraries/Charges.sol";
import {OptionId, OrderId, TokenId} from "../types/Ids.sol";
import {Basket, ComputeTerms, OptionCount, PriceType} from "../types/Offers.sol";
import {ChosenOptions, OrderStatus, Permit, Workflow} from "../types/Orders.sol";
import {writeOrder, writeSuborder} from "../types/OrderWords.sol";
import {billLine, PartTerms} from "../types/PartTerms.sol";
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
        TokenId id = catalog.getOffer(workflow.basket.compute).token;
        address token = _tokens[id].token;
        if (token == address(0)) revert TokenNotListed(id);
        // A permit that somebody carried before us has done its work; a bad one shows in the allowance.
        try IERC20Permit(token).permit(msg.sender, address(this), permit.value, permit.deadline, permit.v, permit.r, permit.s) {}
        catch {}
        return _place(workflow);
    }

    function _place(Workflow calldata workflow) private returns (OrderId id) {
        // Check: the book is open, and the customer still wants it.
        if (_paused) revert PlacingIsPaused();
        if (block.timestamp > workflow.deadline) revert PlacedTooLate(workflow.deadline, block.timestamp);
        if (workflow.solutionHash == 0) revert SolutionMissing();
        if (workflow.sealedArguments.length > MAX_SEALED) revert TooLong(workflow.sealedArguments.length, MAX_SEALED);

        // Check: the catalog sells these parts together; the order joins the queue of its machine.
        (ComputeTerms memory compute, PartTerms[] memory parts) = catalog.sell(msg.sender, workflow.basket);
        PaymentToken memory token = _tokens[compute.token];
        if (!token.listed) revert TokenNotListed(compute.token);

        // Check: the deposit pays at least the least, and the price is what the customer has seen.
        {
            (uint256 least, uint256 most) = _quote(compute, parts, workflow.basket.leaseMinutes);
            if (most > workflow.priceCeiling) revert PriceAboveCeiling(most, workflow.priceCeiling);
            if (workflow.deposit < least) revert DepositTooSmall(workflow.deposit, least);
        }

        // Effect: the order and its suborders, in consecutive ids.
        id = OrderId.wrap(_lastOrder + 1);
        uint16 deadlines = _lastDeadlines;
        _lastOrder += uint48(1 + parts.length);
        uint256 blocking = _writeSuborders(id, parts);
        OrderStatus status = blocking == 0 ? OrderStatus.New : OrderStatus.Blocked;
        writeOrder(_orders[id], workflow, compute, token.commission, deadlines, blocking, status);
        _writeOptions(id, workflow, compute.fixedCharge);
        _announce(id, workflow, status);

        // Interaction: the deposit, to the unit.
        Escrow.pull(IERC20(token.token), workflow.deposit);
    }

    function _announce(OrderId id, Workflow calldata workflow, OrderStatus status) private {
        Basket calldata basket = workflow.basket;
        emit OrderPlaced(
            id,
            msg.sender,
            basket.compute,
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

    /// @dev Least and most that the order can cost within its lease.
    function _quote(ComputeTerms memory compute, PartTerms[] memory parts, uint256 leaseMinutes)
        private
        pure
        returns (uint256 least, uint256 most)
    {
        uint256 lease = leaseMinutes * 60;
        PartTerms machine = billLine(compute.rate, compute.minMinutes, PriceType.PerHour);
        least = compute.fixedCharge + Charges.ofPart(machine, 0) + Charges.total(parts, 0);
        most = compute.fixedCharge + Charges.ofPart(machine, lease) + Charges.total(parts, lease);
    }

    function _writeSuborders(OrderId id, PartTerms[] memory parts) private returns (uint256 blocking) {
        for (uint256 i = 0; i < parts.length; i++) {
            PartTerms part = parts[i];
            if (!part.isDone() && !part.isStorage()) blocking++;
            writeSuborder(_suborders[_partOf(id, i + 1)], part.atPosition(i + 1));
        }
    }

    function _writeOptions(OrderId id, Workflow calldata workflow, uint80 fixedCharge) private {
        if (workflow.basket.options.length == 0) return;

        uint256 packed;
        for (uint256 i = 0; i < workflow.basket.options.length; i++) {
            OptionCount calldata choice = workflow.basket.options[i];
            packed |= ((uint256(OptionId.unwrap(choice.option)) << 8) | choice.count) << (i * 40);
        }
        _chosenOptions[id] = ChosenOptions(fixedCharge, uint160(packed));
    }
}
