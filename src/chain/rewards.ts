// SPDX-License-Identifier: Apache-2.0
import { RewardPool__factory, type RewardPool } from "../../typechain-types";
import { CloisterError } from "../core/errors";
import { actingAccount, type Market } from "./market";
import { inParallel } from "./parallel";
import { read, type Receipt, send } from "./send";

/** An epoch's budget in the market's token, and a provider's part of it. Amounts in units, times in Unix seconds. */
export interface EpochView {
  readonly epoch: number;
  readonly endsAt: number;
  /** Claims are taken from the end until then. */
  readonly closesAt: number;
  readonly state: "running" | "to come" | "claimable" | "closed";
  readonly funded: bigint;
  /** What was neither claimed nor carried over. */
  readonly left: bigint;
  readonly totalRevenue: bigint;
  /** Undefined where no provider was asked about. */
  readonly provider?: ProviderShare;
}

/** What a provider earned in an epoch, the commission it paid, its share as of now, and what of it was claimed. */
export interface ProviderShare {
  readonly revenue: bigint;
  readonly commission: bigint;
  readonly share: bigint;
  readonly claimed: bigint;
}

/** The market's reward pool. @throws CloisterError `RewardPoolMissing`. */
export function rewardPool(market: Market): RewardPool {
  const { rewardPool: address } = market.address;
  if (address !== undefined) return RewardPool__factory.connect(address, market.signer ?? market.provider);
  throw new CloisterError("RewardPoolMissing", "The configuration names no reward pool.", "Add its address as blockchain.rewardPool; whoever deployed the market knows it.");
}

/** The epoch that runs now. */
export async function runningEpoch(market: Market): Promise<number> {
  return Number(await read(rewardPool(market).runningEpoch()));
}

/** Epochs that ever got money in the market's token, and the running one; oldest first. */
export async function fundedEpochs(market: Market): Promise<number[]> {
  const pool = rewardPool(market);
  const token = await tokenOf(market);
  const [funded, carried, running] = await Promise.all([
    pool.queryFilter(pool.filters.BudgetFunded(undefined, token)),
    pool.queryFilter(pool.filters.BudgetCarriedOver(undefined, token)),
    runningEpoch(market),
  ]);
  const epochs = new Set([running, ...funded.map(({ args }) => Number(args.epoch)), ...carried.map(({ args }) => Number(args.to))]);
  return [...epochs].sort((a, b) => a - b);
}

/** Epochs as they stand, with a provider's part where one is named. */
export async function readEpochs(market: Market, epochs: readonly number[], provider?: bigint): Promise<EpochView[]> {
  const pool = rewardPool(market);
  const [token, running, window] = await Promise.all([tokenOf(market), runningEpoch(market), read(pool.CLAIM_WINDOW())]);
  const now = (await market.provider.getBlock("latest"))!.timestamp;
  return inParallel(epochs, async (epoch) => {
    const [{ funded, left }, end, totalRevenue] = await Promise.all([read(pool.budgetOf(epoch, token)), read(pool.endOf(epoch)), read(market.orderBook.totalRevenueOf(epoch, token))]);
    const [endsAt, closesAt] = [Number(end), Number(end + window)];
    const state = epoch > running ? "to come" : now < endsAt ? "running" : now < closesAt ? "claimable" : "closed";
    return { epoch, endsAt, closesAt, state, funded, left, totalRevenue, ...(provider !== undefined && { provider: await shareOf(market, epoch, token, provider) }) } as const;
  });
}

/** Adds token units to the budget of an epoch; lets the pool take them first. Nobody gets them back. */
export async function fundRewards(market: Market, epoch: number, amount: bigint): Promise<Receipt> {
  const account = actingAccount(market);
  const pool = rewardPool(market);
  const address = market.address.rewardPool!;
  if ((await read(market.token.allowance(account, address))) < amount) await send(market.token.approve(address, amount));
  return send(pool.fund(epoch, await tokenOf(market), amount));
}

/** Pays a provider its share of an epoch to its token receiver; anyone may ask. */
export async function claimReward(market: Market, epoch: number, provider: bigint): Promise<Receipt & { amount: bigint }> {
  actingAccount(market);
  const token = await tokenOf(market);
  const receipt = await send(rewardPool(market).claim(epoch, token, provider));
  return { ...receipt, amount: await read(rewardPool(market).claimedOf(epoch, token, provider)) };
}

/** Moves what nobody claimed of an epoch into the running one; anyone may, when claims are closed. */
export async function carryOverRewards(market: Market, epoch: number): Promise<Receipt> {
  actingAccount(market);
  return send(rewardPool(market).carryOver(epoch, await tokenOf(market)));
}

async function shareOf(market: Market, epoch: number, token: bigint, provider: bigint): Promise<ProviderShare> {
  const pool = rewardPool(market);
  const [{ revenue, commission }, share, claimed] = await Promise.all([
    read(market.orderBook.revenueOf(epoch, token, provider)),
    read(pool.rewardOf(epoch, token, provider)),
    read(pool.claimedOf(epoch, token, provider)),
  ]);
  return { revenue, commission, share, claimed };
}

/** Number of the market's token in its order book. */
async function tokenOf(market: Market): Promise<bigint> {
  return read(market.orderBook.tokenIdOf(market.address.contracts.token));
}
