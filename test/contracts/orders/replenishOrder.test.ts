// SPDX-License-Identifier: Apache-2.0
import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";

import { deployMarket, tokens } from "../../world/market";

describe("OrderBook.replenishOrder", () => {
  it("adds money of anybody to the deposit of a waiting order", async () => {
    const { orderBook, token, book, bob, place } = await loadFixture(deployMarket);
    const order = await place();
    const before = await orderBook.deadlineOf(order);
    await token.connect(bob).approve(book, tokens(4));
    const sent = orderBook.connect(bob).replenishOrder(order, tokens(4));
    await expect(sent).to.changeTokenBalances(token, [bob, orderBook], [-tokens(4), tokens(4)]);
    await expect(sent).to.emit(orderBook, "OrderReplenished").withArgs(order, bob.address, tokens(4), tokens(24));
    expect((await orderBook.getOrder(order)).deposit).to.equal(tokens(24));
    expect(await orderBook.deadlineOf(order)).to.equal(before);
  });

  it("lets a running order use more of its lease, and what is left goes back to the customer", async () => {
    const { orderBook, token, alice, run, finish, workflow } = await loadFixture(deployMarket);
    // 2 for the data; 6 an hour: half an hour, then the whole.
    const order = await run(workflow({ deposit: tokens(5) }));
    const start = await time.latest();
    expect(await orderBook.paidUntil(order)).to.equal(start + 1800);
    await orderBook.connect(alice).replenishOrder(order, tokens(2));
    expect(await orderBook.paidUntil(order)).to.equal(start + 3000);
    await orderBook.connect(alice).replenishOrder(order, tokens(2));
    expect(await orderBook.paidUntil(order)).to.equal(start + 3600);
    await time.increaseTo(start + 4000);
    await expect(finish(order)).to.changeTokenBalance(token, alice, tokens(1));
    expect(await orderBook.claimable(order)).to.equal(tokens(6));
  });

  it("is allowed late for a job, whose money has ended", async () => {
    const { orderBook, alice, run, finish, workflow } = await loadFixture(deployMarket);
    const order = await run(workflow({ deposit: tokens(3) }));
    await time.increase(1800);
    await orderBook.connect(alice).replenishOrder(order, tokens(5));
    await time.increase(3000);
    await finish(order);
    expect(await orderBook.claimable(order)).to.equal(tokens(6));
  });

  it("is refused to a service whose money has ended: that second is final", async () => {
    const { orderBook, alice, run, workflow } = await loadFixture(deployMarket);
    const order = await run(workflow({ deposit: tokens(3), service: true }));
    const end = await orderBook.paidUntil(order);
    await time.setNextBlockTimestamp(end);
    await orderBook.connect(alice).replenishOrder(order, 0);
    await time.setNextBlockTimestamp(end + 1n);
    await expect(orderBook.connect(alice).replenishOrder(order, tokens(1))).to.be.revertedWithCustomError(orderBook, "ServiceEnded").withArgs(order, end, end + 1n);
  });

  it("is refused to an order that has ended or is being canceled", async () => {
    const { orderBook, alice, run, finish, place } = await loadFixture(deployMarket);
    const canceled = await place();
    await orderBook.connect(alice).cancelOrder(canceled);
    const done = await run();
    await finish(done);
    const canceling = await run();
    await orderBook.connect(alice).cancelOrder(canceling);
    for (const [order, status] of [[canceled, 3], [done, 4], [canceling, 2]] as const) {
      await expect(orderBook.connect(alice).replenishOrder(order, 1)).to.be.revertedWithCustomError(orderBook, "OrderNotLive").withArgs(order, status);
    }
    await expect(orderBook.replenishOrder(99, 1)).to.be.revertedWithCustomError(orderBook, "OrderNotFound").withArgs(99);
  });

  it("refuses more than can be counted", async () => {
    const { orderBook, alice, place } = await loadFixture(deployMarket);
    const order = await place();
    await expect(orderBook.connect(alice).replenishOrder(order, 2n ** 88n - 1n)).to.be.revertedWithPanic(0x11);
  });
});

describe("OrderBook.paidUntil and awaitingPayment", () => {
  it("are 0 and no before the report and after the end", async () => {
    const { orderBook, place, approve, accept, report, finish } = await loadFixture(deployMarket);
    const order = await place();
    const both = async () => [await orderBook.paidUntil(order), await orderBook.awaitingPayment(order)];
    expect(await both()).to.deep.equal([0n, false]);
    await approve(order);
    await accept(order);
    expect(await both()).to.deep.equal([0n, false]);
    await report(order);
    const start = await time.latest();
    expect(await both()).to.deep.equal([BigInt(start + 3600), false]);
    await finish(order);
    expect(await both()).to.deep.equal([0n, false]);
  });

  it("say so in the last hour of the money, where the lease is longer", async () => {
    const { orderBook, alice, run, workflow } = await loadFixture(deployMarket);
    // 6 an hour of a lease of four: 2 hours are paid.
    const order = await run(workflow({ deposit: tokens(14) }, { leaseMinutes: 240 }));
    const start = await time.latest();
    expect(await orderBook.awaitingPayment(order)).to.equal(false);
    await time.increaseTo(start + 3601);
    expect(await orderBook.awaitingPayment(order)).to.equal(true);
    await orderBook.connect(alice).replenishOrder(order, tokens(6));
    expect(await orderBook.awaitingPayment(order)).to.equal(false);
    await time.increaseTo(start + 20_000);
    expect(await orderBook.awaitingPayment(order)).to.equal(true);
  });

  it("count the fixed options and the parts that were completed, and the storage that is set apart", async () => {
    const { orderBook, run, fullWorkflow } = await loadFixture(deployMarket);
    // Data 2, ten hours of storage 1, machine and solution 9 an hour.
    const order = await run(fullWorkflow({ deposit: tokens(2) + tokens(1) + tokens("4.5") }));
    expect(await orderBook.paidUntil(order)).to.equal((await time.latest()) + 1800);
  });
});
