// SPDX-License-Identifier: Apache-2.0
import { OfferType } from "../core/offerType";
import { isFinal, OrderStatus } from "../core/orderStatus";
import { eventsOf } from "./events";
import { type LogQuery, readLogs } from "./logRanges";
import type { Market } from "./market";
import { blockTime, getOrder, type OrderView, type SuborderView, suborders } from "./orders";
import { inParallel } from "./parallel";
import { read } from "./send";

/** Events that end the waiting of a storage suborder. */
const ANSWERED = new Set(["StorageGranted", "StorageReceived", "StorageEnded"]);

/**
 * The storage suborders of a provider that wait for a grant. Events say which orders are placed and which are answered or over; what was
 * read once is not read again. Nothing is kept but in memory: whoever starts anew finds the same on the chain.
 */
export class StorageQueue {
  private from = 0;
  private waiting = new Map<bigint, SuborderView>();

  constructor(
    private readonly market: Market,
    private readonly provider: bigint,
    private readonly signal: AbortSignal,
  ) {}

  /** Reads on to the chain's last block. Returns what waits, oldest first. */
  async look(): Promise<SuborderView[]> {
    const to = await this.market.provider.getBlockNumber();
    if (to < this.from - 1) {
      // The chain went back: what was read may never have happened.
      this.from = 0;
      this.waiting.clear();
    }
    if (to >= this.from) {
      const { placed, answered, ended } = await this.events(to);
      const fresh = await inParallel([...placed].filter(([id, alone]) => alone || !ended.has(id)), ([id]) => this.bought(id));
      // A copy, so that a look that fails halfway is made again in full.
      const waiting = new Map(this.waiting);
      for (const part of fresh.flat()) waiting.set(part.id, part);
      for (const [id, part] of waiting) if (answered.has(id) || ended.has(part.order)) waiting.delete(id);
      [this.waiting, this.from] = [waiting, to + 1];
    }
    return [...this.waiting.values()].sort((a, b) => Number(a.id - b.id));
  }

  /** The suborder needs no answer any more. */
  drop(suborder: bigint): void {
    this.waiting.delete(suborder);
  }

  /** Orders placed since the last look, each with whether it is storage by itself; suborders answered, and workflows that ended. */
  private async events(to: number): Promise<{ placed: Map<bigint, boolean>; answered: Set<bigint>; ended: Set<bigint> }> {
    const { orderBook, address } = this.market;
    const { OrderPlaced, OrderStatusChanged, StorageGranted, StorageReceived, StorageEnded } = orderBook.filters;
    const filters = [OrderPlaced(), OrderStatusChanged(), StorageGranted(), StorageReceived(), StorageEnded()];
    const queries: LogQuery[] = await Promise.all(filters.map(async (filter) => ({ address: address.contracts.orderBook, topics: await filter.getTopicFilter() })));
    const placed = new Map<bigint, boolean>();
    const [answered, ended] = [new Set<bigint>(), new Set<bigint>()];
    for await (const logs of readLogs(this.market, queries, { from: this.from, to, signal: this.signal })) {
      for (const { name, args } of eventsOf(logs)) {
        if (name === "OrderPlaced") placed.set(args.order as bigint, isFinal(Number(args.status)));
        else if (ANSWERED.has(name)) answered.add(args.suborder as bigint);
        else if (isFinal(Number(args.to))) ended.add(args.order as bigint);
      }
    }
    return { placed, answered, ended };
  }

  private async bought(id: bigint): Promise<SuborderView[]> {
    const order = await getOrder(this.market, id);
    const parts = (await suborders(this.market, order)).filter(({ type, provider, status }) => type === OfferType.Storage && provider === this.provider && status === OrderStatus.New);
    return inTime(this.market, order, parts);
  }
}

/** Without storage whose time for the receipt has passed: a grant would only cost. */
async function inTime(market: Market, { id }: OrderView, parts: readonly SuborderView[]): Promise<SuborderView[]> {
  if (parts.every(({ since }) => since === 0)) return [...parts];
  const { deadlines } = await read(market.orderBook.getOrder(id));
  const { receipt } = await read(market.orderBook.getDeadlines(deadlines));
  const now = await blockTime(market, await market.provider.getBlockNumber());
  return parts.filter(({ since }) => since === 0 || now <= since + Number(receipt) * 60);
}
