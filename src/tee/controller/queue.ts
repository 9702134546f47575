// SPDX-License-Identifier: Apache-2.0
import { setTimeout as sleep } from "node:timers/promises";

import { eventsOf } from "../../chain/events";
import type { Market } from "../../chain/market";
import { OrderStatus } from "../../core/orderStatus";

/**
 * Orders of a compute offer that are New, as the chain says: first those that wait already, then each as it becomes New. The chain is
 * the only queue, so a restart begins with the same list.
 */
export async function* newOrders(market: Market, offer: bigint, interval: number, signal: AbortSignal): AsyncGenerator<bigint> {
  const seen = new Set<bigint>();
  let from = 0;
  while (!signal.aborted) {
    const latest = await market.provider.getBlockNumber();
    if (latest >= from) {
      for (const id of await candidates(market, offer, from, latest)) {
        if (seen.has(id)) continue;
        const order = await market.orderBook.getOrder(id);
        if (order.offer !== offer || Number(order.status) !== OrderStatus.New) continue;
        seen.add(id);
        yield id;
      }
      from = latest + 1;
    }
    await sleep(interval, undefined, { signal }).catch(() => undefined);
  }
}

/** Orders that were placed at the offer or became New within some blocks. */
async function candidates(market: Market, offer: bigint, fromBlock: number, toBlock: number): Promise<bigint[]> {
  const { filters } = market.orderBook;
  const [placed, changed] = await Promise.all(
    [filters.OrderPlaced(undefined, undefined, offer), filters.OrderStatusChanged()].map(async (filter) =>
      market.provider.getLogs({ address: market.address.contracts.orderBook, topics: await filter.getTopicFilter(), fromBlock, toBlock }),
    ),
  );
  const ids = [
    ...eventsOf(placed ?? []).map(({ args }) => args.order as bigint),
    ...eventsOf(changed ?? []).filter(({ args }) => Number(args.to) === OrderStatus.New).map(({ args }) => args.order as bigint),
  ];
  return [...new Set(ids)].sort((a, b) => Number(a - b));
}
