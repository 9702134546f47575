// SPDX-License-Identifier: Apache-2.0
import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { id } from "ethers";

import { deployMarket, SOLUTION_HASH, tokens } from "../../world/market";
import { Approval, OfferType, PriceType } from "../../world/offers";

const WRONG_HASH = id("another solution");

describe("OrderBook.completeSuborder", () => {
  async function placedOrder() {
    const market = await deployMarket();
    return { ...market, order: await market.place() };
  }

  describe("given Bob's data suborder", () => {
    it("refuses a wrong solution hash, and the right one still unblocks the order", async () => {
      const { orderBook, bob, order } = await loadFixture(placedOrder);
      await expect(orderBook.connect(bob).completeSuborder(order + 1n, 4, WRONG_HASH, "0x12"))
        .to.be.revertedWithCustomError(orderBook, "SolutionHashMismatch")
        .withArgs(order + 1n, SOLUTION_HASH, WRONG_HASH);
      expect((await orderBook.getOrder(order)).status).to.equal(6n);

      await expect(orderBook.connect(bob).completeSuborder(order + 1n, 4, SOLUTION_HASH, "0x12"))
        .to.emit(orderBook, "SuborderCompleted")
        .withArgs(order + 1n, order, 4, SOLUTION_HASH, "0x12", (value: bigint) => value > 0n)
        .and.to.emit(orderBook, "OrderStatusChanged")
        .withArgs(order, 6, 0);
      const { status, blocking, since, textBlock } = await orderBook.getOrder(order);
      expect([status, blocking, Number(since), Number(textBlock)]).to.deep.equal([0n, 0n, await time.latest(), await time.latestBlock()]);
    });

    it("denies with Error: the order ends, the customer has everything back", async () => {
      const { orderBook, token, catalog, bob, alice, compute, order } = await loadFixture(placedOrder);
      await expect(orderBook.connect(bob).completeSuborder(order + 1n, 5, WRONG_HASH, "0x")).to.changeTokenBalance(token, alice, tokens(20));
      expect((await orderBook.getOrder(order)).status).to.equal(5n);
      expect((await orderBook.getSuborder(order + 1n)).status).to.equal(5n);
      expect((await catalog.getMachine(compute)).waiting).to.equal(0n);
      await expect(orderBook.claim([order + 1n])).to.be.revertedWithCustomError(orderBook, "NothingToClaim");
    });

    it("is Bob's alone: not the customer's, the machine owner's or a stranger's", async () => {
      const { orderBook, alice, carol, stranger, dataOwner, order } = await loadFixture(placedOrder);
      for (const caller of [alice, carol, stranger]) {
        await expect(orderBook.connect(caller).completeSuborder(order + 1n, 4, SOLUTION_HASH, "0x"))
          .to.be.revertedWithCustomError(orderBook, "NotActionAccount")
          .withArgs(dataOwner.provider, caller.address);
      }
    });

    it("follows the action account: the new one may, the old one may not", async () => {
      const { orderBook, registry, bob, stranger, dataOwner, book, order } = await loadFixture(placedOrder);
      await registry.connect(bob).updateProvider(dataOwner.provider, stranger.address, bob.address, book);
      await expect(orderBook.connect(bob).completeSuborder(order + 1n, 4, SOLUTION_HASH, "0x")).to.be.revertedWithCustomError(orderBook, "NotActionAccount");
      await orderBook.connect(stranger).completeSuborder(order + 1n, 4, SOLUTION_HASH, "0x");
    });

    it("completes once", async () => {
      const { orderBook, bob, order } = await loadFixture(placedOrder);
      await orderBook.connect(bob).completeSuborder(order + 1n, 4, SOLUTION_HASH, "0x");
      await expect(orderBook.connect(bob).completeSuborder(order + 1n, 5, SOLUTION_HASH, "0x"))
        .to.be.revertedWithCustomError(orderBook, "SuborderNotOpen")
        .withArgs(order + 1n, 4, 0);
    });

    it("is closed once the order ended", async () => {
      const { orderBook, alice, bob, order } = await loadFixture(placedOrder);
      await orderBook.connect(alice).cancelOrder(order);
      await expect(orderBook.connect(bob).completeSuborder(order + 1n, 4, SOLUTION_HASH, "0x"))
        .to.be.revertedWithCustomError(orderBook, "SuborderNotOpen")
        .withArgs(order + 1n, 0, 3);
    });

    for (const status of [0, 1, 2, 3, 6, 7]) {
      it(`takes Done or Error and not status ${status}`, async () => {
        const { orderBook, bob, order } = await loadFixture(placedOrder);
        await expect(orderBook.connect(bob).completeSuborder(order + 1n, status, SOLUTION_HASH, "0x"))
          .to.be.revertedWithCustomError(orderBook, "NotCompletingStatus")
          .withArgs(order + 1n, status);
      });
    }

    it("takes a key release of 4 KiB and not a byte more", async () => {
      const { orderBook, bob, order } = await loadFixture(placedOrder);
      await expect(orderBook.connect(bob).completeSuborder(order + 1n, 4, SOLUTION_HASH, `0x${"11".repeat(4097)}`))
        .to.be.revertedWithCustomError(orderBook, "TooLong")
        .withArgs(4097, 4096);
      await orderBook.connect(bob).completeSuborder(order + 1n, 4, SOLUTION_HASH, `0x${"11".repeat(4096)}`);
    });
  });

  it("knows no suborder under an order's id, or under none", async () => {
    const { orderBook, bob, order } = await loadFixture(placedOrder);
    for (const suborder of [order, order + 2n]) {
      await expect(orderBook.connect(bob).completeSuborder(suborder, 4, SOLUTION_HASH, "0x")).to.be.revertedWithCustomError(orderBook, "SuborderNotFound").withArgs(suborder);
    }
  });

  it("leaves an order Blocked until its last owner approves", async () => {
    const { orderBook, bob, data, dataSlot, workflow, place } = await loadFixture(placedOrder);
    const twice = await place(workflow({}, { parts: [{ offer: data, version: 0, slot: dataSlot }, { offer: data, version: 0, slot: dataSlot }] }));
    await orderBook.connect(bob).completeSuborder(twice + 2n, 4, SOLUTION_HASH, "0x");
    const { status, blocking } = await orderBook.getOrder(twice);
    expect([status, blocking]).to.deep.equal([6n, 1n]);
    await orderBook.connect(bob).completeSuborder(twice + 1n, 4, SOLUTION_HASH, "0x");
    expect((await orderBook.getOrder(twice)).status).to.equal(0n);
  });

  describe("given an offer whose owner set a policy", () => {
    async function policyOrder() {
      const market = await deployMarket();
      const offer = await market.addValueOffer(market.dataOwner, OfferType.Data, Approval.Policy);
      const slot = await market.addSlot(offer, market.dataOwner, {}, tokens(1), PriceType.Fixed);
      const placePolicy = () => market.place(market.workflow({}, { parts: [{ offer, version: 0, slot }] }));
      return { ...market, offer, placePolicy, order: await placePolicy() };
    }

    it("completes what the policy allows, as often as it allows", async () => {
      const { orderBook, catalog, bob, offer, order, placePolicy } = await loadFixture(policyOrder);
      await catalog.connect(bob).setAllowance(offer, SOLUTION_HASH, 2 ** 39, 1);
      await orderBook.connect(bob).completeSuborder(order + 1n, 4, SOLUTION_HASH, "0x");
      expect((await catalog.getAllowance(offer, SOLUTION_HASH)).usesLeft).to.equal(0n);
      const second = await placePolicy();
      await expect(orderBook.connect(bob).completeSuborder(second + 1n, 4, SOLUTION_HASH, "0x"))
        .to.be.revertedWithCustomError(catalog, "PolicyRefuses")
        .withArgs(offer, SOLUTION_HASH);
    });

    it("refuses without one, also its own robot; an empty policy allows nobody", async () => {
      const { orderBook, catalog, bob, order } = await loadFixture(policyOrder);
      await expect(orderBook.connect(bob).completeSuborder(order + 1n, 4, SOLUTION_HASH, "0x")).to.be.revertedWithCustomError(catalog, "PolicyRefuses");
    });

    it("ends with its expiry, to the second", async () => {
      const { orderBook, catalog, bob, offer, order, placePolicy } = await loadFixture(policyOrder);
      const second = await placePolicy();
      const notAfter = (await time.latest()) + 100;
      await catalog.connect(bob).setAllowance(offer, SOLUTION_HASH, notAfter, 9);
      await time.setNextBlockTimestamp(notAfter);
      await orderBook.connect(bob).completeSuborder(order + 1n, 4, SOLUTION_HASH, "0x");
      await expect(orderBook.connect(bob).completeSuborder(second + 1n, 4, SOLUTION_HASH, "0x")).to.be.revertedWithCustomError(catalog, "PolicyRefuses");
    });

    it("denies without asking the policy", async () => {
      const { orderBook, bob, order } = await loadFixture(policyOrder);
      await orderBook.connect(bob).completeSuborder(order + 1n, 5, SOLUTION_HASH, "0x");
      expect((await orderBook.getOrder(order)).status).to.equal(5n);
    });

    it("lets no stranger spend it", async () => {
      const { catalog, bob, stranger, offer } = await loadFixture(policyOrder);
      await catalog.connect(bob).setAllowance(offer, SOLUTION_HASH, 2 ** 39, 1);
      await expect(catalog.connect(stranger).spendAllowance(offer, SOLUTION_HASH)).to.be.revertedWithCustomError(catalog, "OfferNotSoldHere");
    });
  });

  it("is not for storage, which answers by grant and receipt", async () => {
    const { orderBook, keeper, fullWorkflow, place } = await loadFixture(deployMarket);
    const order = await place(fullWorkflow());
    await expect(orderBook.connect(keeper).completeSuborder(order + 3n, 4, SOLUTION_HASH, "0x")).to.be.revertedWithCustomError(orderBook, "IsStoragePart").withArgs(order + 3n);
  });
});
