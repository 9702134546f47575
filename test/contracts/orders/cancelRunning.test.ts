// SPDX-License-Identifier: Apache-2.0
import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";

import { deployMarket, HOUR, tokens } from "../../world/market";
import { Approval, OfferType, PriceType } from "../../world/offers";

const CANCELED = 3;
const hourly = (price: bigint, seconds: number) => (price * BigInt(seconds)) / BigInt(HOUR);

/** A machine and two solutions at 3 an hour with a minimum of 30 minutes, one of which may be canceled; 20 minutes have passed. */
async function twentyMinutesIn() {
  const market = await deployMarket();
  const { addValueOffer, addSlot, solutionOwner } = market;
  const part = async (cancelable: boolean) => {
    const offer = await addValueOffer(solutionOwner, OfferType.Solution, Approval.Automatic, { cancelable });
    return { offer, version: 0, slot: await addSlot(offer, solutionOwner, { cpu: 1 }, tokens(3), PriceType.PerHour, 30) };
  };
  const parts = [await part(true), await part(false)];
  const start = async (service: boolean, deposit = tokens(40)) => {
    const order = await market.run(market.workflow({ service, deposit }, { parts, ownSolutions: 0, leaseMinutes: 120 }));
    return { order, since: await time.latest() };
  };
  const claimables = async (order: bigint) => Promise.all([0n, 1n, 2n].map((position) => market.orderBook.claimable(order + position)));
  const { order, since } = await start(false);
  await time.setNextBlockTimestamp(since + 1200);
  return { ...market, order, since, start, claimables };
}

/** The same, canceled at that second. */
async function canceled() {
  const market = await twentyMinutesIn();
  await market.orderBook.connect(market.alice).cancelOrder(market.order);
  return market;
}

