// SPDX-License-Identifier: Apache-2.0
import type { OrderRecord, PartRecord } from "../core/orderRecord";
import type { Market } from "./market";
import { read } from "./send";

/** An order with its suborders as the contract keeps them, as of a block (the latest where none is named). @throws CloisterError `OrderNotFound`. */
export async function readOrderRecord(market: Market, id: bigint, block?: number): Promise<OrderRecord> {
  const at = block === undefined ? {} : { blockTag: block };
  const order = await read(market.orderBook.getOrder(id, at));
  const [options, parts] = await Promise.all([
    order.hasOptions ? read(market.orderBook.getChosenOptions(id, at)) : undefined,
    Promise.all(Array.from({ length: Number(order.parts) }, (_, index) => readPart(market, id + BigInt(index + 1), at))),
  ]);
  return {
    id,
    customer: order.customer,
    offer: order.offer,
    provider: order.provider,
    token: order.token,
    status: Number(order.status),
    deposit: order.deposit,
    since: Number(order.since),
    leaseMinutes: Number(order.leaseMinutes),
    reported: order.reported,
    claimed: order.claimed,
    simulatedAllowed: order.simulatedAllowed,
    commission: order.commission,
    solutionHash: order.solutionHash.slice(2),
    rate: order.rate,
    minMinutes: Number(order.minMinutes),
    fixedCharge: options?.fixedCharge ?? 0n,
    compensation: order.compensation,
    parts,
  };
}

async function readPart(market: Market, id: bigint, at: { blockTag?: number }): Promise<PartRecord> {
  const part = await read(market.orderBook.getSuborder(id, at));
  return {
    id,
    offer: part.offer,
    provider: part.provider,
    type: Number(part.offerType),
    version: Number(part.version),
    status: Number(part.status),
    price: part.price,
    priceType: Number(part.priceType),
    minMinutes: Number(part.minMinutes),
    claimed: part.claimed,
    since: Number(part.since),
  };
}
