// SPDX-License-Identifier: Apache-2.0
import { type BytesLike, hexlify, type LogDescription, MaxUint256, Signature } from "ethers";

import { CloisterError, isCloisterError } from "../core/errors";
import { isFinal, type OrderStatus } from "../core/orderStatus";
import { type Basket, basketArgument } from "./basket";
import { eventArgument, eventsOf } from "./events";
import { actingAccount, type Market } from "./market";
import { read, type Receipt, send, sendRacing } from "./send";

/** A workflow to be placed. Hashes are 64 hex digits; amounts in units of the token; `deadline` in unix seconds. */
export interface Workflow {
  readonly basket: Basket;
  readonly service: boolean;
  readonly simulatedAllowed: boolean;
  readonly deposit: bigint;
  readonly priceCeiling: bigint;
  readonly deadline: number;
  readonly createdBy: bigint;
  readonly solutionHash: string;
  readonly inputsHash: string;
  readonly argumentsHash: string;
  /** Raw X25519 public key. */
  readonly resultRecipient: Uint8Array;
  readonly sealedArguments: Uint8Array;
}

/** An order or suborder as tools show it; `status` is the number of {@link OrderStatus}. */
export interface OrderView {
  readonly id: bigint;
  readonly customer: string;
  readonly offer: bigint;
  readonly provider: bigint;
  readonly status: number;
  readonly deposit: bigint;
  readonly token: bigint;
  /** Token units an hour of the compute part. */
  readonly rate: bigint;
  readonly since: number;
  readonly leaseMinutes: number;
  readonly slot: bigint;
  readonly slotCount: number;
  readonly parts: number;
  readonly blocking: number;
  readonly reported: boolean;
  readonly service: boolean;
  readonly claimed: boolean;
  readonly marked: boolean;
  readonly user: bigint;
  readonly solutionHash: string;
  readonly simulatedAllowed: boolean;
  readonly compensation: bigint;
  readonly textBlock: number;
}

export interface SuborderView {
  readonly id: bigint;
  readonly order: bigint;
  readonly offer: bigint;
  readonly version: number;
  readonly provider: bigint;
  readonly type: number;
  readonly status: number;
  readonly price: bigint;
  readonly priceType: number;
  readonly claimed: boolean;
  readonly cancelable: boolean;
  /** Minutes: the least charged; of a storage part its retention. */
  readonly minMinutes: number;
  /** Seconds, storage parts only: when the order ended, then when the retention began; 0 before. */
  readonly since: number;
}

/** Whether the order book would take a workflow now, allowances apart; nothing is sent. @throws CloisterError why it would not. */
export async function tryWorkflow(market: Market, workflow: Workflow): Promise<void> {
  actingAccount(market);
  try {
    await read(market.orderBook.placeWorkflow.staticCall(placingOf(workflow)));
  } catch (error) {
    // The deposit is the last step: a missing allowance comes with the placing.
    if (!isCloisterError(error, "ERC20InsufficientAllowance")) throw error;
  }
}

/** A workflow as the contract takes it. */
export function placingOf(workflow: Workflow) {
  return {
    ...workflow,
    basket: basketArgument(workflow.basket),
    solutionHash: `0x${workflow.solutionHash}`,
    inputsHash: `0x${workflow.inputsHash}`,
    argumentsHash: `0x${workflow.argumentsHash}`,
    resultRecipient: hexlify(workflow.resultRecipient),
    sealedArguments: hexlify(workflow.sealedArguments),
  };
}

/** EIP-2612 permit of the market's token for exactly an amount. */
export async function signPermit(market: Market, owner: string, value: bigint, deadline: number) {
  const { token, orderBook } = market.address.contracts;
  const [name, nonce] = await Promise.all([read(market.token.name()), read(market.token.nonces(owner))]);
  const fields = ["owner address", "spender address", "value uint256", "nonce uint256", "deadline uint256"].map((field) => {
    const [fieldName = "", type = ""] = field.split(" ");
    return { name: fieldName, type };
  });
  const signed = await market.signer!.signTypedData(
    { name, version: "1", chainId: market.address.chainId, verifyingContract: token },
    { Permit: fields },
    { owner, spender: orderBook, value, nonce, deadline },
  );
  const { v, r, s } = Signature.from(signed);
  return { value, deadline, v, r, s };
}

