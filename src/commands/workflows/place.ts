// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from "node:crypto";

import type { Basket } from "../../chain/basket";
import { blockTime, getOrder } from "../../chain/orders";
import { placeWorkflows } from "../../chain/placing";
import { actingAccount, type Market } from "../../chain/market";
import { quote } from "../../chain/quote";
import type { Receipt } from "../../chain/send";
import { NO_ARGUMENTS, type WorkloadArguments } from "../../core/inputs";
import { sealedArguments, type SealedArguments } from "../../core/sealed";
import { recipientOf, recipientToBytes } from "../../crypto/ageKeys";
import { seal } from "../../crypto/seal";
import { type BasketRequest, chooseBasket, type ReadInputs, readInputs, teeOf } from "./basket";
import { checkFitsMachine, shareOf } from "./capacity";
import { describeMachine, noMachine, selectMachines } from "./selection";

/** What a workflow is made of, as the command line or a program names it. */
export interface WorkflowRequest extends BasketRequest {
  /** Token units; the quote's most where absent. */
  readonly deposit?: bigint;
  readonly service?: boolean;
  /** The order that makes this one; none where absent or 0. */
  readonly createdBy?: bigint;
  /** How many such workflows, all in one transaction; 1 where absent. */
  readonly count?: number;
  readonly workloadArguments?: WorkloadArguments;
}

/** Who places it, and what must be known beside the request. */
export interface Placement {
  readonly market: Market;
  /** Age identity whose recipient the result is sealed to. */
  readonly resultIdentity: string;
  readonly resultStore: SealedArguments["resultStore"];
  /** Recipients of the verified machine: see verifyMachine. */
  readonly recipients: (offer: bigint) => Promise<readonly string[]>;
  readonly simulatedAllowed: boolean;
  /** How a path on the command line is meant. */
  readonly path: (given: string) => string;
  readonly now: () => Date;
  readonly onStep?: (line: string) => void;
  /** Ends it before anything is sent. */
  readonly signal?: AbortSignal;
}

/** What was placed. */
export interface Placed extends Receipt {
  /** The first, and all of them. */
  readonly order: bigint;
  readonly orders: readonly bigint[];
  /** Where each of them runs. */
  readonly machines: readonly { readonly compute: bigint; readonly slot: bigint; readonly slotCount: number }[];
  /** Token units of each of them. */
  readonly deposit: bigint;
  readonly leaseMinutes: number;
  readonly least: bigint;
  readonly most: bigint;
}

/** Seconds that the transaction may take before it is refused as too late. */
const PATIENCE = 600;

/**
 * Places a workflow, or several like it: reads the inputs, chooses the machine or those among which the contract chooses, quotes, verifies,
 * seals the arguments to all their devices and sends one transaction.
 *
 * @throws CloisterError `NoMachineFits` where no machine is named and none takes the order, and what the contracts refuse.
 */
export async function placeOrder(placement: Placement, request: WorkflowRequest): Promise<Placed> {
  const { market, path, onStep = () => undefined } = placement;
  const customer = actingAccount(market);
  if (request.tee !== undefined) teeOf(request.tee);
  if (request.createdBy) await getOrder(market, request.createdBy);
  const inputs = await readInputs(market, request, path);
  if (!/,/.test(request.tee ?? "")) onStep("Compute offer or slot is not specified, configuration will be selected automatically");
  const { basket, recipients, least, most } = await (request.tee === undefined ? chooseMachines(placement, request, inputs) : useMachine(placement, request, request.tee, inputs));
  const deposit = request.deposit ?? most;

  onStep(basket.alternatives?.length ? `Sealing the arguments to the devices of ${1 + basket.alternatives.length} machines` : "Sealing the arguments to the machine's devices");
  const resultRecipient = await recipientOf(placement.resultIdentity);
  const now = await blockTime(market, await market.provider.getBlockNumber());
  const one = async () => {
    const sealed = sealedArguments({
      chainId: market.address.chainId,
      orderBook: market.address.contracts.orderBook,
      customer,
      nonce: `0x${randomBytes(32).toString("hex")}`,
      inputs: [...inputs.sealed],
      ...(request.workloadArguments && { arguments: { ...request.workloadArguments, command: request.workloadArguments.command && [...request.workloadArguments.command] } }),
      resultRecipient,
      resultStore: placement.resultStore,
    });
    return {
      basket,
      service: request.service ?? false,
      simulatedAllowed: placement.simulatedAllowed,
      deposit,
      priceCeiling: most,
      deadline: Math.max(now, Math.floor(placement.now().getTime() / 1000)) + PATIENCE,
      createdBy: request.createdBy ?? 0n,
      solutionHash: sealed.solutionHash,
      inputsHash: sealed.inputsHash,
      argumentsHash: sealed.argumentsHash ?? NO_ARGUMENTS,
      resultRecipient: recipientToBytes(resultRecipient),
      sealedArguments: await seal(sealed, recipients),
    };
  };
  const workflows = await Promise.all(Array.from({ length: request.count ?? 1 }, one));

  placement.signal?.throwIfAborted();
  onStep(workflows.length === 1 ? "Creating workflow" : `Creating ${workflows.length} workflows`);
  const { orders, ...receipt } = await placeWorkflows(market, workflows);
  const machines = await Promise.all(orders.map(async (order) => {
    const { offer: compute, slot, slotCount } = await getOrder(market, order);
    return { compute, slot, slotCount };
  }));
  if (!/,/.test(request.tee ?? "")) {
    for (const chosen of new Set(machines.map(({ compute, slot, slotCount }) => `compute offer ${compute}, slot ${slot} x ${slotCount}`))) onStep(`Selected Compute configuration: ${chosen}`);
  }
  return { ...receipt, order: orders[0]!, orders, machines, deposit, leaseMinutes: basket.leaseMinutes, least, most };
}

/** Where an order may run, and what it costs there at the least and at the most. */
interface Chosen {
  readonly basket: Basket;
  readonly recipients: readonly string[];
  readonly least: bigint;
  readonly most: bigint;
}

/** The machine that was named. */
async function useMachine({ market, recipients, onStep = () => undefined }: Placement, request: WorkflowRequest, tee: string, inputs: ReadInputs): Promise<Chosen> {
  const compute = teeOf(tee);
  onStep("Choosing the machine's configuration");
  const { basket, computeSlot } = await chooseBasket(market, compute, request, inputs);
  await checkFitsMachine(market, compute, await shareOf(market, basket, computeSlot));
  const { least, most } = await quote(market, actingAccount(market), basket);
  onStep("Verifying the machine before anything is sealed to it");
  return { basket, least, most, recipients: await recipients(compute) };
}

/** All machines that would take the order. */
async function chooseMachines({ market, recipients, onStep = () => undefined }: Placement, request: WorkflowRequest, inputs: ReadInputs): Promise<Chosen> {
  onStep("Looking for machines, and verifying them before anything is sealed to them");
  const selection = await selectMachines(market, request, inputs, recipients);
  for (const machine of selection.machines) onStep(`  ${describeMachine(machine)}`);
  const { basket, least, most } = selection;
  if (basket === undefined) throw noMachine(selection);
  return { basket, recipients: selection.recipients, least, most };
}
