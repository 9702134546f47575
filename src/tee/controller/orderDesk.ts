// SPDX-License-Identifier: Apache-2.0
import { setTimeout as sleep } from "node:timers/promises";

import { acceptOrder, getOrder } from "../../chain/orders";
import { isDeviceValid, lastSigned } from "../../chain/running";
import { isCloisterError } from "../../core/errors";
import { isFinal, OrderStatus } from "../../core/orderStatus";
import { carry, reasonOf, steadily } from "./carry";
import { type JobSurroundings, OrderJob } from "./orderJob";
import type { SeenOrder } from "./orderWatch";

/** Refusals of an accept that pass: the machine has no room now, or its provider's security deposit has none. */
const FOR_NOW = new Set(["MachineFull", "SecurityTooSmall"]);
/** Milliseconds after which waiting orders are tried again though none ended here: the deposit may have grown. */
const TRY_AGAIN = 5000;
/** So often an order's job is begun again; then it is left to the next start of the machine. */
const MOST_FAILURES = 5;

/**
 * The orders of one machine: accepts what fits, lets the rest wait in the order of their numbers, and runs the accepted side by side.
 * How much fits, the contract decides.
 */
export class OrderDesk {
  private readonly waiting = new Set<bigint>();
  private readonly jobs = new Map<bigint, { job: OrderJob; end: Promise<void> }>();
  /** How often the jobs of an order failed. */
  private readonly failures = new Map<bigint, number>();
  private readonly told = new Set<bigint>();
  /** The order that is being accepted: the chain may show it taken before we know. */
  private entering: bigint | undefined;
  private accepting: Promise<void> | undefined;
  private again = false;
  private closed = false;
  private readonly timer: NodeJS.Timeout;

  /**
   * @param others whether another device of the offer is valid, which may be running orders too.
   * @param onRevoked told when the device's signatures do not count any more: only a new loader can end its orders.
   */
  constructor(
    private readonly around: JobSurroundings,
    private readonly others: () => Promise<boolean>,
    private readonly onRevoked: (error: Error) => void,
  ) {
    this.timer = setInterval(() => this.waiting.size > 0 && this.accept(), TRY_AGAIN);
  }

  /** Something happened to an order of this machine. */
  async see({ id, status, money }: SeenOrder): Promise<void> {
    const running = this.jobs.get(id);
    if (id === this.entering && status === OrderStatus.Processing) return;
    if (status === OrderStatus.New) {
      if (running === undefined) this.waiting.add(id);
      return this.accept();
    }
    this.waiting.delete(id);
    if (running === undefined) {
      if (status === OrderStatus.Processing || status === OrderStatus.Canceling) await this.resume(id);
    } else if (status === OrderStatus.Canceling || isFinal(status)) running.job.cancel("customer");
    else if (money) await running.job.money().catch((error: unknown) => this.log(id, reasonOf(error)));
  }

  /** Takes no more orders; lets those that run go on for so many seconds, then ends them by the machine's fault. */
  async close(drainSeconds: number): Promise<void> {
    this.closed = true;
    clearInterval(this.timer);
    const all = () => Promise.allSettled([...this.jobs.values()].map(({ end }) => end));
    await this.accepting;
    await Promise.race([all(), sleep(drainSeconds * 1000, undefined, { ref: false })]);
    for (const { job } of this.jobs.values()) job.cancel("machine");
    await all();
  }

  /** Accepts what fits, one after the other, without making the caller wait. */
  private accept(): void {
    this.again = true;
    this.accepting ??= this.acceptAll().finally(() => (this.accepting = undefined));
  }

  private async acceptAll(): Promise<void> {
    while (this.again && !this.closed) {
      this.again = false;
      for (const id of [...this.waiting].sort((a, b) => Number(a - b))) {
        if (this.closed) return;
        await this.acceptOne(id).catch((error: unknown) => this.log(id, `was not accepted: ${reasonOf(error)}`));
      }
    }
  }

  private async acceptOne(id: bigint): Promise<void> {
    const { market, over } = this.around;
    const job = new OrderJob(id, this.around);
    const taken = async () => (await getOrder(market, id)).status !== OrderStatus.New;
    this.entering = id;
    try {
      if (this.told.has(id)) {
        // It waits for room: its order need not be read again until there is some.
        if (await taken()) return void this.waiting.delete(id);
      }
      const request = await job.verify();
      const receipt = await carry({ what: "the accepting", done: taken, send: () => acceptOrder(market, id) }, { log: (line) => this.log(id, line), over });
      this.waiting.delete(id);
      if (receipt) this.log(id, `accepted, gas ${receipt.gasUsed}`);
      else if ((await steadily(() => getOrder(market, id), { log: () => undefined, over })).status !== OrderStatus.Processing) return;
      this.start(id, job, () => job.run(request));
    } catch (error) {
      if (!isCloisterError(error) || !FOR_NOW.has(error.code)) {
        this.waiting.delete(id);
        throw error;
      }
      if (!this.told.has(id)) this.log(id, `waits: ${reasonOf(error)}`);
      this.told.add(id);
    } finally {
      this.entering = undefined;
    }
  }

  /** An order that runs on chain and not here: an earlier loader of this machine accepted it. */
  private async resume(id: bigint): Promise<void> {
    const { market, over } = this.around;
    const patience = { log: () => undefined, over };
    const order = await steadily(() => getOrder(market, id), patience);
    if (this.jobs.has(id) || isFinal(order.status)) return;
    const { device } = await steadily(() => lastSigned(market, id), patience);
    const another = device === this.around.device ? false : device === undefined && !this.failures.has(id) ? await steadily(this.others, patience) : device !== undefined && (await steadily(() => isDeviceValid(market, device), patience));
    if (another) return this.log(id, `is left alone: another valid device of this offer may be running it${device === undefined ? "" : ` (${device})`}. If none does, start with --take-over.`);
    const job = new OrderJob(id, this.around);
    this.log(id, order.reported ? "it was reported and lost" : "it was accepted before");
    this.start(id, job, async () => (order.reported ? job.endLost() : job.run(await job.verify())));
  }

  private start(id: bigint, job: OrderJob, run: () => Promise<void>): void {
    this.told.delete(id);
    const end = run()
      .catch((error: unknown) => {
        this.log(id, reasonOf(error));
        if (isCloisterError(error, "KeyRevoked")) this.onRevoked(error);
        else this.retry(id, job);
      })
      .finally(() => {
        this.jobs.delete(id);
        if (!this.closed) this.accept();
      });
    this.jobs.set(id, { job, end });
  }

  /** An order whose job failed is looked at again a little later: what it needs then is on chain. */
  private retry(id: bigint, job: OrderJob): void {
    const failures = (this.failures.get(id) ?? 0) + 1;
    this.failures.set(id, failures);
    if (this.closed || failures > MOST_FAILURES) return;
    job.cancel("machine");
    setTimeout(() => void this.resume(id).catch((error: unknown) => this.log(id, reasonOf(error))), TRY_AGAIN).unref();
  }

  private log(id: bigint, line: string): void {
    this.around.log(`order ${id}: ${line}`);
  }
}
