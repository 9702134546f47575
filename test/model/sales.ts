// SPDX-License-Identifier: Apache-2.0
import { Accounts, least, MINUTE, most, refuse } from "./accounts";
import type { Line, Order, Part, Price, Status, Who, Wish } from "./terms";

/** What a workflow or storage costs, and its placing. The second part of the reference model of the money. */
const MOST_MINUTES = 2n ** 24n - 1n;

export class Sales extends Accounts {
  quote(wish: Wish): { order: Omit<Order, "customer" | "deposit" | "commission">; charge: (seconds: bigint) => bigint } {
    const { machine, offers } = this.books;
    let longest = MOST_MINUTES;
    const checkLease = (price: Price) => {
      if (price.most !== 0n) longest = least(longest, price.most);
      refuse("LeaseOutOfRange", (!price.fixed && wish.lease < price.least) || wish.lease === 0n || wish.lease > longest);
    };
    const parts = wish.parts.map(({ offer: number, slot }): Part => {
      const [offer, price] = [offers[number]!, offers[number]!.slots[slot]!];
      if (offer.storage) this.checkRetention(price, wish.retention);
      else checkLease(price);
      return this.newPart(number, slot, wish.retention);
    });
    refuse("OfferDisabled", !machine.enabled);
    refuse("SlotCountZero", wish.slots === 0n);
    checkLease(machine.slot);
    let [rate, minutes, flat] = [machine.slot.amount * wish.slots, machine.slot.least, 0n];
    for (const { option, count } of wish.options) {
      const price = machine.options[option]!;
      refuse("SlotCountZero", count === 0n);
      checkLease(price);
      if (price.fixed) flat += price.amount * count;
      else [rate, minutes] = [rate + price.amount * count, most(minutes, price.least)];
    }
    const status: Status = parts.some((part) => !part.storage && part.status === "New") ? "Blocked" : "New";
    const order = {
      service: wish.service, alone: false, provider: machine.provider, slots: wish.slots, rate, least: minutes, flat, parts, longest, status,
      compensation: machine.compensation, lease: wish.lease, since: this.now, reported: false, checkpoint: 0n, canceledAt: 0n, drawn: undefined, claimed: false,
    };
    return { order, charge: (seconds) => this.total([...this.machineLines(order), ...parts], seconds) };
  }

  placeWorkflow(by: Who, wish: Wish): void {
    const { books } = this;
    refuse("PlacedTooLate", this.now > wish.deadline);
    const { order, charge } = this.quote(wish);
    const waiting = Object.values(books.orders).filter(({ customer, status }) => customer === by && (status === "New" || status === "Blocked"));
    refuse("TooManyWaiting", waiting.length === 32);
    refuse("PriceAboveCeiling", charge(wish.lease * MINUTE) > wish.ceiling);
    refuse("DepositTooSmall", wish.deposit < charge(0n));
    books.machine.waiting += 1n;
    this.keep({ ...order, customer: by, deposit: wish.deposit, commission: books.rate });
    this.take(by, wish.deposit);
  }

  /** Storage by itself is an order that has ended, with one storage part. */
  placeStorage(by: Who, number: number, slot: number, retention: bigint, ceiling: bigint): void {
    const part = { ...this.newPart(number, slot, retention), since: this.now };
    this.checkRetention(this.books.offers[number]!.slots[slot]!, retention);
    const price = this.charge(part, 0n);
    refuse("PriceAboveCeiling", price > ceiling);
    this.keep({
      customer: by, deposit: price, commission: this.books.rate, service: false, alone: true, provider: part.provider, slots: 0n, rate: 0n, least: 0n, flat: 0n,
      compensation: 0n, longest: 0n, parts: [part], lease: 0n, status: "Done", since: 0n, reported: true, checkpoint: 0n, canceledAt: 0n, drawn: undefined, claimed: true,
    });
    this.take(by, price);
  }

  private keep(order: Order): void {
    this.books.orders[String(this.books.lastOrder + 1n)] = order;
    this.books.lastOrder += 1n + BigInt(order.parts.length);
  }

  private newPart(number: number, slot: number, retention: bigint): Part {
    const offer = this.books.offers[number]!;
    const price = offer.slots[slot]!;
    const { provider, storage, cancelable } = offer;
    return {
      offer: number, provider, storage, cancelable, price: price.amount, fixed: price.fixed, minutes: storage ? retention : price.least,
      status: offer.automatic && !storage ? "Done" : "New", since: 0n, drawn: undefined, claimed: false,
    };
  }

  checkRetention(price: Price, retention: bigint): void {
    refuse("RetentionOutOfRange", retention === 0n || retention < price.least || (price.most !== 0n && retention > price.most));
  }

  /** The compute part: per hour, and its fixed options. */
  machineLines({ rate, least: minutes, flat }: Pick<Order, "rate" | "least" | "flat">): Line[] {
    return [{ price: rate, fixed: false, minutes, storage: false }, { price: flat, fixed: true, minutes: 0n, storage: false }];
  }

  /** What an order is charged for: the parts that were completed, storage that may still be received, and the machine if it is paid. */
  bill(order: Order, paysMachine = true): Line[] {
    const parts = order.parts.filter(({ status, storage }) => status === "Done" || (storage && (status === "New" || status === "Processing")));
    return paysMachine ? [...parts, ...this.machineLines(order)] : parts;
  }
}
