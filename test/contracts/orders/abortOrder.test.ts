// SPDX-License-Identifier: Apache-2.0
import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";

import { abortDigest } from "../../../src/chain/digests";
import { deployMarket, RESULT_HASH, tokens } from "../../world/market";

async function newOrder() {
  const market = await deployMarket();
  const order = await market.place();
  await market.approve(order);
  return { ...market, order };
}

describe("OrderBook.abortOrder", () => {
  it("ends a waiting order: full refund, the queue is shorter", async () => {
    const { orderBook, token, catalog, alice, device, compute, abort, order } = await loadFixture(newOrder);
    const sent = abort(order);
    await expect(sent).to.changeTokenBalance(token, alice, tokens(20));
    await expect(sent).to.emit(orderBook, "OrderAborted").withArgs(order, device.id, 3, RESULT_HASH, "0x", (value: bigint) => value > 0n);
    expect((await orderBook.getOrder(order)).status).to.equal(5n);
    expect((await catalog.getMachine(compute)).waiting).to.equal(0n);
  });

  for (const fault of [1, 2, 3]) {
    it(`ends an accepted order by fault ${fault}: nobody is punished, nobody is paid`, async () => {
      const { orderBook, token, catalog, registry, alice, compute, machineOwner, accept, abort, order } = await loadFixture(newOrder);
      await accept(order);
      await expect(abort(order, fault)).to.changeTokenBalance(token, alice, tokens(20));
      const { deposit, reserved } = await registry.getProvider(machineOwner.provider);
      expect([deposit, reserved]).to.deep.equal([tokens(1000), 0n]);
      const { room, total } = await catalog.getMachine(compute);
      expect(room & total).to.equal(total);
      for (const part of [order, order + 1n]) expect(await orderBook.claimable(part)).to.equal(0n);
    });
  }

  it("refuses without a fault", async () => {
    const { orderBook, abort, order } = await loadFixture(newOrder);
    await expect(abort(order, 0)).to.be.revertedWithCustomError(orderBook, "FaultMismatch").withArgs(5, 0);
  });

  it("refuses a blocked order, a reported one and an ended one", async () => {
    const { orderBook, place, run, abort, order } = await loadFixture(newOrder);
    const blocked = await place();
    await expect(abort(blocked)).to.be.revertedWithCustomError(orderBook, "IllegalTransition").withArgs(blocked, 6, 5);
    await abort(order);
    await expect(abort(order)).to.be.revertedWithCustomError(orderBook, "IllegalTransition").withArgs(order, 5, 5);
    const running = await run();
    await expect(abort(running)).to.be.revertedWithCustomError(orderBook, "AlreadyReported").withArgs(running);
  });

  it("refuses the abort of another order, or another fault than was signed", async () => {
    const { orderBook, attestation, place, device, domain, signatureOf, order } = await loadFixture(newOrder);
    const signature = signatureOf(device, abortDigest(domain, { order, fault: 1, resultHash: RESULT_HASH }));
    const other = await place();
    await expect(orderBook.abortOrder(order, 2, RESULT_HASH, signature, "0x")).to.be.revertedWithCustomError(attestation, "WrongDeviceSignature");
    await expect(orderBook.abortOrder(other, 1, RESULT_HASH, signature, "0x")).to.be.revertedWithCustomError(orderBook, "IllegalTransition");
  });

  it("refuses a result above 8 KiB", async () => {
    const { orderBook, device, domain, signatureOf, order } = await loadFixture(newOrder);
    const signature = signatureOf(device, abortDigest(domain, { order, fault: 1, resultHash: RESULT_HASH }));
    await expect(orderBook.abortOrder(order, 1, RESULT_HASH, signature, `0x${"00".repeat(8193)}`)).to.be.revertedWithCustomError(orderBook, "TooLong");
  });
});
