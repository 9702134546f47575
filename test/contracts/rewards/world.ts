// SPDX-License-Identifier: Apache-2.0
import { time } from "@nomicfoundation/hardhat-network-helpers";
import { MaxUint256 } from "ethers";
import { ethers } from "hardhat";

import { deployMarket } from "../../world/market";

/** Token 1 of the book below: the market's. */
export const TOKEN = 1;
export const WEEKS_52 = 52 * 7 * 86_400;

/** A reward pool over revenue that the test sets, with the providers of the test market; Alice funds it. */
export async function deployPool() {
  const market = await deployMarket();
  const { registry, token, alice, machineOwner, dataOwner, solutionOwner } = market;
  const revenue = await ethers.deployContract("FixedRevenue");
  await revenue.setToken(TOKEN, await token.getAddress());
  const pool = await ethers.deployContract("RewardPool", [await revenue.getAddress(), await registry.getAddress()]);
  await token.connect(alice).approve(await pool.getAddress(), MaxUint256);
  const epochSeconds = Number(await revenue.EPOCH_SECONDS());
  // Early in an epoch, so that no test slides into the next by itself.
  const epoch = Math.floor((await time.latest()) / epochSeconds) + 1;
  await time.increaseTo(epoch * epochSeconds + 10);

  const endOf = (ended: number) => (ended + 1) * epochSeconds;
  const fund = (amount: bigint | number, into = epoch) => pool.connect(alice).fund(into, TOKEN, amount);
  const earn = (provider: bigint, earned: bigint | number, commission: bigint | number, during = epoch) => revenue.earn(during, TOKEN, provider, earned, commission);
  /** The first second after an epoch. */
  const end = (ended = epoch) => time.increaseTo(endOf(ended));
  return { ...market, pool, revenue, epoch, epochSeconds, endOf, fund, earn, end, carols: machineOwner.provider, bobs: dataOwner.provider, solvers: solutionOwner.provider };
}
