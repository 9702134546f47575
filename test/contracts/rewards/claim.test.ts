// SPDX-License-Identifier: Apache-2.0
import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { MaxUint256 } from "ethers";
import { ethers } from "hardhat";

import { deployPool, TOKEN, WEEKS_52 } from "./world";

describe("RewardPool: claiming", () => {
  it("pays each provider by its revenue, once, to its token receiver, whoever asks", async () => {
    const { pool, token, stranger, machineOwner, dataOwner, epoch, carols, bobs, fund, earn, end } = await loadFixture(deployPool);
    await fund(100);
    await earn(carols, 3000, 90);
    await earn(bobs, 1000, 30);
    await end();
    expect(await pool.claim.staticCall(epoch, TOKEN, carols)).to.equal(75n);
    const sent = pool.connect(stranger).claim(epoch, TOKEN, carols);
    await expect(sent).to.changeTokenBalances(token, [pool, machineOwner.receiver], [-75, 75]);
    await expect(sent).to.emit(pool, "RewardClaimed").withArgs(epoch, TOKEN, carols, machineOwner.receiver, 75);
    await expect(pool.claim(epoch, TOKEN, bobs)).to.changeTokenBalance(token, dataOwner.receiver, 25);
    expect([await pool.claimedOf(epoch, TOKEN, carols), await pool.claimedOf(epoch, TOKEN, bobs)]).to.deep.equal([75n, 25n]);
    expect(await pool.budgetOf(epoch, TOKEN)).to.deep.equal([100n, 0n]);
    await expect(pool.claim(epoch, TOKEN, carols)).to.be.revertedWithCustomError(pool, "AlreadyRewarded").withArgs(epoch, TOKEN, carols, 75);
  });

  it("pays no more than the commission that the provider paid: who buys from oneself does not win", async () => {
    const { pool, token, machineOwner, epoch, carols, bobs, fund, earn, end } = await loadFixture(deployPool);
    await fund(10_000);
    await earn(carols, 3000, 90);
    await earn(bobs, 1000, 30);
    await end();
    await expect(pool.claim(epoch, TOKEN, carols)).to.changeTokenBalance(token, machineOwner.receiver, 90);
    expect(await pool.budgetOf(epoch, TOKEN)).to.deep.equal([10_000n, 9_910n]);
  });

  it("is the same whoever comes first", async () => {
    const shares = [];
    for (const first of [0, 1]) {
      const { pool, epoch, carols, bobs, fund, earn, end } = await loadFixture(deployPool);
      await fund(101);
      await earn(carols, 2, 1000);
      await earn(bobs, 1, 1000);
      await end();
      const order = first === 0 ? [carols, bobs] : [bobs, carols];
      for (const provider of order) await pool.claim(epoch, TOKEN, provider);
      shares.push([await pool.claimedOf(epoch, TOKEN, carols), await pool.claimedOf(epoch, TOKEN, bobs)]);
    }
    expect(shares).to.deep.equal([[67n, 33n], [67n, 33n]]);
  });

  it("waits for the end of the epoch; until then the reward is what it would be now", async () => {
    const { pool, epoch, carols, bobs, fund, earn, endOf } = await loadFixture(deployPool);
    await fund(100);
    await earn(carols, 1000, 90);
    expect(await pool.rewardOf(epoch, TOKEN, carols)).to.equal(90n);
    await earn(bobs, 1000, 30);
    expect(await pool.rewardOf(epoch, TOKEN, carols)).to.equal(50n);
    await time.setNextBlockTimestamp(endOf(epoch) - 1);
    await expect(pool.claim(epoch, TOKEN, carols)).to.be.revertedWithCustomError(pool, "EpochNotOver").withArgs(epoch, endOf(epoch), endOf(epoch) - 1);
    await time.setNextBlockTimestamp(endOf(epoch));
    await pool.claim(epoch, TOKEN, carols);
    expect(await pool.rewardOf(epoch, TOKEN, carols)).to.equal(50n);
  });

  it("ends 52 weeks after the epoch", async () => {
    const { pool, epoch, carols, bobs, fund, earn, endOf } = await loadFixture(deployPool);
    await fund(100);
    await earn(carols, 1, 90);
    await earn(bobs, 1, 90);
    const closing = endOf(epoch) + WEEKS_52;
    await time.setNextBlockTimestamp(closing - 1);
    await pool.claim(epoch, TOKEN, carols);
    await time.setNextBlockTimestamp(closing);
    await expect(pool.claim(epoch, TOKEN, bobs)).to.be.revertedWithCustomError(pool, "ClaimsClosed").withArgs(epoch, closing, closing);
  });

  it("pays nothing where nothing was earned, nothing was funded, or less than a unit is due", async () => {
    const { pool, epoch, carols, bobs, solvers, fund, earn, end } = await loadFixture(deployPool);
    await fund(2);
    await fund(100, epoch + 1);
    await earn(carols, 1_000_000, 1000);
    await earn(bobs, 1, 1000);
    await end(epoch + 1);
    for (const [during, provider] of [[epoch, bobs], [epoch, solvers], [epoch - 1, carols], [epoch + 1, carols]] as const) {
      await expect(pool.claim(during, TOKEN, provider)).to.be.revertedWithCustomError(pool, "NoReward").withArgs(during, TOKEN, provider);
    }
  });

  it("waits where the token refuses the receiver, who may name another", async () => {
    const { pool, registry, revenue, carol, carols, book, epoch, end } = await loadFixture(deployPool);
    const refusing = await ethers.deployContract("RefusingToken");
    await revenue.setToken(2, await refusing.getAddress());
    await refusing.approve(await pool.getAddress(), MaxUint256);
    await pool.fund(epoch, 2, 50);
    await revenue.earn(epoch, 2, carols, 1000, 30);
    await end();
    await refusing.setBlocked(await registry.tokenReceiverOf(carols), true);
    await expect(pool.claim(epoch, 2, carols)).to.be.revertedWithCustomError(refusing, "Blocked");
    expect(await pool.claimedOf(epoch, 2, carols)).to.equal(0n);
    await registry.connect(carol).updateProvider(carols, carol.address, carol.address, book);
    await expect(pool.claim(epoch, 2, carols)).to.changeTokenBalance(refusing, carol, 30);
  });

  it("a token that calls back enters no verb a second time", async () => {
    const { pool, revenue, carols, epoch, end } = await loadFixture(deployPool);
    const token = await ethers.deployContract("ReentrantToken");
    await revenue.setToken(2, await token.getAddress());
    await token.approve(await pool.getAddress(), MaxUint256);
    await pool.fund(epoch, 2, 50);
    await revenue.earn(epoch, 2, carols, 1000, 30);
    await end();
    const attacks = [
      pool.interface.encodeFunctionData("fund", [epoch + 1, 2, 1]),
      pool.interface.encodeFunctionData("claim", [epoch, 2, carols]),
      pool.interface.encodeFunctionData("carryOver", [epoch, 2]),
    ];
    for (const attack of attacks) {
      await token.plan(await pool.getAddress(), attack);
      await pool.fund(epoch + 1, 2, 1);
      expect([await token.called(), await token.succeeded()]).to.deep.equal([true, false]);
      expect(await token.answer()).to.equal(pool.interface.getError("ReentrancyGuardReentrantCall")?.selector);
    }
  });

  it("costs the same however many providers earned", async () => {
    const { pool, epoch, carols, bobs, fund, earn, end } = await loadFixture(deployPool);
    await fund(10_000_000);
    for (let other = 1000n; other < 1050n; other++) await earn(other, 1000, 100);
    await earn(carols, 3000, 90);
    await earn(bobs, 3000, 90);
    await end();
    const gasOf = async (provider: bigint) => (await (await pool.claim(epoch, TOKEN, provider)).wait())?.gasUsed ?? 0n;
    const [first, second] = [await gasOf(carols), await gasOf(bobs)];
    expect(Number(first)).to.be.below(125_000);
    expect(Math.abs(Number(first - second))).to.be.below(100);
  });
});
