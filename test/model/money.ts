// SPDX-License-Identifier: Apache-2.0
import { least, MINUTE, refuse } from "./accounts";
import { Orders } from "./orders";
import type { Line, Order, Part, Status, Who } from "./terms";

/** An epoch of revenues, in seconds, and how long its rewards can be claimed. */
export const EPOCH = 7n * 86_400n;
const CLAIM_WINDOW = 52n * EPOCH;
const MOST_MINUTES = 2n ** 24n - 1n;

/** What a part of an order has earned and nobody claimed. */
interface Earned {
  readonly provider: number;
  readonly amount: bigint;
  readonly seconds: bigint;
  /** Whether nothing comes after it. */
  readonly last: boolean;
}

/**
 * The reference model of the money: a specification of who pays what when. Its first parts are accounts.ts (what things cost),
 * sales.ts (placing) and orders.ts (who gets what in the end); this one has storage with its own clock, claims, the commission and
 * rewards. {@link ./walks.ts} takes the same steps with it and with the contracts.
 */
export class Money extends Orders {
  /* STORAGE */

  grantStorage(by: Who, id: bigint, index: number): void {
    const { part } = this.unreceived(id, index);
    refuse("NotActionAccount", by !== this.provider(part.provider).action);
    part.status = "Processing";
  }

  receiveStorage(by: Who, id: bigint, index: number): void {
    const { order, part } = this.unreceived(id, index);
    refuse("ReportMissing", !order.reported);
    refuse("ReceiptTooLate", part.since !== 0n && this.now > this.receiptDeadline(part));
    refuse("NotActionAccount", by !== this.provider(part.provider).action);
    [part.status, part.since] = ["Done", this.now];
  }

  denyStorage(by: Who, id: bigint, index: number): void {
    const { order, part } = this.unreceived(id, index);
    refuse("NotActionAccount", by !== this.provider(part.provider).action);
    this.giveUpStorage(order, part, "Error");
  }

  /** Of another part it cancels the order. */
  cancelSuborder(by: Who, id: bigint, index: number): void {
    const order = this.order(id);
    refuse("NotOrderCustomer", by !== order.customer);
    if (!order.parts[index]!.storage) return this.cancel(order);
    this.giveUpStorage(order, this.unreceived(id, index).part, "Canceled");
  }

  expireStorage(id: bigint, index: number): void {
    const { order, part } = this.unreceived(id, index);
    refuse("OrderStillRuns", part.since === 0n);
    refuse("DeadlineNotReached", this.now <= this.receiptDeadline(part));
    this.giveUpStorage(order, part, "Error");
  }

  extendStorage(by: Who, id: bigint, index: number, slot: number, minutes: bigint): void {
    const { order, part } = this.kept(id, index);
    const longer = part.minutes + minutes;
    refuse("LeaseAboveMaximum", longer > MOST_MINUTES);
    const price = this.books.offers[part.offer]!.slots[slot]!;
    this.checkRetention(price, longer);
    refuse("RetentionFixed", part.fixed);
    refuse("OtherPrice", price.fixed || price.amount !== part.price);
    const paid = this.charge({ ...part, minutes: longer }, 0n) - this.charge(part, 0n);
    part.minutes = longer;
    if (!this.isFinal(order)) order.deposit += paid;
    this.take(by, paid);
  }

  /** Whole minutes are charged; the rest goes back now, or with the rest of an order that runs. */
  endStorage(by: Who, id: bigint, index: number): void {
    const { order, part } = this.kept(id, index);
    refuse("NotOrderCustomer", by !== order.customer);
    const begun = (this.now - part.since + MINUTE - 1n) / MINUTE;
    refuse("RetentionFixed", !part.cancelable || part.fixed || begun >= part.minutes);
    const rest = this.charge(part, 0n) - this.charge({ ...part, minutes: begun }, 0n);
    part.minutes = begun;
    if (this.isFinal(order)) this.payOut("book", order.customer, rest);
  }

  private receiptDeadline(part: Part): bigint {
    return part.since + this.books.patience.receipt * MINUTE;
  }

  /** Storage without a receipt that may still get one. */
  private unreceived(id: bigint, index: number): { order: Order; part: Part } {
    const order = this.order(id);
    const part = order.parts[index]!;
    refuse("NotStoragePart", !part.storage);
    refuse("SuborderNotOpen", (this.isFinal(order) && !order.reported) || (part.status !== "New" && part.status !== "Processing"));
    return { order, part };
  }

  /** Storage whose retention runs. */
  private kept(id: bigint, index: number): { order: Order; part: Part } {
    const order = this.order(id);
    const part = order.parts[index]!;
    refuse("NotStoragePart", !part.storage);
    refuse("NotKept", part.status !== "Done");
    refuse("RetentionFixed", this.now >= part.since + part.minutes * MINUTE);
    return { order, part };
  }

  /** While the order runs, its settlement gives the money back. */
  private giveUpStorage(order: Order, part: Part, status: Status): void {
    part.status = status;
    if (this.isFinal(order)) this.payOut("book", order.customer, this.charge(part, 0n));
  }

  /* CLAIMS */

