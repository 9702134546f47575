// SPDX-License-Identifier: Apache-2.0
import { signedResult, signReceipt } from "../../chain/keeping";
import { actingAccount, type Market } from "../../chain/market";
import { blockTime, getOrder, getSuborder } from "../../chain/orders";
import { read } from "../../chain/send";
import { CloisterError } from "../../core/errors";
import { OfferType } from "../../core/offerType";
import { isFinal, orderStatusName, OrderStatus } from "../../core/orderStatus";
import type { AskedReceipt, SignedReceipt } from "../../store/server/storeServer";

/** Seconds beyond a retention, for the block that begins it. */
const LEEWAY = 3600;

/**
 * Signs receipts with the acting account, for storage that its provider sold and for nothing but the result of the order: whoever may
 * write to the store cannot make it answer for something else.
 *
 * @returns what `StoreServer` asks; it throws `ReceiptNotOurs`, `ReceiptNotOpen`, `ReceiptTooEarly`, `ReceiptContentMismatch`.
 */
export function receiptsOf(market: Market): (asked: AskedReceipt) => Promise<SignedReceipt> {
  const account = actingAccount(market);
  return async ({ suborder: id, sha256, size }) => {
    const suborder = await getSuborder(market, id);
    const owner = await read(market.registry.actionAccountOf(suborder.provider));
    if (suborder.type !== OfferType.Storage || owner.toLowerCase() !== account.toLowerCase()) {
      throw new CloisterError("ReceiptNotOurs", `Suborder ${id} is no storage of this store's provider.`, "Ask the store whose offer the order bought.", { suborder: id });
    }
    const order = await getOrder(market, suborder.order);
    if (suborder.status !== OrderStatus.New && suborder.status !== OrderStatus.Processing) {
      throw new CloisterError("ReceiptNotOpen", `Storage suborder ${id} is ${orderStatusName(suborder.status)}: it takes no receipt.`, "It was received or denied already.", { suborder: id });
    }
    if (!isFinal(order.status) || !order.reported) {
      throw new CloisterError("ReceiptTooEarly", `Order ${order.id} is ${orderStatusName(order.status)}: it has no result to keep.`, "Ask when it has ended.", { order: order.id });
    }
    const result = await signedResult(market, order);
    if (result !== sha256) {
      throw new CloisterError("ReceiptContentMismatch", `The result of order ${order.id} is ${result ?? "none"}, the receipt is asked for ${sha256}.`, "Store the result that the device signed.", { order: order.id, sha256 });
    }
    const now = await blockTime(market, await market.provider.getBlockNumber());
    return { signature: await signReceipt(market, id, sha256, size), keepUntil: now + suborder.minMinutes * 60 + LEEWAY };
  };
}
