// SPDX-License-Identifier: Apache-2.0
import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";

import { deployMarket, tokens } from "../../world/market";

describe("OrderBook.acceptOrder", () => {
  async function newOrder() {
    const market = await deployMarket();
    const order = await market.place();
    await market.approve(order);
    return { ...market, order };
  }

  it("takes the machine's share, leaves the queue, reserves the compensation", async () => {
    const { orderBook, catalog, registry, compute, computeSlot, machineOwner, compensation, accept, order } = await loadFixture(newOrder);
    const before = await catalog.getMachine(compute);
    await expect(accept(order)).to.emit(orderBook, "OrderStatusChanged").withArgs(order, 0, 1);
    const after = await catalog.getMachine(compute);
    expect(before.room - after.room).to.equal((await catalog.getSlot(computeSlot)).resources);
    expect([before.waiting, after.waiting]).to.deep.equal([1n, 0n]);
    expect((await registry.getProvider(machineOwner.provider)).reserved).to.equal(compensation);
    expect((await orderBook.getOrder(order)).since).to.equal(await time.latest());
  });

  it("is the machine owner's alone", async () => {
    const { orderBook, registry, alice, bob, stranger, machineOwner, order } = await loadFixture(newOrder);
    for (const caller of [alice, bob, stranger]) {
      await expect(orderBook.connect(caller).acceptOrder(order)).to.be.revertedWithCustomError(registry, "NotActionAccount").withArgs(machineOwner.provider, caller.address);
    }
  });

  it("waits for every approval", async () => {
    const { orderBook, place, accept } = await loadFixture(newOrder);
    const blocked = await place();
    await expect(accept(blocked)).to.be.revertedWithCustomError(orderBook, "IllegalTransition").withArgs(blocked, 6, 1);
  });

  it("accepts once", async () => {
    const { orderBook, accept, order } = await loadFixture(newOrder);
    await accept(order);
    await expect(accept(order)).to.be.revertedWithCustomError(orderBook, "IllegalTransition").withArgs(order, 1, 1);
  });

  it("never sells a machine twice: the ninth of eight places waits until one is free", async () => {
    const { orderBook, catalog, compute, workflow, place, accept, report, finish } = await loadFixture(deployMarket);
    const orders: bigint[] = [];
    for (let count = 0; count < 9; count++) orders.push(await place(workflow({}, { parts: [] })));
    expect((await catalog.getMachine(compute)).waiting).to.equal(9n);
    for (const order of orders.slice(0, 8)) await accept(order);
    const [first, ninth] = [orders[0] ?? 0n, orders[8] ?? 0n];
    await expect(accept(ninth)).to.be.revertedWithCustomError(catalog, "MachineFull").withArgs(compute);
    expect((await orderBook.getOrder(ninth)).status).to.equal(0n);
    await report(first);
    await finish(first);
    await accept(ninth);
    expect((await catalog.getMachine(compute)).waiting).to.equal(0n);
  });

  it("needs free security deposit for the compensation", async () => {
    const { registry, carol, machineOwner, compensation, accept, order } = await loadFixture(newOrder);
    await registry.connect(carol).withdrawSecurity(machineOwner.provider, tokens(996));
    await expect(accept(order)).to.be.revertedWithCustomError(registry, "SecurityTooSmall").withArgs(machineOwner.provider, compensation, tokens(4));
    await registry.connect(carol).depositSecurity(machineOwner.provider, tokens(1));
    await accept(order);
  });

  it("needs the provider's book to be this one", async () => {
    const { registry, carol, stranger, machineOwner, book, accept, order } = await loadFixture(newOrder);
    await registry.connect(carol).updateProvider(machineOwner.provider, carol.address, machineOwner.receiver, stranger.address);
    await expect(accept(order)).to.be.revertedWithCustomError(registry, "NotProvidersBook").withArgs(machineOwner.provider, book);
  });

  it("refuses an order that does not exist", async () => {
    const { orderBook, accept } = await loadFixture(newOrder);
    await expect(accept(99n)).to.be.revertedWithCustomError(orderBook, "OrderNotFound").withArgs(99);
  });
});
