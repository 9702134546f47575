// SPDX-License-Identifier: Apache-2.0
import type { Basket, MachineChoice } from "../../chain/basket";
import { freeSecurityOf, type MachineForSale, machinesForSale, slotReader } from "../../chain/machinesForSale";
import { actingAccount, type Market } from "../../chain/market";
import { getOffer, type SlotView } from "../../chain/offers";
import { inParallel } from "../../chain/parallel";
import { quote } from "../../chain/quote";
import { read } from "../../chain/send";
import { CloisterError, isCloisterError } from "../../core/errors";
import { RESOURCE_LANES, unpackResources } from "../../core/resources";
import { formatTokens } from "../amounts";
import type { BasketRequest, ReadInputs } from "./basket";
import { chooseConfiguration, defaultLease, optionsBought } from "./configuration";

/** Machines that one order may name; what is sealed is sealed to the devices of all of them. */
const MOST_MACHINES = 16;

/** Devices that arguments are sealed to at the most: each takes about 150 bytes of the 16 KiB that an event may carry. */
const MOST_DEVICES = 64;

/** Refusals that say nothing about a machine. */
const NOT_THE_MACHINES = ["ChainUnreachable", "WrongChain", "AccountMissing"];

/** A machine on the market, and why it does not take the order or at what price it would. */
export interface ExaminedMachine {
  readonly compute: bigint;
  readonly name: string;
  /** Orders placed and not yet accepted. */
  readonly waiting: number;
  /** Undefined where none of its slots fits, as all below. */
  readonly choice?: MachineChoice;
  /** How many such orders its free room holds now. */
  readonly room?: number;
  /** What the whole order costs there, in token units. */
  readonly least?: bigint;
  readonly most?: bigint;
  readonly out?: CloisterError;
}

/** Machines among which the contract is left to choose. */
export interface Selection {
  /** All of the market: those that are listed in the order, cheapest first, then the others. */
  readonly machines: readonly ExaminedMachine[];
  readonly leaseMinutes: number;
  /** What the contract is to choose from, 1 to 16 machines; absent where none is left. */
  readonly basket?: Basket;
  /** Devices of all of them. */
  readonly recipients: readonly string[];
  /** Token units: the cheapest's least, and what the dearest can cost. */
  readonly least: bigint;
  readonly most: bigint;
}

/** What is asked of a selection beside the basket. */
export interface SelectionRequest extends BasketRequest {
  /** Token units. */
  readonly deposit?: bigint;
}

/** Whoever verifies a machine's devices: their recipients, or the refusal (see verifyMachine). */
export type Verify = (offer: bigint) => Promise<readonly string[]>;

/**
 * Finds the machines that may run an order: enabled, sold by this book in its token, with a slot for the parts and the lease, with room and
 * security now, and with devices that verify; of those the 16 cheapest. Dearer ones are not looked at.
 */
