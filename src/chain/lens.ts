// SPDX-License-Identifier: Apache-2.0
import { getAddress } from "ethers";

import type { MarketplaceLens } from "../../typechain-types";
import { read } from "./send";

/** Rows of a page as contracts/interfaces/IMarketplaceLens.sol draws them; amounts in token units, times in Unix seconds. */

export interface OfferRow {
  readonly id: bigint;
  readonly provider: bigint;
  readonly enabled: boolean;
  readonly cancelable: boolean;
  readonly allowListed: boolean;
  readonly restricted: boolean;
  readonly offerType: number;
  readonly approval: number;
  readonly token: number;
  readonly latestVersion: number;
  readonly textBlock: number;
  /** Orders placed and not accepted; 0 for value offers, like the next two, the room and the total. */
  readonly waiting: number;
  readonly compensation: bigint;
  /** Orders in a row that it let down; at three the offer is disabled. */
  readonly failures: number;
  readonly orderBook: string;
  /** Resource words; the room without its guard bits. */
  readonly room: bigint;
  readonly total: bigint;
}

/** A slot of any offer, or an option of a compute offer. */
export interface SlotRow {
  readonly id: bigint;
  readonly offer: bigint;
  readonly price: bigint;
  readonly priceType: number;
  readonly active: boolean;
  readonly minMinutes: number;
  readonly maxMinutes: number;
  readonly resources: bigint;
}

export interface OrderRow {
  readonly id: bigint;
  readonly offer: bigint;
  readonly provider: bigint;
  readonly token: number;
  readonly status: number;
  readonly parts: number;
  readonly blocking: number;
  readonly reported: boolean;
  readonly claimed: boolean;
  readonly service: boolean;
  readonly hasOptions: boolean;
  readonly simulatedAllowed: boolean;
  readonly marked: boolean;
  readonly since: number;
  readonly leaseMinutes: number;
  readonly textBlock: number;
  readonly customer: string;
  readonly deposit: bigint;
  readonly solutionHash: string;
  readonly rate: bigint;
  readonly slot: bigint;
  readonly slotCount: number;
  readonly minMinutes: number;
  readonly compensation: bigint;
  readonly maxMinutes: number;
  /** 0: it has ended. */
  readonly deadline: number;
  /** 0: no time is charged. */
  readonly paidUntil: number;
}

export interface ProviderRow {
  readonly id: bigint;
  readonly textBlock: number;
  readonly deposit: bigint;
  readonly reserved: bigint;
  readonly authority: string;
  readonly actionAccount: string;
  readonly tokenReceiver: string;
  readonly orderBook: string;
}

/** A page of orders, and the id at which the next begins; 0 after the last. */
export interface OrderPage {
  readonly rows: readonly OrderRow[];
  readonly next: bigint;
}

/** The largest page. */
export const MAX_PAGE = 256;

const GUARDS = 0x8000000080000000800000008000000080000000800000008000000080000000n;

/** Offers `first`, `first + 1`, … @throws CloisterError `PageTooLarge`, as all below. */
export async function offersPage(lens: MarketplaceLens, first: bigint | number, count = MAX_PAGE): Promise<OfferRow[]> {
  return wordsOf(await read(lens.offers(first, count)), 4).map(([main, book, room, total]) => {
    const take = fields(main);
    const [id, provider, flags] = [take(32), take(32), Number(take(8))];
    return {
      id, provider, ...marks(flags, "enabled", "cancelable", "allowListed", "restricted"),
      offerType: Number(take(8)), approval: Number(take(8)), token: Number(take(8)), latestVersion: Number(take(16)), textBlock: Number(take(32)), waiting: Number(take(16)), compensation: take(72), failures: Number(take(8)),
      orderBook: addressOf(book), room: room & ~GUARDS, total,
    };
  });
}

/** Slots of all offers, by id. */
export async function slotsPage(lens: MarketplaceLens, first: bigint | number, count = MAX_PAGE): Promise<SlotRow[]> {
  return slotRows(await read(lens.slots(first, count)));
}

