// SPDX-License-Identifier: Apache-2.0
import { type BillLine, chargeOf } from "./charges";
import { OfferType, PriceType } from "./offerType";
import { OrderStatus } from "./orderStatus";

/** An order as its contract keeps it, with all that its money depends on. Amounts in units of its token, times in Unix seconds. */
export interface OrderRecord {
  readonly id: bigint;
  readonly customer: string;
  readonly offer: bigint;
  readonly provider: bigint;
  readonly token: bigint;
  readonly status: number;
  readonly deposit: bigint;
  /** When the present status began; after the report, when that was published; after the end, the seconds charged. */
  readonly since: number;
  readonly leaseMinutes: number;
  readonly reported: boolean;
  /** Whether nothing of the compute part is left to claim. */
  readonly claimed: boolean;
  readonly simulatedAllowed: boolean;
  /** Basis points of an earning that the protocol takes. */
  readonly commission: bigint;
  /** 64 hex digits. */
  readonly solutionHash: string;
  /** An hour of the compute part. */
  readonly rate: bigint;
  readonly minMinutes: number;
  /** For the options of a fixed price. */
  readonly fixedCharge: bigint;
  /** Units of the security token. */
  readonly compensation: bigint;
  readonly parts: readonly PartRecord[];
}

/** A suborder as its contract keeps it. */
export interface PartRecord {
  readonly id: bigint;
  readonly offer: bigint;
  readonly provider: bigint;
  readonly type: number;
  readonly version: number;
  readonly status: number;
  readonly price: bigint;
  readonly priceType: number;
  readonly minMinutes: number;
  readonly claimed: boolean;
  /** Storage parts only, Unix seconds: when the order ended (while it waits for its receipt), then when its retention began. */
  readonly since: number;
}

/** The line of a suborder in its order's bill. */
export function lineOfPart({ price, priceType, minMinutes, type }: PartRecord): BillLine {
  return { price, priceType, minMinutes, accrues: type !== OfferType.Storage };
}

/** The lines of the compute part: the machine by the hour, its fixed options. */
export function linesOfCompute({ rate, minMinutes, fixedCharge }: OrderRecord): BillLine[] {
  return [
    { price: rate, priceType: PriceType.PerHour, minMinutes, accrues: true },
    { price: fixedCharge, priceType: PriceType.Fixed, minMinutes: 0, accrues: false },
  ];
}

/** Whether a part is paid for, or its money is set apart: what was completed, and storage that may still be received. */
export function isPaid({ status, type }: PartRecord): boolean {
  return status === OrderStatus.Done || (type === OfferType.Storage && (status === OrderStatus.New || status === OrderStatus.Processing));
}

/** What of the storage in an order is set apart and not earned yet at a time, in units. */
export function unearnedStorage(order: OrderRecord, time: number): bigint {
  return order.parts.filter((part) => part.type === OfferType.Storage && isPaid(part)).reduce((sum, part) => {
    const whole = chargeOf(lineOfPart(part), 0);
    if (part.status !== OrderStatus.Done) return sum + whole;
    if (part.priceType === PriceType.Fixed) return sum;
    const kept = Math.min(Math.max(time - part.since, 0), part.minMinutes * 60);
    return sum + whole - (part.price * BigInt(kept)) / 3600n;
  }, 0n);
}

/** What a reported order is charged by: a line for every suborder that is paid, and the machine's if it kept its promise. */
export function billOfRecord(order: OrderRecord, machineHeld: boolean): BillLine[] {
  const done = order.parts.filter(isPaid).map(lineOfPart);
  return machineHeld ? [...done, ...linesOfCompute(order)] : done;
}

/** What an order that waits or runs will be charged by if it goes on: the lines of its quote, without storage that was given up. */
export function billAhead(order: OrderRecord): BillLine[] {
  const ahead = order.parts.filter(({ status }) => status !== OrderStatus.Canceled && status !== OrderStatus.Error);
  return [...ahead.map(lineOfPart), ...linesOfCompute(order)];
}

/** What the compute part (the order's own id) or a suborder earned in so many charged seconds. */
export function earningOf(order: OrderRecord, id: bigint, seconds: number): bigint {
  const lines = id === order.id ? linesOfCompute(order) : order.parts.filter((part) => part.id === id).map(lineOfPart);
  return lines.reduce((sum, line) => sum + chargeOf(line, seconds), 0n);
}
