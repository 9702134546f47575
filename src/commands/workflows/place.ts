// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from "node:crypto";

import { blockTime, placeWorkflow } from "../../chain/orders";
import { actingAccount, type Market } from "../../chain/market";
import { quote } from "../../chain/quote";
import type { Receipt } from "../../chain/send";
import { NO_ARGUMENTS, type WorkloadArguments } from "../../core/inputs";
import { sealedArguments, type SealedArguments } from "../../core/sealed";
import { recipientOf, recipientToBytes } from "../../crypto/ageKeys";
import { seal } from "../../crypto/seal";
import { type BasketRequest, chooseBasket, readInputs, teeOf } from "./basket";

/** What a workflow is made of, as the command line or a program names it. */
export interface WorkflowRequest extends BasketRequest {
  /** Token units; the quote's most where absent. */
  readonly deposit?: bigint;
  readonly service?: boolean;
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
}

/** What was placed. */
export interface Placed extends Receipt {
  readonly order: bigint;
  readonly deposit: bigint;
  readonly leaseMinutes: number;
  readonly least: bigint;
  readonly most: bigint;
}

/** Seconds that the transaction may take before it is refused as too late. */
const PATIENCE = 600;

/**
 * Places a workflow: reads the inputs, chooses the configuration, quotes, verifies the machine, seals the arguments to its devices
 * and sends one transaction.
 */
export async function placeOrder(placement: Placement, request: WorkflowRequest): Promise<Placed> {
  const { market, path, onStep = () => undefined } = placement;
  const customer = actingAccount(market);
  const compute = teeOf(request.tee);
  const inputs = await readInputs(market, request, path);

  onStep("Choosing the machine's configuration");
  const { basket } = await chooseBasket(market, compute, request, inputs);
  const { leaseMinutes } = basket;
  const { least, most } = await quote(market, customer, basket);
  const deposit = request.deposit ?? most;

  onStep("Verifying the machine before anything is sealed to it");
  const recipients = await placement.recipients(compute);

  onStep("Sealing the arguments to the machine's devices");
  const resultRecipient = await recipientOf(placement.resultIdentity);
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

  onStep("Creating workflow");
  const now = await blockTime(market, await market.provider.getBlockNumber());
  const placed = await placeWorkflow(market, {
    basket,
    service: request.service ?? false,
    simulatedAllowed: placement.simulatedAllowed,
    deposit,
    priceCeiling: most,
    deadline: Math.max(now, Math.floor(placement.now().getTime() / 1000)) + PATIENCE,
    createdBy: 0n,
    solutionHash: sealed.solutionHash,
    inputsHash: sealed.inputsHash,
    argumentsHash: sealed.argumentsHash ?? NO_ARGUMENTS,
    resultRecipient: recipientToBytes(resultRecipient),
    sealedArguments: await seal(sealed, recipients),
  });
  return { ...placed, deposit, leaseMinutes, least, most };
}
