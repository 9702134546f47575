// SPDX-License-Identifier: Apache-2.0
import { OfferType, PriceType } from "./offerType";

/** One line of a bill; amounts in units of the token. The twin of `Charges.Line` in contracts/libraries/Charges.sol. */
export interface BillLine {
  readonly price: bigint;
  readonly priceType: number;
  readonly minMinutes: number;
  /** Whether the seconds used count; a storage part is paid for its retention instead. */
  readonly accrues: boolean;
}

/** What a part costs when it ran `usedSeconds`, rounded down, exactly as the contract does it. */
export function chargeOf(line: BillLine, usedSeconds: number): bigint {
  if (line.priceType === PriceType.Fixed) return line.price;
  const seconds = Math.max(line.minMinutes * 60, line.accrues ? usedSeconds : 0);
  return (line.price * BigInt(seconds)) / 3600n;
}

/** What all lines cost together after `usedSeconds`. */
export function totalOf(bill: readonly BillLine[], usedSeconds: number): bigint {
  return bill.reduce((sum, line) => sum + chargeOf(line, usedSeconds), 0n);
}

/** The most seconds, at most `limit`, that `money` pays for; 0 where it pays for none. The twin of `Charges.affordableSeconds`. */
export function affordableSeconds(bill: readonly BillLine[], money: bigint, limit: number): number {
  let [low, high] = [0, limit];
  while (low < high) {
    const middle = Math.floor((low + high + 1) / 2);
    if (totalOf(bill, middle) <= money) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** No order's time passes this many seconds (the contract counts minutes in 24 bits). */
const LONGEST_SECONDS = 0xffffff * 60;

/** What has to be added to a deposit so that it lasts so many minutes longer than it does; 0 where nothing is charged by time. */
export function costOfMinutes(bill: readonly BillLine[], deposit: bigint, minutes: number): bigint {
  const paid = affordableSeconds(bill, deposit, LONGEST_SECONDS);
  return totalOf(bill, paid + minutes * 60) - totalOf(bill, paid);
}

/** What a deposit pays for an order that used so many seconds: the seconds charged, and their price. */
export function settle(bill: readonly BillLine[], deposit: bigint, usedSeconds: number): { seconds: number; charged: bigint } {
  const charged = totalOf(bill, usedSeconds);
  if (charged <= deposit) return { seconds: usedSeconds, charged };
  const seconds = affordableSeconds(bill, deposit, usedSeconds);
  return { seconds, charged: totalOf(bill, seconds) };
}

/** What the protocol takes of an earning, rounded down. */
export function commissionOf(earning: bigint, basisPoints: bigint): bigint {
  return (earning * basisPoints) / 10_000n;
}

/** Terms of one value part, unpacked from the word of contracts/types/PartTerms.sol. */
export interface PartTerms {
  readonly offer: bigint;
  readonly provider: bigint;
  readonly price: bigint;
  readonly minMinutes: number;
  readonly offerType: number;
  readonly priceType: number;
  /** Whether the part completes within the placing. */
  readonly automatic: boolean;
  readonly version: number;
}

/** Reads the word of a value part's terms. */
export function unpackPartTerms(word: bigint): PartTerms {
  const field = (shift: bigint, bits: bigint) => (word >> shift) & ((1n << bits) - 1n);
  return {
    offer: field(0n, 32n),
    provider: field(32n, 32n),
    price: field(64n, 80n),
    minMinutes: Number(field(144n, 24n)),
    offerType: Number(field(168n, 8n)),
    priceType: Number(field(176n, 8n)),
    automatic: field(184n, 8n) === 4n,
    version: Number(field(208n, 16n)),
  };
}

/** The bill of an order: its machine, its fixed options, its value parts. */
export function billOf(compute: { rate: bigint; fixedCharge: bigint; minMinutes: number }, parts: readonly PartTerms[]): BillLine[] {
  return [
    { price: compute.rate, priceType: PriceType.PerHour, minMinutes: compute.minMinutes, accrues: true },
    { price: compute.fixedCharge, priceType: PriceType.Fixed, minMinutes: 0, accrues: false },
    ...parts.map(({ price, priceType, minMinutes, offerType }) => ({ price, priceType, minMinutes, accrues: offerType !== OfferType.Storage })),
  ];
}