describe("OrderBook.cancelOrder of a running order", () => {
  it("asks the device to stop; nothing is paid back yet", async () => {
    const { orderBook, token, alice, order, since } = await loadFixture(twentyMinutesIn);
    const sent = orderBook.connect(alice).cancelOrder(order);
    await expect(sent).to.changeTokenBalance(token, alice, 0);
    await expect(sent).to.emit(orderBook, "OrderStatusChanged").withArgs(order, 1, 2);
    expect(await orderBook.deadlineOf(order)).to.equal(since + 1200 + 3600);
    expect(await orderBook.claimable(order)).to.equal(0n);
  });

  it("is the customer's, once, and before the end", async () => {
    const { orderBook, alice, carol, finish, order } = await loadFixture(twentyMinutesIn);
    await expect(orderBook.connect(carol).cancelOrder(order)).to.be.revertedWithCustomError(orderBook, "NotOrderCustomer").withArgs(order, carol.address);
    await orderBook.connect(alice).cancelOrder(order);
    await expect(orderBook.connect(alice).cancelOrder(order)).to.be.revertedWithCustomError(orderBook, "IllegalTransition").withArgs(order, 2, 2);
    await finish(order, { status: CANCELED });
    await expect(orderBook.connect(alice).cancelOrder(order)).to.be.revertedWithCustomError(orderBook, "IllegalTransition").withArgs(order, 3, 2);
  });

  it("alone waives minimums: an order that is ended otherwise is charged them", async () => {
    const { orderBook, attestation, device, order, claimables } = await loadFixture(twentyMinutesIn);
    await attestation.banDevice(device.id);
    await orderBook.expireOrder(order);
    expect(await claimables(order)).to.deep.equal([tokens(2), tokens("1.5"), tokens("1.5")]);
  });

  it("waives them also where the administration then takes the machine's device", async () => {
    const { orderBook, attestation, device, order, claimables } = await loadFixture(canceled);
    await attestation.banDevice(device.id);
    await orderBook.expireOrder(order);
    expect(await claimables(order)).to.deep.equal([tokens(2), tokens(1), tokens("1.5")]);
  });

  it("is not what ends a service whose money has ended: its minimums are charged", async () => {
    const { orderBook, start, claimables } = await loadFixture(twentyMinutesIn);
    // The least: ten minutes of the machine, thirty of each solution.
    const { order } = await start(true, tokens(4));
    await time.increase(700);
    await orderBook.stopOrder(order);
    expect((await orderBook.getOrder(order)).since).to.equal(600n);
    expect(await claimables(order)).to.deep.equal([tokens(1), tokens("1.5"), tokens("1.5")]);
  });

  describe("confirmed by the device", () => {
    it("charges up to the cancel, however late; a cancelable part without its minimum", async () => {
      const { orderBook, token, alice, registry, machineOwner, finish, claimables, order } = await loadFixture(canceled);
      await time.increase(3000);
      const earned = [tokens(2), tokens(1), hourly(tokens(3), 1800)];
      const sent = finish(order, { status: CANCELED });
      await expect(sent).to.changeTokenBalance(token, alice, tokens(40) - earned.reduce((a, b) => a + b));
      await expect(sent).to.emit(orderBook, "OrderStatusChanged").withArgs(order, 2, 3);
      expect(await claimables(order)).to.deep.equal(earned);
      expect((await orderBook.getOrder(order)).since).to.equal(1200n);
      expect((await orderBook.getSuborder(order + 1n)).minMinutes).to.equal(0n);
      const { deposit, reserved } = await registry.getProvider(machineOwner.provider);
      expect([deposit, reserved]).to.deep.equal([tokens(1000), 0n]);
      await orderBook.claim([order]);
      expect(await orderBook.claimable(order)).to.equal(0n);
    });

    it("charges what the device signed, at least the machine's minimum", async () => {
      const { finish, claimables, order } = await loadFixture(canceled);
      await finish(order, { status: CANCELED, usedSeconds: 60 });
      expect(await claimables(order)).to.deep.equal([tokens(1), hourly(tokens(3), 60), hourly(tokens(3), 1800)]);
    });

    it("charges a fixed price whole", async () => {
      const { orderBook, alice, run, finish } = await loadFixture(deployMarket);
      const order = await run();
      await orderBook.connect(alice).cancelOrder(order);
      await finish(order, { status: CANCELED });
      expect(await orderBook.claimable(order + 1n)).to.equal(tokens(2));
    });

    it("as Done or by a fault instead, it keeps the minimum, and still nothing after the cancel counts", async () => {
      const { start, orderBook, alice, finish, claimables, order } = await loadFixture(canceled);
      await time.increase(2400);
      await finish(order);
      expect(await claimables(order)).to.deep.equal([tokens(2), hourly(tokens(3), 1800), hourly(tokens(3), 1800)]);
      const second = await start(false);
      await orderBook.connect(alice).cancelOrder(second.order);
      await finish(second.order, { status: 5, fault: 2 });
      expect((await claimables(second.order))[0]).to.equal(0n);
    });

    it("not without a cancel, and not with a fault", async () => {
      const { orderBook, finish, start, order } = await loadFixture(canceled);
      const running = await start(false);
      await expect(finish(running.order, { status: CANCELED })).to.be.revertedWithCustomError(orderBook, "IllegalTransition").withArgs(running.order, 1, 3);
      await expect(finish(order, { status: CANCELED, fault: 1 })).to.be.revertedWithCustomError(orderBook, "FaultMismatch").withArgs(CANCELED, 1);
    });
  });

  describe("not confirmed in time", () => {
    it("not before the deadline", async () => {
      const { orderBook, order, since } = await loadFixture(canceled);
      await time.setNextBlockTimestamp(since + 4800);
      await expect(orderBook.expireOrder(order)).to.be.revertedWithCustomError(orderBook, "DeadlineNotReached").withArgs(order, since + 4800, since + 4800);
    });

    it("pays a job's machine nothing, the others up to the cancel", async () => {
      const { orderBook, token, alice, stranger, registry, machineOwner, claimables, order, since } = await loadFixture(canceled);
      await time.increaseTo(since + 4801);
      const earned = [0n, tokens(1), hourly(tokens(3), 1800)];
      const sent = orderBook.connect(stranger).expireOrder(order);
      await expect(sent).to.changeTokenBalance(token, alice, tokens(40) - tokens("2.5"));
      await expect(sent).to.emit(orderBook, "OrderStatusChanged").withArgs(order, 2, 3);
      expect(await claimables(order)).to.deep.equal(earned);
      expect((await registry.getProvider(machineOwner.provider)).deposit).to.equal(tokens(1000));
    });

    it("pays a service to its last checkpoint", async () => {
      const { orderBook, alice, checkpoint, start, claimables } = await loadFixture(twentyMinutesIn);
      const { order, since } = await start(true);
      await time.increaseTo(since + 1000);
      await checkpoint(order, 900);
      await time.increaseTo(since + 2400);
      await orderBook.connect(alice).cancelOrder(order);
      await time.increase(3601);
      await orderBook.stopOrder(order);
      expect(await claimables(order)).to.deep.equal([tokens("1.5"), hourly(tokens(3), 900), hourly(tokens(3), 1800)]);
      expect((await orderBook.getOrder(order)).status).to.equal(3n);
    });

    it("pays a service without a checkpoint no seconds", async () => {
      const { orderBook, alice, start, claimables } = await loadFixture(twentyMinutesIn);
      const { order } = await start(true);
      await orderBook.connect(alice).cancelOrder(order);
      await time.increase(3601);
      await orderBook.expireOrder(order);
      expect(await claimables(order)).to.deep.equal([0n, 0n, hourly(tokens(3), 1800)]);
    });
  });
});
