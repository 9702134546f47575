// SPDX-License-Identifier: Apache-2.0
import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";

import { deployMarket, tokens } from "../../world/market";

/** How far a checkpoint may lie behind in the test market, in seconds. */
const SILENCE = 120 * 60;

/** Running services: 6 an hour for the machine, 2 for the data. */
async function withServices() {
  const market = await deployMarket();
  const service = async (deposit: bigint, leaseMinutes: number) => {
    const order = await market.run(market.workflow({ service: true, deposit }, { leaseMinutes }));
    return { order, start: await time.latest() };
  };
  return { ...market, service };
}

describe("OrderBook.stopOrder", () => {
  describe("given a service at the end of its lease", () => {
    it("ends it as Done, charged for the lease, whoever calls and however late", async () => {
      const { orderBook, token, alice, stranger, catalog, registry, compute, machineOwner, service } = await loadFixture(withServices);
      const { order, start } = await service(tokens(20), 60);
      expect(await orderBook.deadlineOf(order)).to.equal(start + 3600);
      await time.increaseTo(start + 500_000);
      const sent = orderBook.connect(stranger).stopOrder(order);
      await expect(sent).to.changeTokenBalance(token, alice, tokens(12));
      await expect(sent).to.emit(orderBook, "OrderStatusChanged").withArgs(order, 1, 4);
      await expect(sent).to.emit(orderBook, "OrderSettled").withArgs(order, 3600, tokens(8), tokens(12));
      expect(await Promise.all([orderBook.claimable(order), orderBook.claimable(order + 1n)])).to.deep.equal([tokens(6), tokens(2)]);
      const { room, total } = await catalog.getMachine(compute);
      expect(room & total).to.equal(total);
      expect((await registry.getProvider(machineOwner.provider)).deposit).to.equal(tokens(1000));
    });

    it("not in its last second", async () => {
      const { orderBook, service } = await loadFixture(withServices);
      const { order, start } = await service(tokens(20), 60);
      await time.setNextBlockTimestamp(start + 3600);
      await expect(orderBook.stopOrder(order)).to.be.revertedWithCustomError(orderBook, "DeadlineNotReached").withArgs(order, start + 3600, start + 3600);
      await time.setNextBlockTimestamp(start + 3601);
      await orderBook.stopOrder(order);
    });
  });

  describe("given a service whose money has ended", () => {
    it("ends it as of that very second", async () => {
      const { orderBook, token, alice, service } = await loadFixture(withServices);
      const perSecond = tokens(6) / 3600n;
      const { order, start } = await service(tokens(2) + perSecond * 1000n + 5n, 60);
      const end = await orderBook.paidUntil(order);
      expect(await orderBook.deadlineOf(order)).to.equal(end);
      await time.increaseTo(start + 3000);
      await expect(orderBook.stopOrder(order)).to.changeTokenBalance(token, alice, (await orderBook.getOrder(order)).deposit - tokens(2) - (tokens(6) * (end - BigInt(start))) / 3600n);
      const { status, since } = await orderBook.getOrder(order);
      expect([status, since]).to.deep.equal([4n, end - BigInt(start)]);
    });

    it("may be expired as well", async () => {
      const { orderBook, service } = await loadFixture(withServices);
      const { order } = await service(tokens(3), 60);
      await time.increase(601);
      await orderBook.expireOrder(order);
      expect((await orderBook.getOrder(order)).status).to.equal(4n);
      expect(await orderBook.claimable(order)).to.equal(tokens(1));
    });
  });

  describe("given a service that makes no checkpoints", () => {
    it("that never made one, pays its machine nothing; the customer gets the compensation", async () => {
      const { orderBook, token, alice, compensation, service } = await loadFixture(withServices);
      const { order, start } = await service(tokens(32), 300);
      expect(await orderBook.deadlineOf(order)).to.equal(start + SILENCE);
      await time.setNextBlockTimestamp(start + SILENCE);
      await expect(orderBook.stopOrder(order)).to.be.revertedWithCustomError(orderBook, "DeadlineNotReached").withArgs(order, start + SILENCE, start + SILENCE);
      const sent = orderBook.stopOrder(order);
      await expect(sent).to.changeTokenBalance(token, alice, tokens(30) + compensation);
      await expect(sent).to.emit(orderBook, "OrderStatusChanged").withArgs(order, 1, 5);
      expect(await Promise.all([orderBook.claimable(order), orderBook.claimable(order + 1n)])).to.deep.equal([0n, tokens(2)]);
    });

    it("since one, pays its machine up to it, and the machine compensates", async () => {
      const { orderBook, token, alice, compensation, checkpoint, service } = await loadFixture(withServices);
      const { order, start } = await service(tokens(32), 300);
      await time.increaseTo(start + 3600);
      await checkpoint(order, 3600);
      expect(await orderBook.deadlineOf(order)).to.equal(start + 3600 + SILENCE);
      await time.increaseTo(start + 3600 + SILENCE + 1);
      const sent = orderBook.stopOrder(order);
      await expect(sent).to.changeTokenBalance(token, alice, tokens(24) + compensation);
      await expect(sent).to.emit(orderBook, "OrderSettled").withArgs(order, 3600, tokens(8), tokens(24));
      expect(await orderBook.claimable(order)).to.equal(tokens(6));
    });

    it("also when the stop comes after the lease", async () => {
      const { orderBook, service } = await loadFixture(withServices);
      const { order } = await service(tokens(32), 300);
      await time.increase(400 * 60);
      await orderBook.stopOrder(order);
      expect((await orderBook.getOrder(order)).status).to.equal(5n);
    });
  });

  it("refuses a job, an order without report, an ended one and none", async () => {
    const { orderBook, place, run, finish, workflow } = await loadFixture(deployMarket);
    const job = await run();
    await time.increase(100_000);
    await expect(orderBook.stopOrder(job)).to.be.revertedWithCustomError(orderBook, "NotService").withArgs(job);
    const waiting = await place(workflow({ service: true }));
    await expect(orderBook.stopOrder(waiting)).to.be.revertedWithCustomError(orderBook, "ReportMissing").withArgs(waiting);
    const done = await run(workflow({ service: true }));
    await finish(done);
    await expect(orderBook.stopOrder(done)).to.be.revertedWithCustomError(orderBook, "IllegalTransition").withArgs(done, 4, 5);
    await expect(orderBook.stopOrder(99)).to.be.revertedWithCustomError(orderBook, "OrderNotFound").withArgs(99);
  });
});