/** Lets the order book take deposits without asking again. */
export async function approveDeposits(market: Market, amount: bigint = MaxUint256): Promise<Receipt> {
  return send(market.token.approve(market.address.contracts.orderBook, amount));
}

/** An order. @throws CloisterError `OrderNotFound`. */
export async function getOrder(market: Market, id: bigint): Promise<OrderView> {
  const order = await read(market.orderBook.getOrder(id));
  return {
    id,
    customer: order.customer,
    offer: order.offer,
    provider: order.provider,
    status: Number(order.status),
    deposit: order.deposit,
    token: order.token,
    rate: order.rate,
    since: Number(order.since),
    leaseMinutes: Number(order.leaseMinutes),
    slot: order.slot,
    slotCount: Number(order.slotCount),
    parts: Number(order.parts),
    blocking: Number(order.blocking),
    reported: order.reported,
    service: order.service,
    claimed: order.claimed,
    marked: order.marked,
    user: order.user,
    solutionHash: order.solutionHash.slice(2),
    simulatedAllowed: order.simulatedAllowed,
    compensation: order.compensation,
    textBlock: Number(order.textBlock),
  };
}

/** A suborder. @throws CloisterError `SuborderNotFound`. */
export async function getSuborder(market: Market, id: bigint): Promise<SuborderView> {
  const part = await read(market.orderBook.getSuborder(id));
  return {
    id,
    order: id - part.position,
    offer: part.offer,
    version: Number(part.version),
    provider: part.provider,
    type: Number(part.offerType),
    status: Number(part.status),
    price: part.price,
    priceType: Number(part.priceType),
    claimed: part.claimed,
    cancelable: part.cancelable,
    minMinutes: Number(part.minMinutes),
    since: Number(part.since),
  };
}

/** The suborders of an order, in the order of its parts. */
export async function suborders(market: Market, order: Pick<OrderView, "id" | "parts">): Promise<SuborderView[]> {
  return Promise.all(Array.from({ length: order.parts }, (_, index) => getSuborder(market, order.id + BigInt(index + 1))));
}

/** Ids of a customer's orders (or everybody's), newest first. */
export async function listOrders(market: Market, customer?: string): Promise<bigint[]> {
  const events = await market.orderBook.queryFilter(market.orderBook.filters.OrderPlaced(undefined, customer));
  return events.map(({ args }) => args.order).reverse();
}

/** Waits until an order is Done, Error or Canceled, looking every `interval` milliseconds. */
export async function waitForEnd(market: Market, id: bigint, { interval = 200, signal }: { interval?: number; signal?: AbortSignal } = {}): Promise<OrderView> {
  for (;;) {
    const order = await getOrder(market, id);
    if (isFinal(order.status)) return order;
    await sleep(interval, signal);
  }
}

function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const timer = setTimeout(resolve, milliseconds);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    }, { once: true });
  });
}

/** One event that carries text, and when it happened. */
export interface OrderText {
  readonly name: "OrderPlaced" | "SuborderCompleted" | "ReportPublished" | "OrderFinished" | "OrderAborted" | "CheckpointPublished" | "StorageGranted";
  readonly args: LogDescription["args"];
  readonly block: number;
  readonly transaction: string;
}

/**
 * All events of an order that carry text or sealed bytes, oldest first: the order names the block of the last one, and each names
 * the block before, so that no range is searched.
 */
export async function orderTexts(market: Market, order: OrderView): Promise<OrderText[]> {
  const texts: OrderText[] = [];
  const asked = new Set<number>();
  for (let block = order.textBlock; block !== 0 && !asked.has(block); ) {
    asked.add(block);
    const logs = await market.provider.getLogs({ address: market.address.contracts.orderBook, fromBlock: block, toBlock: block });
    const found = logs.flatMap((log) => eventsOf([log]).map((event) => ({ event, log }))).filter(({ event }) => TEXT_EVENTS.has(event.name) && event.args.order === order.id);
    for (const { event, log } of found.reverse()) {
      texts.unshift({ name: event.name as OrderText["name"], args: event.args, block, transaction: log.transactionHash });
    }
    const oldest = found.at(-1)?.event;
    block = oldest === undefined || oldest.name === "OrderPlaced" ? 0 : Number(oldest.args.previousBlock);
  }
  return texts;
}