export async function selectMachines(market: Market, request: SelectionRequest, inputs: ReadInputs, verify: Verify): Promise<Selection> {
  const token = await read(market.orderBook.tokenIdOf(market.address.contracts.token));
  const slotsOf = await slotReader(market);
  const fitted = await inParallel(await machinesForSale(market), (machine) => fit(market, machine, token, request, inputs, slotsOf));
  // The shortest that one of them sells: whoever wants more says so, and nobody's minimum makes the others dearer.
  const leases = fitted.flatMap(({ lease }) => (lease === undefined ? [] : [lease]));
  const leaseMinutes = request.leaseMinutes ?? (leases.length === 0 ? 60 : Math.min(...leases));
  const times = { leaseMinutes, retentionMinutes: inputs.stored ? (request.retentionMinutes ?? leaseMinutes) : 0 };
  const { parts, ownSolutions, ownData } = inputs;
  const basketOf = (choice: MachineChoice, alternatives: readonly MachineChoice[] = []): Basket => ({ ...choice, alternatives, parts, ownSolutions, ownData, ...times });

  const left = fitted.filter(({ examined }) => examined.out !== undefined).map(({ examined }) => examined);
  const open = fitted.filter(({ examined }) => examined.out === undefined).sort((a, b) => compare(a.rate!, b.rate!) || compare(a.examined.compute, b.examined.compute));
  const listed: ExaminedMachine[] = [];
  const recipients: string[] = [];
  for (let next = 0; next < open.length; next += MOST_MACHINES) {
    const batch = open.slice(next, next + MOST_MACHINES);
    const full = listed.length === MOST_MACHINES;
    const priced = full ? batch.map(({ examined }) => examined) : await inParallel(batch, ({ machine, examined }) => price(market, machine, examined, basketOf, request.deposit));
    for (const examined of priced.sort((a, b) => compare(a.most ?? 0n, b.most ?? 0n))) {
      const found = examined.out ?? (listed.length === MOST_MACHINES ? beyond(examined) : await devicesOf(examined, verify, MOST_DEVICES - recipients.length));
      if (found instanceof CloisterError) left.push({ ...examined, out: found });
      else {
        listed.push(examined);
        recipients.push(...found);
      }
    }
  }
  const [first, ...others] = listed.map(({ choice }) => choice!);
  return {
    machines: [...listed, ...left],
    leaseMinutes,
    ...(first && { basket: basketOf(first, others) }),
    recipients,
    least: listed.reduce((least, machine) => (machine.least! < least ? machine.least! : least), listed[0]?.least ?? 0n),
    most: listed.reduce((most, machine) => (machine.most! > most ? machine.most! : most), 0n),
  };
}

/** Why no machine is left: what is wrong with the order at each of them, or each for its own reason. */
export function noMachine({ machines }: Selection): CloisterError {
  const [first, ...others] = machines.filter(({ choice }) => choice !== undefined);
  // Refused where it was priced, and everywhere in the same words: that is not about a machine.
  if (first && [first, ...others].every(({ most, out }) => most === undefined && out!.message === first.out!.message)) return first.out!;
  const each = machines.map(({ compute, out }) => `${compute}: ${out!.code}`).join(", ");
  return new CloisterError(
    "NoMachineFits",
    machines.length === 0 ? "There is no compute offer on the market." : `None of the ${machines.length} machines on the market takes this order now (${each}).`,
    "See `explain` with the same options for the reasons; name a machine with --tee to wait in its queue.",
    { machines: machines.length },
  );
}

/** One line about a machine, for people. */
export function describeMachine({ name, choice, most, waiting, room, out }: ExaminedMachine): string {
  const slot = choice === undefined ? "" : `, slot ${choice.slot} x ${choice.slotCount}`;
  const cost = most === undefined ? "" : `, at most ${formatTokens(most)} tokens`;
  const queue = `, ${waiting} waiting${room === undefined ? "" : `, room for ${room}`}`;
  return `${name}${slot}${cost}${queue}${out === undefined ? "" : `: left out, ${out.message} (${out.code})`}`;
}

interface Fitted {
  readonly machine: MachineForSale;
  readonly examined: ExaminedMachine;
  /** The shortest lease that its slot and the parts take together. */
  readonly lease?: number;
  /** Token units an hour of its slots. */
  readonly rate?: bigint;
}

