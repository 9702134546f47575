// SPDX-License-Identifier: Apache-2.0
import type { OrderEvent } from "../../chain/orderLogs";
import { commissionOf, settle } from "../../core/charges";
import { billOfRecord, earningOf } from "../../core/orderRecord";
import { Fault, isFinal, OrderStatus } from "../../core/orderStatus";
import { formatTokens } from "../amounts";
import { contradiction, type Story } from "./story";

/** What an ended order was charged and gave back. */
export interface Settled {
  readonly seconds: number;
  readonly charged: bigint;
  readonly refunded: bigint;
}

/** Recomputes the division of the deposit from the order's prices, the signed seconds and the times of the blocks. */
export function checkSettlement(story: Story): [Settled, string] {
  const { order } = story.bundle;
  const [published] = story.own("ReportPublished");
  const [settled] = story.own("OrderSettled");
  if (!published) {
    if (settled) throw contradiction("An order without a report was settled.");
    if (order.since !== 0) throw contradiction(`An order without a report was charged ${order.since} seconds.`);
    return [{ seconds: 0, charged: 0n, refunded: order.deposit }, `ended before the report: all ${formatTokens(order.deposit)} tokens go back`];
  }
  if (!settled) throw contradiction("The order has ended and was not settled.");
  const [finished] = story.own("OrderFinished");
  const lease = order.leaseMinutes * 60;
  const record = finished?.args.record as { fault: bigint; usedSeconds: bigint } | undefined;
  const told = { seconds: Number(settled.args.chargedSeconds), charged: settled.args.charged as bigint, refunded: settled.args.refunded as bigint };
  const canceling = story.own("OrderStatusChanged").find(({ args }) => Number(args.to) === OrderStatus.Canceling);
  // No machine charges more time than has passed on chain, up to the cancel where there was one.
  const passed = (end: OrderEvent) => story.timeOf(canceling ?? end) - story.timeOf(published);
  // What no finish ended: a job is charged to the end of its lease, for the others. When a service was stopped or a cancel was never
  // confirmed, the contract chose the second and whether the machine is paid, by checkpoints and money: then the arithmetic is checked.
  const ways = finished && record
    ? [{ used: Math.min(Number(record.usedSeconds), passed(finished), lease), held: Number(record.fault) !== Fault.Machine }]
    : [false, true].flatMap((held) => [lease, Math.min(told.seconds, lease)].map((used) => ({ used, held })));
  // Storage has its own time: what it took in and gave back after the settlement is in its events.
  const after = story.events.filter(({ name, log }) => ["RetentionChanged", "StorageEnded", "StorageRefunded"].includes(name) && log.block > settled.log.block);
  const change = after.reduce((sum, { name, args }) => (name === "RetentionChanged" ? sum + (args.paid as bigint) : sum - (args.refunded as bigint)), 0n);
  const outcomes = ways.map(({ used, held }) => ({ held, ...settle(billOfRecord(order, held), order.deposit, used) }));
  const found = outcomes.find(({ seconds, charged }) => told.seconds === seconds && told.charged + change === charged && told.refunded === order.deposit - told.charged && order.since === seconds);
  if (!found) {
    const { seconds, charged } = outcomes[0]!;
    throw contradiction(`Settled were ${told.seconds} seconds, ${told.charged} units charged and ${told.refunded} refunded; recomputed are ${seconds}, ${charged} and ${order.deposit - charged}.`);
  }
  const { held } = found;
  const { refunded } = told;
  return [told, `${told.seconds} seconds, ${formatTokens(told.charged)} of ${formatTokens(order.deposit)} tokens charged${held ? "" : ", the machine not paid"}, ${formatTokens(refunded)} returned`];
}

/** The deposit came in and what the settlement gave back went out, to the unit, in the token's own events. */
export function checkTransfers(story: Story, settled: Settled | undefined): [true, string] {
  const { order, market } = story.bundle;
  const book = market.contracts.orderBook;
  const [placed] = story.own("OrderPlaced");
  const transfers = story.events.filter(({ name }) => name === "Transfer");
  let token: string | undefined;
  const moved = (at: OrderEvent, from: string, to: string, value: bigint): boolean => {
    const found = transfers.find(({ log, args }) => log.transaction === at.log.transaction && lower(args.from) === from && lower(args.to) === to && args.value === value && log.address === (token ?? log.address));
    token ??= found?.log.address;
    return value === 0n || found !== undefined;
  };
  const added = story.own("OrderReplenished");
  const first = added.reduce((left, { args }) => left - (args.amount as bigint), order.deposit);
  if (!moved(placed!, order.customer, book, first)) throw contradiction(`No transfer of ${first} units to the order book goes with the placing.`);
  for (const event of added) {
    if (!moved(event, lower(event.args.by), book, event.args.amount as bigint)) throw contradiction(`No transfer of ${String(event.args.amount)} units to the order book goes with the replenishing in ${event.log.transaction}.`);
  }
  if (!isFinal(order.status)) return [true, `the deposit of ${formatTokens(order.deposit)} tokens came in`];
  const ending = story.own("OrderStatusChanged").at(-1)!;
  const refunded = settled?.refunded ?? 0n;
  const owed = story.events.some(({ name, log, args }) => name === "RefundOwed" && log.transaction === ending.log.transaction && lower(args.customer) === order.customer && args.amount === refunded);
  if (!owed && !moved(ending, book, order.customer, refunded)) throw contradiction(`No transfer of ${refunded} units to the customer goes with the end.`);
  return [true, `${formatTokens(order.deposit)} tokens came in, ${formatTokens(refunded)} ${owed ? "wait for the customer, because the token refused them" : "went back"}`];
}

/** What claims of this order alone paid is what its parts earned, less the commission. */
export function checkClaims(story: Story, settled: Settled): [true, string] {
  const { order } = story.bundle;
  const ids = new Set([order.id, ...order.parts.map(({ id }) => id)]);
  const claims = story.events.filter(({ name }) => name === "EarningsClaimed");
  let mixed = 0;
  for (const { args, log } of claims) {
    const parts = [...(args.parts as bigint[])];
    if (parts.some((id) => !ids.has(id))) {
      mixed++;
      continue;
    }
    const earned = parts.map((id) => drawnIn(story, id, log.transaction) ?? earningOf(order, id, settled.seconds) - drawnOf(story, id));
    const commission = earned.reduce((sum, earning) => sum + commissionOf(earning, order.commission), 0n);
    const paid = earned.reduce((sum, earning) => sum + earning, 0n) - commission;
    if (args.paid !== paid || args.commission !== commission) throw contradiction(`A claim paid ${String(args.paid)} and took ${String(args.commission)}; recomputed are ${paid} and ${commission}.`);
  }
  return [true, `${claims.length - mixed} claims are what was earned${mixed === 0 ? "" : `; ${mixed} pay other orders too and were not recomputed`}`];
}

/** What a claim took of a part that went on; undefined where it took the rest. */
function drawnIn(story: Story, part: bigint, transaction: string): bigint | undefined {
  return story.events.find(({ name, args, log }) => name === "EarningsDrawn" && args.part === part && log.transaction === transaction)?.args.amount as bigint | undefined;
}

/** What was drawn of a part before its end, in all. */
function drawnOf(story: Story, part: bigint): bigint {
  return story.events.filter(({ name, args }) => name === "EarningsDrawn" && args.part === part).reduce((sum, { args }) => sum + (args.amount as bigint), 0n);
}

function lower(address: unknown): string {
  return String(address).toLowerCase();
}
