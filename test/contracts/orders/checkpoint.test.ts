// SPDX-License-Identifier: Apache-2.0
import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";

import { checkpointDigest } from "../../../src/chain/digests";
import { deployMarket, RESULT_HASH, tokens } from "../../world/market";
import { PriceType } from "../../world/offers";

/** A service of five hours, one of which has passed. */
async function anHourIn() {
  const market = await deployMarket();
  const order = await market.run(market.workflow({ service: true, deposit: tokens(40) }, { leaseMinutes: 300 }));
  const start = await time.latest();
  await time.setNextBlockTimestamp(start + 3600);
  return { ...market, order, start };
}

describe("OrderBook.checkpoint", () => {
  it("publishes what the device signed, whoever carries it", async () => {
    const { orderBook, stranger, device, domain, signatureOf, order } = await loadFixture(anHourIn);
    const message = { order, usedSeconds: 3000, resultHash: RESULT_HASH };
    const { textBlock } = await orderBook.getOrder(order);
    await expect(orderBook.connect(stranger).checkpoint(order, 3000, RESULT_HASH, signatureOf(device, checkpointDigest(domain, message)), "0x0102"))
      .to.emit(orderBook, "CheckpointPublished")
      .withArgs(order, device.id, 3000, RESULT_HASH, "0x0102", textBlock);
    expect((await orderBook.getOrder(order)).textBlock).to.equal(await time.latestBlock());
  });

  it("moves the end of the silence, not that of lease and money", async () => {
    const { orderBook, checkpoint, order, start } = await loadFixture(anHourIn);
    const until = await orderBook.paidUntil(order);
    await checkpoint(order, 3000);
    expect(await orderBook.deadlineOf(order)).to.equal(start + 3000 + 7200);
    expect(await orderBook.paidUntil(order)).to.equal(until);
    await time.increaseTo(start + 14_000);
    await checkpoint(order, 13_000);
    expect(await orderBook.deadlineOf(order)).to.equal(start + 300 * 60);
  });

  it("earns what it says, which can be claimed while the service runs; the finish pays the rest", async () => {
    const { orderBook, token, checkpoint, finish, order, machineOwner } = await loadFixture(anHourIn);
    expect(await orderBook.claimable(order)).to.equal(0n);
    await checkpoint(order, 1800);
    expect(await orderBook.claimable(order)).to.equal(tokens(3));
    await orderBook.claim([order]);
    expect(await orderBook.claimable(order)).to.equal(0n);
    await finish(order, { usedSeconds: 3600 });
    expect(await orderBook.claimable(order)).to.equal(tokens(3));
    await expect(orderBook.claim([order])).to.changeTokenBalance(token, machineOwner.receiver, tokens(3) - (tokens(3) * 300n) / 10_000n);
    expect(await orderBook.claimable(order)).to.equal(0n);
  });

  it("earns from its first second", async () => {
    const { orderBook, checkpoint, order } = await loadFixture(anHourIn);
    await checkpoint(order, 1);
    expect(await orderBook.claimable(order)).to.equal(tokens(6) / 3600n);
  });

  it("may say all the seconds that have passed", async () => {
    const { orderBook, checkpoint, order } = await loadFixture(anHourIn);
    await checkpoint(order, 3600);
    expect(await orderBook.claimable(order)).to.equal(tokens(6));
  });

  it("earns no more than the whole lease, whatever it says", async () => {
    const { orderBook, checkpoint, order, start } = await loadFixture(anHourIn);
    await time.increaseTo(start + 301 * 60);
    await checkpoint(order, 301 * 60);
    expect(await orderBook.claimable(order)).to.equal(tokens(30));
  });

  it("earns no more than the deposit affords for all parts together", async () => {
    const { run, workflow, orderBook, checkpoint } = await loadFixture(deployMarket);
    // Two tokens for the data, six an hour for the machine.
    const order = await run(workflow({ service: true, deposit: tokens(9) }, { leaseMinutes: 300 }));
    await time.increase(5000);
    await checkpoint(order, 5000);
    expect(await orderBook.claimable(order)).to.equal(tokens(7));
  });

  it("earns a fixed option once, with the first claim", async () => {
    const { run, workflow, orderBook, checkpoint, catalog, carol, compute } = await loadFixture(deployMarket);
    await catalog.connect(carol).addOption(compute, { price: tokens(1), priceType: PriceType.Fixed, minMinutes: 0, maxMinutes: 0, resources: 0 });
    const option = await catalog.optionCount();
    const order = await run(workflow({ service: true, deposit: tokens(40) }, { leaseMinutes: 300, options: [{ option, count: 1 }] }));
    await time.increase(7200);
    const earned: bigint[] = [];
    for (const seconds of [600, 1200, 3600]) {
      await checkpoint(order, seconds);
      earned.push(await orderBook.claimable(order));
      await orderBook.claim([order]);
    }
    expect(earned).to.deep.equal([tokens(2), tokens(1), tokens(4)]);
  });

  it("cannot be taken back by a finish or an Error of the machine that says less", async () => {
    const { orderBook, checkpoint, finish, order, alice, token, compensation } = await loadFixture(anHourIn);
    await checkpoint(order, 1800);
    await orderBook.claim([order]);
    const before = await token.balanceOf(alice.address);
    await finish(order, { status: 5, fault: 2, usedSeconds: 0 });
    // Paid to its last word, and the compensation for letting the order down.
    expect((await orderBook.getOrder(order)).since).to.equal(1800n);
    expect(await orderBook.claimable(order)).to.equal(0n);
    expect((await token.balanceOf(alice.address)) - before).to.be.greaterThan(compensation);
  });

  it("is the least that a finish as Done is charged", async () => {
    const { orderBook, checkpoint, finish, order } = await loadFixture(anHourIn);
    await checkpoint(order, 1800);
    await finish(order, { usedSeconds: 60 });
    expect((await orderBook.getOrder(order)).since).to.equal(1800n);
    expect(await orderBook.claimable(order)).to.equal(tokens(3));
  });

  it("that was never made leaves a machine that failed unpaid", async () => {
    const { orderBook, finish, order } = await loadFixture(anHourIn);
    await finish(order, { status: 5, fault: 2, usedSeconds: 1800 });
    expect(await orderBook.claimable(order)).to.equal(0n);
    expect(await orderBook.claimable(order + 1n)).to.equal(tokens(2));
  });

  it("may come late, as long as nobody stopped the order", async () => {
    const { orderBook, checkpoint, order, start } = await loadFixture(anHourIn);
    await time.increaseTo(start + 9000);
    await checkpoint(order, 9000);
    await expect(orderBook.stopOrder(order)).to.be.revertedWithCustomError(orderBook, "DeadlineNotReached");
  });

  describe("refuses", () => {
    it("fewer seconds than before, the same ones not", async () => {
      const { orderBook, checkpoint, order } = await loadFixture(anHourIn);
      await checkpoint(order, 3000);
      await checkpoint(order, 3000);
      await expect(checkpoint(order, 2999)).to.be.revertedWithCustomError(orderBook, "CheckpointDecreases").withArgs(order, 3000, 2999);
    });

    it("more seconds than have passed", async () => {
      const { orderBook, checkpoint, order } = await loadFixture(anHourIn);
      await expect(checkpoint(order, 3601)).to.be.revertedWithCustomError(orderBook, "CheckpointAheadOfTime").withArgs(order, 3601, 3600);
    });

    it("what was changed after signing, a strange device, a result above 8 KiB", async () => {
      const { orderBook, attestation, device, domain, signatureOf, order } = await loadFixture(anHourIn);
      const signature = signatureOf(device, checkpointDigest(domain, { order, usedSeconds: 60, resultHash: RESULT_HASH }));
      await expect(orderBook.checkpoint(order, 61, RESULT_HASH, signature, "0x")).to.be.revertedWithCustomError(attestation, "WrongDeviceSignature");
      await expect(orderBook.checkpoint(order, 60, RESULT_HASH, { ...signature, x: RESULT_HASH }, "0x")).to.be.revertedWithCustomError(attestation, "DeviceNotFound");
      await expect(orderBook.checkpoint(order, 60, RESULT_HASH, signature, `0x${"00".repeat(8193)}`)).to.be.revertedWithCustomError(orderBook, "TooLong").withArgs(8193, 8192);
    });

    it("a job, an order without report, one that ended or is being canceled", async () => {
      const { orderBook, alice, place, approve, accept, run, checkpoint, workflow, order } = await loadFixture(anHourIn);
      const job = await run();
      await expect(checkpoint(job, 0)).to.be.revertedWithCustomError(orderBook, "NotService").withArgs(job);
      const accepted = await place(workflow({ service: true }));
      await expect(checkpoint(accepted, 0)).to.be.revertedWithCustomError(orderBook, "OrderNotLive").withArgs(accepted, 6);
      await approve(accepted);
      await accept(accepted);
      await expect(checkpoint(accepted, 0)).to.be.revertedWithCustomError(orderBook, "ReportMissing").withArgs(accepted);
      await orderBook.connect(alice).cancelOrder(order);
      await expect(checkpoint(order, 0)).to.be.revertedWithCustomError(orderBook, "OrderNotLive").withArgs(order, 2);
    });
  });
});
