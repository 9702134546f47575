// SPDX-License-Identifier: Apache-2.0
import { type Books, type Line, LIVE, type Order, type Part, type Status, type Who } from "./terms";

/**
 * What things cost, who has how much, and what a machine and its provider answer with. The first part of the reference model of the money
 * ({@link ./money.ts}): it knows nothing of words, gas, signatures, resources or texts. Verbs take who calls, at {@link Accounts.now}; a
 * refusal has the name of the contract's error, and comes in the order in which the contracts refuse.
 */

export const MINUTE = 60n;
export const HOUR = 3600n;

/** How an order left the machine or its queue. */
export type Outcome = "Served" | "Neutral" | "LetDown" | "Unserved";

const NEXT: Readonly<Record<Status, readonly Status[]>> = {
  New: ["Processing", "Canceled", "Error"],
  Processing: ["Canceling", "Canceled", "Done", "Error"],
  Canceling: ["Canceled", "Done", "Error"],
  Blocked: ["New", "Canceled", "Error"],
  Canceled: [],
  Done: [],
  Error: [],
};

/** What the contracts refuse, by the name of their error. */
export class Refusal extends Error {}

export function refuse(name: string, when: boolean): void {
  if (when) throw new Refusal(name);
}

export const least = (a: bigint, b: bigint) => (a < b ? a : b);
export const most = (a: bigint, b: bigint) => (a > b ? a : b);

export class Accounts {
  /** Seconds; the time of the step. */
  now = 0n;

  constructor(public books: Books) {}

  /** Takes a verb; a refused one changes nothing. @returns the refusal's name. */
  attempt(verb: (model: this) => void): string | undefined {
    const before = structuredClone(this.books);
    try {
      verb(this);
      return undefined;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.books = before;
      return error.message;
    }
  }

  /** The name of the refusal that a verb would meet; nothing changes. */
  refusalOf(verb: (model: this) => void): string | undefined {
    const before = structuredClone(this.books);
    const refusal = this.attempt(verb);
    this.books = before;
    return refusal;
  }

  /** Orders of which nothing can move any more. */
  settled(): Set<string> {
    const isOver = (part: Part) => part.claimed || part.status === "Error" || part.status === "Canceled" || (part.status === "New" && !part.storage);
    const orders = Object.entries(this.books.orders).filter(([, order]) => this.isFinal(order) && (!order.reported || (order.claimed && order.parts.every(isOver))));
    return new Set(orders.map(([id]) => id));
  }

  /* WHAT THINGS COST: the only divisions, always down */

  perHour(price: bigint, seconds: bigint): bigint {
    return (price * seconds) / HOUR;
  }

  shareOf(amount: bigint, basisPoints: bigint): bigint {
    return (amount * basisPoints) / 10_000n;
  }

  /** A fixed price whole; a price per hour for the seconds used, at least its minutes; storage for its retention. */
  charge(line: Line, seconds: bigint): bigint {
    if (line.fixed) return line.price;
    return this.perHour(line.price, most(line.minutes * MINUTE, line.storage ? 0n : seconds));
  }

  /** What is earned for certain after some seconds. */
  accrued(line: Line, seconds: bigint): bigint {
    return line.fixed ? line.price : this.perHour(line.price, seconds);
  }

  total(bill: readonly Line[], seconds: bigint): bigint {
    return bill.reduce((sum, line) => sum + this.charge(line, seconds), 0n);
  }

  /** The most seconds, up to a limit, that money pays for. */
  affordable(bill: readonly Line[], money: bigint, limit: bigint): bigint {
    let [low, high] = [0n, limit];
    while (low < high) {
      const middle = (low + high + 1n) / 2n;
      if (this.total(bill, middle) <= money) low = middle;
      else high = middle - 1n;
    }
    return low;
  }

  /* BALANCES */

  move(from: Who, to: Who, amount: bigint): void {
    const { balances, blocked } = this.books;
    refuse("Blocked", blocked[from] === true || blocked[to] === true);
    refuse("ERC20InsufficientBalance", (balances[from] ?? 0n) < amount);
    balances[from] = (balances[from] ?? 0n) - amount;
    balances[to] = (balances[to] ?? 0n) + amount;
  }

  take(from: Who, amount: bigint): void {
    if (amount !== 0n) this.move(from, "book", amount);
  }

  /** What the token refuses stays claimable. */
  payOut(from: "book" | "registry", to: Who, amount: bigint): void {
    const owed = from === "book" ? this.books.owed : this.books.compensationOwed;
    if (this.books.blocked[to]) owed[to] = (owed[to] ?? 0n) + amount;
    else this.move(from, to, amount);
  }

  withdrawOwed(by: Who, to: Who): void {
    const amount = this.books.owed[by] ?? 0n;
    refuse("NothingOwed", amount === 0n);
    this.books.owed[by] = 0n;
    this.move("book", to, amount);
  }

  withdrawCompensation(by: Who, to: Who): void {
    const amount = this.books.compensationOwed[by] ?? 0n;
    this.books.compensationOwed[by] = 0n;
    this.move("registry", to, amount);
  }

  /* SECURITY DEPOSITS */

  depositSecurity(by: Who, provider: number, amount: bigint): void {
    this.provider(provider).security += amount;
    this.move(by, "registry", amount);
  }

  withdrawSecurity(by: Who, provider: number, amount: bigint): void {
    const own = this.provider(provider);
    refuse("NotAuthority", by !== own.authority);
    refuse("SecurityTooSmall", amount > own.security - own.reserved);
    own.security -= amount;
    this.move("registry", by, amount);
  }

  /** A provider may work with another order book; what this one reserved stays reserved. */
  chooseBook(by: Who, provider: number, here: boolean): void {
    const own = this.provider(provider);
    refuse("NotAuthority", by !== own.authority);
    own.here = here;
  }

  /* THE MACHINE */

  enableMachine(enabled: boolean): void {
    const { machine } = this.books;
    machine.enabled = enabled;
    if (enabled) machine.failures = 0n;
  }

  /** Three orders let down in a row take the machine off the market. */
  judge(outcome: Outcome): void {
    const { machine } = this.books;
    if (outcome === "Served") machine.failures = 0n;
    if (outcome !== "LetDown" || machine.failures === 3n) return;
    machine.failures += 1n;
    if (machine.failures === 3n) machine.enabled = false;
  }

  leaveMachine(order: Order, compensated: boolean, outcome: Outcome): void {
    this.books.machine.room += order.slots;
    this.judge(outcome);
    const provider = this.provider(order.provider);
    provider.reserved -= order.compensation;
    if (!compensated || order.compensation === 0n) return;
    provider.security -= order.compensation;
    this.payOut("registry", order.customer, order.compensation);
  }

  /* LOOKING UP */

  provider(index: number) {
    return this.books.providers[index]!;
  }

  order(id: bigint): Order {
    return this.books.orders[String(id)]!;
  }

  checkMove(order: Order, next: Status): void {
    refuse("IllegalTransition", !NEXT[order.status].includes(next));
  }

  isFinal(order: Order): boolean {
    return !LIVE.includes(order.status);
  }

  moveTo(order: Order, next: Status, since: bigint): void {
    this.checkMove(order, next);
    [order.status, order.since] = [next, since];
  }
}