  /** @param index Of the suborder; undefined for the compute part. A job earns at its end, a service to its last checkpoint, storage by the second. */
  earned(order: Order, index: number | undefined): Earned {
    const part = index === undefined ? undefined : order.parts[index]!;
    const [hourly, options] = this.machineLines(order) as [Line, Line];
    const line = part ?? hourly;
    const { drawn, claimed } = part ?? order;
    const nothing = { provider: (part ?? order).provider, amount: 0n, seconds: 0n, last: false };
    if (!order.reported || claimed || (part !== undefined && part.status !== "Done")) return nothing;

    const whole = part?.storage === true ? part.minutes * MINUTE : 0n;
    let [seconds, last, total] = [0n, true, 0n];
    if (part?.storage === true) {
      seconds = least(this.now - part.since, whole);
      last = seconds === whole || part.fixed;
      total = this.accrued(line, seconds);
    } else if (this.isFinal(order)) {
      total = this.charge(line, order.since);
    } else {
      last = false;
      seconds = this.accruedSeconds(order);
      if (seconds <= (drawn ?? 0n)) return nothing;
      total = this.accrued(line, seconds);
    }
    // The fixed options are due with the first claim of the compute part.
    const flat = part === undefined ? options.price : 0n;
    const paid = drawn === undefined ? 0n : this.accrued(line, drawn) + flat;
    return { ...nothing, amount: total + flat - paid, seconds, last };
  }

  /** What a running service has earned: to its last checkpoint, within lease and deposit, without minimums that a cancel may waive. */
  private accruedSeconds(order: Order): bigint {
    if (!order.service || order.checkpoint === 0n) return 0n;
    return this.affordable(this.bill(order), order.deposit, least(order.checkpoint, order.lease * MINUTE));
  }

  /** @param parts What is claimed, by order and suborder: all of one provider. */
  claim(parts: readonly { readonly order: bigint; readonly index: number | undefined }[]): void {
    let [sum, commission, attested, attestedCommission] = [0n, 0n, 0n, 0n];
    let owner: number | undefined;
    for (const { order: id, index } of parts) {
      const order = this.order(id);
      const { provider, amount, seconds, last } = this.earned(order, index);
      refuse("NothingToClaim", amount === 0n);
      refuse("MixedClaim", owner !== undefined && owner !== provider);
      owner = provider;
      const claims = index === undefined ? order : order.parts[index]!;
      if (last) claims.claimed = true;
      else claims.drawn = seconds;
      const share = this.shareOf(amount, order.commission);
      [sum, commission] = [sum + amount, commission + share];
      if (!order.alone) [attested, attestedCommission] = [attested + amount, attestedCommission + share];
    }
    if (owner === undefined) return;
    this.books.commission += commission;
    const revenue = (this.books.revenue[`${this.now / EPOCH} ${owner}`] ??= { earned: 0n, commission: 0n });
    revenue.earned += attested;
    revenue.commission += attestedCommission;
    this.move("book", this.provider(owner).receiver, sum - commission);
  }

  /** Every recipient its share, the last one what rounding leaves. */
  claimCommission(): void {
    const { books } = this;
    let left = books.commission;
    refuse("NothingOwed", left === 0n);
    const amount = left;
    books.commission = 0n;
    for (const [index, { who, share }] of books.shares.entries()) {
      const part = index + 1 === books.shares.length ? left : this.shareOf(amount, share);
      left -= part;
      if (part !== 0n) this.payOut("book", who, part);
    }
  }

  setShares(shares: readonly { readonly who: Who; readonly share: bigint }[]): void {
    refuse("SharesMalformed", shares.reduce((sum, { share }) => sum + share, 0n) !== 10_000n);
    this.books.shares = [...shares];
  }

  /* REWARDS */

  fundRewards(by: Who, epoch: bigint, amount: bigint): void {
    refuse("EpochOver", epoch < this.now / EPOCH);
    refuse("EpochTooFar", epoch > (this.now + CLAIM_WINDOW) / EPOCH);
    refuse("NothingFunded", amount === 0n);
    this.addBudget(epoch, amount);
    this.move(by, "pool", amount);
  }

  /** By revenue, and never more than the commission paid: whoever buys from oneself gets back at most what it cost. */
  reward(epoch: bigint, provider: number): bigint {
    const { revenue, budgets } = this.books;
    const own = revenue[`${epoch} ${provider}`];
    const total = Object.entries(revenue).reduce((sum, [key, { earned }]) => (key.startsWith(`${epoch} `) ? sum + earned : sum), 0n);
    if (own === undefined || total === 0n) return 0n;
    return least(((budgets[String(epoch)]?.funded ?? 0n) * own.earned) / total, own.commission);
  }

  claimReward(epoch: bigint, provider: number): void {
    const end = (epoch + 1n) * EPOCH;
    refuse("EpochNotOver", this.now < end);
    refuse("ClaimsClosed", this.now >= end + CLAIM_WINDOW);
    const key = `${epoch} ${provider}`;
    refuse("AlreadyRewarded", (this.books.rewarded[key] ?? 0n) !== 0n);
    const share = this.reward(epoch, provider);
    refuse("NoReward", share === 0n);
    this.books.rewarded[key] = share;
    this.books.budgets[String(epoch)]!.left -= share;
    this.move("pool", this.provider(provider).receiver, share);
  }

  /** What nobody claimed goes to the running epoch. */
  carryOver(epoch: bigint): void {
    refuse("ClaimsOpen", this.now < (epoch + 1n) * EPOCH + CLAIM_WINDOW);
    const budget = this.books.budgets[String(epoch)];
    const rest = budget?.left ?? 0n;
    refuse("NothingLeft", rest === 0n);
    budget!.left = 0n;
    this.addBudget(this.now / EPOCH, rest);
  }

  private addBudget(epoch: bigint, amount: bigint): void {
    const budget = (this.books.budgets[String(epoch)] ??= { funded: 0n, left: 0n });
    budget.funded += amount;
    budget.left += amount;
  }
}
