// SPDX-License-Identifier: Apache-2.0
import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";

import { deployMarket, tokens } from "../../world/market";
import { packResources, PriceType } from "../../world/offers";

describe("OrderBook.extendOrder", () => {
  it("lengthens the lease of a service, which then runs on", async () => {
    const { orderBook, alice, run, workflow } = await loadFixture(deployMarket);
    const order = await run(workflow({ service: true, deposit: tokens(40) }));
    const start = await time.latest();
    await expect(orderBook.connect(alice).extendOrder(order, 30)).to.emit(orderBook, "OrderExtended").withArgs(order, 90);
    expect((await orderBook.getOrder(order)).leaseMinutes).to.equal(90n);
    expect(await orderBook.paidUntil(order)).to.equal(start + 5400);
    await time.increaseTo(start + 9000);
    await orderBook.stopOrder(order);
    expect(await orderBook.claimable(order)).to.equal(tokens(9));
  });

  it("may come before the order runs, and moves no deadline of waiting", async () => {
    const { orderBook, alice, place, workflow } = await loadFixture(deployMarket);
    const order = await place(workflow({ service: true }));
    const before = await orderBook.deadlineOf(order);
    await orderBook.connect(alice).extendOrder(order, 60);
    expect((await orderBook.getOrder(order)).leaseMinutes).to.equal(120n);
    expect(await orderBook.deadlineOf(order)).to.equal(before);
  });

  it("stays within the smallest maximum of all parts", async () => {
    const { orderBook, alice, run, workflow, addSlot, data, dataOwner, dataSlot, machineOwner, compute } = await loadFixture(deployMarket);
    const slot = await addSlot(compute, machineOwner, { cpu: 100, ram: 2048, disk: 10_000 }, tokens(6), PriceType.PerHour, 10, 90);
    const byMachine = await run(workflow({ service: true }, { slot, parts: [{ offer: data, version: 0, slot: dataSlot }] }));
    await expect(orderBook.connect(alice).extendOrder(byMachine, 31)).to.be.revertedWithCustomError(orderBook, "LeaseAboveMaximum").withArgs(byMachine, 91, 90);

    const shortData = await addSlot(data, dataOwner, { disk: 10 }, tokens(2), PriceType.Fixed, 0, 70);
    const byData = await run(workflow({ service: true }, { slot, parts: [{ offer: data, version: 0, slot: shortData }] }));
    await expect(orderBook.connect(alice).extendOrder(byData, 11)).to.be.revertedWithCustomError(orderBook, "LeaseAboveMaximum").withArgs(byData, 71, 70);
    await orderBook.connect(alice).extendOrder(byData, 10);
  });

  it("stays within the maximum of an option, and not within the retention of a storage part", async () => {
    const { orderBook, catalog, alice, carol, place, workflow, compute, storage, storeOwner, addSlot } = await loadFixture(deployMarket);
    await catalog.connect(carol).addOption(compute, { price: 1, priceType: PriceType.Fixed, minMinutes: 0, maxMinutes: 80, resources: packResources({ bandwidth: 1 }) });
    const options = [{ option: await catalog.optionCount(), count: 1 }];
    const slot = await addSlot(storage, storeOwner, {}, tokens("0.1"), PriceType.PerHour, 0, 75);
    const parts = [{ offer: storage, version: 0, slot }];
    const order = await place(workflow({ service: true }, { options, parts, retentionMinutes: 70 }));
    await expect(orderBook.connect(alice).extendOrder(order, 21)).to.be.revertedWithCustomError(orderBook, "LeaseAboveMaximum").withArgs(order, 81, 80);
    await orderBook.connect(alice).extendOrder(order, 20);
  });

  it("without a maximum goes up to what can be counted", async () => {
    const { orderBook, alice, run, workflow } = await loadFixture(deployMarket);
    const order = await run(workflow({ service: true }, { parts: [] }));
    const most = 2 ** 24 - 1;
    await expect(orderBook.connect(alice).extendOrder(order, most)).to.be.revertedWithCustomError(orderBook, "LeaseAboveMaximum").withArgs(order, most + 60, most);
    await orderBook.connect(alice).extendOrder(order, most - 60);
  });

  it("is the customer's, for a service, while it lasts", async () => {
    const { orderBook, alice, carol, run, workflow } = await loadFixture(deployMarket);
    const job = await run();
    await expect(orderBook.connect(alice).extendOrder(job, 1)).to.be.revertedWithCustomError(orderBook, "NotService").withArgs(job);
    const order = await run(workflow({ service: true }));
    const end = await orderBook.paidUntil(order);
    await expect(orderBook.connect(carol).extendOrder(order, 1)).to.be.revertedWithCustomError(orderBook, "NotOrderCustomer").withArgs(order, carol.address);
    await time.setNextBlockTimestamp(end + 1n);
    await expect(orderBook.connect(alice).extendOrder(order, 1)).to.be.revertedWithCustomError(orderBook, "ServiceEnded").withArgs(order, end, end + 1n);
    await orderBook.stopOrder(order);
    await expect(orderBook.connect(alice).extendOrder(order, 1)).to.be.revertedWithCustomError(orderBook, "OrderNotLive").withArgs(order, 4);
    await expect(orderBook.connect(alice).extendOrder(99, 1)).to.be.revertedWithCustomError(orderBook, "OrderNotFound").withArgs(99);
  });
});
