// SPDX-License-Identifier: Apache-2.0

/** Timers of Node count no further than 24.8 days: longer waits are looked at again. */
const LONGEST_WAIT = 2 ** 31 - 1;

/** What a service's clock is set by. */
export interface ServiceClockOptions {
  readonly now: () => Date;
  /** Seconds since the report that lease and money allow. */
  readonly paidSeconds: number;
  /** Seconds between two checkpoints. */
  readonly every: number;
  /** Lease or money has ended. */
  readonly onEnd: () => void;
  /** A checkpoint is due. Never called again before it has ended. */
  readonly onCheckpoint: () => Promise<void>;
}

/** The time of a running service, from its report on: when its next checkpoint is due, and when its lease or money ends. */
export class ServiceClock {
  private readonly started: number;
  private paid: number;
  private ending: NodeJS.Timeout | undefined;
  private due: NodeJS.Timeout | undefined;
  private checkpoint: Promise<void> | undefined;
  private stopped = false;

  constructor(private readonly options: ServiceClockOptions) {
    this.started = options.now().getTime();
    this.paid = options.paidSeconds;
    this.plan();
    this.due = setInterval(() => this.makeCheckpoint(), Math.min(options.every * 1000, LONGEST_WAIT));
  }

  /** Lease or money changed. */
  pay(seconds: number): void {
    this.paid = seconds;
    this.plan();
  }

  /** Whole seconds used so far, at most those paid. */
  used(): number {
    return Math.min(this.paid, Math.floor((this.options.now().getTime() - this.started) / 1000));
  }

  /** Ends the clock, after the checkpoint that is being made. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.ending);
    clearInterval(this.due);
    await this.checkpoint;
  }

  private plan(): void {
    clearTimeout(this.ending);
    if (this.stopped) return;
    const left = this.started + this.paid * 1000 - this.options.now().getTime();
    if (left <= 0) this.options.onEnd();
    else this.ending = setTimeout(() => this.plan(), Math.min(left, LONGEST_WAIT));
  }

  private makeCheckpoint(): void {
    if (this.checkpoint !== undefined || this.stopped) return;
    this.checkpoint = this.options.onCheckpoint().finally(() => (this.checkpoint = undefined));
  }
}
