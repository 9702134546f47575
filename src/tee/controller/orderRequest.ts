// SPDX-License-Identifier: Apache-2.0
import { join } from "node:path";

import type { Market } from "../../chain/market";
import { approvalUsedFor } from "../../chain/approvals";
import { signatureKeyOf } from "../../chain/offerDetails";
import { getOffer, getSlot, versionHash } from "../../chain/offers";
import { type OrderText, orderTexts, type OrderView, suborders, type SuborderView } from "../../chain/orders";
import { orderTime } from "../../chain/running";
import { CloisterError } from "../../core/errors";
import { fromHex } from "../../core/hex";
import { OfferType } from "../../core/offerType";
import { parseResource } from "../../core/resource";
import { unpackResources } from "../../core/resources";
import { recipientFromBytes } from "../../crypto/ageKeys";
import type { OrderPart, RunOrder } from "../loader/protocol";

/** Checkpoints come at least three times as often as the market demands. */
const CHECKPOINTS_PER_DEADLINE = 3;

/** How the machine describes orders to its loader. */
export interface RequestSettings {
  /** Directory of the order's files. */
  readonly work: string;
  /** Seconds between two checkpoints of a service, where the market allows so many. */
  readonly checkpointSeconds: number;
}

/** Everything the chain says of an order; the loader compares it with what was sealed. @throws CloisterError `OrderNotFound`. */
export async function describeOrder(market: Market, order: OrderView, { work, checkpointSeconds }: RequestSettings): Promise<RunOrder> {
  const [texts, bought, time, limits] = await Promise.all([orderTexts(market, order), suborders(market, order), orderTime(market, order.id), limitsOf(market, order)]);
  const placed = placing(texts, order.id);
  const parts = await Promise.all(bought.filter(({ type }) => type === OfferType.Data || type === OfferType.Solution).map((part) => partOf(market, part, texts)));
  const hash = (name: string) => String(placed.args[name]).slice(2);
  const seconds = (order.service ? time.maxMinutes : time.leaseMinutes) * 60;
  return {
    id: String(order.id),
    chainId: market.address.chainId,
    orderBook: market.address.contracts.orderBook.toLowerCase(),
    order: String(order.id),
    offer: String(order.offer),
    customer: order.customer.toLowerCase(),
    resultRecipient: recipientFromBytes(String(placed.args.resultRecipient)),
    solutionHash: order.solutionHash,
    inputsHash: hash("inputsHash"),
    argumentsHash: hash("argumentsHash"),
    ownSolutions: Number(placed.args.ownSolutions),
    ownData: Number(placed.args.ownData),
    service: order.service,
    ...(order.service && { checkpointSeconds: Math.min(checkpointSeconds, (time.checkpointMinutes * 60) / CHECKPOINTS_PER_DEADLINE) }),
    sealed: base64(placed.args.sealedArguments),
    parts,
    storage: bought.filter(({ type }) => type === OfferType.Storage).map(({ id, offer }) => ({ suborder: String(id), offer: String(offer) })),
    limits: { ...limits, wallSeconds: seconds },
    endsAt: Math.floor(Date.now() / 1000) + time.leaseMinutes * 60,
    results: work,
  };
}

/** The age recipient that an order's result is for, as the chain says. */
export async function recipientOfOrder(market: Market, order: OrderView): Promise<string> {
  return recipientFromBytes(String(placing(await orderTexts(market, order), order.id).args.resultRecipient));
}

/** Directory of an order's ciphertexts and sealed results. */
export function workOf(work: string, order: bigint): string {
  return join(work, `order-${order}`);
}

function placing(texts: readonly OrderText[], order: bigint): OrderText {
  const placed = texts.find(({ name }) => name === "OrderPlaced");
  if (placed) return placed;
  throw new CloisterError("OrderNotFound", `The chain has lost the placing of order ${order}.`, "Connect to a node that keeps all events.", { order });
}

async function partOf(market: Market, suborder: SuborderView, texts: readonly OrderText[]): Promise<OrderPart> {
  const release = texts.find(({ name, args }) => name === "SuborderCompleted" && args.suborder === suborder.id);
  const common = {
    suborder: String(suborder.id),
    offer: String(suborder.offer),
    version: suborder.version,
    kind: suborder.type === OfferType.Data ? ("data" as const) : ("solution" as const),
    contentHash: await versionHash(market, suborder.offer, suborder.version),
    signatureKeyHash: suborder.type === OfferType.Solution ? await signatureKeyOf(market, suborder.offer, suborder.version) : undefined,
  };
  if (release) return { ...common, release: base64(release.args.keyRelease), approval: await approvalUsedFor(market, suborder.id, release.block) };
  // Completed within the placing: public content, its resource is in the offer's text.
  const { info } = await getOffer(market, suborder.offer);
  const resource = typeof info.resultResource === "string" && info.resultResource !== "" ? parseResource(info.resultResource, `resultResource of offer ${suborder.offer}`) : undefined;
  return { ...common, resource };
}

async function limitsOf(market: Market, order: OrderView): Promise<Omit<RunOrder["limits"], "wallSeconds">> {
  const slot = await getSlot(market, order.offer, order.slot);
  const { cpu, ram, disk } = unpackResources(slot.resources);
  const bytes = (mebibytes: number) => mebibytes * order.slotCount * 2 ** 20;
  return {
    memoryBytes: bytes(ram),
    outputBytes: bytes(disk),
    scratchBytes: bytes(disk),
    processes: 256 * order.slotCount,
    cpuCores: (cpu * order.slotCount) / 100,
    logBytes: 2 ** 20,
  };
}

function base64(hex: unknown): string {
  return Buffer.from(fromHex(String(hex).replace(/^0x/, ""))).toString("base64");
}