/** Options of all compute offers, by id. */
export async function optionsPage(lens: MarketplaceLens, first: bigint | number, count = MAX_PAGE): Promise<SlotRow[]> {
  return slotRows(await read(lens.options(first, count)));
}

/** Providers, by id. */
export async function providersPage(lens: MarketplaceLens, first: bigint | number, count = MAX_PAGE): Promise<ProviderRow[]> {
  return wordsOf(await read(lens.providers(first, count)), 5).map(([main, authority, action, receiver, book]) => {
    const take = fields(main);
    return { id: take(32), textBlock: Number(take(32)), deposit: take(88), reserved: take(88), authority: addressOf(authority), actionAccount: addressOf(action), tokenReceiver: addressOf(receiver), orderBook: addressOf(book) };
  });
}

/** `count` orders from an id on; with a customer only those of that wallet and of others of the same user. */
export async function ordersPage(lens: MarketplaceLens, first: bigint | number, count = MAX_PAGE, customer?: string): Promise<OrderPage> {
  const { rows, next } = await read(customer === undefined ? lens.orders(first, count) : lens.ordersOf(customer, first, count));
  return { rows: wordsOf(rows, 5).map(orderRow), next };
}

function orderRow([main, escrow, hash, machine, times]: Words): OrderRow {
  const order = fields(main);
  const [id, offer, provider, token, status, parts, blocking, flags] = [order(48), order(32), order(32), order(8), order(8), order(8), order(8), Number(order(8))];
  const money = fields(escrow);
  const compute = fields(machine);
  const time = fields(times);
  return {
    id, offer, provider, token: Number(token), status: Number(status), parts: Number(parts), blocking: Number(blocking),
    ...marks(flags, "reported", "claimed", "service", "hasOptions", "simulatedAllowed", "marked"),
    since: Number(order(32)), leaseMinutes: Number(order(24)), textBlock: Number(order(32)),
    customer: addressOf(money(160)), deposit: money(88),
    solutionHash: `0x${hash.toString(16).padStart(64, "0")}`,
    rate: compute(80), slot: compute(32), slotCount: Number(compute(8)), minMinutes: Number(compute(24)), compensation: compute(72), maxMinutes: Number(compute(24)),
    deadline: Number(time(64)), paidUntil: Number(time(64)),
  };
}

function slotRows(rows: string): SlotRow[] {
  return wordsOf(rows, 2).map(([main, resources]) => {
    const take = fields(main);
    return { id: take(32), offer: take(32), price: take(80), priceType: Number(take(8)), active: take(8) !== 0n, minMinutes: Number(take(24)), maxMinutes: Number(take(24)), resources };
  });
}

type Words = readonly [bigint, bigint, bigint, bigint, bigint];

/** The words of every row; those that a row does not have are 0. */
function wordsOf(rows: string, perRow: number): Words[] {
  const count = (rows.length - 2) / (64 * perRow);
  const word = (index: number) => BigInt(`0x${rows.slice(2 + index * 64, 66 + index * 64)}`);
  return Array.from({ length: count }, (_, row) => Array.from({ length: 5 }, (__, at) => (at < perRow ? word(row * perRow + at) : 0n)) as unknown as Words);
}

/** Takes fields off a word, lowest first. */
function fields(word: bigint): (bits: number) => bigint {
  let rest = word;
  return (bits) => {
    const value = BigInt.asUintN(bits, rest);
    rest >>= BigInt(bits);
    return value;
  };
}

function marks<Name extends string>(flags: number, ...names: Name[]): Record<Name, boolean> {
  return Object.fromEntries(names.map((name, bit) => [name, ((flags >> bit) & 1) === 1])) as Record<Name, boolean>;
}

function addressOf(word: bigint): string {
  return getAddress(`0x${word.toString(16).padStart(40, "0")}`);
}