async function fit(market: Market, machine: MachineForSale, token: bigint, request: BasketRequest, inputs: ReadInputs, slotsOf: (offer: bigint) => Promise<readonly SlotView[]>): Promise<Fitted> {
  const { offer, enabled, orderBook, waiting } = machine;
  const examined = { compute: offer, name: `compute offer ${offer}`, waiting };
  const book = market.address.contracts.orderBook;
  const refused = (out: CloisterError): Fitted => ({ machine, examined: { ...examined, out } });
  if (!enabled) return refused(new CloisterError("OfferDisabled", `Offer ${offer} is not on the market.`, "Choose another machine, or ask its owner.", { offer }));
  if (orderBook.toLowerCase() !== book.toLowerCase()) return refused(new CloisterError("OfferNotSoldHere", `Offer ${offer} is sold through order book ${orderBook}, not ${book}.`, "Use a configuration of that order book.", { offer, orderBook }));
  if (machine.token !== token) return refused(new CloisterError("OtherToken", `Offer ${offer} is priced in token ${machine.token}, not ${token}.`, "Use a configuration of that token.", { offer, given: machine.token, expected: token }));
  try {
    const slots = await slotsOf(offer);
    const configuration = await chooseConfiguration(market, offer, { ...request, tee: String(offer) }, inputs.needs, slots);
    const slot = slots.find(({ id }) => id === configuration.slot)!;
    const bought = await optionsBought(market, offer, configuration.options);
    const [each, free] = [unpackResources(slot.resources), unpackResources(machine.room)];
    const shares = RESOURCE_LANES.map((lane) => [each[lane] * configuration.slotCount + bought[lane], free[lane]] as const).filter(([share]) => share > 0);
    // A slot of nothing takes no room.
    const room = shares.length === 0 ? undefined : Math.min(...shares.map(([share, left]) => Math.floor(left / share)));
    return {
      machine,
      examined: { ...examined, choice: { compute: offer, ...configuration }, ...(room !== undefined && { room }) },
      lease: request.leaseMinutes ?? defaultLease([slot, ...inputs.needs]),
      rate: slot.usage.price * BigInt(configuration.slotCount),
    };
  } catch (error) {
    return refused(refusalOf(error));
  }
}

async function price(market: Market, { provider, compensation, offer }: MachineForSale, fitting: ExaminedMachine, basketOf: (choice: MachineChoice) => Basket, deposit?: bigint): Promise<ExaminedMachine> {
  const { info } = await getOffer(market, offer);
  const examined = { ...fitting, name: `${fitting.name}${info.name === undefined ? "" : ` "${info.name}"`}` };
  try {
    const { least, most } = await quote(market, actingAccount(market), basketOf(examined.choice!));
    const free = await freeSecurityOf(market, provider);
    const out = unable({ offer, compensation, free, least, deposit, room: examined.room });
    return { ...examined, least, most, ...(out && { out }) };
  } catch (error) {
    return { ...examined, out: refusalOf(error) };
  }
}

/** Why a machine that would take the order cannot take it now, or not for this deposit. */
function unable({ offer, compensation, free, least, deposit, room }: { offer: bigint; compensation: bigint; free: bigint; least: bigint; deposit?: bigint; room?: number }): CloisterError | undefined {
  if (room === 0) return new CloisterError("MachineFull", `Offer ${offer} has no room for the order now.`, "Try later, or name it with --tee to wait in its queue.", { offer });
  if (free < compensation) {
    return new CloisterError("SecurityTooSmall", `Offer ${offer} answers with ${formatTokens(compensation)} tokens an order, and its provider's free security deposit is ${formatTokens(free)}.`, "Try later, or choose another machine.", { offer, free, required: compensation });
  }
  if (deposit !== undefined && deposit < least) {
    return new CloisterError("DepositTooSmall", `At offer ${offer} the order costs ${formatTokens(least)} tokens at the least, the deposit is ${formatTokens(deposit)}.`, "Give a larger --deposit.", { offer, given: deposit, required: least });
  }
  return undefined;
}

async function devicesOf({ compute }: ExaminedMachine, verify: Verify, most: number): Promise<readonly string[] | CloisterError> {
  try {
    const recipients = await verify(compute);
    return recipients.length <= most ? recipients : new CloisterError("TooManyDevices", `With the ${recipients.length} devices of offer ${compute} the arguments would be sealed to more than ${MOST_DEVICES}.`, "Name the machine with --tee.", { offer: compute, devices: recipients.length });
  } catch (error) {
    return refusalOf(error);
  }
}

function beyond({ compute }: ExaminedMachine): CloisterError {
  return new CloisterError("TooManyMachines", `Offer ${compute} is dearer than ${MOST_MACHINES} others, which is as many as an order may name.`, "Name the machine with --tee.", { offer: compute });
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Why a machine is out; what is not about machines goes on up. */
function refusalOf(error: unknown): CloisterError {
  if (!isCloisterError(error) || NOT_THE_MACHINES.includes(error.code)) throw error;
  return error;
}
