// SPDX-License-Identifier: Apache-2.0
import type { LogDescription } from "ethers";

import { eventsOf } from "./events";
import type { Market } from "./market";
import { getOrder, orderTexts } from "./orders";
import { read, type Receipt, send } from "./send";

/** What an order's terms say of its time. */
export interface OrderTime {
  /** Unix seconds by the chain's clock: of a reported order, when its report was published. */
  readonly since: number;
  readonly leaseMinutes: number;
  /** How far a lease may be prolonged; some thirty years where nothing bounds it. */
  readonly maxMinutes: number;
  /** How far the last checkpoint of a service may lie behind. */
  readonly checkpointMinutes: number;
}

/** The time terms of an order. @throws CloisterError `OrderNotFound`. */
export async function orderTime(market: Market, id: bigint): Promise<OrderTime> {
  const { since, leaseMinutes, maxMinutes, deadlines } = await read(market.orderBook.getOrder(id));
  const { checkpoint } = await read(market.orderBook.getDeadlines(deadlines));
  return { since: Number(since), leaseMinutes: Number(leaseMinutes), maxMinutes: Number(maxMinutes), checkpointMinutes: Number(checkpoint) };
}

/** Seconds since its report that the lease and the money of a running service allow. */
export async function paidSeconds(market: Market, id: bigint): Promise<number> {
  const [{ since }, until] = await Promise.all([read(market.orderBook.getOrder(id)), read(market.orderBook.paidUntil(id))]);
  return Math.max(0, Number(until) - Number(since));
}

/** Who reported an order, and the seconds of its last checkpoint (0 before the first). */
export async function lastSigned(market: Market, id: bigint): Promise<{ device?: string; usedSeconds: number }> {
  const texts = await orderTexts(market, await getOrder(market, id));
  const report = texts.find(({ name }) => name === "ReportPublished");
  const checkpoint = texts.filter(({ name }) => name === "CheckpointPublished").at(-1);
  return { device: report && String(report.args.device), usedSeconds: Number(checkpoint?.args.usedSeconds ?? 0) };
}

/** Whether a device may sign now: registered, not revoked, and valid with its authority and root. */
export async function isDeviceValid(market: Market, device: string): Promise<boolean> {
  return read(market.attestation.isDeviceValid(device));
}

/** Ids of the devices of a compute offer, at most four; revoked and expired ones included. */
export async function deviceIds(market: Market, offer: bigint): Promise<readonly string[]> {
  return [...(await read(market.attestation.devicesOf(offer)))];
}

/** The provider declares a device of its own unusable, for good. */
export async function revokeDevice(market: Market, device: string): Promise<Receipt> {
  return send(market.attestation.revokeDevice(device));
}

/** Events of the order book within some blocks, in the chain's order. */
export async function bookEventsIn(market: Market, fromBlock: number, toBlock: number): Promise<LogDescription[]> {
  return eventsOf(await market.provider.getLogs({ address: market.address.contracts.orderBook, fromBlock, toBlock }));
}

/** Ids of all orders that were ever placed at a compute offer, oldest first. */
export async function ordersOfOffer(market: Market, offer: bigint, toBlock: number): Promise<bigint[]> {
  const events = await read(market.orderBook.queryFilter(market.orderBook.filters.OrderPlaced(undefined, undefined, offer), 0, toBlock));
  return events.map(({ args }) => args.order);
}
