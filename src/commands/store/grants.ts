// SPDX-License-Identifier: Apache-2.0
import type { Market } from "../../chain/market";
import { getSuborder, type SuborderView } from "../../chain/orders";
import { getStoragePart, grantStorage } from "../../chain/storing";
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
 * the reason, and tried again.
 *
 * @param interval milliseconds between two looks at the chain.
 */
export async function grantOrders(store: GrantingStore, interval: number): Promise<void> {
  const { market, provider, signal, say } = store;
  const queue = new StorageQueue(market, provider, signal);
  const attempts = new Attempts("not granted", say);
  await inRounds(store, interval, async () => {
    for (const suborder of await queue.look()) {
      if (signal.aborted) return;
      if (await attempts.attempt(suborder, () => grantOne(store, suborder))) queue.drop(suborder.id);
    }
  });
}

/** Returns what became of it, for the log. */
async function grantOne({ market, url, key, seconds, recipients, now, signal, say }: GrantingStore, { id }: SuborderView): Promise<string> {
  const part = await getStoragePart(market, id);
  if (part.suborder.status !== OrderStatus.New || (!part.alone && isFinal(part.order.status))) return "it needs no grant any more";
  const access = mintedAccess(part, { key, url, now: Math.floor(now().getTime() / 1000), seconds });
  const { sealed } = await sealGrant(market, part, access, part.alone ? [] : await recipients(part.order.offer));
  const done = async () => (await getSuborder(market, id)).status !== OrderStatus.New;
  const receipt = await carry({ what: `the grant of storage suborder ${id}`, done, send: () => grantStorage(market, id, sealed) }, { log: say, over: () => signal.aborted });
  return receipt === undefined ? "it was granted before" : `granted to ${part.alone ? "its customer" : "its machine and its customer"}, gas ${receipt.gasUsed}`;
}
