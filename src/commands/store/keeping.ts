// SPDX-License-Identifier: Apache-2.0
import { receiveStorage } from "../../chain/keeping";
import type { Market } from "../../chain/market";
import { getSuborder } from "../../chain/orders";
import { type SoldStorage, type StoragePhase, storagePhase, StorageSales } from "../../chain/soldStorage";
import { OrderStatus } from "../../core/orderStatus";
import { type Arrived, contentsOf } from "../../store/contents";
import type { DirectoryStore } from "../../store/directory";
import { carry } from "../../tee/controller/carry";
import { storagePrefix } from "../storage/granted";
import { Attempts, inRounds, type Rounds } from "./rounds";

/** A store that keeps what its provider sold. */
export interface KeepingStore extends Rounds {
  readonly market: Market;
  readonly provider: bigint;
  /** The objects of a prefix. */
  readonly storeOf: (prefix: string) => DirectoryStore;
  /** Removes what has expired. */
  readonly sweep: () => Promise<void>;
}

/** Seconds beyond a retention, for the block that begins it. */
const LEEWAY = 3600;
/** Milliseconds after which the objects of storage are looked at again though the chain says nothing new of it: more may have come. */
const AGAIN = 60_000;

/**
 * Receives storage that was bought by itself, and keeps and ends all that was received, until the signal. An object in a suborder's own prefix was stored with
 * its grant, and its hash was checked when it came: the one that the customer announced, else the first, gets the receipt, which this
 * account sends. To the end of the retention, as the chain says it then, all in the prefix is kept; after it all is removed. It knows
 * nothing but the chain and the directory, so that a restart begins anew.
 *
 * @param interval milliseconds between two looks.
 */
export async function keepStorage(store: KeepingStore, interval: number): Promise<void> {
  const { market, provider, signal, say } = store;
  const sales = new StorageSales(market, provider, signal);
  const attempts = new Attempts("not received", say);
  const seen = new Map<bigint, { readonly state: string; readonly at: number }>();
  await inRounds(store, interval, async () => {
    const { storage, now } = await sales.look();
    for (const sold of storage) {
      if (signal.aborted) return;
      const { id, status, minMinutes } = sold.suborder;
      const phase = storagePhase(sold, now);
      const state = `${phase} ${status} ${minMinutes}`;
      const before = seen.get(id);
      if (phase !== "awaited" && before?.state === state && Date.now() - before.at < AGAIN) continue;
      if (await attempts.attempt(sold.suborder, () => STEPS[phase](store, sold, now))) seen.set(id, { state, at: Date.now() });
    }
  });
}

/** What is done in each phase; returns what became of it, for the log. */
const STEPS: Readonly<Record<StoragePhase, (store: KeepingStore, sold: SoldStorage, now: number) => Promise<string | undefined>>> = {
  awaited: receive,
  left: async () => undefined,
  kept: keep,
  over: end,
};

async function receive({ market, storeOf, signal, say }: KeepingStore, { suborder: { id, minMinutes }, alone }: SoldStorage, now: number): Promise<string | undefined> {
  const objects = storeOf(storagePrefix(id));
  const content = chosen(await contentsOf(objects), alone?.contentHash);
  if (content === undefined) return undefined;
  const { sha256, size } = content;
  // Before the chain hears of it: whatever happens next, it is kept as long as is paid for.
  await objects.keepLonger(sha256, now + minMinutes * 60 + LEEWAY);
  const done = async () => (await getSuborder(market, id)).status === OrderStatus.Done;
  const receipt = await carry({ what: `the receipt of storage suborder ${id}`, done, send: () => receiveStorage(market, id, sha256, size) }, { log: say, over: () => signal.aborted });
  return receipt === undefined ? "it was received before" : `received ${sha256}, ${size} bytes, gas ${receipt.gasUsed}`;
}

/** The object that a receipt is for. */
function chosen(contents: readonly Arrived[], announced: string | undefined): Arrived | undefined {
  return announced === undefined ? contents[0] : contents.find(({ sha256 }) => sha256 === announced);
}

async function keep({ storeOf }: KeepingStore, { suborder: { id, since, minMinutes } }: SoldStorage): Promise<undefined> {
  const objects = storeOf(storagePrefix(id));
  for (const { sha256 } of await contentsOf(objects)) await objects.keepLonger(sha256, since + minMinutes * 60 + LEEWAY);
}

async function end({ storeOf, sweep }: KeepingStore, { suborder: { id } }: SoldStorage): Promise<string | undefined> {
  const objects = storeOf(storagePrefix(id));
  const contents = await contentsOf(objects);
  if (contents.length === 0) return undefined;
  for (const { sha256 } of contents) await objects.end(sha256);
  await sweep();
  return `it is over: ${contents.length} object(s) removed`;
}
