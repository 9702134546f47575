// SPDX-License-Identifier: Apache-2.0
import type { Market } from "../../chain/market";
import { getOffer, type OfferView } from "../../chain/offers";
import { getOrder, getSuborder, type OrderView, suborders, type SuborderView } from "../../chain/orders";
import { CloisterError, isCloisterError } from "../../core/errors";
import { offerTypeName } from "../../core/offerType";
import { orderStatusName } from "../../core/orderStatus";
import { formatTokens } from "../amounts";

/** An order or suborder as `orders get` and `orders list` show it; the names are those of the original's fields. */
export interface OrderFields {
  readonly id: bigint;
  readonly offer_id: bigint;
  readonly offer_name: string;
  readonly offer_description: string;
  readonly type: string;
  readonly status: string;
  readonly consumer_address: string;
  readonly parent_order_id?: bigint;
  readonly total_deposit?: string;
  readonly sub_orders_count?: number;
  readonly solution_hash?: string;
  readonly lease_minutes?: number;
  readonly cancelable: boolean;
  readonly claimed: boolean;
  readonly price?: string;
}

/** An order or a suborder by its id. @throws CloisterError `OrderNotFound`. */
export async function showOrder(market: Market, id: bigint): Promise<OrderFields> {
  try {
    return await fieldsOfOrder(market, await getOrder(market, id));
  } catch (error) {
    if (!isCloisterError(error, "OrderNotFound")) throw error;
  }
  try {
    const suborder = await getSuborder(market, id);
    return await fieldsOfSuborder(offerReader(market), suborder, (await getOrder(market, suborder.order)).customer);
  } catch (error) {
    if (!isCloisterError(error, "SuborderNotFound")) throw error;
    throw new CloisterError("OrderNotFound", `Order ${id} could not be found`, "See `orders list`.", { order: id });
  }
}

/** The suborders of an order. */
export async function showSuborders(market: Market, id: bigint): Promise<OrderFields[]> {
  return fieldsOfParts(market, await getOrder(market, id));
}

/** The fields of the suborders of an order that is known already. */
export async function fieldsOfParts(market: Market, order: Pick<OrderView, "id" | "parts" | "customer">, offerOf: OfferReader = offerReader(market)): Promise<OrderFields[]> {
  return Promise.all((await suborders(market, order)).map((suborder) => fieldsOfSuborder(offerOf, suborder, order.customer)));
}

/** What a list knows of an order; hashes with or without 0x. */
export type OrderCore = Pick<OrderView, "id" | "offer" | "status" | "customer" | "deposit" | "parts" | "solutionHash" | "leaseMinutes" | "reported" | "claimed" | "rate">;

/** Offers by id, each read once. */
export type OfferReader = (id: bigint) => Promise<OfferView>;

export function offerReader(market: Market): OfferReader {
  const known = new Map<bigint, Promise<OfferView>>();
  return (id) => {
    const found = known.get(id) ?? getOffer(market, id);
    known.set(id, found);
    return found;
  };
}

/** The fields of an order that is known already. */
export async function fieldsOfOrder(market: Market, order: OrderCore, offerOf: OfferReader = offerReader(market)): Promise<OrderFields> {
  // Storage bought by itself is an order of its storage offer.
  const { info, offerType } = await offerOf(order.offer);
  return {
    id: order.id,
    offer_id: order.offer,
    offer_name: info.name ?? "",
    offer_description: info.description ?? "",
    type: offerTypeName(offerType),
    status: orderStatusName(order.status),
    consumer_address: order.customer,
    total_deposit: formatTokens(order.deposit),
    sub_orders_count: order.parts,
    solution_hash: order.solutionHash.replace(/^0x/, ""),
    lease_minutes: order.leaseMinutes,
    cancelable: !order.reported,
    claimed: order.claimed,
    price: `${formatTokens(order.rate)} an hour`,
  };
}

async function fieldsOfSuborder(offerOf: OfferReader, suborder: SuborderView, customer: string): Promise<OrderFields> {
  const { info } = await offerOf(suborder.offer);
  return {
    id: suborder.id,
    offer_id: suborder.offer,
    offer_name: info.name ?? "",
    offer_description: info.description ?? "",
    type: offerTypeName(suborder.type),
    status: orderStatusName(suborder.status),
    consumer_address: customer,
    parent_order_id: suborder.order,
    cancelable: suborder.cancelable,
    claimed: suborder.claimed,
    price: `${formatTokens(suborder.price)}${suborder.priceType === 0 ? " an hour" : ""}`,
  };
}

/** Only the named fields, in that order; all where none is named. @throws CloisterError `FieldUnknown`. */
export function pick(row: OrderFields, fields: readonly string[]): Record<string, unknown> {
  if (fields.length === 0) return { ...row };
  const record = row as unknown as Record<string, unknown>;
  return Object.fromEntries(
    fields.map((field) => {
      if (!FIELDS.has(field)) throw new CloisterError("FieldUnknown", `There is no field "${field}".`, `Fields are ${[...FIELDS].join(", ")}.`, { field });
      return [field, record[field]];
    }),
  );
}

const FIELDS = new Set(["id", "offer_id", "offer_name", "offer_description", "type", "status", "consumer_address", "parent_order_id", "total_deposit", "sub_orders_count", "solution_hash", "lease_minutes", "cancelable", "claimed", "price"]);
