// SPDX-License-Identifier: Apache-2.0
import { setTimeout as sleep } from "node:timers/promises";

import { isConnectionTrouble } from "../../chain/connection";
import type { Market } from "../../chain/market";
import { getSuborder, type SuborderView } from "../../chain/orders";
import { getStoragePart, grantStorage } from "../../chain/storing";
import { StorageQueue } from "../../chain/storageQueue";
import { isCloisterError } from "../../core/errors";
import { isFinal, OrderStatus } from "../../core/orderStatus";
import { carry } from "../../tee/controller/carry";
import { mintedAccess, sealGrant } from "../storage/granted";

/** A store that answers the orders of its provider's storage offers. */
export interface GrantingStore {
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
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

/** Milliseconds after which storage that could not be granted is tried again: the machine may be there by then. */
const AGAIN = 10_000;

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
  const failed = new Map<bigint, { readonly code: string; readonly at: number }>();
  let silent = false;
  while (!signal.aborted) {
    try {
      for (const suborder of await queue.look()) {
        if (signal.aborted) return;
        const before = failed.get(suborder.id);
        if (before !== undefined && Date.now() - before.at < AGAIN) continue;
        try {
          say(`storage suborder ${suborder.id} of order ${suborder.order}: ${await grantOne(store, suborder)}`);
          queue.drop(suborder.id);
          failed.delete(suborder.id);
        } catch (error) {
          if (!isCloisterError(error) || isConnectionTrouble(error)) throw error;
          if (before?.code !== error.code) say(`storage suborder ${suborder.id} of order ${suborder.order}: not granted: ${error.code}: ${error.message}`);
          failed.set(suborder.id, { code: error.code, at: Date.now() });
        }
      }
      if (silent) say("The chain answers again");
      silent = false;
    } catch (error) {
      if (signal.aborted) return;
      // Contents are served on whatever the node says.
      if (!isConnectionTrouble(error) && !isCloisterError(error)) throw error;
      if (!silent) say(isConnectionTrouble(error) ? "The chain does not answer; asking again until it does" : `The chain could not be read: ${(error as Error).message}`);
      silent = true;
    }
    await sleep(interval, undefined, { signal }).catch(() => undefined);
  }
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
