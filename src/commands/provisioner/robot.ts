// SPDX-License-Identifier: Apache-2.0
import { setTimeout as sleep } from "node:timers/promises";

import { isConnectionTrouble } from "../../chain/connection";
import type { Market } from "../../chain/market";
import { allowanceFor, offersOfProvider } from "../../chain/offerDetails";
import { getOffer, versionHash } from "../../chain/offers";
import { completeSuborder, getSuborder, type OrderView, type SuborderView } from "../../chain/orders";
import { type WaitingSuborder, waitingSuborders } from "../../chain/waiting";
import { CloisterError, isCloisterError } from "../../core/errors";
import { OfferType } from "../../core/offerType";
import { OrderStatus } from "../../core/orderStatus";
import { Approval } from "../../core/resources";
import type { Resource } from "../../core/resource";
import { seal } from "../../crypto/seal";
import { carry, type Patience } from "../../tee/controller/carry";
import { makeRelease } from "../orders/release";

/** What the robot works with. It holds the action account alone, so that it can change no policy. */
export interface Robot {
  readonly market: Market;
  readonly provider: bigint;
  /** Its contents, by their sha256. */
  readonly resources: ReadonlyMap<string, Resource>;
  readonly acceptArguments: boolean;
  /** Seconds that a key release may be used. */
  readonly validSeconds: number;
  /** Recipients of a verified machine. @throws CloisterError where the machine is not trusted. */
  readonly recipients: (offer: bigint) => Promise<readonly string[]>;
  readonly now: () => Date;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

/** What was decided about a suborder. */
export interface Decision {
  readonly suborder: bigint;
  readonly order: bigint;
  readonly approved: boolean;
  readonly code?: string;
  readonly reason?: string;
}

/** How the robot is run. */
export interface Rounds {
  /** One look and no more. */
  readonly once: boolean;
  /** Milliseconds between two looks. */
  readonly interval: number;
}

/**
 * Completes the suborders of the provider's Policy offers that the policy on chain allows, and reports the rest with the reason. What
 * is refused stays open: the policy may change, and its owner may decide. All it knows is on chain, so that a restart begins anew.
 */
export async function runRobot(robot: Robot, { once, interval }: Rounds): Promise<Decision[]> {
  const decisions = new Map<bigint, Decision>();
  let seen = -1;
  let silent = false;
  while (!robot.signal.aborted) {
    try {
      const block = await robot.market.provider.getBlockNumber();
      // An expiry needs no block to come: what waits is looked at again all the same.
      if (block !== seen || [...decisions.values()].some(({ approved }) => !approved)) await round(robot, decisions);
      if (silent) robot.say("The chain answers again");
      [seen, silent] = [block, false];
    } catch (error) {
      if (once || !isConnectionTrouble(error)) throw error;
      if (!silent) robot.say("The chain does not answer; asking again until it does");
      silent = true;
    }
    if (once) break;
    await sleep(interval, undefined, { signal: robot.signal }).catch(() => undefined);
  }
  return [...decisions.values()];
}

async function round(robot: Robot, decisions: Map<bigint, Decision>): Promise<void> {
  const offers = await policyOffers(robot);
  for (const waiting of await waitingSuborders(robot.market, { offers, types: new Set([OfferType.Data, OfferType.Solution]), signal: robot.signal })) {
    const { suborder, order } = waiting;
    const before = decisions.get(suborder.id);
    const decision = await decide(robot, waiting);
    decisions.set(suborder.id, decision);
    if (decision.approved) robot.say(`suborder ${suborder.id} of order ${order.id}: approved, solution ${order.solutionHash}`);
    else if (before?.code !== decision.code) robot.say(`suborder ${suborder.id} of order ${order.id}: not approved: ${decision.code}: ${decision.reason}`);
  }
}

async function policyOffers({ market, provider }: Robot): Promise<Set<bigint>> {
  const offers = await Promise.all((await offersOfProvider(market, provider)).map((id) => getOffer(market, id)));
  return new Set(offers.filter(({ offerType, approval }) => offerType !== OfferType.TeeOffer && approval === Approval.Policy).map(({ id }) => id));
}

async function decide(robot: Robot, { suborder, order }: WaitingSuborder): Promise<Decision> {
  const common = { suborder: suborder.id, order: order.id };
  try {
    await checkPolicy(robot, suborder, order);
    await approve(robot, suborder, order);
    return { ...common, approved: true };
  } catch (error) {
    if (!isCloisterError(error) || isConnectionTrouble(error)) throw error;
    return { ...common, approved: false, code: error.code, reason: error.message };
  }
}

/** The contract decides the same; asking first tells the reason, and spends no gas. */
async function checkPolicy({ market, now }: Robot, { offer }: SuborderView, { solutionHash }: OrderView): Promise<void> {
  const { usesLeft, notAfter } = await allowanceFor(market, offer, solutionHash);
  const refuse = (code: string, reason: string) => new CloisterError(code, `Solution ${solutionHash} ${reason} for offer ${offer}.`, "If you have read the solution, allow it: `provisioner allow`.", { offer, solutionHash });
  if (notAfter === 0 && usesLeft === 0) throw refuse("SolutionNotAllowed", "is not allowed");
  if (usesLeft === 0) throw refuse("AllowanceUsedUp", "has used up its allowance");
  if (notAfter * 1000 < now().getTime()) throw refuse("AllowanceEnded", `was allowed until ${new Date(notAfter * 1000).toISOString()}`);
}

async function approve(robot: Robot, suborder: SuborderView, order: OrderView): Promise<void> {
  const { market, resources, acceptArguments, validSeconds, now, say, signal } = robot;
  const content = await versionHash(market, suborder.offer, suborder.version);
  const resource = resources.get(content);
  if (resource === undefined) throw new CloisterError("ResourceUnknown", `The robot has no resource file of content ${content}, version ${suborder.version} of offer ${suborder.offer}.`, "Start it with --result for that version too.", { content });
  const notAfter = Math.floor(now().getTime() / 1000) + validSeconds;
  const release = await makeRelease(market, { suborder, order }, resource, order.solutionHash, { acceptArguments, notAfter });
  const sealed = await seal(release, await robot.recipients(order.offer));
  const patience: Patience = { log: say, over: () => signal.aborted };
  const done = async () => (await getSuborder(market, suborder.id)).status === OrderStatus.Done;
  await carry({ what: `suborder ${suborder.id}`, done, send: () => completeSuborder(market, suborder.id, OrderStatus.Done, order.solutionHash, sealed) }, patience);
}
