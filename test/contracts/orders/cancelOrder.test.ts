// SPDX-License-Identifier: Apache-2.0
import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";

import { deployMarket, tokens } from "../../world/market";

describe("OrderBook.cancelOrder", () => {
  it("gives a blocked order's deposit back whole", async () => {
    const { orderBook, token, catalog, alice, compute, place } = await loadFixture(deployMarket);
    const order = await place();
    const sent = orderBook.connect(alice).cancelOrder(order);
    await expect(sent).to.changeTokenBalance(token, alice, tokens(20));
    await expect(sent).to.emit(orderBook, "OrderStatusChanged").withArgs(order, 6, 3);
    expect((await catalog.getMachine(compute)).waiting).to.equal(0n);
  });

  it("gives a new order's deposit back whole", async () => {
    const { orderBook, token, alice, place, approve } = await loadFixture(deployMarket);
    const order = await place();
    await approve(order);
    await expect(orderBook.connect(alice).cancelOrder(order)).to.changeTokenBalance(token, alice, tokens(20));
    for (const part of [order, order + 1n]) expect(await orderBook.claimable(part)).to.equal(0n);
  });

  it("of an accepted order frees the machine and the provider's security", async () => {
    const { orderBook, catalog, registry, alice, compute, machineOwner, place, approve, accept } = await loadFixture(deployMarket);
    const order = await place();
    await approve(order);
    await accept(order);
    await orderBook.connect(alice).cancelOrder(order);
    const { room, total, waiting } = await catalog.getMachine(compute);
    expect([room & total, waiting]).to.deep.equal([total, 0n]);
    const { deposit, reserved } = await registry.getProvider(machineOwner.provider);
    expect([deposit, reserved]).to.deep.equal([tokens(1000), 0n]);
  });

  it("is the customer's alone", async () => {
    const { orderBook, bob, carol, stranger, place } = await loadFixture(deployMarket);
    const order = await place();
    for (const caller of [bob, carol, stranger]) {
      await expect(orderBook.connect(caller).cancelOrder(order)).to.be.revertedWithCustomError(orderBook, "NotOrderCustomer").withArgs(order, caller.address);
    }
  });

  it("comes too late after the end", async () => {
    const { orderBook, alice, run, finish } = await loadFixture(deployMarket);
    const order = await run();
    await finish(order);
    await expect(orderBook.connect(alice).cancelOrder(order)).to.be.revertedWithCustomError(orderBook, "IllegalTransition").withArgs(order, 4, 2);
  });

  it("cancels once", async () => {
    const { orderBook, alice, place } = await loadFixture(deployMarket);
    const order = await place();
    await orderBook.connect(alice).cancelOrder(order);
    await expect(orderBook.connect(alice).cancelOrder(order)).to.be.revertedWithCustomError(orderBook, "IllegalTransition").withArgs(order, 3, 3);
  });

  it("refuses an order that does not exist", async () => {
    const { orderBook, alice } = await loadFixture(deployMarket);
    await expect(orderBook.connect(alice).cancelOrder(5)).to.be.revertedWithCustomError(orderBook, "OrderNotFound").withArgs(5);
  });
});
