// SPDX-License-Identifier: Apache-2.0
import { isCloisterError } from "../core/errors";
import type { Market } from "./market";
import { read } from "./send";

/** Token units that an order's compute part, or a suborder, has earned and nobody claimed. @throws CloisterError `OrderNotFound`. */
export async function claimable(market: Market, id: bigint): Promise<bigint> {
  return read(market.orderBook.claimable(id));
}

/** The provider that an order's compute part, or a suborder, earns for, and in which token. */
export async function earnerOf(market: Market, id: bigint): Promise<{ provider: bigint; token: bigint }> {
  const part = await read(market.orderBook.getSuborder(id)).catch((error: unknown) => {
    if (isCloisterError(error, "SuborderNotFound")) return undefined;
    throw error;
  });
  const { provider, token } = await read(market.orderBook.getOrder(part === undefined ? id : id - part.position));
  return { provider: part?.provider ?? provider, token };
}
