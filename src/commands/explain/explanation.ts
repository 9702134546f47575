// SPDX-License-Identifier: Apache-2.0
import { machineOf } from "../../chain/offerDetails";
import { actingAccount, type Market } from "../../chain/market";
import { blockTime, tryWorkflow } from "../../chain/orders";
import { getProvider } from "../../chain/providers";
import { quote, type Quote } from "../../chain/quote";
import { balanceOf } from "../../chain/tokens";
import { isCloisterError } from "../../core/errors";
import { NO_ARGUMENTS, solutionHashOf } from "../../core/inputs";
import type { Trust } from "../../evidence/trust";
import { formatTokens } from "../amounts";
import { type InspectedDevice, inspectMachine } from "../machine";
import { type BasketRequest, chooseBasket, type ReadInputs, readInputs, teeOf } from "../workflows/basket";
import { amountOf, checkFitsMachine, shareOf, shortOf } from "../workflows/capacity";
import { type Candidate, explainChoice } from "./choice";
import { checkTimes, type LeaseRange, leaseOf } from "./lease";
import { type Money, moneyOf } from "./money";
import { type Finding, readRequest, type Reason, type Request } from "./request";
import { approvalsOf, checkRestrictions } from "./restrictions";
import { fitSlots, type SlotFit } from "./slots";

/** What is asked: a workflow, the trust that its machine is verified against, and a number of minutes to price. */
export interface Question extends BasketRequest {
  readonly deposit?: bigint;
  readonly minutes?: number;
  readonly accept: readonly string[];
  readonly trust: Trust;
  readonly path: (given: string) => string;
  readonly at: Date;
}

/** The answer: would the order be taken, and all that this depends on. */
export interface Explanation {
  readonly accepted: boolean;
  readonly refusals: readonly Reason[];
  /** What would not refuse the order, but hold it up. */
  readonly delays: readonly string[];
  /** Absent where none was named and none is left. */
  readonly compute?: bigint;
  /** Where none was named: every machine of the market, and which of them the contract would take. */
  readonly candidates?: readonly Candidate[];
  readonly slots: readonly (SlotFit & { readonly chosen: boolean })[];
  readonly lease?: LeaseRange;
  readonly findings: readonly Finding[];
  readonly machine?: { readonly waiting: number; readonly compensation: bigint; readonly freeSecurity: bigint; readonly covered: boolean };
  readonly devices: readonly InspectedDevice[];
  readonly money?: Money;
}

/** Says what would happen to a workflow, part by part; nothing is sent and nothing is sealed. */
export async function explain(market: Market, question: Question): Promise<Explanation> {
  const inputs = await readInputs(market, question, question.path);
  if (question.tee !== undefined) return explainAt(market, question, question.tee, inputs);
  const { candidates, taken, leaseMinutes, refusal } = await explainChoice(market, question, inputs);
  if (taken === undefined) return { accepted: false, refusals: [refusal], delays: [], candidates, slots: [], findings: [], devices: [] };
  const { compute, slot, slotCount } = taken;
  return { ...(await explainAt(market, { ...question, slotCount, leaseMinutes }, `${compute},${slot}`, inputs)), candidates };
}

async function explainAt(market: Market, question: Question, tee: string, inputs: ReadInputs): Promise<Explanation> {
  const compute = teeOf(tee);
  const [slots, machine, devices] = await Promise.all([
    fitSlots(market, compute, question, inputs.needs),
    machineOf(market, compute),
    inspectMachine(market, question.trust, compute, question),
  ]);
  const { provider } = await market.catalog.getOffer(compute);
  const { deposit, reserved } = await getProvider(market, provider);
  const freeSecurity = deposit - reserved;
  const covered = freeSecurity >= machine.compensation;
  const refusals: Reason[] = refusedDevices(compute, devices);
  const common = { compute, devices, machine: { waiting: machine.waiting, compensation: machine.compensation, freeSecurity, covered } };

  const chosen = await orRefusal(chooseBasket(market, compute, { ...question, tee }, inputs), refusals);
  if (chosen === undefined) return { ...common, accepted: false, refusals, delays: [], slots: slots.map((slot) => ({ ...slot, chosen: false })), findings: [] };
  const { basket } = chosen;
  const request = await readRequest(market, basket, inputs);
  const lease = leaseOf(request);
  const findings = [...checkTimes(request, lease), ...(await checkRestrictions(market, actingAccount(market), request))];
  const mine = slots.find(({ slot }) => slot === basket.slot);
  refusals.push(...refusedSlot(mine), ...findings.flatMap(({ passed, code, demand, found }) => (passed || code === undefined ? [] : [{ code, reason: `${demand}: ${found}.` }])));

  const solutionHash = solutionHashOf(inputs.sealed);
  const priced = await orRefusal(quote(market, actingAccount(market), basket), refusals, true);
  const money = priced && (await priceOf(market, question, request, priced));
  if (priced && money) refusals.push(...(await refusedDeposit(market, question, basket, solutionHash, money, refusals)));

  const share = await shareOf(market, basket, request.machine.slot);
  await orRefusal(checkFitsMachine(market, compute, share), refusals);
  const short = shortOf(share, machine.room);
  const delays = [
    ...(await approvalsOf(market, request, solutionHash)),
    ...(short.length === 0 ? [] : [`The machine has no room now: ${short.map(({ resource, required, provided }) => `${resource} ${amountOf(resource, required)} needed, ${amountOf(resource, provided)} free`).join("; ")}.`]),
    ...(machine.waiting === 0 ? [] : [`${machine.waiting} orders wait for this machine.`]),
    ...(covered ? [] : [`The machine cannot accept now: it answers with ${formatTokens(machine.compensation)} tokens an order, and its free security deposit is ${formatTokens(freeSecurity)}.`]),
  ];
  return { ...common, accepted: refusals.length === 0, refusals, delays, slots: slots.map((slot) => ({ ...slot, chosen: slot.slot === basket.slot })), lease, findings, ...(money && { money }) };
}

