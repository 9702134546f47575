// SPDX-License-Identifier: Apache-2.0
import { hexlify } from "ethers";

import { chargeOf } from "../core/charges";
import { CloisterError } from "../core/errors";
import { OfferType, PriceType } from "../core/offerType";
import type { StorageSubject } from "../core/storageGrant";
import { eventArgument } from "./events";
import type { Market } from "./market";
import { getOffer, type SlotView, slotsOf } from "./offers";
import { blockTime, getOrder, getSuborder, orderTexts, type OrderView, type SuborderView } from "./orders";
import { sendPermitted } from "./permitted";
import { read, type Receipt, send, sendRacing } from "./send";

/** Storage to be bought by itself. */
export interface StorageRequest {
  readonly offer: bigint;
  readonly slot: SlotView;
  readonly retentionMinutes: number;
  /** Token units; the whole retention may not cost more. */
  readonly priceCeiling: bigint;
  /** sha-256 of what will be stored, 64 hex digits. */
  readonly contentHash?: string;
  /** Raw X25519 public key that the store seals its grant to. */
  readonly grantRecipient: Uint8Array;
}

/** Seconds that the transaction may take before it is refused as too late. */
const PATIENCE = 600;

/** What a slot of a storage offer costs for a retention, in token units, as the contract computes it. */
export function storagePrice({ usage }: SlotView, retentionMinutes: number): bigint {
  return chargeOf({ price: usage.price, priceType: usage.priceType, minMinutes: retentionMinutes, accrues: false }, 0);
}

/** Buys storage by itself; exactly its price is paid. The order has one suborder, which is the storage. */
export async function placeStorage(market: Market, request: StorageRequest): Promise<Receipt & { order: bigint }> {
  const { offer, slot, retentionMinutes, priceCeiling, contentHash, grantRecipient } = request;
  const { token } = await getOffer(market, offer);
  const deadline = (await blockTime(market, await market.provider.getBlockNumber())) + PATIENCE;
  const argument = { offer, slot: slot.id, retentionMinutes, priceCeiling, deadline, contentHash: `0x${contentHash ?? "0".repeat(64)}`, grantRecipient: hexlify(grantRecipient) };
  const call = market.orderBook.interface.encodeFunctionData("placeStorage", [argument]);
  const receipt = await sendPermitted(market, token, storagePrice(slot, retentionMinutes), call);
  return { ...receipt, order: eventArgument<bigint>(receipt.logs, "OrderPlaced", "order") };
}

/** A storage suborder with its order, and who may be given access. */
export interface StoragePart {
  readonly suborder: SuborderView;
  readonly order: OrderView;
  /** Whether it was bought by itself; else it is part of a workflow, whose machine writes. */
  readonly alone: boolean;
  /** Raw recipient of the customer, 0x-hex. */
  readonly customerRecipient: string;
}

/** @throws CloisterError `SuborderNotFound`, `NotStoragePart`. */
export async function getStoragePart(market: Market, id: bigint): Promise<StoragePart> {
  const suborder = await getSuborder(market, id);
  if (suborder.type !== OfferType.Storage) throw new CloisterError("NotStoragePart", `Suborder ${id} is not of storage.`, "Give the id of a storage suborder; see `orders get <order> --suborders`.", { suborder: id });
  const order = await getOrder(market, suborder.order);
  const placed = (await orderTexts(market, order)).find(({ name }) => name === "OrderPlaced");
  // Storage by itself is an order of the storage offer.
  return { suborder, order, alone: order.offer === suborder.offer, customerRecipient: placed!.args.resultRecipient as string };
}

/** What a grant for a storage suborder has to name. */
export function grantSubject(market: Market, { suborder, order }: StoragePart): StorageSubject {
  const { chainId, contracts } = market.address;
  return { chainId, orderBook: contracts.orderBook, order: String(order.id), suborder: String(suborder.id), offer: String(suborder.offer) };
}

/** The grants that a store gave for a storage suborder, sealed, oldest first. */
export async function grantsOf(market: Market, { suborder, order }: StoragePart): Promise<string[]> {
  return (await orderTexts(market, order)).filter(({ name, args }) => name === "StorageGranted" && args.suborder === suborder.id).map(({ args }) => args.grant as string);
}

/** The store grants writing, by sealed bytes; its action account only. */
export async function grantStorage(market: Market, suborder: bigint, grant: Uint8Array): Promise<Receipt> {
  return send(market.orderBook.grantStorage(suborder, hexlify(grant)));
}

/** Lengthens a retention that runs; the caller pays for what is added. Without a slot the one that sells at the part's price is found. */
export async function extendStorage(market: Market, suborder: SuborderView, addedMinutes: number, slot?: bigint): Promise<Receipt & { paid: bigint }> {
  const { id, offer, price, priceType, minMinutes } = suborder;
  const sold = slot ?? (await slotsOf(market, offer)).find(({ usage }) => usage.price === price && usage.priceType === priceType)?.id;
  if (sold === undefined) {
    throw new CloisterError("StorageNotSold", `Storage offer ${offer} has no slot any more at the price of suborder ${id}, ${price} units an hour.`, "Buy storage anew: `orders create --offer`.", { suborder: id, offer, price });
  }
  const line = { price, priceType: PriceType.PerHour, accrues: false };
  const paid = chargeOf({ ...line, minMinutes: minMinutes + addedMinutes }, 0) - chargeOf({ ...line, minMinutes }, 0);
  const { token } = await read(market.orderBook.getOrder(suborder.order));
  const call = market.orderBook.interface.encodeFunctionData("extendStorage", [id, sold, addedMinutes]);
  return { ...(await sendPermitted(market, token, paid, call)), paid };
}

/** The customer ends a retention early; whole minutes begun are charged, the rest goes back. */
export async function endStorage(market: Market, suborder: bigint): Promise<Receipt> {
  return send(market.orderBook.endStorage(suborder));
}

/** The customer takes storage back that was not received yet; its money goes back, at once where its order ends while this is under way. */
export async function cancelStorage({ orderBook }: Market, suborder: bigint): Promise<Receipt> {
  return sendRacing(() => orderBook.cancelSuborder.estimateGas(suborder), (limit) => orderBook.cancelSuborder(suborder, limit));
}
