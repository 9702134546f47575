// SPDX-License-Identifier: Apache-2.0
import { OfferType } from "../core/offerType";
import { isFinal, OrderStatus } from "../core/orderStatus";
import { eventsOf } from "./events";
import { type LogRange, readLogs } from "./logRanges";
import type { Market } from "./market";
import { getOrder, getSuborder, type OrderView, type SuborderView } from "./orders";
import { inParallel } from "./parallel";
import { read } from "./send";

/** A suborder that waits for its owner, and what the owner has to know. */
export interface WaitingSuborder {
  readonly suborder: SuborderView;
  readonly order: OrderView;
  /** 64 hex digits; zeros where the customer passes no arguments. */
  readonly argumentsHash: string;
  /** Unix seconds; after it anyone may expire the order. */
  readonly deadline: number;
}

/** Which of the waiting suborders are wanted. */
export interface WaitingQuery extends Pick<LogRange, "onProgress" | "signal"> {
  /** Only orders of this account. */
  readonly customer?: string;
  /** Only suborders of these offers; all where absent. */
  readonly offers?: ReadonlySet<bigint>;
  /** Offer types of the suborders. */
  readonly types: ReadonlySet<number>;
}

/** An order as its events tell it. */
interface Told {
  readonly argumentsHash: string;
  status: number;
}

/**
 * Suborders that wait for approval, oldest first. Events say which orders are open at all and which suborders are completed, so that
 * only open orders are asked for, however many have ended.
 */
export async function waitingSuborders(market: Market, query: WaitingQuery): Promise<WaitingSuborder[]> {
  const { open, completed } = await openOrders(market, query);
  const stored = query.types.has(OfferType.Storage);
  const candidates = [...open].filter(([, { status }]) => status === OrderStatus.Blocked || stored);
  const found = await inParallel(candidates, async ([id, { argumentsHash }]) => {
    const order = await getOrder(market, id);
    if (isFinal(order.status)) return [];
    const ids = Array.from({ length: order.parts }, (_, index) => id + BigInt(index + 1)).filter((part) => !completed.has(part));
    const parts = await Promise.all(ids.map((part) => getSuborder(market, part)));
    const waiting = parts.filter((part) => isWanted(part, order, query));
    if (waiting.length === 0) return [];
    const deadline = Number(await read(market.orderBook.deadlineOf(id)));
    return waiting.map((suborder) => ({ suborder, order, argumentsHash, deadline }));
  });
  return found.flat();
}

/** Storage blocks nothing, so that it can be completed as long as its order lives; the others as long as it is Blocked. */
function isWanted(part: SuborderView, order: OrderView, { offers, types }: WaitingQuery): boolean {
  const completable = part.status === OrderStatus.New && (order.status === OrderStatus.Blocked || part.type === OfferType.Storage);
  return completable && types.has(part.type) && (offers === undefined || offers.has(part.offer));
}

/** Orders that have not ended, by id, and the suborders that were completed. */
async function openOrders(market: Market, { customer, onProgress, signal }: WaitingQuery): Promise<{ open: Map<bigint, Told>; completed: Set<bigint> }> {
  const { orderBook, address } = market;
  const filters = [orderBook.filters.OrderPlaced(undefined, customer), orderBook.filters.OrderStatusChanged(), orderBook.filters.SuborderCompleted()];
  const queries = await Promise.all(filters.map(async (filter) => ({ address: address.contracts.orderBook, topics: await filter.getTopicFilter() })));
  const open = new Map<bigint, Told>();
  const completed = new Set<bigint>();
  const to = await market.provider.getBlockNumber();
  for await (const logs of readLogs(market, queries, { from: 0, to, onProgress, signal })) {
    for (const { name, args } of eventsOf(logs)) {
      const id = args.order as bigint;
      if (name === "OrderPlaced") open.set(id, { argumentsHash: String(args.argumentsHash).slice(2), status: Number(args.status) });
      else if (name === "SuborderCompleted") completed.add(args.suborder as bigint);
      else if (isFinal(Number(args.to))) open.delete(id);
      else if (open.has(id)) open.get(id)!.status = Number(args.to);
    }
  }
  return { open, completed };
}
