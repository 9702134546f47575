// SPDX-License-Identifier: Apache-2.0
import type { BookState } from "../../chain/bookState";
import type { Books, ClaimBooks, OrderBooks } from "../../core/books";
import { commissionOf, totalOf } from "../../core/charges";
import { billOfRecord, earningOf, type OrderRecord, unearnedStorage } from "../../core/orderRecord";
import { Fault, isFinal, orderStatusName } from "../../core/orderStatus";

/** One line of a comparison, in units of the token. */
export interface Line {
  readonly holder: string;
  /** Address. */
  readonly token: string;
  readonly what: string;
  readonly rebuilt: bigint;
  readonly stored: bigint;
}

/** An order by its events, and where the contract says otherwise. Amounts in units. */
export interface OrderLine {
  readonly order: bigint;
  readonly status: string;
  readonly token: bigint;
  readonly deposit: bigint;
  readonly seconds: number;
  readonly charged: bigint;
  readonly refunded: bigint;
  readonly claimed: bigint;
  readonly unclaimed: bigint;
  /** `name: by the events / by the contract`. */
  readonly differences: readonly string[];
}

/** An order as its events and as its contract tell it. */
export interface Pair {
  readonly books: OrderBooks;
  readonly record: OrderRecord;
  /** What the contract says its parts have earned and nobody claimed. */
  readonly claimable: bigint;
  /** Unix seconds as of which that is. */
  readonly time: number;
}

/** What claims took of an order's parts: of a part that goes on what was drawn, of any other its whole earning. */
function takenOf({ books, record }: Pair, claimed: readonly bigint[]): bigint {
  const seconds = books.settled?.seconds ?? 0;
  const whole = claimed.filter((id) => isWholeClaimed(record, id));
  const drawn = [...books.drawn].filter(([id]) => !whole.includes(id));
  return sum(whole.map((id) => earningOf(record, id, seconds))) + sum(drawn.map(([, amount]) => amount));
}

function isWholeClaimed(record: OrderRecord, id: bigint): boolean {
  return id === record.id ? record.claimed : record.parts.some((part) => part.id === id && part.claimed);
}

/** What stays in the book for an order that was settled: as charged, with what storage took in and gave back since, less all claims. */
function keptOf(pair: Pair, claimed: readonly bigint[]): bigint {
  return pair.books.settled === undefined ? 0n : pair.books.settled.charged + pair.books.storageChange - takenOf(pair, claimed);
}

/** Compares an order's money. `claimed`: the ids of its parts that claims name. */
export function compareOrder(pair: Pair, claimed: readonly bigint[]): OrderLine {
  const { books, record, claimable, time } = pair;
  const seconds = books.settled?.seconds ?? 0;
  const charged = books.settled?.charged ?? 0n;
  const taken = takenOf(pair, claimed);
  const differences: string[] = [];
  const same = (name: string, rebuilt: unknown, stored: unknown): void => {
    if (String(rebuilt) !== String(stored)) differences.push(`${name}: ${String(rebuilt)} / ${String(stored)}`);
  };
  same("customer", books.customer, record.customer.toLowerCase());
  same("token", books.token, record.token);
  same("provider", books.provider, record.provider);
  same("commission", books.commission, record.commission);
  same("compensation", books.compensation, record.compensation);
  same("deposit", books.deposit, record.deposit);
  same("status", orderStatusName(books.status), orderStatusName(record.status));
  same("reported", books.reported, record.reported);
  if (isFinal(record.status)) {
    same("seconds", seconds, record.since);
    // A signed finish without the machine's fault pays it; without one, checkpoints and money decided.
    const ways = books.finish !== undefined && books.finish.fault !== Fault.Machine ? [true] : [false, true];
    const totals = books.reported ? ways.map((held) => totalOf(billOfRecord(record, held), seconds)) : [0n];
    const kept = charged + (books.settled === undefined ? 0n : books.storageChange);
    same("charged", kept, totals.find((total) => total === kept) ?? totals[0]);
    same("refunded", books.refunded, books.deposit - charged);
    const most = Math.min(record.leaseMinutes * 60, books.finish?.usedSeconds ?? Infinity);
    if (seconds > most) differences.push(`seconds: ${seconds}, at most ${most} were allowed`);
  }
  const unclaimed = keptOf(pair, claimed);
  if (books.settled !== undefined) same("unclaimed", unclaimed, claimable + unearnedStorage(record, time));
  return { order: books.id, status: orderStatusName(books.status), token: books.token, deposit: books.deposit, seconds, charged, refunded: books.refunded, claimed: taken, unclaimed, differences };
}

