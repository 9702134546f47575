// SPDX-License-Identifier: Apache-2.0
import type { Quote } from "../../chain/quote";
import { chargeOf, settle, totalOf } from "../../core/charges";

/** What an order costs, in units of its token. */
export interface Money {
  readonly least: bigint;
  readonly most: bigint;
  readonly deposit: bigint;
  readonly balance: bigint;
  /** What running for `minutes` costs, part by part; `asked` where more minutes were asked about than the lease has. */
  readonly charge: { readonly minutes: number; readonly asked?: number; readonly seconds: number; readonly total: bigint; readonly lines: readonly { readonly part: string; readonly amount: bigint }[] };
  /** Seconds of running after which the deposit is used up; absent where it lasts for the whole lease. */
  readonly moneyEndsAfter?: number;
  /** What comes back at the least once the order has begun: after the whole lease, or when the money has ended. */
  readonly worstRefund: bigint;
}

/** Computes it with the contract's own terms. Minutes beyond the lease are not charged. */
export function moneyOf(quote: Quote, names: readonly string[], given: { deposit?: bigint; minutes?: number; leaseMinutes: number; balance: bigint }): Money {
  const { bill, least, most } = quote;
  const deposit = given.deposit ?? most;
  const minutes = Math.min(given.minutes ?? given.leaseMinutes, given.leaseMinutes);
  const run = settle(bill, deposit, minutes * 60);
  const whole = settle(bill, deposit, given.leaseMinutes * 60);
  const lines = ["the machine", "its fixed options", ...names].map((part, index) => ({ part, amount: chargeOf(bill[index]!, run.seconds) }));
  return {
    least,
    most,
    deposit,
    balance: given.balance,
    charge: { minutes, ...(given.minutes !== undefined && given.minutes > minutes && { asked: given.minutes }), seconds: run.seconds, total: totalOf(bill, run.seconds), lines: lines.filter(({ amount }, index) => index !== 1 || amount > 0n) },
    ...(deposit >= least && whole.seconds < given.leaseMinutes * 60 && { moneyEndsAfter: whole.seconds }),
    worstRefund: deposit > whole.charged ? deposit - whole.charged : 0n,
  };
}