const TEXT_EVENTS = new Set(["OrderPlaced", "SuborderCompleted", "ReportPublished", "OrderFinished", "OrderAborted", "CheckpointPublished", "StorageGranted"]);

/** Unix seconds of a block. */
export async function blockTime(market: Market, block: number): Promise<number> {
  const found = await market.provider.getBlock(block);
  if (found === null) throw new CloisterError("BlockMissing", `The chain does not know block ${block}.`, "Ask a node that keeps all blocks.", { block });
  return found.timestamp;
}

/** Completes a suborder: status Done releases the content with a sealed key release, Error denies it. */
export async function completeSuborder(
  market: Market,
  suborder: bigint,
  status: typeof OrderStatus.Done | typeof OrderStatus.Error,
  solutionHash: string,
  keyRelease: Uint8Array,
): Promise<Receipt> {
  return send(market.orderBook.completeSuborder(suborder, status, `0x${solutionHash}`, hexlify(keyRelease)));
}

/** New to Processing, by the machine's provider. */
export async function acceptOrder(market: Market, order: bigint): Promise<Receipt> {
  return send(market.orderBook.acceptOrder(order));
}

/** A device's signature over a record, with its public key; 0x-hex. */
export interface DeviceSignature {
  readonly x: string;
  readonly y: string;
  readonly r: string;
  readonly s: string;
}

/** What {@link publishReport} carries: the signed record (0x-hex hashes) and the evidence for readers. */
export interface PublishReportParameters {
  readonly record: { readonly solutionHash: string; readonly argumentsHash: string; readonly runtimeInfoHash: string; readonly payloadHash: string; readonly startedAt: number };
  readonly signature: DeviceSignature;
  readonly payload: BytesLike;
  readonly payloadSignature: BytesLike;
  readonly orderCertificate: BytesLike;
}

export async function publishReport(market: Market, order: bigint, parameters: PublishReportParameters): Promise<Receipt> {
  const { record, signature, payload, payloadSignature, orderCertificate } = parameters;
  return send(market.orderBook.publishReport(order, record, signature, hexlify(payload), hexlify(payloadSignature), hexlify(orderCertificate)));
}

/** What {@link finishOrder} and {@link abortOrder} carry; `result` are the bytes of the event (JSON that says where the result is). */
export interface FinishParameters {
  readonly record: { readonly status: number; readonly fault: number; readonly resultHash: string; readonly usedSeconds: number };
  readonly signature: DeviceSignature;
  readonly result: BytesLike;
}

export async function finishOrder(market: Market, order: bigint, { record, signature, result }: FinishParameters): Promise<Receipt> {
  return send(market.orderBook.finishOrder(order, record, signature, hexlify(result)));
}

export async function abortOrder(
  market: Market,
  order: bigint,
  { fault, resultHash, signature, result }: { fault: number; resultHash: string; signature: DeviceSignature; result: BytesLike },
): Promise<Receipt> {
  return send(market.orderBook.abortOrder(order, fault, resultHash, signature, hexlify(result)));
}

/**
 * The customer takes an order back: ended at once before its report, Canceling after it until the device confirms. Its machine may
 * accept or report while this is under way.
 */
export async function cancelOrder({ orderBook }: Market, order: bigint): Promise<Receipt> {
  return sendRacing(() => orderBook.cancelOrder.estimateGas(order), (limit) => orderBook.cancelOrder(order, limit));
}

/** Ends an order whose deadline has passed, or whose machine lost its last device by an act of the administration. */
export async function expireOrder(market: Market, order: bigint): Promise<Receipt> {
  return send(market.orderBook.expireOrder(order));
}

/** Pays what orders and suborders of one provider and token have earned to its token receiver. */
export async function claim(market: Market, ids: readonly bigint[]): Promise<Receipt & { paid: bigint; commission: bigint }> {
  const receipt = await send(market.orderBook.claim([...ids]));
  return {
    ...receipt,
    paid: eventArgument<bigint>(receipt.logs, "EarningsClaimed", "paid"),
    commission: eventArgument<bigint>(receipt.logs, "EarningsClaimed", "commission"),
  };
}
