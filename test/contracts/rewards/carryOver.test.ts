// SPDX-License-Identifier: Apache-2.0
import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";

import { deployPool, TOKEN, WEEKS_52 } from "./world";

describe("RewardPool: carrying over", () => {
  it("moves what nobody claimed into the running epoch, once the claims are closed", async () => {
    const { pool, token, stranger, epoch, epochSeconds, carols, fund, earn, endOf } = await loadFixture(deployPool);
    await fund(100);
    await earn(carols, 1, 30);
    await time.increaseTo(endOf(epoch));
    await pool.claim(epoch, TOKEN, carols);
    const closing = endOf(epoch) + WEEKS_52;
    const running = Math.floor(closing / epochSeconds);
    await time.increaseTo(closing - 100);
    await fund(11, running);
    await time.setNextBlockTimestamp(closing - 1);
    await expect(pool.carryOver(epoch, TOKEN)).to.be.revertedWithCustomError(pool, "ClaimsOpen").withArgs(epoch, closing, closing - 1);
    await time.setNextBlockTimestamp(closing);
    const sent = pool.connect(stranger).carryOver(epoch, TOKEN);
    await expect(sent).to.emit(pool, "BudgetCarriedOver").withArgs(epoch, TOKEN, running, 70, 81);
    await expect(sent).to.changeTokenBalance(token, pool, 0);
    expect(await pool.budgetOf(epoch, TOKEN)).to.deep.equal([100n, 0n]);
    expect(await pool.budgetOf(running, TOKEN)).to.deep.equal([81n, 81n]);
    await expect(pool.carryOver(epoch, TOKEN)).to.be.revertedWithCustomError(pool, "NothingLeft").withArgs(epoch, TOKEN);
    expect(await token.balanceOf(await pool.getAddress())).to.equal(81n);
  });

  it("moves the whole of an epoch in which nobody earned", async () => {
    const { pool, epoch, fund, endOf } = await loadFixture(deployPool);
    await fund(100);
    await time.increaseTo(endOf(epoch) + WEEKS_52);
    expect(await pool.carryOver.staticCall(epoch, TOKEN)).to.equal(100n);
    await pool.carryOver(epoch, TOKEN);
    expect((await pool.budgetOf(await pool.runningEpoch(), TOKEN)).left).to.equal(100n);
  });

  it("finds nothing in an epoch that had no budget, and no epoch too early", async () => {
    const { pool, epoch, epochSeconds } = await loadFixture(deployPool);
    const old = epoch - Math.ceil(WEEKS_52 / epochSeconds) - 2;
    await expect(pool.carryOver(old, TOKEN)).to.be.revertedWithCustomError(pool, "NothingLeft").withArgs(old, TOKEN);
    await expect(pool.carryOver(epoch + 1, TOKEN)).to.be.revertedWithCustomError(pool, "ClaimsOpen");
  });
});
