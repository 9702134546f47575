// SPDX-License-Identifier: Apache-2.0
import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";

import { deployMarket, type Market, tokens } from "../../world/market";
import { packResources, PriceType } from "../../world/offers";
import { days, fixedKey, makeDevice } from "../attestation/chains";

/** Minutes of the deployment: approval, accept, report, grace. */
const [APPROVAL, ACCEPT, REPORT, GRACE] = [4320, 1440, 60, 60];
const LEASE = 60;

/** Expires at the last second before the deadline (refused), then at the first after it. */
async function expireAtDeadline(market: Market, order: bigint, minutes: number) {
  const { orderBook, stranger } = market;
  const deadline = Number((await orderBook.getOrder(order)).since) + minutes * 60;
  expect(await orderBook.deadlineOf(order)).to.equal(deadline);
  await time.setNextBlockTimestamp(deadline);
  await expect(orderBook.connect(stranger).expireOrder(order)).to.be.revertedWithCustomError(orderBook, "DeadlineNotReached").withArgs(order, deadline, deadline);
  return orderBook.connect(stranger).expireOrder(order);
}

describe("OrderBook.expireOrder", () => {
  it("ends an order whose owners did not approve in time", async () => {
    const market = await loadFixture(deployMarket);
    const order = await market.place();
    await expect(expireAtDeadline(market, order, APPROVAL)).to.changeTokenBalance(market.token, market.alice, tokens(20));
    expect((await market.orderBook.getOrder(order)).status).to.equal(5n);
    expect((await market.catalog.getMachine(market.compute)).waiting).to.equal(0n);
  });

  it("ends an order that no machine accepted in time", async () => {
    const market = await loadFixture(deployMarket);
    const order = await market.place();
    await market.approve(order);
    await expect(expireAtDeadline(market, order, ACCEPT)).to.changeTokenBalance(market.token, market.alice, tokens(20));
    expect(await market.orderBook.deadlineOf(order)).to.equal(0n);
  });

  it("pays a compensation of a single unit too", async () => {
    const market = await loadFixture(deployMarket);
    const { orderBook, registry, catalog, token, alice, carol, machineOwner, book, addSlot, registerDevice, authority, start } = market;
    await catalog.connect(carol).createComputeOffer(machineOwner.provider, book, 1, packResources({ cpu: 800, ram: 16_384, disk: 100_000 }), 1n, "{}");
    const compute = await catalog.offerCount();
    const slot = await addSlot(compute, machineOwner, { cpu: 100, ram: 2048, disk: 10_000 }, tokens(6), PriceType.PerHour);
    await registerDevice(await makeDevice(authority, days(start, 30), undefined, fixedKey(2)), compute);
    const order = await market.place(market.workflow({}, { compute, slot }));
    await market.approve(order);
    await market.accept(order);
    await time.increaseTo((await orderBook.deadlineOf(order)) + 1n);
    await expect(orderBook.expireOrder(order)).to.changeTokenBalance(token, alice, tokens(20) + 1n);
    const { deposit, reserved } = await registry.getProvider(machineOwner.provider);
    expect([deposit, reserved]).to.deep.equal([tokens(1000) - 1n, 0n]);
  });

  it("ends an accepted order without report: the deposit and the compensation go to the customer", async () => {
    const market = await loadFixture(deployMarket);
    const { orderBook, registry, catalog, token, alice, machineOwner, compute, compensation } = market;
    const order = await market.place();
    await market.approve(order);
    await market.accept(order);
    const expired = expireAtDeadline(market, order, REPORT);
    await expect(expired).to.changeTokenBalance(token, alice, tokens(20) + compensation);
    await expect(expired).to.not.emit(orderBook, "MachineDistrusted");
    const { deposit, reserved } = await registry.getProvider(machineOwner.provider);
    expect([deposit, reserved]).to.deep.equal([tokens(1000) - compensation, 0n]);
    const { room, total } = await catalog.getMachine(compute);
    expect(room & total).to.equal(total);
    for (const part of [order, order + 1n]) expect(await orderBook.claimable(part)).to.equal(0n);
  });

  it("ends a reported order without finish: the machine compensates, the others are paid to the end of the lease", async () => {
    const market = await loadFixture(deployMarket);
    const { orderBook, token, alice, compensation } = market;
    const order = await market.run(market.fullWorkflow());
    // Ten hours of storage stay set apart until its receipt comes too late.
    const charged = tokens(3) + tokens(2) + tokens(1);
    await expect(expireAtDeadline(market, order, LEASE + GRACE)).to.changeTokenBalance(token, alice, tokens(30) - charged + compensation);
    expect(await Promise.all([0n, 1n, 2n, 3n].map((part) => orderBook.claimable(order + part)))).to.deep.equal([0n, tokens(3), tokens(2), 0n]);
  });

  it("keeps the deadlines an order was placed under", async () => {
    const market = await loadFixture(deployMarket);
    const { orderBook } = market;
    const order = await market.place();
    await orderBook.setDeadlines({ approval: 5, accept: 5, report: 5, grace: 5, cancel: 5, checkpoint: 5, receipt: 5 });
    await time.increase(10 * 60);
    await expect(orderBook.expireOrder(order)).to.be.revertedWithCustomError(orderBook, "DeadlineNotReached");
    const later = await market.place();
    await time.increase(5 * 60 + 1);
    await orderBook.expireOrder(later);
  });

  it("does nothing to an order that has ended", async () => {
    const market = await loadFixture(deployMarket);
    const { orderBook, alice } = market;
    const canceled = await market.place();
    await orderBook.connect(alice).cancelOrder(canceled);
    const done = await market.run();
    await market.finish(done);
    for (const [order, status] of [[canceled, 3], [done, 4]] as const) {
      await expect(orderBook.expireOrder(order)).to.be.revertedWithCustomError(orderBook, "IllegalTransition").withArgs(order, status, 5);
    }
  });

  it("leaves an overdue order to whoever is first: approving, accepting, reporting and finishing still count", async () => {
    const market = await loadFixture(deployMarket);
    const { orderBook } = market;
    const order = await market.place();
    await time.increase(APPROVAL * 60 + 1);
    await market.approve(order);
    await time.increase(ACCEPT * 60 + 1);
    await market.accept(order);
    await time.increase(REPORT * 60 + 1);
    await market.report(order);
    await time.increase((LEASE + GRACE) * 60 + 1);
    await market.finish(order);
    expect((await orderBook.getOrder(order)).status).to.equal(4n);
    expect(await orderBook.claimable(order)).to.equal(tokens(6));
  });
});
