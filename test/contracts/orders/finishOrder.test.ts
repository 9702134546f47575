// SPDX-License-Identifier: Apache-2.0
import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";

import { finishDigest } from "../../../src/chain/digests";
import { deployMarket, HOUR, RESULT_HASH, tokens } from "../../world/market";

const DONE = 4;
const ERROR = 5;
const Fault = { None: 0, Workload: 1, Machine: 2, Input: 3 } as const;

/** Token units of a price per hour for some seconds, rounded down as the contract does. */
const hourly = (price: bigint, seconds: number) => (price * BigInt(seconds)) / BigInt(HOUR);

/** A reported order of four offers, its storage part received; thirty minutes have passed, to the second. */
async function halfAnHourIn() {
  const market = await deployMarket();
  const order = await market.place(market.fullWorkflow());
  await market.approve(order);
  await market.accept(order);
  await market.report(order);
  const start = await time.latest();
  await market.orderBook.connect(market.keeper).receiveStorage(order + 3n, RESULT_HASH, 100, "0x");
  await time.setNextBlockTimestamp(start + 1800);
  return { ...market, order, start };
}

describe("OrderBook.finishOrder", () => {
  describe("given Done", () => {
    it("charges the seconds used, refunds the rest in the same transaction, frees machine and security", async () => {
      const { orderBook, token, catalog, registry, alice, compute, machineOwner, finish, order } = await loadFixture(halfAnHourIn);
      const charged = hourly(tokens(6), 900) + hourly(tokens(3), 900) + tokens(2) + tokens(1);
      const sent = finish(order, { usedSeconds: 900 });
      await expect(sent).to.changeTokenBalance(token, alice, tokens(30) - charged);
      await expect(sent).to.emit(orderBook, "OrderSettled").withArgs(order, 900, charged, tokens(30) - charged);
      await expect(sent).to.emit(orderBook, "OrderStatusChanged").withArgs(order, 1, DONE);
      await time.increase(600 * 60);
      expect(await Promise.all([0n, 1n, 2n, 3n].map((part) => orderBook.claimable(order + part)))).to.deep.equal([hourly(tokens(6), 900), hourly(tokens(3), 900), tokens(2), tokens(1)]);
      const machine = await catalog.getMachine(compute);
      expect(machine.room & machine.total).to.equal(machine.total);
      expect((await registry.getProvider(machineOwner.provider)).reserved).to.equal(0n);
    });

    it("charges no more seconds than have passed on chain", async () => {
      const { orderBook, finish, order } = await loadFixture(halfAnHourIn);
      await finish(order, { usedSeconds: 2 ** 32 - 1 });
      expect((await orderBook.getOrder(order)).since).to.equal(1800n);
      expect(await orderBook.claimable(order)).to.equal(tokens(3));
    });

    it("charges no more than the lease", async () => {
      const { orderBook, finish, order, start } = await loadFixture(halfAnHourIn);
      await time.setNextBlockTimestamp(start + 5000);
      await finish(order);
      expect((await orderBook.getOrder(order)).since).to.equal(3600n);
      expect(await orderBook.claimable(order)).to.equal(tokens(6));
    });

    it("charges the slot's least minutes", async () => {
      const { orderBook, finish, order } = await loadFixture(halfAnHourIn);
      await finish(order, { usedSeconds: 1 });
      expect(await orderBook.claimable(order)).to.equal(tokens(1));
      expect(await orderBook.claimable(order + 1n)).to.equal(hourly(tokens(3), 1));
    });

    it("with the whole deposit used up, settles to the last second that it pays", async () => {
      const { orderBook, token, alice, run, finish, fullWorkflow } = await loadFixture(deployMarket);
      // Data 2, storage 1; compute and solution 9 an hour: 1 token and a unit less than 401 seconds of it.
      const perSecond = tokens(9) / 3600n;
      const deposit = tokens(2) + tokens(1) + perSecond * 801n - 1n;
      const order = await run(fullWorkflow({ deposit }));
      await time.increase(3000);
      await expect(finish(order)).to.changeTokenBalance(token, alice, deposit - tokens(2) - tokens(1) - hourly(tokens(6), 800) - hourly(tokens(3), 800));
      expect((await orderBook.getOrder(order)).since).to.equal(800n);
      expect(await orderBook.claimable(order)).to.equal(hourly(tokens(6), 800));
    });

    it("with the least deposit, charges exactly that", async () => {
      const { orderBook, token, alice, run, finish, workflow } = await loadFixture(deployMarket);
      const order = await run(workflow({ deposit: tokens(3) }));
      await time.increase(3000);
      await expect(finish(order)).to.changeTokenBalance(token, alice, 0);
      expect((await orderBook.getOrder(order)).since).to.equal(600n);
    });
  });

  describe("given a signed Error", () => {
    it("by the workload's fault pays the machine as for Done", async () => {
      const { orderBook, token, alice, finish, order } = await loadFixture(halfAnHourIn);
      const charged = tokens(3) + hourly(tokens(3), 1800) + tokens(3);
      await expect(finish(order, { status: ERROR, fault: Fault.Workload })).to.changeTokenBalance(token, alice, tokens(30) - charged);
      expect((await orderBook.getOrder(order)).status).to.equal(5n);
      expect(await orderBook.claimable(order)).to.equal(tokens(3));
    });

    it("by an input owner's fault pays the machine too", async () => {
      const { orderBook, finish, order } = await loadFixture(halfAnHourIn);
      await finish(order, { status: ERROR, fault: Fault.Input });
      expect(await orderBook.claimable(order)).to.equal(tokens(3));
    });

    it("by the machine's fault pays it nothing and the customer its compensation; the others are paid", async () => {
      const { orderBook, token, registry, alice, machineOwner, compensation, finish, order } = await loadFixture(halfAnHourIn);
      const charged = hourly(tokens(3), 1800) + tokens(3);
      const sent = finish(order, { status: ERROR, fault: Fault.Machine });
      await expect(sent).to.changeTokenBalance(token, alice, tokens(30) - charged + compensation);
      await expect(sent).to.emit(registry, "CompensationPaid").withArgs(machineOwner.provider, alice.address, compensation, tokens(1000) - compensation);
      expect(await orderBook.claimable(order)).to.equal(0n);
      await expect(orderBook.claim([order])).to.be.revertedWithCustomError(orderBook, "NothingToClaim").withArgs(order);
      expect(await orderBook.claimable(order + 1n)).to.equal(hourly(tokens(3), 1800));
      const { deposit, reserved } = await registry.getProvider(machineOwner.provider);
      expect([deposit, reserved]).to.deep.equal([tokens(1000) - compensation, 0n]);
    });
  });

  it("takes whoever carries the signed finish", async () => {
    const { orderBook, stranger, device, domain, signatureOf, order } = await loadFixture(halfAnHourIn);
    const record = { status: DONE, fault: 0, resultHash: RESULT_HASH, usedSeconds: 60 };
    await expect(orderBook.connect(stranger).finishOrder(order, record, signatureOf(device, finishDigest(domain, { order, ...record })), "0x0102"))
      .to.emit(orderBook, "OrderFinished")
      .withArgs(order, device.id, Object.values(record), "0x0102", (value: bigint) => value > 0n);
  });

  describe("refuses", () => {
    for (const [field, value] of [["status", ERROR], ["fault", Fault.Input], ["resultHash", `0x${"11".repeat(32)}`], ["usedSeconds", 61]] as const) {
      it(`a record whose ${field} was changed after signing`, async () => {
        const { orderBook, attestation, device, domain, signatureOf, order } = await loadFixture(halfAnHourIn);
        const signed = field === "status" ? { status: DONE, fault: 0 } : field === "fault" ? { status: ERROR, fault: Fault.Workload } : { status: DONE, fault: 0 };
        const record = { ...signed, resultHash: RESULT_HASH, usedSeconds: 60 };
        const changed = { ...record, [field]: value, ...(field === "status" ? { fault: Fault.Workload } : {}) };
        await expect(orderBook.finishOrder(order, changed, signatureOf(device, finishDigest(domain, { order, ...record })), "0x")).to.be.revertedWithCustomError(attestation, "WrongDeviceSignature");
      });
    }

    it("Done with a fault, and Error without one", async () => {
      const { orderBook, finish, order } = await loadFixture(halfAnHourIn);
      await expect(finish(order, { status: DONE, fault: Fault.Machine })).to.be.revertedWithCustomError(orderBook, "FaultMismatch").withArgs(DONE, Fault.Machine);
      await expect(finish(order, { status: ERROR, fault: Fault.None })).to.be.revertedWithCustomError(orderBook, "FaultMismatch").withArgs(ERROR, Fault.None);
    });

    for (const status of [0, 1, 2, 3, 6, 7]) {
      it(`status ${status}, although signed`, async () => {
        const { orderBook, finish, order } = await loadFixture(halfAnHourIn);
        await expect(finish(order, { status })).to.be.revertedWithCustomError(orderBook, "IllegalTransition").withArgs(order, 1, status);
      });
    }

    it("Done without a report", async () => {
      const { orderBook, place, approve, accept, finish } = await loadFixture(deployMarket);
      const order = await place();
      await expect(finish(order)).to.be.revertedWithCustomError(orderBook, "IllegalTransition").withArgs(order, 6, DONE);
      await approve(order);
      await expect(finish(order)).to.be.revertedWithCustomError(orderBook, "IllegalTransition").withArgs(order, 0, DONE);
      await accept(order);
      await expect(finish(order)).to.be.revertedWithCustomError(orderBook, "ReportMissing").withArgs(order);
      await expect(finish(order, { status: ERROR, fault: Fault.Machine })).to.be.revertedWithCustomError(orderBook, "ReportMissing").withArgs(order);
    });

    it("a second finish", async () => {
      const { orderBook, finish, order } = await loadFixture(halfAnHourIn);
      await finish(order);
      await expect(finish(order)).to.be.revertedWithCustomError(orderBook, "IllegalTransition").withArgs(order, DONE, DONE);
      await expect(finish(order, { status: ERROR, fault: Fault.Machine })).to.be.revertedWithCustomError(orderBook, "IllegalTransition").withArgs(order, DONE, ERROR);
    });

    it("a result above 8 KiB", async () => {
      const { orderBook, device, domain, signatureOf, order } = await loadFixture(halfAnHourIn);
      const record = { status: DONE, fault: 0, resultHash: RESULT_HASH, usedSeconds: 60 };
      await expect(orderBook.finishOrder(order, record, signatureOf(device, finishDigest(domain, { order, ...record })), `0x${"00".repeat(8193)}`))
        .to.be.revertedWithCustomError(orderBook, "TooLong")
        .withArgs(8193, 8192);
    });
  });
});
