// SPDX-License-Identifier: Apache-2.0
import { GrantedOrders } from "../../chain/grantedOrders";
import type { Market } from "../../chain/market";
import { getSuborder, type SuborderView } from "../../chain/orders";
import type { Receipt } from "../../chain/send";
import { getStoragePart, grantsOf, grantStorage, type StoragePart } from "../../chain/storing";
import { StorageQueue } from "../../chain/storageQueue";
import { isFinal, OrderStatus } from "../../core/orderStatus";
import { carry } from "../../tee/controller/carry";
import { mintedAccess, sealGrant } from "../storage/granted";
import { Attempts, inRounds, type Rounds } from "./rounds";

/** A store that answers the orders of its provider's storage offers. */
export interface GrantingStore extends Rounds {
  readonly market: Market;
  readonly provider: bigint;
  /** Where customers and machines reach it. */
  readonly url: string;
  /** The key of its tokens. */
  readonly key: Uint8Array;
  /** Seconds in which a granted storage may be written. */
  readonly seconds: number;
  /** Recipients of a verified machine. @throws CloisterError where the machine is not trusted. */
  readonly recipients: (offer: bigint) => Promise<readonly string[]>;
  readonly now: () => Date;
}

/**
 * Grants each storage suborder of the provider's offers once, until the signal: a workflow's to its verified machine and its customer,
 * storage by itself to its customer. All it knows is on chain, so that a restart begins anew. What cannot be granted is said once, with
 * the reason, and tried again. Where a device of the machine may run the order and could not open its grant, it is granted again.
 *
 * @param interval milliseconds between two looks at the chain.
 */
export async function grantOrders(store: GrantingStore, interval: number): Promise<void> {
  const { market, provider, signal, say } = store;
  const queue = new StorageQueue(market, provider, signal);
  const granted = new GrantedOrders(market, provider, signal);
  const attempts = new Attempts("not granted", say);
  await inRounds(store, interval, async () => {
    for (const suborder of await queue.look()) {
      if (signal.aborted) return;
      if (await attempts.attempt(suborder, () => grantOne(store, suborder))) queue.drop(suborder.id);
    }
    for (const { suborder, change } of await granted.look()) {
      if (signal.aborted) return;
      if (await attempts.attempt(suborder, () => (change === "returned" ? grantAgain(store, suborder) : Promise.resolve(REPLACED)))) granted.drop(suborder.id);
    }
  });
}

/** What is said of an order whose machine was started anew: nobody can open any more what its customer sealed. */
const REPLACED = "not granted again: its machine was started anew and cannot run what was sealed to its former device; the order ends for nothing once it is accepted";

/** Returns what became of it, for the log. */
async function grantOne(store: GrantingStore, { id }: SuborderView): Promise<string> {
  const { market } = store;
  const part = await getStoragePart(market, id);
  if (part.suborder.status !== OrderStatus.New || (!part.alone && isFinal(part.order.status))) return "it needs no grant any more";
  const receipt = await send(store, part, async () => (await getSuborder(market, id)).status !== OrderStatus.New);
  return receipt === undefined ? "it was granted before" : `granted to ${part.alone ? "its customer" : "its machine and its customer"}, gas ${receipt.gasUsed}`;
}

/** The contract takes another grant until the receipt; the machine uses the newest that it can open. */
async function grantAgain(store: GrantingStore, { id }: SuborderView): Promise<string> {
  const { market } = store;
  const part = await getStoragePart(market, id);
  if (part.suborder.status !== OrderStatus.Processing || isFinal(part.order.status) || part.order.reported) return "it needs no other grant any more";
  const before = (await grantsOf(market, part)).length;
  const receipt = await send(store, part, async () => (await grantsOf(market, await getStoragePart(market, id))).length > before);
  return `granted again, to a device of its machine that came back${receipt === undefined ? "" : `, gas ${receipt.gasUsed}`}`;
}

async function send({ market, url, key, seconds, recipients, now, signal, say }: GrantingStore, part: StoragePart, done: () => Promise<boolean>): Promise<Receipt | undefined> {
  const { id } = part.suborder;
  const access = mintedAccess(part, { key, url, now: Math.floor(now().getTime() / 1000), seconds });
  const { sealed } = await sealGrant(market, part, access, part.alone ? [] : await recipients(part.order.offer));
  return carry({ what: `the grant of storage suborder ${id}`, done, send: () => grantStorage(market, id, sealed) }, { log: say, over: () => signal.aborted });
}
