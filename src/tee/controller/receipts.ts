// SPDX-License-Identifier: Apache-2.0
import { setTimeout as sleep } from "node:timers/promises";

import { receiveStorage } from "../../chain/keeping";
import type { Market } from "../../chain/market";
import { getOrder, getSuborder, suborders } from "../../chain/orders";
import { CloisterError, isCloisterError } from "../../core/errors";
import { OfferType } from "../../core/offerType";
import { OrderStatus } from "../../core/orderStatus";
import { HttpStore } from "../../store/http/httpStore";
import type { ResultStore } from "../loader/protocol";
import { carry, type Patience, reasonOf, steadily } from "./carry";

/** What the collecting needs of the machine. */
export interface Collecting {
  readonly market: Market;
  readonly stallMilliseconds: number;
  readonly patience: Patience;
  readonly log: (line: string) => void;
}

/**
 * Asks the store of an ended order's storage part for its signed receipt and carries it to the chain, so that the retention begins and
 * is paid. Where there is none the order has still ended well: the store's provider may send a receipt itself, and after a time the
 * money goes back.
 *
 * @param resultHash sha-256 of the sealed result, 64 hex digits.
 */
export async function collectReceipts(order: bigint, wanted: ResultStore | undefined, resultHash: string, around: Collecting): Promise<void> {
  const { market, patience, log } = around;
  const bought = await steadily(async () => suborders(market, await getOrder(market, order)), patience);
  const open = bought.filter(({ type, status }) => type === OfferType.Storage && (status === OrderStatus.New || status === OrderStatus.Processing));
  for (const { id } of open) {
    try {
      const { size, signature } = await inTime(ask(wanted, resultHash, id), around.stallMilliseconds);
      const done = async () => (await getSuborder(market, id)).status === OrderStatus.Done;
      const receipt = await carry({ what: `the receipt of storage suborder ${id}`, done, send: () => receiveStorage(market, id, resultHash, size, signature) }, patience);
      log(receipt ? `storage suborder ${id} was received, gas ${receipt.gasUsed}` : `the chain has the receipt of storage suborder ${id}`);
    } catch (error) {
      log(`no receipt for storage suborder ${id}: ${reasonOf(error)}`);
    }
  }
}

/** The store's own node may see the end of the order a little later than ours. */
const LATER = new Set(["ReceiptTooEarly", "ReceiptUnavailable"]);
const ASKED = 5;
const AGAIN = 1000;

async function ask(wanted: ResultStore | undefined, resultHash: string, suborder: bigint): Promise<{ size: number; signature: string }> {
  if (wanted?.type === "HTTP") {
    const store = new HttpStore(wanted.url, wanted.token);
    for (let turn = 1; ; turn++) {
      try {
        return await store.receipt(resultHash, suborder);
      } catch (error) {
        if (turn === ASKED || !isCloisterError(error) || !LATER.has(error.code)) throw error;
        await sleep(AGAIN);
      }
    }
  }
  throw new CloisterError("StoreWithoutReceipts", "The result lies where nobody signs receipts.", "Its store's provider sends one: `storage receive`.");
}

async function inTime<Value>(asking: Promise<Value>, milliseconds: number): Promise<Value> {
  const ended = new AbortController();
  const late = sleep(milliseconds, undefined, { signal: ended.signal }).then(() => {
    throw new CloisterError("StoreStalled", `The store gave no receipt within ${milliseconds / 1000} s.`, "See that it answers; its provider may send the receipt itself.");
  });
  late.catch(() => undefined); // Ended with the answer.
  try {
    return await Promise.race([asking, late]);
  } finally {
    ended.abort();
  }
}
