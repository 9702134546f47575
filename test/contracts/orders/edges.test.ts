// SPDX-License-Identifier: Apache-2.0
import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";

import { deployMarket, HOUR, tokens } from "../../world/market";
import { PriceType } from "../../world/offers";

describe("Orders at the edge of what is sold", () => {
  it("a machine whose slots cost more together than can be counted is passed over among several", async () => {
    const { orderBook, alice, compute, computeSlot, machineOwner, addSlot, workflow } = await loadFixture(deployMarket);
    const dear = await addSlot(compute, machineOwner, { cpu: 50, ram: 1024, disk: 5_000 }, 2n ** 80n - 1n, PriceType.PerHour);
    const machine = (slot: bigint, slotCount: number) => ({ offer: compute, slot, slotCount, options: [] });
    const order = (await orderBook.lastOrder()) + 1n;
    await orderBook.connect(alice).placeWorkflow(workflow({}, { machines: [machine(dear, 2), machine(computeSlot, 1)] }));
    expect((await orderBook.getOrder(order)).slot).to.equal(computeSlot);
  });

  it("a mark weighs nothing for whom nothing was earned: a free machine, a storage part that was denied", async () => {
    const { orderBook, alice, keeper, compute, machineOwner, storeOwner, addSlot, workflow, fullWorkflow, place, approve, accept, report, finish, run } = await loadFixture(deployMarket);
    const free = await addSlot(compute, machineOwner, { cpu: 1 }, 0n, PriceType.PerHour);
    const nothing = await run(workflow({ deposit: 0n }, { slot: free, parts: [] }));
    await finish(nothing);
    await expect(orderBook.connect(alice).markOrder(nothing, true)).not.to.emit(orderBook, "OrderMarked");
    expect(await orderBook.marksOf(machineOwner.provider)).to.deep.equal([0n, 0n]);

    const order = await place(fullWorkflow());
    await approve(order);
    await accept(order);
    await report(order);
    await orderBook.connect(keeper).denyStorage(order + 3n);
    await finish(order);
    await orderBook.connect(alice).markOrder(order, true);
    expect((await orderBook.marksOf(storeOwner.provider))[0]).to.equal(0n);
    expect((await orderBook.marksOf(machineOwner.provider))[0]).to.be.greaterThan(0n);
  });

  it("a mark needs an end, and a report before it", async () => {
    const { orderBook, alice, place, run } = await loadFixture(deployMarket);
    const [waiting, running] = [await place(), await run()];
    await expect(orderBook.connect(alice).markOrder(running, true)).to.be.revertedWithCustomError(orderBook, "NotMarkable").withArgs(running, 1);
    await orderBook.connect(alice).cancelOrder(waiting);
    await expect(orderBook.connect(alice).markOrder(waiting, true)).to.be.revertedWithCustomError(orderBook, "NotMarkable").withArgs(waiting, 3);
  });

  it("a job earns nothing before its end, a service nothing before its first checkpoint, and nothing twice by the same one", async () => {
    const { orderBook, machineOwner, token, run, checkpoint, workflow } = await loadFixture(deployMarket);
    const [job, service] = [await run(), await run(workflow({ service: true }))];
    await time.increase(HOUR / 2);
    expect([await orderBook.claimable(job), await orderBook.claimable(service)]).to.deep.equal([0n, 0n]);
    await checkpoint(service, 600);
    expect(await orderBook.claimable(service)).to.equal(tokens(1));
    await expect(orderBook.claim([service])).to.changeTokenBalance(token, machineOwner.receiver, tokens("0.97"));
    await checkpoint(service, 600);
    await expect(orderBook.claim([service])).to.be.revertedWithCustomError(orderBook, "NothingToClaim").withArgs(service);
  });

  it("a service that runs on beyond its lease has earned no more than the lease", async () => {
    const { orderBook, run, checkpoint, workflow } = await loadFixture(deployMarket);
    const service = await run(workflow({ service: true }));
    await time.increase(HOUR + 600);
    await checkpoint(service, HOUR + 500);
    expect(await orderBook.claimable(service)).to.equal(tokens(6));
  });

  it("a root is removed once, and only one that was listed", async () => {
    const { attestation, authority } = await loadFixture(deployMarket);
    const root = (await attestation.rootAt(1)).key;
    await attestation.removeRoot(root);
    await expect(attestation.removeRoot(root)).to.be.revertedWithCustomError(attestation, "RootNotListed").withArgs(root);
    await expect(attestation.removeRoot(authority.caKey.publicKey.slice(1, 33))).to.be.revertedWithCustomError(attestation, "RootNotListed");
  });
});
