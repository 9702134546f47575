// SPDX-License-Identifier: Apache-2.0
import type { Market } from "../../chain/market";
import { getStoragePart, grantsOf, grantSubject, type StoragePart } from "../../chain/storing";
import { CloisterError, isCloisterError } from "../../core/errors";
import { fromHex } from "../../core/hex";
import { assertStorageGrant, readStorageGrant, type StorageGrant } from "../../core/storageGrant";
import { openJson } from "../../crypto/seal";
import { HttpStore } from "../../store/http/httpStore";

/** What a customer may use of a grant: its own token where there is one. */
export function customerStore({ store, reader }: StorageGrant): StorageGrant["store"] {
  return { ...store, token: reader ?? store.token };
}

/**
 * The grants of a storage suborder that this identity opens, newest first; at least one.
 *
 * @throws CloisterError `StorageNotGranted`, or why the newest one is of no use: `NotSealedForUs`, `StorageGrantInvalid`, `StorageGrantMismatch`.
 */
export async function openGrants(market: Market, part: StoragePart, identity: string): Promise<StorageGrant[]> {
  const { id: suborder } = part.suborder;
  const opened: StorageGrant[] = [];
  let refused: CloisterError | undefined;
  for (const sealed of (await grantsOf(market, part)).reverse()) {
    try {
      const grant = readStorageGrant(await openJson(fromHex(sealed), identity));
      assertStorageGrant(grant, grantSubject(market, part));
      opened.push(grant);
    } catch (error) {
      if (!isCloisterError(error)) throw error;
      refused ??= error;
    }
  }
  if (opened.length > 0) return opened;
  throw refused ?? new CloisterError("StorageNotGranted", `The store has not granted suborder ${suborder} yet.`, "Wait for it; when its time for the receipt has passed, `storage expire` brings the money back.", { suborder });
}

/** The store that keeps an order's result in one of its storage suborders. @throws CloisterError as {@link openGrants}, `ResultElsewhere`. */
export async function grantedStore(market: Market, order: bigint, suborder: bigint, sha256: string, identity: string): Promise<HttpStore> {
  const part = await getStoragePart(market, suborder);
  if (part.order.id !== order) {
    throw new CloisterError("ResultElsewhere", `The result of order ${order} points to storage suborder ${suborder}, which is of order ${part.order.id}.`, "Ask the machine's owner: it published a wrong place.", { order, suborder });
  }
  const stores = (await openGrants(market, part, identity)).map(customerStore).map(({ url, token }) => new HttpStore(url, token));
  // Granted more than once, it may lie where an earlier grant says.
  for (const store of stores.slice(0, -1)) if ((await store.has(sha256)) !== undefined) return store;
  return stores.at(-1)!;
}
