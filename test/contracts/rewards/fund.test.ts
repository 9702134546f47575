// SPDX-License-Identifier: Apache-2.0
import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { MaxUint256 } from "ethers";
import { ethers } from "hardhat";

import { deployPool, TOKEN, WEEKS_52 } from "./world";

describe("RewardPool: funding", () => {
  it("adds to the budget of the running epoch and of coming ones, from anybody", async () => {
    const { pool, token, alice, carol, epoch, fund } = await loadFixture(deployPool);
    const sent = fund(100);
    await expect(sent).to.changeTokenBalances(token, [alice, pool], [-100, 100]);
    await expect(sent).to.emit(pool, "BudgetFunded").withArgs(epoch, TOKEN, alice.address, 100, 100);
    await token.connect(carol).approve(await pool.getAddress(), 7);
    await expect(pool.connect(carol).fund(epoch, TOKEN, 7)).to.emit(pool, "BudgetFunded").withArgs(epoch, TOKEN, carol.address, 7, 107);
    await fund(5, epoch + 1);
    expect(await pool.budgetOf(epoch, TOKEN)).to.deep.equal([107n, 107n]);
    expect(await pool.budgetOf(epoch + 1, TOKEN)).to.deep.equal([5n, 5n]);
    expect(await pool.budgetOf(epoch, TOKEN + 1)).to.deep.equal([0n, 0n]);
  });

  it("takes no epoch that is over: its shares are final", async () => {
    const { pool, epoch, fund, end, endOf } = await loadFixture(deployPool);
    await expect(fund(1, epoch - 1)).to.be.revertedWithCustomError(pool, "EpochOver").withArgs(epoch - 1, epoch);
    await time.setNextBlockTimestamp(endOf(epoch) - 1);
    await fund(1);
    await end();
    await expect(fund(1)).to.be.revertedWithCustomError(pool, "EpochOver").withArgs(epoch, epoch + 1);
    expect([await pool.runningEpoch(), await pool.endOf(epoch)]).to.deep.equal([BigInt(epoch + 1), BigInt(endOf(epoch))]);
  });

  it("takes no epoch that begins later than in 52 weeks", async () => {
    const { pool, epochSeconds, fund } = await loadFixture(deployPool);
    const latest = Math.floor(((await time.latest()) + WEEKS_52) / epochSeconds);
    await fund(1, latest);
    await expect(fund(1, latest + 1)).to.be.revertedWithCustomError(pool, "EpochTooFar").withArgs(latest + 1, latest);
  });

  it("needs an amount, and a token of the book", async () => {
    const { pool, alice, epoch, fund } = await loadFixture(deployPool);
    await expect(fund(0)).to.be.revertedWithCustomError(pool, "NothingFunded").withArgs(epoch, TOKEN);
    await expect(pool.connect(alice).fund(epoch, 9, 1)).to.be.revertedWithCustomError(pool, "RewardTokenUnknown").withArgs(9);
  });

  it("refuses a token that keeps a part of a transfer", async () => {
    const { pool, revenue, epoch } = await loadFixture(deployPool);
    const fee = await ethers.deployContract("FeeToken");
    await revenue.setToken(2, await fee.getAddress());
    await fee.approve(await pool.getAddress(), MaxUint256);
    await expect(pool.fund(epoch, 2, 1000)).to.be.revertedWithCustomError(pool, "CreditedLess").withArgs(await fee.getAddress(), 1000, 990);
  });

  it("takes tokens of the old kind, whose transfers answer nothing", async () => {
    const { pool, revenue, epoch, carols, end } = await loadFixture(deployPool);
    const silent = await ethers.deployContract("SilentToken");
    await revenue.setToken(2, await silent.getAddress());
    await silent.approve(await pool.getAddress(), MaxUint256);
    await pool.fund(epoch, 2, 50);
    await revenue.earn(epoch, 2, carols, 1000, 30);
    await end();
    await pool.claim(epoch, 2, carols);
    expect(await silent.balanceOf(await pool.getAddress())).to.equal(20n);
  });
});
