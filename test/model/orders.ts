// SPDX-License-Identifier: Apache-2.0
import { least, MINUTE, type Outcome, refuse } from "./accounts";
import { Sales } from "./sales";
import type { Fault, Order, Part, Status, Who } from "./terms";

/** Who is paid by which end of a reported order: the machine; the customer, by the machine's provider; owners of cancelable parts, their minimum. */
export const TABLE = {
  Fulfilled: { paysMachine: true, compensates: false, waivesMinimum: false },
  MachineFailed: { paysMachine: false, compensates: true, waivesMinimum: false },
  Silent: { paysMachine: true, compensates: true, waivesMinimum: false },
  Canceled: { paysMachine: true, compensates: false, waivesMinimum: true },
  Unconfirmed: { paysMachine: false, compensates: false, waivesMinimum: true },
} as const;
type Ending = keyof typeof TABLE;

/** An order from its approval to its end, and who then gets what. The third part of the reference model of the money. */
export class Orders extends Sales {
  /* BEFORE THE REPORT */

  completeSuborder(by: Who, id: bigint, index: number, approve: boolean): void {
    const order = this.order(id);
    const part = order.parts[index]!;
    refuse("IsStoragePart", part.storage);
    refuse("SuborderNotOpen", part.status !== "New" || order.status !== "Blocked");
    refuse("NotActionAccount", by !== this.provider(part.provider).action);
    part.status = approve ? "Done" : "Error";
    if (!approve) this.endUnstarted(order, "Error", "Neutral");
    else if (order.parts.every(({ storage, status }) => storage || status === "Done")) this.moveTo(order, "New", this.now);
  }

  acceptOrder(by: Who, id: bigint): void {
    const [order, { machine }] = [this.order(id), this.books];
    this.moveTo(order, "Processing", this.now);
    const provider = this.provider(order.provider);
    refuse("NotActionAccount", by !== provider.action);
    refuse("NotProvidersBook", !provider.here);
    refuse("SecurityTooSmall", order.compensation > provider.security - provider.reserved);
    provider.reserved += order.compensation;
    refuse("MachineFull", order.slots > machine.room);
    machine.room -= order.slots;
    machine.waiting -= 1n;
  }

  publishReport(id: bigint): void {
    const order = this.order(id);
    refuse("IllegalTransition", order.status !== "Processing");
    refuse("AlreadyReported", order.reported);
    this.checkDevice();
    [order.reported, order.since] = [true, this.now];
  }

  abortOrder(id: bigint, fault: Fault): void {
    const order = this.order(id);
    refuse("AlreadyReported", order.reported);
    refuse("IllegalTransition", order.status !== "New" && order.status !== "Processing");
    refuse("FaultMismatch", fault === "None");
    this.checkDevice();
    this.endUnstarted(order, "Error", fault === "Machine" ? "LetDown" : "Neutral");
  }

  /** Nothing was earned: all goes back, and nobody compensates. */
  private endUnstarted(order: Order, status: Status, outcome: Outcome): void {
    const from = order.status;
    this.endUnearned(order, status);
    if (from === "Processing") this.leaveMachine(order, false, outcome);
    else this.leaveQueue(order, outcome);
  }

  private endUnearned(order: Order, status: Status): void {
    this.moveTo(order, status, 0n);
    this.payOut("book", order.customer, order.deposit);
  }

  /** Nobody can serve an order for which there is no room. */
  private leaveQueue(order: Order, outcome: Outcome): void {
    const { machine } = this.books;
    machine.waiting -= 1n;
    this.judge(outcome === "Unserved" && order.slots <= machine.room ? "LetDown" : outcome);
  }

  /* WHILE IT RUNS */

  checkpoint(id: bigint, seconds: bigint): void {
    const order = this.order(id);
    refuse("NotService", !order.service);
    refuse("OrderNotLive", order.status !== "Processing");
    refuse("ReportMissing", !order.reported);
    refuse("CheckpointAheadOfTime", seconds > this.now - order.since);
    refuse("CheckpointDecreases", seconds < order.checkpoint);
    this.checkDevice();
    order.checkpoint = seconds;
  }

  replenishOrder(by: Who, id: bigint, amount: bigint): void {
    const order = this.order(id);
    this.checkOpen(order);
    order.deposit += amount;
    this.take(by, amount);
  }

  extendOrder(by: Who, id: bigint, minutes: bigint): void {
    const order = this.order(id);
    refuse("NotOrderCustomer", by !== order.customer);
    refuse("NotService", !order.service);
    this.checkOpen(order);
    refuse("LeaseAboveMaximum", order.lease + minutes > order.longest);
    order.lease += minutes;
  }

  private checkOpen(order: Order): void {
    refuse("OrderNotLive", order.status !== "Blocked" && order.status !== "New" && order.status !== "Processing");
    refuse("ServiceEnded", order.service && order.reported && this.now > this.paidUntil(order));
  }

  /** When lease or money ends of an order that has a report. */
  paidUntil(order: Order): bigint {
    return order.since + this.affordable(this.bill(order), order.deposit, order.lease * MINUTE);
  }

  /* THE END */

