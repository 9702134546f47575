// SPDX-License-Identifier: Apache-2.0
import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";

import { deployMarket, RESULT_HASH, tokens } from "../../world/market";
import { Approval, OfferType, PriceType } from "../../world/offers";

const [NEW, PROCESSING, CANCELED, DONE, ERROR] = [0n, 1n, 3n, 4n, 5n];
const RETENTION = 600 * 60;
/** Ten hours of storage at 0.1 an hour. */
const PRICE = tokens(1);

/** An order of four offers that runs; its storage part is New. */
async function running() {
  const market = await deployMarket();
  const order = await market.run(market.fullWorkflow());
  return { ...market, order, stored: order + 3n };
}

async function finished() {
  const market = await running();
  await market.finish(market.order, { usedSeconds: 600 });
  return market;
}

/** Storage whose offer lets customers end early. */
async function cancelable() {
  const market = await deployMarket();
  const offer = await market.addValueOffer(market.storeOwner, OfferType.Storage, Approval.Manual, { cancelable: true });
  const slot = await market.addSlot(offer, market.storeOwner, {}, tokens("0.1"), PriceType.PerHour, 60, 1200);
  const basket = { parts: [{ offer, version: 0, slot }], retentionMinutes: 600 };
  const order = await market.run(market.workflow({ deposit: tokens(30) }, basket));
  return { ...market, order, stored: order + 1n, offer, slot };
}