/** What is wrong with a claim: it must pay what its parts earned, less the commission of each. */
export function compareClaim(claim: ClaimBooks, orderOf: (part: bigint) => Pair | undefined): string[] {
  let [earned, commission] = [0n, 0n];
  for (const id of claim.parts) {
    const pair = orderOf(id);
    if (!pair) return [`The claim in ${claim.transaction} names ${id}, which no order has.`];
    const earning = claim.drawn.get(id) ?? earningOf(pair.record, id, pair.books.settled?.seconds ?? 0) - (pair.books.drawn.get(id) ?? 0n);
    earned += earning;
    commission += commissionOf(earning, pair.record.commission);
  }
  if (earned === claim.paid + claim.commission && commission === claim.commission) return [];
  return [`The claim in ${claim.transaction} paid ${claim.paid} and took ${claim.commission}; its parts earned ${earned}, of which the commission is ${commission}.`];
}

/** Compares what the order book holds in a token. */
export async function compareToken(books: Books, state: BookState, token: bigint, pairs: readonly Pair[], accounts: readonly string[], claimedOf: (pair: Pair) => readonly bigint[]): Promise<Line[]> {
  const { address } = books.tokens.get(token)!;
  const mine = pairs.filter((pair) => pair.books.token === token);
  const flows = books.flowsOf("orderBook", address);
  const open = mine.filter((pair) => !isFinal(pair.books.status));
  const drawn = sum(open.flatMap((pair) => [...pair.books.drawn.values()]));
  const commission = books.commission.get(token) ?? 0n;
  const line = (what: string, rebuilt: bigint, stored: bigint): Line => ({ holder: "order book", token: address, what, rebuilt, stored });
  const lines = [
    line("deposits of open orders", sum(open.map((pair) => pair.books.deposit)) - drawn, sum(mine.filter(({ record }) => !isFinal(record.status)).map(({ record }) => record.deposit)) - drawn),
    line("earned or set apart, not claimed", sum(mine.map((pair) => keptOf(pair, claimedOf(pair)))), sum(mine.filter(({ books: one }) => one.settled !== undefined).map(({ record, claimable, time }) => claimable + unearnedStorage(record, time)))),
    line("commission, not claimed", commission, await state.commissionOf(token)),
    line("refunds that the token refused", flows.owed, await state.owedByBook(token, accounts)),
  ];
  return [...lines, ...balanceLines(lines, flows, await state.balance(address, "orderBook"), line)];
}

/** Compares what the registry holds: security deposits and what answers for running orders. */
export async function compareSecurity(books: Books, state: BookState, token: string, accounts: readonly string[]): Promise<Line[]> {
  const flows = books.flowsOf("registry", token);
  const line = (what: string, rebuilt: bigint, stored: bigint): Line => ({ holder: "registry", token, what, rebuilt, stored });
  const deposits: Line[] = [];
  const reservations: Line[] = [];
  for (const [provider, { deposit, reserved }] of books.security) {
    const stored = await state.security(provider);
    deposits.push(line(`security deposit of provider ${provider}`, deposit, stored.deposit));
    reservations.push(line(`reserved of provider ${provider}`, reserved, stored.reserved));
  }
  const owed = line("compensations that the token refused", flows.owed, await state.owedByRegistry(accounts));
  const held = [...deposits, owed];
  return [...deposits, ...reservations, owed, ...balanceLines(held, flows, await state.balance(token, "registry"), line)];
}

/** The balance, and what of it is nobody's: beyond everything that is owed. */
function balanceLines(owed: readonly Line[], flows: { in: bigint; out: bigint; gifts: bigint }, balance: bigint, line: (what: string, rebuilt: bigint, stored: bigint) => Line): Line[] {
  return [line("balance", flows.in - flows.out, balance), line("nobody's (sent without being asked)", flows.gifts, balance - sum(owed.map(({ stored }) => stored)))];
}

function sum(amounts: readonly bigint[]): bigint {
  return amounts.reduce((total, amount) => total + amount, 0n);
}