  finishOrder(id: bigint, status: Status, fault: Fault, signedSeconds: bigint): void {
    const order = this.order(id);
    const canceling = order.status === "Canceling";
    this.checkMove(order, status);
    refuse("ReportMissing", !order.reported);
    refuse("IllegalTransition", status !== "Done" && status !== "Error" && !canceling);
    refuse("FaultMismatch", (status !== "Error") !== (fault === "None"));
    this.checkDevice();
    // No more than has passed on chain, nothing after the cancel, and of a service no less than its last checkpoint.
    let seconds = least((canceling ? order.canceledAt : this.now) - order.since, signedSeconds);
    if (order.service && seconds < order.checkpoint) seconds = order.checkpoint;
    if (fault === "Machine" && order.checkpoint !== 0n) this.settle(order, status, "Silent", order.checkpoint);
    else this.settle(order, status, fault === "Machine" ? "MachineFailed" : status === "Canceled" ? "Canceled" : "Fulfilled", seconds);
  }

  cancelOrder(by: Who, id: bigint): void {
    const order = this.order(id);
    refuse("NotOrderCustomer", by !== order.customer);
    this.cancel(order);
  }

  /** Before the report all goes back; after it the device is asked to stop. */
  protected cancel(order: Order): void {
    if (!order.reported) return this.endUnstarted(order, "Canceled", "Neutral");
    this.moveTo(order, "Canceling", order.since);
    order.canceledAt = this.now;
  }

  expireOrder(id: bigint): void {
    const order = this.order(id);
    if (order.reported) return this.endByTime(order);
    const from = order.status;
    if (from === "Processing" && this.lostAt(order) !== 0n) return this.endUnstarted(order, "Error", "Neutral");
    refuse("DeadlineNotReached", !this.isFinal(order) && this.now <= this.deadline(order));
    if (from !== "Processing") return this.endUnstarted(order, "Error", from === "New" ? "Unserved" : "Neutral");
    this.endUnearned(order, "Error");
    this.leaveMachine(order, true, "LetDown");
  }

  stopOrder(id: bigint): void {
    const order = this.order(id);
    refuse("NotService", !order.service);
    refuse("ReportMissing", !order.reported);
    this.endByTime(order);
  }

  /** When anybody may end it. */
  deadline(order: Order): bigint {
    const { patience } = this.books;
    const { status, since } = order;
    if (this.isFinal(order)) return 0n;
    if (status === "Blocked") return since + patience.approval * MINUTE;
    if (status === "New") return since + patience.accept * MINUTE;
    if (status === "Canceling") return order.canceledAt + patience.cancel * MINUTE;
    if (!order.reported) return since + patience.report * MINUTE;
    if (!order.service) return since + (order.lease + patience.grace) * MINUTE;
    return least(since + order.checkpoint + patience.checkpoint * MINUTE, this.paidUntil(order));
  }

  /** What a device signs counts while its root is listed. */
  private checkDevice(): void {
    refuse("KeyRevoked", this.books.machine.distrusted !== 0n);
  }

  /** When the administration took the machine's device out, under a running order that was not overdue; else 0. Nobody compensates then. */
  lostAt(order: Order): bigint {
    const { distrusted } = this.books.machine;
    return distrusted >= order.since && distrusted <= this.deadline(order) ? distrusted : 0n;
  }

  private endByTime(order: Order): void {
    const { status, service, checkpoint } = order;
    const deadline = this.deadline(order);
    refuse("IllegalTransition", deadline === 0n);
    const lost = this.lostAt(order);
    if (lost !== 0n) {
      this.books.endings.Distrusted = (this.books.endings.Distrusted ?? 0) + 1;
      if (status === "Canceling") return this.settle(order, "Canceled", "Canceled", least(lost, order.canceledAt) - order.since);
      return this.settle(order, "Error", "Fulfilled", lost - order.since);
    }
    refuse("DeadlineNotReached", this.now <= deadline);
    if (status === "Canceling") {
      if (checkpoint !== 0n) return this.settle(order, "Canceled", "Canceled", checkpoint);
      return this.settle(order, "Canceled", "Unconfirmed", service ? 0n : order.canceledAt - order.since);
    }
    if (!service) return this.settle(order, "Error", "MachineFailed", order.lease * MINUTE);
    if (deadline === this.paidUntil(order)) return this.settle(order, "Done", "Fulfilled", deadline - order.since);
    this.settle(order, "Error", checkpoint === 0n ? "MachineFailed" : "Silent", checkpoint);
  }

  /** Divides the deposit: what is charged stays for the claims, the rest goes back. */
  protected settle(order: Order, status: Status, ending: Ending, usedSeconds: bigint): void {
    const { paysMachine, compensates, waivesMinimum } = TABLE[ending];
    this.books.endings[ending] = (this.books.endings[ending] ?? 0) + 1;
    if (waivesMinimum) for (const part of order.parts) if (part.cancelable && !part.storage) this.waive(part);
    const bill = this.bill(order, paysMachine);
    const seconds = this.affordable(bill, order.deposit, least(usedSeconds, order.lease * MINUTE));
    const charged = this.total(bill, seconds);
    order.claimed = !paysMachine;
    for (const part of order.parts) if (part.storage && (part.status === "New" || part.status === "Processing")) part.since = this.now;
    this.moveTo(order, status, seconds);
    this.leaveMachine(order, compensates, compensates ? "LetDown" : status === "Done" ? "Served" : "Neutral");
    this.payOut("book", order.customer, order.deposit - charged);
  }

  protected waive(part: Part): void {
    part.minutes = 0n;
  }
}
