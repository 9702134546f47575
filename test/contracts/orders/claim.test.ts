// SPDX-License-Identifier: Apache-2.0
import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";

import { deployMarket, tokens, ZERO_HASH } from "../../world/market";
import { PriceType } from "../../world/offers";

/** Less the commission of 3 %, rounded in the provider's favour. */
const net = (earning: bigint) => earning - (earning * 300n) / 10_000n;

async function finishedOrder() {
  const market = await deployMarket();
  const order = await market.run(market.fullWorkflow());
  await market.orderBook.connect(market.keeper).receiveStorage(order + 3n, ZERO_HASH, 100, "0x");
  await time.increase(1799);
  await market.finish(order, { usedSeconds: 1801 });
  // The storage's retention outlives the order.
  await time.increase(600 * 60);
  return { ...market, order };
}

describe("OrderBook.claim", () => {
  it("pays each part to its provider's token receiver, less the commission, whoever calls", async () => {
    const { orderBook, token, stranger, machineOwner, solutionOwner, dataOwner, storeOwner, order } = await loadFixture(finishedOrder);
    const parts = [[order, machineOwner], [order + 1n, solutionOwner], [order + 2n, dataOwner], [order + 3n, storeOwner]] as const;
    for (const [part, owner] of parts) {
      const earning = await orderBook.claimable(part);
      expect(earning).to.be.greaterThan(0n);
      const sent = orderBook.connect(stranger).claim([part]);
      await expect(sent).to.changeTokenBalance(token, owner.receiver, net(earning));
      await expect(sent).to.emit(orderBook, "EarningsClaimed").withArgs(owner.provider, owner.receiver, 1, net(earning), earning - net(earning), [part]);
      expect(await orderBook.claimable(part)).to.equal(0n);
    }
  });

  it("draws nothing where all is paid: only what goes on is drawn", async () => {
    const { orderBook, order } = await loadFixture(finishedOrder);
    for (const part of [0n, 1n, 2n, 3n]) await expect(orderBook.claim([order + part])).to.not.emit(orderBook, "EarningsDrawn");
  });

  it("counts a single unit in its epoch, also when the next one has begun", async () => {
    const { orderBook, dataOwner, addSlot, data, run, finish, workflow } = await loadFixture(deployMarket);
    const slot = await addSlot(data, dataOwner, { disk: 10 }, 1n, PriceType.Fixed);
    const parts = { parts: [{ offer: data, version: 0, slot }] };
    const orders = [await run(workflow({}, parts)), await run(workflow({}, parts))];
    for (const order of orders) await finish(order);
    const week = await orderBook.EPOCH_SECONDS();
    const epoch = BigInt(await time.latest()) / week;
    await orderBook.claim([orders[0]! + 1n]);
    await time.increase(week);
    await orderBook.claim([orders[1]! + 1n]);
    for (const ended of [epoch, epoch + 1n]) {
      expect(await orderBook.totalRevenueOf(ended, 1)).to.equal(1n);
      expect(await orderBook.revenueOf(ended, 1, dataOwner.provider)).to.deep.equal([1n, 0n]);
    }
  });

  it("leaves nothing but the commission behind: escrow in = paid + returned + commission, to the unit", async () => {
    const { orderBook, token, admin, book, order } = await loadFixture(finishedOrder);
    for (const part of [0n, 1n, 2n, 3n]) await orderBook.claim([order + part]);
    const commission = await orderBook.commissionOf(1);
    expect(await token.balanceOf(book)).to.equal(commission);
    const sent = orderBook.claimCommission(1);
    await expect(sent).to.changeTokenBalances(token, [book, admin], [-commission, commission]);
    await expect(sent).to.emit(orderBook, "CommissionClaimed").withArgs(1, admin.address, commission);
    await expect(orderBook.claimCommission(1)).to.be.revertedWithCustomError(orderBook, "NothingOwed").withArgs(book, 1);
  });

  it("pays nobody twice, in two claims or in one", async () => {
    const { orderBook, order } = await loadFixture(finishedOrder);
    for (const part of [order, order + 2n]) {
      await expect(orderBook.claim([part, part])).to.be.revertedWithCustomError(orderBook, "NothingToClaim").withArgs(part);
      await orderBook.claim([part]);
      await expect(orderBook.claim([part])).to.be.revertedWithCustomError(orderBook, "NothingToClaim").withArgs(part);
    }
  });

  it("pays the parts of one provider in many orders at once", async () => {
    const { orderBook, token, dataOwner, run, finish } = await loadFixture(deployMarket);
    const orders: bigint[] = [];
    for (let count = 0; count < 3; count++) {
      orders.push(await run());
      await finish(orders[count] ?? 0n);
    }
    await expect(orderBook.claim(orders.map((order) => order + 1n))).to.changeTokenBalance(token, dataOwner.receiver, 3n * net(tokens(2)));
  });

  it("refuses a list of two providers", async () => {
    const { orderBook, order } = await loadFixture(finishedOrder);
    await expect(orderBook.claim([order, order + 1n])).to.be.revertedWithCustomError(orderBook, "MixedClaim").withArgs(order + 1n);
  });

  it("pays nothing for an empty list", async () => {
    const { orderBook, token, book } = await loadFixture(finishedOrder);
    await expect(orderBook.claim([])).to.changeTokenBalance(token, book, 0);
  });

  it("pays nothing before the end", async () => {
    const { orderBook, place, run } = await loadFixture(deployMarket);
    const running = await run();
    const blocked = await place();
    for (const part of [running, running + 1n, blocked, blocked + 1n]) {
      await expect(orderBook.claim([part])).to.be.revertedWithCustomError(orderBook, "NothingToClaim").withArgs(part);
    }
  });

  it("pays to the receiver that the provider has now", async () => {
    const { orderBook, registry, token, bob, spare, dataOwner, book, order } = await loadFixture(finishedOrder);
    const receiver = spare[3] ?? bob;
    await registry.connect(bob).updateProvider(dataOwner.provider, bob.address, receiver.address, book);
    await expect(orderBook.claim([order + 2n])).to.changeTokenBalance(token, receiver, net(tokens(2)));
  });

  it("pays the commission to the receiver that the administration named", async () => {
    const { orderBook, token, spare, stranger, order } = await loadFixture(finishedOrder);
    const receiver = spare[3] ?? stranger;
    await orderBook.claim([order + 2n]);
    await orderBook.setCommissionShares([{ recipient: receiver.address, share: 10_000 }]);
    await expect(orderBook.claimCommission(1)).to.changeTokenBalance(token, receiver, tokens("0.06"));
  });
});
