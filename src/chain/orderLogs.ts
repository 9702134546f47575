// SPDX-License-Identifier: Apache-2.0
import { Interface, type Log, zeroPadValue, toBeHex } from "ethers";

import { Attestation__factory, MarketToken__factory, ProviderRegistry__factory } from "../../typechain-types";
import type { OrderRecord } from "../core/orderRecord";
import { CloisterError } from "../core/errors";
import { readLogs } from "./logRanges";
import type { Market } from "./market";
import { orderBookAbi } from "./orderBook";
import { getOrder, orderTexts } from "./orders";
import { inParallel } from "./parallel";

/** A log as bundles keep it. Hex in lower case. */
export interface RawOrderLog {
  readonly address: string;
  readonly topics: string[];
  readonly data: string;
  readonly block: number;
  readonly index: number;
  readonly transaction: string;
}

/** A log that was read: which contract says what. `args` by name; bytes as 0x-hex, numbers as bigint. */
export interface OrderEvent {
  readonly log: RawOrderLog;
  readonly name: string;
  readonly args: Readonly<Record<string, unknown>>;
}

/** Header of a block, as far as events need it. */
export interface BlockHead {
  readonly number: number;
  readonly hash: string;
  readonly timestamp: number;
}

const ABI = new Interface(
  [orderBookAbi, ProviderRegistry__factory.abi, Attestation__factory.abi, MarketToken__factory.abi].flatMap((abi) => (abi as readonly { type: string }[]).filter(({ type }) => type === "event")),
);

/** Events that move an order's money, beside the order's own in the same transactions. */
const MONEY = new Set(["Transfer", "RefundOwed", "CompensationPaid", "CompensationOwed"]);

/** Reads a log without asking anybody; undefined where it is no event of the market or of a token. */
export function readOrderEvent(log: RawOrderLog): OrderEvent | undefined {
  const parsed = ABI.parseLog(log);
  if (parsed === null) return undefined;
  const args = Object.fromEntries(parsed.fragment.inputs.map(({ name }, index) => [name, parsed.args[index] as unknown]));
  return { log, name: parsed.name, args };
}

/** All logs of an order up to a block: its own, its claims, its device's registration, its money; and the headers of their blocks. */
export async function orderLogs(market: Market, record: OrderRecord, to: number): Promise<{ logs: RawOrderLog[]; blocks: BlockHead[] }> {
  const { contracts } = market.address;
  const [placed] = await orderTexts(market, await getOrder(market, record.id));
  if (placed?.name !== "OrderPlaced") throw new CloisterError("OrderNotFound", `The chain has lost the placing of order ${record.id}.`, "Ask a node that keeps all events.", { order: record.id });
  const id = zeroPadValue(toBeHex(record.id), 32);
  const providers = [...new Set([record.provider, ...record.parts.map(({ provider }) => provider)])].map((provider) => zeroPadValue(toBeHex(provider), 32));
  const address = contracts.orderBook;
  const queries = [
    { address, topics: [null, id] },
    { address, topics: [topicOf("SuborderCompleted"), null, id] },
    { address, topics: [topicOf("EarningsClaimed"), providers] },
  ];
  const own = await collect(market, queries, placed.block, to);
  const mine = own.filter((log) => isOf(readOrderEvent(log), record));
  const devices = [...new Set(mine.flatMap((log) => deviceOf(log)))];
  const registered = devices.length === 0 ? [] : await collect(market, [{ address: contracts.attestation, topics: [topicOf("DeviceRegistered"), devices] }], 0, Math.max(...mine.map(({ block }) => block)));
  const moved = await inParallel([...new Set(mine.map(({ transaction }) => transaction))], (transaction) => moneyOf(market, transaction));
  const unique = new Map([...mine, ...registered, ...moved.flat()].map((log) => [`${log.block}/${log.index}`, log]));
  const logs = [...unique.values()].sort((a, b) => a.block - b.block || a.index - b.index);
  const blocks = await inParallel([...new Set(logs.map(({ block }) => block))], (number) => headOf(market, number));
  return { logs, blocks };
}

async function collect(market: Market, queries: Parameters<typeof readLogs>[1], from: number, to: number): Promise<RawOrderLog[]> {
  const logs: RawOrderLog[] = [];
  // The topics are few, so the whole range is asked for first; a node that minds is asked in halves.
  for await (const batch of readLogs(market, queries, { from, to, step: to - from + 1 })) logs.push(...batch.map(rawOf));
  return logs;
}

function isOf(event: OrderEvent | undefined, { id, parts }: OrderRecord): boolean {
  if (event?.name !== "EarningsClaimed") return event?.args.order === id;
  const ids = new Set([id, ...parts.map((part) => part.id)]);
  return (event.args.parts as bigint[]).some((part) => ids.has(part));
}

function deviceOf(log: RawOrderLog): string[] {
  const device = readOrderEvent(log)?.args.device;
  return typeof device === "string" ? [device] : [];
}

async function moneyOf(market: Market, transaction: string): Promise<RawOrderLog[]> {
  const receipt = await market.provider.getTransactionReceipt(transaction);
  return (receipt?.logs ?? []).map(rawOf).filter((log) => MONEY.has(readOrderEvent(log)?.name ?? ""));
}

async function headOf(market: Market, number: number): Promise<BlockHead> {
  const block = await market.provider.getBlock(number);
  if (block?.hash) return { number, hash: block.hash, timestamp: block.timestamp };
  throw new CloisterError("BlockMissing", `The chain does not know block ${number}.`, "Ask a node that keeps all blocks.", { block: number });
}

function rawOf({ address, topics, data, blockNumber, index, transactionHash }: Log): RawOrderLog {
  return { address: address.toLowerCase(), topics: [...topics], data, block: blockNumber, index, transaction: transactionHash };
}

function topicOf(name: string): string {
  return ABI.getEvent(name)!.topicHash;
}
