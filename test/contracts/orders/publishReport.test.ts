// SPDX-License-Identifier: Apache-2.0
import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { id, sha256 } from "ethers";

import { reportDigest } from "../../../src/chain/digests";
import { deployMarket, type Market, SOLUTION_HASH } from "../../world/market";
import { days, makeAuthority, makeDevice } from "../attestation/chains";

const PAYLOAD = "0x7b7d";

async function acceptedOrder() {
  const market = await deployMarket();
  const order = await market.place();
  await market.approve(order);
  await market.accept(order);
  return { ...market, order };
}

/** A signed report of an order, whose parts a test may then change. */
async function signedReport(market: Market, order: bigint, device = market.device, overrides: Partial<Record<"solutionHash" | "payloadHash", string>> = {}) {
  const record = await market.reportOf(order, { payloadHash: sha256(PAYLOAD), ...overrides });
  const signature = market.signatureOf(device, reportDigest(market.domain, { order, offer: market.compute, ...record }));
  return { record, signature };
}

/** Changes the last bit of a hex string. */
function flipped(hex: string): string {
  return hex.slice(0, -1) + (Number.parseInt(hex.slice(-1), 16) ^ 1).toString(16);
}

describe("OrderBook.publishReport", () => {
  it("verifies the device's signature, keeps the time, and puts statement and certificate in the event", async () => {
    const market = await loadFixture(acceptedOrder);
    const { orderBook, stranger, device, order } = market;
    const { record, signature } = await signedReport(market, order);
    await expect(orderBook.connect(stranger).publishReport(order, record, signature, PAYLOAD, "0xaa", "0xbb"))
      .to.emit(orderBook, "ReportPublished")
      .withArgs(order, device.id, 1, Object.values(record), PAYLOAD, "0xaa", "0xbb", (value: bigint) => value > 0n);
    const { reported, since, status, textBlock } = await orderBook.getOrder(order);
    expect([reported, Number(since), status, Number(textBlock)]).to.deep.equal([true, await time.latest(), 1n, await time.latestBlock()]);
  });

  it("takes a report whose statement is kept elsewhere", async () => {
    const market = await loadFixture(acceptedOrder);
    const { record, signature } = await signedReport(market, market.order, undefined, { payloadHash: id("elsewhere") });
    await market.orderBook.publishReport(market.order, record, signature, "0x", "0x", "0x");
  });

  describe("refuses a report with one bit changed in", () => {
    for (const field of ["argumentsHash", "runtimeInfoHash", "payloadHash"] as const) {
      it(field, async () => {
        const market = await loadFixture(acceptedOrder);
        const { orderBook, attestation, device, order } = market;
        const { record, signature } = await signedReport(market, order);
        await expect(orderBook.publishReport(order, { ...record, [field]: flipped(record[field]) }, signature, "0x", "0x", "0x"))
          .to.be.revertedWithCustomError(attestation, "WrongDeviceSignature")
          .withArgs(device.id);
      });
    }

    it("startedAt", async () => {
      const market = await loadFixture(acceptedOrder);
      const { record, signature } = await signedReport(market, market.order);
      await expect(market.orderBook.publishReport(market.order, { ...record, startedAt: record.startedAt ^ 1 }, signature, "0x", "0x", "0x"))
        .to.be.revertedWithCustomError(market.attestation, "WrongDeviceSignature");
    });

    for (const half of ["r", "s"] as const) {
      it(`signature half ${half}`, async () => {
        const market = await loadFixture(acceptedOrder);
        const { record, signature } = await signedReport(market, market.order);
        await expect(market.orderBook.publishReport(market.order, record, { ...signature, [half]: flipped(signature[half]) }, "0x", "0x", "0x"))
          .to.be.revertedWithCustomError(market.attestation, "WrongDeviceSignature");
      });
    }

    for (const half of ["x", "y"] as const) {
      it(`the device's key, ${half}`, async () => {
        const market = await loadFixture(acceptedOrder);
        const { record, signature } = await signedReport(market, market.order);
        await expect(market.orderBook.publishReport(market.order, record, { ...signature, [half]: flipped(signature[half]) }, "0x", "0x", "0x"))
          .to.be.revertedWithCustomError(market.attestation, "DeviceNotFound");
      });
    }

    it("the statement", async () => {
      const market = await loadFixture(acceptedOrder);
      const { record, signature } = await signedReport(market, market.order);
      await expect(market.orderBook.publishReport(market.order, record, signature, "0x7b7c", "0x", "0x"))
        .to.be.revertedWithCustomError(market.orderBook, "PayloadMismatch")
        .withArgs(market.order, sha256(PAYLOAD), sha256("0x7b7c"));
    });
  });

  it("refuses another solution hash, even signed by the device", async () => {
    const market = await loadFixture(acceptedOrder);
    const other = id("another solution");
    const { record, signature } = await signedReport(market, market.order, undefined, { solutionHash: other });
    await expect(market.orderBook.publishReport(market.order, record, signature, PAYLOAD, "0x", "0x"))
      .to.be.revertedWithCustomError(market.orderBook, "SolutionHashMismatch")
      .withArgs(market.order, SOLUTION_HASH, other);
  });

  it("refuses the report of another order", async () => {
    const market = await loadFixture(acceptedOrder);
    const other = await market.place();
    await market.approve(other);
    await market.accept(other);
    const { record, signature } = await signedReport(market, other);
    await expect(market.orderBook.publishReport(market.order, record, signature, PAYLOAD, "0x", "0x")).to.be.revertedWithCustomError(market.attestation, "WrongDeviceSignature");
  });

  it("refuses the device of another offer", async () => {
    const market = await loadFixture(acceptedOrder);
    const { orderBook, attestation, catalog, carol, machineOwner, compute, book, authority, start, order } = market;
    await catalog.connect(carol).createComputeOffer(machineOwner.provider, book, 1, 1, 0, "{}");
    const otherOffer = await catalog.offerCount();
    const other = await makeDevice(authority, days(start, 30));
    await market.registerDevice(other, otherOffer);
    const { record, signature } = await signedReport(market, order, other);
    await expect(orderBook.publishReport(order, record, signature, PAYLOAD, "0x", "0x"))
      .to.be.revertedWithCustomError(attestation, "DeviceNotOfOffer")
      .withArgs(other.id, compute, otherOffer);
  });

  it("takes a second device of the same offer", async () => {
    const market = await loadFixture(acceptedOrder);
    const second = await makeDevice(market.authority, days(market.start, 30));
    await market.registerDevice(second);
    await market.report(market.order, second);
    expect((await market.orderBook.getOrder(market.order)).reported).to.equal(true);
  });

  it("refuses a second report", async () => {
    const market = await loadFixture(acceptedOrder);
    await market.report(market.order);
    await expect(market.report(market.order)).to.be.revertedWithCustomError(market.orderBook, "AlreadyReported").withArgs(market.order);
  });

  it("refuses a report before the machine accepted, and after the end", async () => {
    const market = await loadFixture(acceptedOrder);
    const { orderBook, alice, order } = market;
    const blocked = await market.place();
    await expect(market.report(blocked)).to.be.revertedWithCustomError(orderBook, "IllegalTransition").withArgs(blocked, 6, 1);
    await market.approve(blocked);
    await expect(market.report(blocked)).to.be.revertedWithCustomError(orderBook, "IllegalTransition").withArgs(blocked, 0, 1);
    await orderBook.connect(alice).cancelOrder(order);
    await expect(market.report(order)).to.be.revertedWithCustomError(orderBook, "IllegalTransition").withArgs(order, 3, 1);
  });

  it("refuses simulated evidence where the customer takes hardware only", async () => {
    const market = await loadFixture(deployMarket);
    const order = await market.place(market.workflow({ simulatedAllowed: false }));
    await market.approve(order);
    await market.accept(order);
    await expect(market.report(order)).to.be.revertedWithCustomError(market.orderBook, "SimulatedDeviceRefused").withArgs(order, market.device.id);
  });

  it("takes hardware evidence, and then no simulated device may end what it reported", async () => {
    const market = await loadFixture(deployMarket);
    const { attestation, orderBook, start, device } = market;
    const hardware = await makeAuthority(start, "Hardware");
    await attestation.addRoot(hardware.root.der, 0);
    const real = await makeDevice(hardware, days(start, 30));
    await market.registerDevice(real);
    const order = await market.place(market.workflow({ simulatedAllowed: false }));
    await market.approve(order);
    await market.accept(order);
    await expect(market.abort(order)).to.be.revertedWithCustomError(orderBook, "SimulatedDeviceRefused").withArgs(order, device.id);
    await market.report(order, real);
    await expect(market.finish(order)).to.be.revertedWithCustomError(orderBook, "SimulatedDeviceRefused").withArgs(order, device.id);
    await market.finish(order, {}, real);
  });

  it("refuses a revoked device, a removed root, an ended certificate", async () => {
    const market = await loadFixture(acceptedOrder);
    const { attestation, carol, authority, start, order } = market;
    const brief = await makeDevice(authority, days(start, 1));
    await market.registerDevice(brief);
    const revoked = await makeDevice(authority, days(start, 30));
    await market.registerDevice(revoked);
    await attestation.connect(carol).revokeDevice(revoked.id);
    await expect(market.report(order, revoked)).to.be.revertedWithCustomError(attestation, "KeyRevoked").withArgs(revoked.id);
    await time.increaseTo(start + 86_401);
    await expect(market.report(order, brief)).to.be.revertedWithCustomError(attestation, "CertificateExpired");
    await attestation.removeRoot(await attestation.getDevice(market.device.id).then(({ root }) => root));
    await expect(market.report(order)).to.be.revertedWithCustomError(attestation, "KeyRevoked");
  });

  it("takes 8 KiB of evidence and not a byte more", async () => {
    const market = await loadFixture(acceptedOrder);
    const { record, signature } = await signedReport(market, market.order, undefined, { payloadHash: sha256(`0x${"00".repeat(4000)}`) });
    const send = (certificate: number) => market.orderBook.publishReport(market.order, record, signature, `0x${"00".repeat(4000)}`, `0x${"00".repeat(64)}`, `0x${"00".repeat(certificate)}`);
    await expect(send(8192 - 4063)).to.be.revertedWithCustomError(market.orderBook, "TooLong").withArgs(8193, 8192);
    await send(8192 - 4064);
  });
});
