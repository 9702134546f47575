// SPDX-License-Identifier: Apache-2.0
import { type OrderEvent, readOrderEvent } from "../../chain/orderLogs";
import type { Bundle } from "../../core/bundle";
import { CloisterError } from "../../core/errors";
import { isFinal, mayBecome, OrderStatus, orderStatusName } from "../../core/orderStatus";
import type { OnChainRecord } from "../../evidence/reportComparison";

/** The events of a bundle, found by name. */
export class Story {
  readonly events: readonly OrderEvent[];
  private readonly times: ReadonlyMap<number, number>;

  constructor(readonly bundle: Bundle) {
    this.events = bundle.logs.map((log) => readOrderEvent(log)).filter((event) => event !== undefined);
    this.times = new Map(bundle.blocks.map(({ number, timestamp }) => [number, timestamp]));
  }

  /** Events of the order book with these names that are about this order. */
  own(...names: string[]): OrderEvent[] {
    const { orderBook } = this.bundle.market.contracts;
    return this.events.filter(({ name, args, log }) => names.includes(name) && log.address === orderBook && args.order === this.bundle.order.id);
  }

  /** Unix seconds of an event's block. */
  timeOf({ log }: OrderEvent): number {
    return this.times.get(log.block) ?? 0;
  }

  /** The record of the report's event; undefined where there is none. */
  get onChain(): OnChainRecord | undefined {
    const [published] = this.own("ReportPublished");
    if (!published) return undefined;
    const { solutionHash, argumentsHash, runtimeInfoHash, payloadHash } = published.args.record as Record<string, string>;
    const { market, order } = this.bundle;
    return { chainId: market.chainId, orderBook: market.contracts.orderBook, order: order.id, device: String(published.args.device), solutionHash: solutionHash!, argumentsHash: argumentsHash!, runtimeInfoHash: runtimeInfoHash!, payloadHash: payloadHash! };
  }
}

/** A bundle that contradicts itself. */
export function contradiction(sentence: string): CloisterError {
  return new CloisterError("BundleContradiction", sentence, "Have the bundle made again from the chain; if it stays so, do not trust it.");
}

const TEXTS = ["OrderPlaced", "SuborderCompleted", "ReportPublished", "CheckpointPublished", "OrderFinished", "OrderAborted"];

/** Every log is one of the market's, in the chain's order, in a block whose header is there; no event with text was left out. */
export function checkEvents(story: Story): [true, string] {
  const { bundle, events } = story;
  const { logs, blocks, market } = bundle;
  if (events.length !== logs.length) throw contradiction(`${logs.length - events.length} logs are no events of a market or a token.`);
  const heads = new Map(blocks.map((block) => [block.number, block]));
  if (heads.size !== blocks.length) throw contradiction("A block has two headers.");
  for (const [index, log] of logs.entries()) {
    const before = logs[index - 1];
    if (before && (before.block > log.block || (before.block === log.block && before.index >= log.index))) throw contradiction(`Log ${index} is out of order.`);
    const [head, previous] = [heads.get(log.block), before && heads.get(before.block)];
    if (!head) throw contradiction(`The header of block ${log.block} is missing.`);
    if (previous && previous.timestamp > head.timestamp) throw contradiction(`Block ${log.block} is earlier than block ${previous.number} before it.`);
    if (log.block > bundle.asOf) throw contradiction(`Log ${index} is later than block ${bundle.asOf}, as of which the order was read.`);
  }
  const ours = new Set<string>(Object.values(market.contracts));
  const stranger = events.find(({ name, log }) => name !== "Transfer" && !ours.has(log.address));
  if (stranger) throw contradiction(`The event ${stranger.name} is of ${stranger.log.address}, which is no contract of the market.`);
  const texts = story.own(...TEXTS);
  if (texts[0]?.name !== "OrderPlaced" || texts.filter(({ name }) => name === "OrderPlaced").length !== 1) throw contradiction("The order's events do not begin with its placing.");
  for (const [index, { args, name, log }] of texts.entries()) {
    const expected = texts[index - 1]?.log.block;
    if (expected !== undefined && Number(args.previousBlock) !== expected) throw contradiction(`${name} in block ${log.block} follows an event in block ${String(args.previousBlock)}, which is not there.`);
  }
  return [true, `${logs.length} events in ${blocks.length} blocks, each text after the one before`];
}

/** The statuses follow one another as the table allows, and end in the record's. */
export function checkStatus(story: Story): [true, string] {
  const { order } = story.bundle;
  const [placed] = story.own("OrderPlaced");
  let status = Number(placed?.args.status);
  const path = [status];
  for (const { args } of story.own("OrderStatusChanged")) {
    const [from, to] = [Number(args.from), Number(args.to)];
    if (from !== status || !mayBecome(from, to)) throw contradiction(`An order that is ${orderStatusName(status)} cannot go from ${orderStatusName(from)} to ${orderStatusName(to)}.`);
    path.push((status = to));
  }
  if (status !== order.status) throw contradiction(`By its events the order is ${orderStatusName(status)}, by its record ${orderStatusName(order.status)}.`);
  if (order.reported !== story.own("ReportPublished").length > 0) throw contradiction("Record and events differ on whether there is a report.");
  const completed = new Map(story.own("SuborderCompleted").map(({ args }) => [args.suborder as bigint, Number(args.status)]));
  for (const part of order.parts) {
    const told = completed.get(part.id);
    // Public content is Done from the placing on, without an event.
    if (told === undefined ? part.status !== OrderStatus.New && part.status !== OrderStatus.Done : told !== part.status) {
      throw contradiction(`By its events suborder ${part.id} is ${told === undefined ? "New" : orderStatusName(told)}, by its record ${orderStatusName(part.status)}.`);
    }
  }
  return [true, `${path.map(orderStatusName).join(", ")}${isFinal(status) ? "" : " (not ended)"}`];
}
