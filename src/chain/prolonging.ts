// SPDX-License-Identifier: Apache-2.0
import { type BytesLike, hexlify } from "ethers";

import type { Market } from "./market";
import type { DeviceSignature } from "./orders";
import { sendPermitted } from "./permitted";
import { read, type Receipt, send } from "./send";

/** Ends a service whose lease or money has ended, or whose last checkpoint is too long ago. */
export async function stopOrder(market: Market, order: bigint): Promise<Receipt> {
  return send(market.orderBook.stopOrder(order));
}

/** Adds token units to the deposit of a live order; anyone may. Where the allowance is short, a permit rides in the same call. */
export async function replenishOrder(market: Market, order: bigint, amount: bigint): Promise<Receipt> {
  const { token } = await read(market.orderBook.getOrder(order));
  return sendPermitted(market, token, amount, market.orderBook.interface.encodeFunctionData("replenishOrder", [order, amount]));
}

/** Lengthens the lease of the caller's service. */
export async function extendOrder(market: Market, order: bigint, minutes: number): Promise<Receipt> {
  return send(market.orderBook.extendOrder(order, minutes));
}

/** The customer marks an order that has ended after its report. */
export async function markOrder(market: Market, order: bigint, positive: boolean): Promise<Receipt> {
  return send(market.orderBook.markOrder(order, positive));
}

/** What {@link checkpoint} carries: what the device signed, and where the result so far is (JSON), or itself. */
export interface CheckpointParameters {
  readonly usedSeconds: number;
  readonly resultHash: string;
  readonly signature: DeviceSignature;
  readonly result: BytesLike;
}

export async function checkpoint(market: Market, order: bigint, { usedSeconds, resultHash, signature, result }: CheckpointParameters): Promise<Receipt> {
  return send(market.orderBook.checkpoint(order, usedSeconds, resultHash, signature, hexlify(result)));
}

/** How long the money of a running order lasts: Unix seconds (0 where no time is charged), and whether that is soon. */
export async function moneyLeft(market: Market, order: bigint): Promise<{ paidUntil: number; awaitingPayment: boolean }> {
  const [until, awaitingPayment] = await Promise.all([read(market.orderBook.paidUntil(order)), read(market.orderBook.awaitingPayment(order))]);
  return { paidUntil: Number(until), awaitingPayment };
}
