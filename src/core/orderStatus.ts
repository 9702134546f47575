// SPDX-License-Identifier: Apache-2.0
import { nameOf } from "./offerType";

/** Status of an order or suborder; the numbers are those of the contracts. `Suspended` is kept as a number and never entered. */
export const OrderStatus = {
  New: 0,
  Processing: 1,
  Canceling: 2,
  Canceled: 3,
  Done: 4,
  Error: 5,
  Blocked: 6,
  Suspended: 7,
} as const;
export type OrderStatus = (typeof OrderStatus)[keyof typeof OrderStatus];

/** Whose fault an Error is: it decides who is paid (DESIGN, "Who gets what"). The numbers are those of the contracts. */
export const Fault = { None: 0, Workload: 1, Machine: 2, Input: 3 } as const;
export type Fault = (typeof Fault)[keyof typeof Fault];

/** Name of a status as people read it, e.g. `Blocked`. */
export function orderStatusName(status: number): string {
  return nameOf(OrderStatus, status);
}

/** Whether nothing can happen to an order in this status any more. */
export function isFinal(status: number): boolean {
  return status === OrderStatus.Canceled || status === OrderStatus.Done || status === OrderStatus.Error;
}

/** Which status may follow which: the twin of contracts/libraries/OrderStatusTable.sol. */
const LEGAL: Readonly<Partial<Record<number, readonly number[]>>> = {
  [OrderStatus.New]: [OrderStatus.Processing, OrderStatus.Canceled, OrderStatus.Error],
  [OrderStatus.Processing]: [OrderStatus.Canceling, OrderStatus.Canceled, OrderStatus.Done, OrderStatus.Error],
  [OrderStatus.Canceling]: [OrderStatus.Canceled, OrderStatus.Done, OrderStatus.Error],
  [OrderStatus.Blocked]: [OrderStatus.New, OrderStatus.Canceled, OrderStatus.Error],
};

/** Whether an order in `from` may become `to`. */
export function mayBecome(from: number, to: number): boolean {
  return LEGAL[from]?.includes(to) ?? false;
}