async function priceOf(market: Market, { deposit, minutes }: Question, { basket, parts }: Request, priced: Quote): Promise<Money> {
  const { tokens } = await balanceOf(market, actingAccount(market));
  return moneyOf(priced, parts.map(({ name }) => name), { deposit, minutes, leaseMinutes: basket.leaseMinutes, balance: tokens });
}

/** What the order book says of the deposit, and of everything else that only it knows: it is asked to take the order without sending it. */
async function refusedDeposit(market: Market, { trust }: Question, basket: Request["basket"], solutionHash: string, money: Money, known: readonly Reason[]): Promise<Reason[]> {
  const { deposit, most, balance } = money;
  const found: Reason[] = [];
  if (balance < deposit) {
    found.push({ code: "ERC20InsufficientBalance", reason: `The account has ${formatTokens(balance)} tokens, the deposit is ${formatTokens(deposit)}.`, fix: "Get more tokens: `tokens request` on a test network." });
  }
  const now = await blockTime(market, await market.provider.getBlockNumber());
  const nothing = { inputsHash: NO_ARGUMENTS, argumentsHash: NO_ARGUMENTS, resultRecipient: new Uint8Array(32), sealedArguments: new Uint8Array() };
  const workflow = { ...nothing, basket, solutionHash, service: false, simulatedAllowed: trust.allowSimulated, deposit, priceCeiling: most, deadline: now + 600, createdBy: 0n };
  await orRefusal(tryWorkflow(market, workflow), found, true);
  return found.filter(({ code }, index) => found.findIndex((one) => one.code === code) === index && !known.some((one) => one.code === code));
}

function refusedDevices(compute: bigint, devices: readonly InspectedDevice[]): Reason[] {
  if (devices.length === 0) return [{ code: "MachineWithoutDevice", reason: `Compute offer ${compute} has no valid device.`, fix: "Its owner has to start the machine (`tee run`); choose another meanwhile." }];
  return devices.filter(({ passed }) => !passed).map(({ device, checks }) => {
    const failed = checks.filter((check) => !check.passed).map(({ name }) => name).join(", ");
    return { code: "MachineNotTrusted", reason: `Device ${device} of compute offer ${compute} failed: ${failed}.`, fix: "Choose another machine; nothing was sealed to this one." };
  });
}

function refusedSlot(slot: SlotFit | undefined): Reason[] {
  const missing = slot?.resources.filter(({ enough }) => !enough) ?? [];
  return missing.map(({ resource, required, provided }) => ({
    code: "ResourcesInsufficient",
    reason: `The parts need ${amountOf(resource, required)} of ${resource}, slot ${slot!.slot} and options provide ${amountOf(resource, provided)}.`,
    fix: "Choose more slots, another slot, or options.",
  }));
}

/** A refusal becomes a reason (with `once`, unless one of its code is known); everything else goes on up. */
async function orRefusal<Value>(asking: Promise<Value>, refusals: Reason[], once = false): Promise<Value | undefined> {
  try {
    return await asking;
  } catch (error) {
    if (!isCloisterError(error) || ["ChainUnreachable", "WrongChain"].includes(error.code)) throw error;
    if (!once || !refusals.some(({ code }) => code === error.code)) refusals.push({ code: error.code, reason: error.message, fix: error.fix });
    return undefined;
  }
}