describe("Storage in an order", () => {
  it("is granted with sealed bytes, blocks nothing, and earns from its receipt on", async () => {
    const { orderBook, keeper, token, storeOwner, finish, order, stored } = await loadFixture(running);
    await expect(orderBook.connect(keeper).grantStorage(stored, "0x1234")).to.emit(orderBook, "StorageGranted").withArgs(stored, order, "0x1234", (value: bigint) => value > 0n);
    expect((await orderBook.getSuborder(stored)).status).to.equal(PROCESSING);
    await finish(order, { usedSeconds: 600 });
    expect(await orderBook.claimable(stored)).to.equal(0n);
    const sent = orderBook.connect(keeper).receiveStorage(stored, RESULT_HASH, 1000, "0x");
    const start = BigInt(await sent.then(() => time.latest()));
    await expect(sent).to.emit(orderBook, "StorageReceived").withArgs(stored, order, RESULT_HASH, 1000, start + BigInt(RETENTION));
    await time.increaseTo(start + 3600n);
    expect(await orderBook.claimable(stored)).to.equal(tokens("0.1"));
    await time.setNextBlockTimestamp(start + 7200n);
    await expect(orderBook.claim([stored])).to.emit(orderBook, "EarningsDrawn").withArgs(stored, order, tokens("0.2"), 7200);
    await time.increaseTo(start + BigInt(RETENTION) + 100n);
    await expect(orderBook.claim([stored])).to.changeTokenBalance(token, storeOwner.receiver, tokens("0.8") - (tokens("0.8") * 3n) / 100n);
    expect((await orderBook.getSuborder(stored)).claimed).to.equal(true);
    await expect(orderBook.claim([stored])).to.be.revertedWithCustomError(orderBook, "NothingToClaim").withArgs(stored);
  });

  it("keeps its money apart when the order ends, and gives it back when the receipt does not come in time", async () => {
    const { orderBook, token, alice, stranger, stored, order } = await loadFixture(finished);
    const ended = await time.latest();
    await time.setNextBlockTimestamp(ended + 1440 * 60);
    await expect(orderBook.connect(stranger).expireStorage(stored)).to.be.revertedWithCustomError(orderBook, "DeadlineNotReached").withArgs(stored, ended + 1440 * 60, ended + 1440 * 60);
    const sent = orderBook.connect(stranger).expireStorage(stored);
    await expect(sent).to.changeTokenBalance(token, alice, PRICE);
    await expect(sent).to.emit(orderBook, "StorageEnded").withArgs(stored, order, ERROR, PRICE);
    await expect(orderBook.expireStorage(stored)).to.be.revertedWithCustomError(orderBook, "SuborderNotOpen").withArgs(stored, ERROR, DONE);
  });

  it("that is an order's first part is waited for as any other", async () => {
    const { orderBook, keeper, stranger, finish, order, stored } = await loadFixture(cancelable);
    await finish(order, { usedSeconds: 600 });
    const ended = await time.latest();
    await expect(orderBook.connect(stranger).expireStorage(stored)).to.be.revertedWithCustomError(orderBook, "DeadlineNotReached").withArgs(stored, ended + 1440 * 60, ended + 1);
    await time.increaseTo(ended + 1000);
    await orderBook.connect(keeper).receiveStorage(stored, RESULT_HASH, 1, "0x");
  });

  it("takes a receipt to the second of its deadline and not after", async () => {
    const late = await loadFixture(finished);
    const deadline = (await time.latest()) + 1440 * 60;
    await time.setNextBlockTimestamp(deadline + 1);
    await expect(late.orderBook.connect(late.keeper).receiveStorage(late.stored, RESULT_HASH, 1, "0x")).to.be.revertedWithCustomError(late.orderBook, "ReceiptTooLate").withArgs(late.stored, deadline, deadline + 1);
    const { orderBook, keeper, stored } = await loadFixture(finished);
    await time.setNextBlockTimestamp(deadline);
    await orderBook.connect(keeper).receiveStorage(stored, RESULT_HASH, 1, "0x");
  });

  it("takes a receipt that its store signed from whoever carries it, and no other", async () => {
    const { orderBook, keeper, bob, stranger, storeOwner, stored, chainId, book } = await loadFixture(running);
    const domain = { name: "Cloister", version: "1", chainId, verifyingContract: book };
    const types = { Receipt: [{ name: "suborder", type: "uint48" }, { name: "contentHash", type: "bytes32" }, { name: "size", type: "uint64" }] };
    const receipt = { suborder: stored, contentHash: RESULT_HASH, size: 5n };
    const wrong = await bob.signTypedData(domain, types, receipt);
    await expect(orderBook.connect(stranger).receiveStorage(stored, RESULT_HASH, 5, wrong)).to.be.revertedWithCustomError(orderBook, "NotActionAccount").withArgs(storeOwner.provider, stranger.address);
    const signature = await keeper.signTypedData(domain, types, receipt);
    await expect(orderBook.connect(stranger).receiveStorage(stored, RESULT_HASH, 6, signature)).to.be.revertedWithCustomError(orderBook, "NotActionAccount");
    await orderBook.connect(stranger).receiveStorage(stored, RESULT_HASH, 5, signature);
    expect((await orderBook.getSuborder(stored)).status).to.equal(DONE);
    await expect(orderBook.connect(stranger).receiveStorage(stored, RESULT_HASH, 5, signature)).to.be.revertedWithCustomError(orderBook, "SuborderNotOpen");
  });

  it("denied or canceled by itself harms no running order: its money comes back with the rest", async () => {
    for (const [act, status] of [["denyStorage", ERROR], ["cancelSuborder", CANCELED]] as const) {
      const { orderBook, token, keeper, alice, finish, order, stored } = await loadFixture(running);
      await expect(orderBook.connect(act === "denyStorage" ? keeper : alice)[act](stored)).to.emit(orderBook, "StorageEnded").withArgs(stored, order, status, 0);
      expect((await orderBook.getOrder(order)).status).to.equal(1n);
      await time.increase(600);
      const charged = tokens(1) + tokens("0.5") + tokens(2);
      await expect(finish(order, { usedSeconds: 600 })).to.changeTokenBalance(token, alice, tokens(30) - charged);
    }
  });

  it("denied or canceled after the order ended gives its money back at once", async () => {
    for (const act of ["denyStorage", "cancelSuborder"] as const) {
      const { orderBook, token, keeper, alice, stored } = await loadFixture(finished);
      await expect(orderBook.connect(act === "denyStorage" ? keeper : alice)[act](stored)).to.changeTokenBalance(token, alice, PRICE);
    }
  });

  it("is not canceled by itself once it was received, or was canceled", async () => {
    const { orderBook, keeper, alice, stored } = await loadFixture(running);
    await orderBook.connect(keeper).receiveStorage(stored, RESULT_HASH, 1, "0x");
    await expect(orderBook.connect(alice).cancelSuborder(stored)).to.be.revertedWithCustomError(orderBook, "SuborderNotOpen").withArgs(stored, DONE, PROCESSING);
    const other = await loadFixture(finished);
    await other.orderBook.connect(other.alice).cancelSuborder(other.stored);
    await expect(other.orderBook.connect(other.alice).cancelSuborder(other.stored)).to.be.revertedWithCustomError(other.orderBook, "SuborderNotOpen").withArgs(other.stored, CANCELED, DONE);
  });

  it("gives a single unit back too", async () => {
    const { orderBook, token, keeper, alice, storeOwner, storage, addSlot, run, finish, workflow } = await loadFixture(deployMarket);
    const slot = await addSlot(storage, storeOwner, {}, 1n, PriceType.Fixed);
    const order = await run(workflow({}, { parts: [{ offer: storage, version: 0, slot }], retentionMinutes: 600 }));
    await finish(order);
    await expect(orderBook.connect(keeper).denyStorage(order + 1n)).to.changeTokenBalance(token, alice, 1n);
  });

  it("is dead in an order that ended before its report", async () => {
    const { orderBook, keeper, alice, place, fullWorkflow } = await loadFixture(deployMarket);
    const order = await place(fullWorkflow());
    await expect(orderBook.connect(keeper).receiveStorage(order + 3n, RESULT_HASH, 1, "0x")).to.be.revertedWithCustomError(orderBook, "ReportMissing").withArgs(order);
    await orderBook.connect(alice).cancelOrder(order);
    for (const call of [() => orderBook.connect(keeper).grantStorage(order + 3n, "0x"), () => orderBook.connect(keeper).receiveStorage(order + 3n, RESULT_HASH, 1, "0x"), () => orderBook.expireStorage(order + 3n)]) {
      await expect(call()).to.be.revertedWithCustomError(orderBook, "SuborderNotOpen").withArgs(order + 3n, NEW, CANCELED);
    }
  });

  it("waits for the order's end before its receipt can come too late", async () => {
    const { orderBook, stored, order } = await loadFixture(running);
    await expect(orderBook.expireStorage(stored)).to.be.revertedWithCustomError(orderBook, "OrderStillRuns").withArgs(order, PROCESSING);
  });

  it("refuses strangers, other parts, and grants above 4 KiB", async () => {
    const { orderBook, bob, keeper, alice, storeOwner, order, stored } = await loadFixture(running);
    for (const call of [() => orderBook.connect(bob).grantStorage(stored, "0x"), () => orderBook.connect(bob).denyStorage(stored)]) {
      await expect(call()).to.be.revertedWithCustomError(orderBook, "NotActionAccount").withArgs(storeOwner.provider, bob.address);
    }
    await expect(orderBook.connect(keeper).grantStorage(stored, `0x${"00".repeat(4097)}`)).to.be.revertedWithCustomError(orderBook, "TooLong").withArgs(4097, 4096);
    await expect(orderBook.connect(bob).cancelSuborder(stored)).to.be.revertedWithCustomError(orderBook, "NotOrderCustomer").withArgs(order, bob.address);
    for (const call of [() => orderBook.grantStorage(order + 2n, "0x"), () => orderBook.connect(alice).extendStorage(order + 2n, 1, 1), () => orderBook.connect(alice).endStorage(order + 2n)]) {
      await expect(call()).to.be.revertedWithCustomError(orderBook, "NotStoragePart").withArgs(order + 2n);
    }
    await expect(orderBook.connect(alice).endStorage(stored)).to.be.revertedWithCustomError(orderBook, "NotKept").withArgs(stored, NEW);
    await expect(orderBook.grantStorage(999, "0x")).to.be.revertedWithCustomError(orderBook, "SuborderNotFound").withArgs(999);
  });

  it("of a fixed price is earned whole with its receipt, and its retention stays", async () => {
    const { orderBook, keeper, alice, storeOwner, storage, addSlot, run, workflow } = await loadFixture(deployMarket);
    const slot = await addSlot(storage, storeOwner, {}, tokens(4), PriceType.Fixed, 0, 6000);
    const order = await run(workflow({}, { parts: [{ offer: storage, version: 0, slot }], retentionMinutes: 100 }));
    await orderBook.connect(keeper).receiveStorage(order + 1n, RESULT_HASH, 1, "0x");
    expect(await orderBook.claimable(order + 1n)).to.equal(tokens(4));
    await orderBook.claim([order + 1n]);
    await expect(orderBook.connect(alice).extendStorage(order + 1n, slot, 10)).to.be.revertedWithCustomError(orderBook, "RetentionFixed").withArgs(order + 1n);
    await expect(orderBook.connect(alice).endStorage(order + 1n)).to.be.revertedWithCustomError(orderBook, "RetentionFixed").withArgs(order + 1n);
  });
});

