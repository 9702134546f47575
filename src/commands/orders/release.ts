// SPDX-License-Identifier: Apache-2.0
import type { Market } from "../../chain/market";
import { versionHash } from "../../chain/offers";
import { getOrder, getSuborder, type OrderView, orderTexts, type SuborderView } from "../../chain/orders";
import { CloisterError } from "../../core/errors";
import { NO_ARGUMENTS } from "../../core/inputs";
import { OfferType, offerTypeName } from "../../core/offerType";
import { orderStatusName, OrderStatus } from "../../core/orderStatus";
import type { Resource } from "../../core/resource";
import { keyRelease, type KeyRelease } from "../../core/sealed";
import { recipientFromBytes } from "../../crypto/ageKeys";
import { storeOf } from "../../store/openStore";

/** What an owner lets its key be used for, beyond this order's inputs and recipient. */
export interface ReleaseTerms {
  /** Whether the order may carry arguments of the customer's that the owner cannot see. */
  readonly acceptArguments: boolean;
  /** Unix seconds. */
  readonly notAfter: number;
}

/** A suborder that its owner is asked for. */
export interface Request {
  readonly suborder: SuborderView;
  readonly order: OrderView;
}

/** The suborder and its order, as long as it waits for its owner. @throws CloisterError `NotASuborder`, `SuborderNotOpen`. */
export async function readRequest(market: Market, id: bigint): Promise<Request> {
  const suborder = await getSuborder(market, id);
  const order = await getOrder(market, suborder.order);
  if (suborder.status !== OrderStatus.New) {
    throw new CloisterError("SuborderNotOpen", `Suborder ${id} is ${orderStatusName(suborder.status)} and its order ${orderStatusName(order.status)}: it cannot be completed.`, "It was completed already, or its order has ended.", { suborder: id });
  }
  return { suborder, order };
}

/**
 * The key release of a suborder: by default for exactly this order's inputs, without arguments, for this recipient.
 *
 * @throws CloisterError `ContentNotOfVersion`, `ResourceNotEncrypted`, `ObjectMissing`, `ArgumentsNotAccepted`.
 */
export async function makeRelease(market: Market, { suborder, order }: Request, resource: Resource, solutionHash: string, terms: ReleaseTerms): Promise<KeyRelease> {
  if (suborder.type !== OfferType.Storage) await checkContent(market, suborder, resource);
  const placed = (await orderTexts(market, order)).find(({ name }) => name === "OrderPlaced");
  if (!placed) throw new CloisterError("OrderNotFound", `The chain has lost the placing of order ${order.id}.`, "Ask a node that keeps all events.", { order: order.id });
  const argumentsHash = String(placed.args.argumentsHash).slice(2);
  if (argumentsHash !== NO_ARGUMENTS && !terms.acceptArguments) {
    throw new CloisterError("ArgumentsNotAccepted", `Order ${order.id} passes arguments to the solution that you cannot see (hash ${argumentsHash}).`, "If the solution may get any arguments with your data, repeat with --accept-arguments.", { order: order.id, argumentsHash });
  }
  return keyRelease({
    chainId: market.address.chainId,
    orderBook: market.address.contracts.orderBook,
    order: String(order.id),
    suborder: String(suborder.id),
    offer: String(suborder.offer),
    offerVersion: suborder.version,
    solutionHash,
    inputsHash: String(placed.args.inputsHash).slice(2),
    argumentsHash,
    resultRecipient: recipientFromBytes(String(placed.args.resultRecipient)),
    notAfter: terms.notAfter,
    resource,
  });
}

/**
 * The file must be the content that the offer's version promises, encrypted, and there.
 *
 * @throws CloisterError `ContentNotOfVersion`, `ResourceNotEncrypted`, `ObjectMissing`.
 */
export async function checkContent(market: Market, suborder: Pick<SuborderView, "offer" | "version" | "type">, resource: Resource): Promise<void> {
  const promised = await versionHash(market, suborder.offer, suborder.version);
  if (resource.hash.hash !== promised) {
    throw new CloisterError("ContentNotOfVersion", `The resource file is of content ${resource.hash.hash}, version ${suborder.version} of offer ${suborder.offer} promises ${promised}.`, "Give the resource file of that version.", { given: resource.hash.hash, expected: promised });
  }
  if (resource.encryption === undefined) {
    throw new CloisterError("ResourceNotEncrypted", `The content of the ${offerTypeName(suborder.type)} offer ${suborder.offer} is stored without encryption.`, "Upload it again without --skip-encryption.");
  }
  if (resource.resource.type !== "STORAGE_PROVIDER") return;
  const { store, sha256 } = storeOf(resource.resource);
  const stored = await store.has(sha256);
  if (!stored || stored.size === 0) {
    throw new CloisterError("ObjectMissing", `The content ${sha256} is not in ${store.name}.`, "Upload it again.", { sha256 });
  }
}
