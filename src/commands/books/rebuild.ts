// SPDX-License-Identifier: Apache-2.0
import { bookEvents } from "../../chain/bookEvents";
import { bookStateAt, securityToken } from "../../chain/bookState";
import type { Market } from "../../chain/market";
import { blockTime } from "../../chain/orders";
import { readOrderRecord } from "../../chain/orderRecords";
import { inParallel } from "../../chain/parallel";
import { Books } from "../../core/books";
import { compareClaim, compareOrder, compareSecurity, compareToken, type Line, type OrderLine, type Pair } from "./compare";

/** The books of a market as of a block, and what differs. */
export interface Report {
  readonly from: number;
  readonly to: number;
  readonly events: number;
  readonly lines: readonly (Line & { readonly difference: bigint })[];
  readonly orders: readonly OrderLine[];
  readonly faults: readonly string[];
  readonly balanced: boolean;
}

/** Where reading begins, and who hears how far it is. */
export interface Rebuilding {
  readonly from: number;
  readonly step?: number;
  readonly onEvents?: (done: number, total: number) => void;
  readonly onOrders?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/** Rebuilds the books from events alone, then asks the contracts and tokens as of the same block, and compares. */
export async function rebuildBooks(market: Market, { from, step, onEvents, onOrders, signal }: Rebuilding): Promise<Report> {
  const to = await market.provider.getBlockNumber();
  const security = await securityToken(market);
  const { orderBook, registry } = market.address.contracts;
  const books = new Books({ orderBook: orderBook.toLowerCase(), registry: registry.toLowerCase(), securityToken: security });
  let events = 0;
  for await (const batch of bookEvents(market, { from, to, step, onProgress: onEvents, signal })) {
    for (const event of batch) books.post(event);
    events += batch.length;
  }
  books.close();

  const state = bookStateAt(market, to);
  const time = await blockTime(market, to);
  let read = 0;
  const pairs = await inParallel([...books.orders.values()], async (order): Promise<Pair> => {
    signal?.throwIfAborted();
    const record = await readOrderRecord(market, order.id, to);
    const earned = order.settled === undefined ? [] : await state.claimable([order.id, ...record.parts.map(({ id }) => id)]);
    onOrders?.(++read, books.orders.size);
    return { books: order, record, claimable: earned.reduce((sum, amount) => sum + amount, 0n), time };
  });
  const orderOf = new Map(pairs.flatMap((pair) => [pair.record.id, ...pair.record.parts.map(({ id }) => id)].map((id) => [id, pair] as const)));
  const claimed = new Map<Pair, bigint[]>();
  for (const id of books.claims.flatMap(({ parts }) => parts)) {
    const pair = orderOf.get(id);
    if (pair) claimed.set(pair, [...(claimed.get(pair) ?? []), id]);
  }
  const accounts = [...books.refusedAccounts];
  const lines: Line[] = [];
  for (const token of books.tokens.keys()) lines.push(...(await compareToken(books, state, token, pairs, accounts, (pair) => claimed.get(pair) ?? [])));
  lines.push(...(await compareSecurity(books, state, security, accounts)));
  const orders = pairs.map((pair) => compareOrder(pair, claimed.get(pair) ?? []));
  const faults = [...books.faults, ...books.claims.flatMap((claim) => compareClaim(claim, (id) => orderOf.get(id)))];
  const compared = lines.map((line) => ({ ...line, difference: line.rebuilt - line.stored }));
  const balanced = faults.length === 0 && compared.every(({ difference }) => difference === 0n) && orders.every(({ differences }) => differences.length === 0);
  return { from, to, events, lines: compared, orders, faults, balanced };
}