describe("A running retention", () => {
  it("is lengthened at its price, by whoever pays, while the order runs and after", async () => {
    const { orderBook, token, keeper, alice, finish, order, stored, slot } = await loadFixture(cancelable);
    await orderBook.connect(keeper).receiveStorage(stored, RESULT_HASH, 1, "0x");
    const first = orderBook.connect(alice).extendStorage(stored, slot, 60);
    await expect(first).to.changeTokenBalance(token, alice, -tokens("0.1"));
    await expect(first).to.emit(orderBook, "RetentionChanged").withArgs(stored, order, 660, tokens("0.1"));
    expect((await orderBook.getOrder(order)).deposit).to.equal(tokens(30) + tokens("0.1"));
    await finish(order, { usedSeconds: 600 });
    await expect(orderBook.connect(alice).extendStorage(stored, slot, 540)).to.changeTokenBalance(token, alice, -tokens("0.9"));
    // The deposit of an order that has ended is what was settled.
    expect((await orderBook.getOrder(order)).deposit).to.equal(tokens(30) + tokens("0.1"));
    await time.increase(2000 * 60);
    expect(await orderBook.claimable(stored)).to.equal(tokens(2));
  });

  it("is lengthened only within a slot that is sold at the same price, by an offer that is on sale", async () => {
    const { orderBook, catalog, keeper, alice, storeOwner, addSlot, stored, slot, offer } = await loadFixture(cancelable);
    await orderBook.connect(keeper).receiveStorage(stored, RESULT_HASH, 1, "0x");
    await expect(orderBook.connect(alice).extendStorage(stored, slot, 601)).to.be.revertedWithCustomError(catalog, "RetentionOutOfRange").withArgs(offer, 1201, 60, 1200);
    const dear = await addSlot(offer, storeOwner, {}, tokens(1), PriceType.PerHour);
    await expect(orderBook.connect(alice).extendStorage(stored, dear, 10)).to.be.revertedWithCustomError(orderBook, "OtherPrice").withArgs(stored, tokens("0.1"), tokens(1));
    await expect(orderBook.connect(alice).extendStorage(stored, dear, 2 ** 24 - 1)).to.be.revertedWithCustomError(orderBook, "LeaseAboveMaximum").withArgs(stored, 2 ** 24 - 1 + 600, 2 ** 24 - 1);
    const fixed = await addSlot(offer, storeOwner, {}, tokens("0.1"), PriceType.Fixed);
    await expect(orderBook.connect(alice).extendStorage(stored, fixed, 10)).to.be.revertedWithCustomError(orderBook, "OtherPrice").withArgs(stored, tokens("0.1"), tokens("0.1"));
    await catalog.connect(keeper).retireSlot(offer, slot);
    await expect(orderBook.connect(alice).extendStorage(stored, slot, 10)).to.be.revertedWithCustomError(catalog, "SlotIsRetired").withArgs(offer, slot);
    await catalog.connect(keeper).setEnabled(offer, false);
    await expect(orderBook.connect(alice).extendStorage(stored, dear, 10)).to.be.revertedWithCustomError(catalog, "OfferDisabled").withArgs(offer);
  });

  it("is not lengthened when its retention has ended, to the second", async () => {
    const { orderBook, keeper, alice, stored, slot } = await loadFixture(cancelable);
    await orderBook.connect(keeper).receiveStorage(stored, RESULT_HASH, 1, "0x");
    const end = (await time.latest()) + RETENTION;
    await time.setNextBlockTimestamp(end);
    await expect(orderBook.connect(alice).extendStorage(stored, slot, 10)).to.be.revertedWithCustomError(orderBook, "RetentionFixed").withArgs(stored);
  });

  it("is not lengthened beyond what a deposit holds: nothing is taken", async () => {
    const { orderBook, keeper, alice, storeOwner, storage, addSlot, run, workflow, token } = await loadFixture(deployMarket);
    const price = 2n ** 79n;
    const slot = await addSlot(storage, storeOwner, {}, price, PriceType.PerHour);
    const least = price / 60n;
    await token.transfer(alice.address, least);
    const order = await run(workflow({ deposit: least + tokens(5), priceCeiling: 2n ** 88n - 1n }, { parts: [{ offer: storage, version: 0, slot }], retentionMinutes: 1 }));
    await orderBook.connect(keeper).receiveStorage(order + 1n, RESULT_HASH, 1, "0x");
    const paid = (price * (2n ** 23n + 1n)) / 60n - least;
    await expect(orderBook.connect(alice).extendStorage(order + 1n, slot, 2 ** 23)).to.be.revertedWithCustomError(orderBook, "SafeCastOverflowedUintDowncast").withArgs(88, paid);
  });

  it("is ended early by the customer: minutes begun are charged, the rest goes back", async () => {
    const { orderBook, token, keeper, alice, finish, order, stored } = await loadFixture(cancelable);
    await orderBook.connect(keeper).receiveStorage(stored, RESULT_HASH, 1, "0x");
    const start = await time.latest();
    await finish(order, { usedSeconds: 600 });
    await time.setNextBlockTimestamp(start + 3600 + 30);
    const kept = (tokens("0.1") * 61n) / 60n;
    const sent = orderBook.connect(alice).endStorage(stored);
    await expect(sent).to.changeTokenBalance(token, alice, PRICE - kept);
    await expect(sent).to.emit(orderBook, "StorageRefunded").withArgs(stored, order, PRICE - kept);
    await time.increase(60);
    expect(await orderBook.claimable(stored)).to.equal(kept);
    await expect(orderBook.connect(alice).endStorage(stored)).to.be.revertedWithCustomError(orderBook, "RetentionFixed");
  });

  it("ended while the order runs leaves its money in the deposit", async () => {
    const { orderBook, token, keeper, alice, finish, order, stored } = await loadFixture(cancelable);
    await orderBook.connect(keeper).receiveStorage(stored, RESULT_HASH, 1, "0x");
    const start = await time.latest();
    await time.setNextBlockTimestamp(start + 600);
    await expect(orderBook.connect(alice).endStorage(stored)).to.changeTokenBalance(token, alice, 0);
    const kept = tokens("0.1") / 6n;
    await expect(finish(order, { usedSeconds: 600 })).to.changeTokenBalance(token, alice, tokens(30) - tokens(1) - kept);
  });

  it("is not ended in its last minute, which has begun: nothing would come back", async () => {
    const { orderBook, keeper, alice, stored } = await loadFixture(cancelable);
    await orderBook.connect(keeper).receiveStorage(stored, RESULT_HASH, 1, "0x");
    await time.increase(RETENTION - 30);
    await expect(orderBook.connect(alice).endStorage(stored)).to.be.revertedWithCustomError(orderBook, "RetentionFixed").withArgs(stored);
  });

  it("of a fixed price is not ended early, though its offer is cancelable", async () => {
    const { orderBook, keeper, alice, storeOwner, addSlot, offer, run, workflow } = await loadFixture(cancelable);
    const fixed = await addSlot(offer, storeOwner, {}, tokens(1), PriceType.Fixed);
    const order = await run(workflow({}, { parts: [{ offer, version: 0, slot: fixed }], retentionMinutes: 600 }));
    await orderBook.connect(keeper).receiveStorage(order + 1n, RESULT_HASH, 1, "0x");
    await expect(orderBook.connect(alice).endStorage(order + 1n)).to.be.revertedWithCustomError(orderBook, "RetentionFixed").withArgs(order + 1n);
  });

  it("of an offer that is not cancelable, or by a stranger, is not ended early", async () => {
    const { orderBook, keeper, alice, bob, order, stored } = await loadFixture(running);
    await orderBook.connect(keeper).receiveStorage(stored, RESULT_HASH, 1, "0x");
    await expect(orderBook.connect(alice).endStorage(stored)).to.be.revertedWithCustomError(orderBook, "RetentionFixed").withArgs(stored);
    await expect(orderBook.connect(bob).endStorage(stored)).to.be.revertedWithCustomError(orderBook, "NotOrderCustomer").withArgs(order, bob.address);
    await time.increase(RETENTION);
    await expect(orderBook.connect(alice).extendStorage(stored, 1, 1)).to.be.revertedWithCustomError(orderBook, "RetentionFixed").withArgs(stored);
  });
});
