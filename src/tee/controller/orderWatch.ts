// SPDX-License-Identifier: Apache-2.0
import { setTimeout as sleep } from "node:timers/promises";

import { isConnectionTrouble } from "../../chain/connection";
import type { Market } from "../../chain/market";
import { getOrder } from "../../chain/orders";
import { inParallel } from "../../chain/parallel";
import { bookEventsIn, ordersOfOffer } from "../../chain/running";
import { isFinal, OrderStatus } from "../../core/orderStatus";

/** An order of the machine in which something happened. */
export interface SeenOrder {
  readonly id: bigint;
  /** Its status now, which may be later than what happened. */
  readonly status: number;
  /** Whether its deposit or lease changed. */
  readonly money: boolean;
}

/** What is watched, and how often. */
export interface OrderWatch {
  readonly market: Market;
  readonly offer: bigint;
  /** Milliseconds between two looks at the chain. */
  readonly interval: number;
  readonly signal: AbortSignal;
  readonly log: (line: string) => void;
}

/** Events after which an order is looked at. */
const MONEY = new Set(["OrderReplenished", "OrderExtended"]);
const CHANGES = new Set(["OrderPlaced", "OrderStatusChanged", ...MONEY]);
/** Longest wait for a chain that does not answer, in milliseconds. */
const LONGEST_WAIT = 5000;

/**
 * Orders of a compute offer, as the chain says: first those that have not ended, then each in which something happens. The chain is
 * the only queue and the only state, so that a restart begins with the same list. A chain that does not answer is asked until it does;
 * one that went back is looked at anew.
 */
export async function* watchOrders({ market, offer, interval, signal, log }: OrderWatch): AsyncGenerator<SeenOrder> {
  const offers = new Map<bigint, bigint>();
  let from = 0;
  let silent = 0;
  while (!signal.aborted) {
    try {
      const latest = await market.provider.getBlockNumber();
      if (latest < from - 1) {
        log(`The chain went back from block ${from - 1} to ${latest}: looking at all orders again`);
        from = 0;
        offers.clear();
      }
      if (latest >= from) {
        const seen = from === 0 ? await liveOrders(market, offer, latest) : await changedOrders(market, offer, offers, from, latest);
        if (silent > 0) log("The chain answers again");
        silent = 0;
        yield* seen;
        from = latest + 1;
      }
    } catch (error) {
      if (!isConnectionTrouble(error)) throw error;
      if (silent++ === 0) log("The chain does not answer; asking again until it does");
    }
    await sleep(Math.min(interval * 2 ** Math.min(silent, 6), Math.max(interval, LONGEST_WAIT)), undefined, { signal }).catch(() => undefined);
  }
}

async function liveOrders(market: Market, offer: bigint, latest: number): Promise<SeenOrder[]> {
  const orders = await inParallel(await ordersOfOffer(market, offer, latest), (id) => getOrder(market, id));
  return orders.filter(({ status }) => !isFinal(status) && status !== OrderStatus.Blocked).map(({ id, status }) => ({ id, status, money: false }));
}

async function changedOrders(market: Market, offer: bigint, offers: Map<bigint, bigint>, fromBlock: number, toBlock: number): Promise<SeenOrder[]> {
  const changed = new Map<bigint, boolean>();
  for (const { name, args } of await bookEventsIn(market, fromBlock, toBlock)) {
    if (!CHANGES.has(name)) continue;
    const id = args.order as bigint;
    if (name === "OrderPlaced") offers.set(id, args.offer as bigint);
    changed.set(id, (changed.get(id) ?? false) || MONEY.has(name));
  }
  const seen: SeenOrder[] = [];
  for (const [id, money] of [...changed].sort(([a], [b]) => Number(a - b))) {
    if ((offers.get(id) ?? offer) !== offer) continue;
    const order = await getOrder(market, id);
    offers.set(id, order.offer);
    if (order.offer === offer) seen.push({ id, status: order.status, money });
    if (isFinal(order.status)) offers.delete(id);
  }
  return seen;
}
