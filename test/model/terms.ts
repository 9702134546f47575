// SPDX-License-Identifier: Apache-2.0

/** What the reference model of the money ({@link Money}) speaks of. Money in token units, times in seconds, leases in minutes; all bigint. */

/** A person or contract with a balance, by name. */
export type Who = string;

/** What a slot or an option costs, for an hour or for all. */
export interface Price {
  readonly amount: bigint;
  readonly fixed: boolean;
  /** Least and most minutes; a most of 0 is no limit. */
  readonly least: bigint;
  readonly most: bigint;
}

export interface Provider {
  readonly authority: Who;
  /** May approve, accept, answer for storage. */
  readonly action: Who;
  readonly receiver: Who;
  /** Security deposit, and what of it live orders reserve. */
  security: bigint;
  reserved: bigint;
  /** Whether it works with this order book at present. */
  here: boolean;
}

/** The one machine of the model: slots and options as prices, room as a number of slots. */
export interface Machine {
  readonly provider: number;
  readonly slot: Price;
  readonly options: readonly Price[];
  readonly compensation: bigint;
  room: bigint;
  waiting: bigint;
  failures: bigint;
  enabled: boolean;
  /** Since when its device does not count, because its root was removed; 0: it counts. */
  distrusted: bigint;
}

export interface ValueOffer {
  readonly provider: number;
  readonly storage: boolean;
  /** Completed by being ordered. */
  readonly automatic: boolean;
  readonly cancelable: boolean;
  readonly slots: readonly Price[];
}

export type Status = "New" | "Processing" | "Canceling" | "Canceled" | "Done" | "Error" | "Blocked";
export const STATUSES: readonly Status[] = ["New", "Processing", "Canceling", "Canceled", "Done", "Error", "Blocked"];
export const LIVE: readonly Status[] = ["Blocked", "New", "Processing", "Canceling"];
export type Fault = "None" | "Workload" | "Machine" | "Input";
export const FAULTS: readonly Fault[] = ["None", "Workload", "Machine", "Input"];

/** A line of a bill: a price, the least minutes that it is charged for, and whether those are all (storage). */
export interface Line {
  readonly price: bigint;
  readonly fixed: boolean;
  minutes: bigint;
  readonly storage: boolean;
}

/** What was claimed of an earning: seconds drawn before the end, and whether all is. */
export interface Claims {
  drawn: bigint | undefined;
  claimed: boolean;
}

export interface Part extends Line, Claims {
  readonly offer: number;
  readonly provider: number;
  readonly cancelable: boolean;
  status: Status;
  /** Storage: when its order ended (it waits for its receipt), then when its retention began; 0 before. */
  since: bigint;
}

export interface Order extends Claims {
  readonly customer: Who;
  readonly service: boolean;
  /** Storage by itself: no machine, no rewards. */
  readonly alone: boolean;
  readonly provider: number;
  readonly slots: bigint;
  /** An hour of the machine, its least minutes, and its fixed options. */
  readonly rate: bigint;
  readonly least: bigint;
  readonly flat: bigint;
  readonly compensation: bigint;
  /** Basis points of an earning. */
  readonly commission: bigint;
  readonly longest: bigint;
  readonly parts: Part[];
  lease: bigint;
  deposit: bigint;
  status: Status;
  /** When the status began; from the report on, when that came; after the end, the seconds charged. */
  since: bigint;
  reported: boolean;
  checkpoint: bigint;
  canceledAt: bigint;
}

/** What a customer asks for. */
export interface Wish {
  readonly service: boolean;
  readonly slots: bigint;
  /** How often each option of the machine is bought; none of them: no options. */
  readonly options: readonly { readonly option: number; readonly count: bigint }[];
  readonly parts: readonly { readonly offer: number; readonly slot: number }[];
  readonly lease: bigint;
  readonly retention: bigint;
  readonly deposit: bigint;
  readonly ceiling: bigint;
  readonly deadline: bigint;
}

/** Waiting times, in minutes. */
export interface Patience {
  readonly approval: bigint;
  readonly accept: bigint;
  readonly report: bigint;
  readonly grace: bigint;
  readonly cancel: bigint;
  readonly checkpoint: bigint;
  readonly receipt: bigint;
}

/** All that is remembered. */
export interface Books {
  readonly balances: Record<Who, bigint>;
  /** Whom the token refuses. */
  readonly blocked: Record<Who, boolean>;
  /** What the token refused, in the book and in the registry. */
  readonly owed: Record<Who, bigint>;
  readonly compensationOwed: Record<Who, bigint>;
  readonly providers: Provider[];
  readonly machine: Machine;
  readonly offers: ValueOffer[];
  readonly orders: Record<string, Order>;
  readonly patience: Patience;
  lastOrder: bigint;
  /** Basis points taken of orders to come, who shares that, and what waits for them. */
  rate: bigint;
  shares: { readonly who: Who; readonly share: bigint }[];
  commission: bigint;
  /** By epoch and provider, what was earned and the commission of it. */
  readonly revenue: Record<string, { earned: bigint; commission: bigint }>;
  /** By epoch, what rewards are paid from: all that came in, and what is left. */
  readonly budgets: Record<string, { funded: bigint; left: bigint }>;
  readonly rewarded: Record<string, bigint>;
  /** How often orders ended by each row of the settlement table. */
  readonly endings: Record<string, number>;
}
