// SPDX-License-Identifier: Apache-2.0
import { receiptTypedData } from "./digests";
import { actingAccount, type Market } from "./market";
import { type OrderView, orderTexts } from "./orders";
import { type Receipt, send } from "./send";

/**
 * The store's receipt for a storage suborder: it has `size` bytes whose sha-256 is `contentHash` (64 hex digits); its retention begins.
 *
 * @param signature of the store's action account, 0x-hex; empty where that account sends it itself.
 */
export async function receiveStorage(market: Market, suborder: bigint, contentHash: string, size: number, signature = "0x"): Promise<Receipt> {
  return send(market.orderBook.receiveStorage(suborder, `0x${contentHash}`, size, signature));
}

/** Signs a receipt with the acting account, for anybody to carry. @returns 0x-hex. */
export async function signReceipt(market: Market, suborder: bigint, contentHash: string, size: number): Promise<string> {
  actingAccount(market);
  const { chainId, contracts } = market.address;
  const { domain, types, message } = receiptTypedData({ chainId, verifyingContract: contracts.orderBook }, { suborder, contentHash, size });
  return market.signer!.signTypedData(domain, types, message);
}

/** sha-256 (64 hex digits) of the sealed result that an order's device signed last; undefined where there is none. */
export async function signedResult(market: Market, order: OrderView): Promise<string | undefined> {
  const hashes = (await orderTexts(market, order)).reverse().flatMap(({ name, args }) => {
    if (name === "OrderFinished") return [String((args.record as { resultHash: string }).resultHash)];
    return name === "CheckpointPublished" || name === "OrderAborted" ? [String(args.resultHash)] : [];
  });
  return hashes.find((hash) => !/^0x0+$/.test(hash))?.slice(2);
}

/** The store will not keep it; its money goes back. */
export async function denyStorage(market: Market, suborder: bigint): Promise<Receipt> {
  return send(market.orderBook.denyStorage(suborder));
}

/** Ends a storage suborder whose receipt did not come in time; its money goes back. */
export async function expireStorage(market: Market, suborder: bigint): Promise<Receipt> {
  return send(market.orderBook.expireStorage(suborder));
}
