// SPDX-License-Identifier: Apache-2.0
import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";

import { deployMarket } from "../../world/market";

describe("What the administration may do", () => {
  it("is refused to everybody else, everywhere", async () => {
    const { orderBook, catalog, registry, token, stranger } = await loadFixture(deployMarket);
    const tokenAddress = await token.getAddress();
    const deadlines = { approval: 60, accept: 60, report: 60, grace: 60, cancel: 60, checkpoint: 60, receipt: 60 };
    const calls = [
      () => orderBook.connect(stranger).listToken(tokenAddress, 0, true),
      () => orderBook.connect(stranger).setDeadlines(deadlines),
      () => orderBook.connect(stranger).setCommissionShares([{ recipient: stranger.address, share: 10_000 }]),
      () => orderBook.connect(stranger).setPaused(true),
      () => catalog.connect(stranger).setPaused(true),
      () => catalog.connect(stranger).setCompensationLimit(0),
      () => registry.connect(stranger).setPaused(true),
    ];
    for (const call of calls) await expect(call()).to.be.revertedWithCustomError(orderBook, "AccessManagedUnauthorized").withArgs(stranger.address);
  });

  it("keeps the commission within its bound", async () => {
    const { orderBook, token } = await loadFixture(deployMarket);
    const tokenAddress = await token.getAddress();
    await expect(orderBook.listToken(tokenAddress, 2001, true)).to.be.revertedWithCustomError(orderBook, "CommissionTooLarge").withArgs(2001, 2000);
    await expect(orderBook.listToken(tokenAddress, 2000, true)).to.emit(orderBook, "TokenListed").withArgs(1, tokenAddress, 2000, true);
  });

  it("keeps every waiting time within its bounds", async () => {
    const { orderBook } = await loadFixture(deployMarket);
    const most = 60 * 24 * 60;
    for (const field of ["approval", "accept", "report", "grace", "cancel", "checkpoint"]) {
      for (const wrong of [4, most + 1]) {
        await expect(orderBook.setDeadlines({ approval: 60, accept: 60, report: 60, grace: 60, cancel: 60, checkpoint: 60, receipt: 60, [field]: wrong }))
          .to.be.revertedWithCustomError(orderBook, "DeadlineOutOfRange")
          .withArgs(wrong, 5, most);
      }
    }
    await orderBook.setDeadlines({ approval: 5, accept: most, report: 5, grace: most, cancel: 5, checkpoint: most, receipt: most });
    expect(await orderBook.getDeadlines(2)).to.deep.equal([5n, BigInt(most), 5n, BigInt(most), 5n, BigInt(most), BigInt(most)]);
  });

  it("gives each token one number for good", async () => {
    const { orderBook, token, stranger } = await loadFixture(deployMarket);
    await orderBook.listToken(stranger.address, 0, true);
    expect(await orderBook.tokenIdOf(stranger.address)).to.equal(2n);
    await orderBook.listToken(await token.getAddress(), 100, true);
    expect(await orderBook.tokenIdOf(await token.getAddress())).to.equal(1n);
    expect(await orderBook.getToken(1)).to.deep.equal([await token.getAddress(), 100n, true]);
    await expect(orderBook.tokenIdOf(await orderBook.getAddress())).to.be.revertedWithCustomError(orderBook, "TokenNotFound");
  });

  it("pauses and resumes", async () => {
    const { orderBook, place } = await loadFixture(deployMarket);
    await expect(orderBook.setPaused(true)).to.emit(orderBook, "PlacingPaused").withArgs(true);
    await orderBook.setPaused(false);
    await place();
  });

  it("reaches no escrow: no function of the administration moves tokens", async () => {
    const { orderBook, token, run, book } = await loadFixture(deployMarket);
    await run();
    const before = await token.balanceOf(book);
    await orderBook.setPaused(true);
    await orderBook.listToken(await token.getAddress(), 2000, false);
    await orderBook.setDeadlines({ approval: 5, accept: 5, report: 5, grace: 5, cancel: 5, checkpoint: 5, receipt: 5 });
    await expect(orderBook.claimCommission(1)).to.be.revertedWithCustomError(orderBook, "NothingOwed");
    expect(await token.balanceOf(book)).to.equal(before);
  });
});
