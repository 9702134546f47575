// SPDX-License-Identifier: Apache-2.0
import { createHash, randomBytes } from "node:crypto";
import { link, rename, rm, writeFile } from "node:fs/promises";

import type { Market } from "../../chain/market";
import { getOrder, orderTexts } from "../../chain/orders";
import { CloisterError } from "../../core/errors";
import { fromHex } from "../../core/hex";
import { OrderStatus, orderStatusName } from "../../core/orderStatus";
import { assertResultHash, decodeResultPointer, type ResultPointer } from "../../core/result";
import { openStream } from "../../crypto/age";
import { nodeCipher } from "../../store/nodeCipher";
import type { ObjectStore } from "../../store/objectStore";
import { storeOf } from "../../store/openStore";
import { grantedStore } from "../storage/opened";

/**
 * Fetches the sealed result of an ended order, compares it with the hash that the device signed, opens it with the customer's
 * identity and writes it to `target` (a tar.gz of the output and the log).
 *
 * @param identity the one that it was sealed to, or how to make it for orders that another made (0: none did)
 * @throws CloisterError `ResultMissing`, `ResultDamaged`, `NotSealedForUs`, `TargetExists` …
 */
export async function fetchResult(market: Market, id: bigint, identity: string | ((createdBy: bigint) => Promise<string>), target: string, overwrite: boolean): Promise<{ order: bigint; status: string; size: number; resultHash: string }> {
  const order = await getOrder(market, id);
  const texts = await orderTexts(market, order);
  const createdBy = (texts.find(({ name }) => name === "OrderPlaced")?.args.createdBy as bigint | undefined) ?? 0n;
  const ending = texts.reverse().find(({ name }) => name === "OrderFinished" || name === "OrderAborted" || name === "CheckpointPublished");
  const bytes = ending === undefined ? new Uint8Array() : fromHex(String(ending.args.result).slice(2));
  const pointer = decodeResultPointer(bytes);
  if (ending === undefined || pointer.kind === "none") {
    const fix = order.status === OrderStatus.Done || order.status === OrderStatus.Error ? "The machine published none." : `It is ${orderStatusName(order.status)}; wait until it is Done or Error.`;
    throw new CloisterError("ResultMissing", `There is no result in order ${id}.`, fix, { order: id, status: orderStatusName(order.status) });
  }
  const opener = typeof identity === "string" ? identity : await identity(createdBy);
  const resultHash = String(ending.name === "OrderFinished" ? ending.args.record.resultHash : ending.args.resultHash).slice(2);
  const sealed = pointer.kind === "inline" ? once(pointer.sealed) : (await storeWith(market, id, pointer, opener)).get(pointer.sha256);
  const hash = createHash("sha256");
  const opened = openStream(tapped(sealed, (chunk) => hash.update(chunk)), opener, nodeCipher);

  const temporary = `${target}.${randomBytes(6).toString("hex")}.part`;
  let size = 0;
  try {
    await writeFile(temporary, tapped(opened, (chunk) => (size += chunk.length)), { mode: 0o600, flag: "wx" });
    assertResultHash(resultHash, hash.digest("hex"));
    if (overwrite) await rename(temporary, target);
    else await link(temporary, target);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") throw new CloisterError("TargetExists", `${target} exists.`, "Choose another --save-to, or add --overwrite.", { path: target });
    throw error;
  } finally {
    await rm(temporary, { force: true });
  }
  return { order: id, status: orderStatusName(order.status), size, resultHash };
}

/** The store that a pointer names: with the access in the pointer, or with the one that a store granted to the customer. */
async function storeWith(market: Market, order: bigint, pointer: Extract<ResultPointer, { kind: "stored" | "granted" }>, identity: string): Promise<Pick<ObjectStore, "get">> {
  return pointer.kind === "stored" ? storeOf(pointer.place).store : grantedStore(market, order, BigInt(pointer.suborder), pointer.sha256, identity);
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

async function* tapped(chunks: AsyncIterable<Uint8Array>, tap: (chunk: Uint8Array) => unknown): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    tap(chunk);
    yield chunk;
  }
}
