// SPDX-License-Identifier: Apache-2.0
import { OfferType } from "../core/offerType";
import { isFinal, OrderStatus } from "../core/orderStatus";
import { eventsOf } from "./events";
import { type LogQuery, readLogs } from "./logRanges";
import type { Market } from "./market";
import { blockTime, getSuborder, type SuborderView } from "./orders";
import { inParallel } from "./parallel";
import { read } from "./send";

/** Storage that was sold, by itself or in an order that runs, as its store has to see it. */
export interface SoldStorage {
  readonly suborder: SuborderView;
  /** Of storage by itself: until when its content is waited for. Of an order that runs the machine brings the result and its receipt. */
  readonly alone?: {
    /** sha-256 of what its customer said would be stored, 64 hex digits. */
    readonly contentHash?: string;
    /** Unix seconds until which a receipt may come. */
    readonly receiptUntil: number;
  };
}

/** Where it stands: its content is waited for; it is not this store's to do anything for; it is kept; or nothing has to be kept any more. */
export type StoragePhase = "awaited" | "left" | "kept" | "over";

/** What has to be done for storage at a moment of the chain, in Unix seconds. */
export function storagePhase({ suborder: { status, since, minMinutes }, alone }: SoldStorage, now: number): StoragePhase {
  if (status === OrderStatus.Done) return now < since + minMinutes * 60 ? "kept" : "over";
  // What was never received of an order that ran may be all that its customer has of the result: it ends with its token's date.
  if (alone === undefined) return "left";
  if (status === OrderStatus.New || status === OrderStatus.Processing) return now <= alone.receiptUntil ? "awaited" : "left";
  return "over";
}

/**
 * The storage that a provider sold: all that was bought by itself, and of orders that ran what was received. Events say what is new and
 * what changed; the rest is not read again. Nothing is kept but in memory: whoever starts anew finds the same on the chain.
 */
export class StorageSales {
  private from = 0;
  private known = new Map<bigint, SoldStorage>();

  constructor(
    private readonly market: Market,
    private readonly provider: bigint,
    private readonly signal: AbortSignal,
  ) {}

  /** Reads on to the chain's last block. Returns all of it, oldest first, and the time of that block in Unix seconds. */
  async look(): Promise<{ storage: SoldStorage[]; now: number }> {
    const to = await this.market.provider.getBlockNumber();
    if (to < this.from - 1) {
      // The chain went back: what was read may never have happened.
      this.from = 0;
      this.known.clear();
    }
    if (to >= this.from) {
      const { placed, changed } = await this.events(to);
      const known = new Map(this.known);
      for (const sold of (await inParallel([...placed], ([order, hash]) => this.alone(order, hash))).flat()) known.set(sold.suborder.id, sold);
      for (const suborder of await inParallel([...changed], (id) => getSuborder(this.market, id))) {
        if (suborder.provider === this.provider) known.set(suborder.id, { ...known.get(suborder.id), suborder });
      }
      // At once, so that a look that fails halfway is made again in full.
      [this.known, this.from] = [known, to + 1];
    }
    return { storage: [...this.known.values()].sort((a, b) => Number(a.suborder.id - b.suborder.id)), now: await blockTime(this.market, to) };
  }

  /** Orders placed since the last look that are storage by itself, with the hash that they announce; suborders of which something changed. */
  private async events(to: number): Promise<{ placed: Map<bigint, string>; changed: Set<bigint> }> {
    const { orderBook, address } = this.market;
    const { OrderPlaced, StorageGranted, StorageReceived, StorageEnded, RetentionChanged } = orderBook.filters;
    const filters = [OrderPlaced(), StorageGranted(), StorageReceived(), StorageEnded(), RetentionChanged()];
    const queries: LogQuery[] = await Promise.all(filters.map(async (filter) => ({ address: address.contracts.orderBook, topics: await filter.getTopicFilter() })));
    const placed = new Map<bigint, string>();
    const changed = new Set<bigint>();
    for await (const logs of readLogs(this.market, queries, { from: this.from, to, signal: this.signal })) {
      for (const { name, args } of eventsOf(logs)) {
        if (name !== "OrderPlaced") changed.add(args.suborder as bigint);
        // Such an order has ended when it is placed; the place of its inputs' hash is its content's.
        else if (isFinal(Number(args.status))) placed.set(args.order as bigint, String(args.inputsHash).slice(2));
      }
    }
    return { placed, changed };
  }

  private async alone(order: bigint, hash: string): Promise<SoldStorage[]> {
    const suborder = await getSuborder(this.market, order + 1n);
    if (suborder.provider !== this.provider || suborder.type !== OfferType.Storage) return [];
    const { deadlines } = await read(this.market.orderBook.getOrder(order));
    const { receipt } = await read(this.market.orderBook.getDeadlines(deadlines));
    // Its clock begins with its placing; after the receipt the deadline is of no use any more.
    return [{ suborder, alone: { receiptUntil: suborder.since + Number(receipt) * 60, ...(!/^0+$/.test(hash) && { contentHash: hash }) } }];
  }
}
