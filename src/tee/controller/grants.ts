// SPDX-License-Identifier: Apache-2.0
import type { Market } from "../../chain/market";
import { getOrder, orderTexts, suborders } from "../../chain/orders";
import { OfferType } from "../../core/offerType";
import { OrderStatus } from "../../core/orderStatus";
import type { ControllerMessage } from "../loader/protocol";

type Grants = Extract<ControllerMessage, { type: "grants" }>["grants"];

/** Grants that are handed to the loader at most: a store may repeat itself. */
const MOST = 8;

/** The grants of an order's storage parts that have no receipt yet, sealed, newest first. */
export async function grantsOfOrder(market: Market, id: bigint): Promise<Grants> {
  const order = await getOrder(market, id);
  const [parts, texts] = await Promise.all([suborders(market, order), orderTexts(market, order)]);
  const open = new Set(parts.filter(({ type, status }) => type === OfferType.Storage && status === OrderStatus.Processing).map((part) => part.id));
  return texts
    .filter(({ name, args }) => name === "StorageGranted" && open.has(args.suborder as bigint))
    .reverse()
    .slice(0, MOST)
    .map(({ args }) => ({ suborder: String(args.suborder), grant: Buffer.from(String(args.grant).slice(2), "hex").toString("base64") }));
}
