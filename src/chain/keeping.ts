// SPDX-License-Identifier: Apache-2.0
import type { Market } from "./market";
import { type Receipt, send } from "./send";

/** The store's receipt for a storage suborder: it has `size` bytes whose sha-256 is `contentHash` (64 hex digits); its retention begins. */
export async function receiveStorage(market: Market, suborder: bigint, contentHash: string, size: number): Promise<Receipt> {
  return send(market.orderBook.receiveStorage(suborder, `0x${contentHash}`, size, "0x"));
}

/** The store will not keep it; its money goes back. */
export async function denyStorage(market: Market, suborder: bigint): Promise<Receipt> {
  return send(market.orderBook.denyStorage(suborder));
}

/** Ends a storage suborder whose receipt did not come in time; its money goes back. */
export async function expireStorage(market: Market, suborder: bigint): Promise<Receipt> {
  return send(market.orderBook.expireStorage(suborder));
}
