// SPDX-License-Identifier: Apache-2.0
import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { id } from "ethers";

import { deployMarket, tokens } from "../../world/market";
import { PriceType } from "../../world/offers";

const RETENTION = 600 * 60;
/** Ten hours of storage at 0.1 an hour. */
const PRICE = tokens(1);

describe("Storage by itself", () => {
  const request = (market: Awaited<ReturnType<typeof deployMarket>>, overrides: Record<string, unknown> = {}) => ({
    offer: market.storage,
    slot: market.storageSlot,
    retentionMinutes: 600,
    priceCeiling: tokens(1),
    deadline: 2 ** 39,
    contentHash: id("backup"),
    grantRecipient: id("recipient"),
    ...overrides,
  });

  it("is bought, granted, received and paid without a machine", async () => {
    const market = await loadFixture(deployMarket);
    const { orderBook, token, alice, keeper, storeOwner, book } = market;
    const order = (await orderBook.lastOrder()) + 1n;
    const sent = orderBook.connect(alice).placeStorage(request(market));
    await expect(sent).to.changeTokenBalances(token, [alice, book], [-PRICE, PRICE]);
    await expect(sent).to.emit(orderBook, "OrderSettled").withArgs(order, 0, PRICE, 0);
    // Where its text is, and which slot it bought.
    const { textBlock, slot } = await orderBook.getOrder(order);
    expect([textBlock, slot]).to.deep.equal([BigInt(await time.latestBlock()), market.storageSlot]);
    await orderBook.connect(keeper).grantStorage(order + 1n, "0x12");
    await orderBook.connect(keeper).receiveStorage(order + 1n, id("backup"), 5, "0x");
    await time.increase(RETENTION);
    await expect(orderBook.claim([order + 1n])).to.changeTokenBalance(token, storeOwner.receiver, tokens("0.97"));
    expect(await token.balanceOf(book)).to.equal(await orderBook.commissionOf(1));
    // No device has attested it: it earns no rewards.
    const epoch = Math.floor((await time.latest()) / (7 * 24 * 3600));
    expect(await orderBook.totalRevenueOf(epoch, 1)).to.equal(0n);
    for (const call of [() => orderBook.connect(alice).cancelOrder(order), () => orderBook.expireOrder(order)]) await expect(call()).to.be.revertedWithCustomError(orderBook, "IllegalTransition");
    expect(await orderBook.claimable(order)).to.equal(0n);
  });

  it("is bought up to the second of its deadline", async () => {
    const market = await loadFixture(deployMarket);
    const { orderBook, alice } = market;
    const deadline = (await time.latest()) + 100;
    await time.setNextBlockTimestamp(deadline);
    await orderBook.connect(alice).placeStorage(request(market, { deadline }));
    await expect(orderBook.connect(alice).placeStorage(request(market, { deadline }))).to.be.revertedWithCustomError(orderBook, "PlacedTooLate").withArgs(deadline, deadline + 1);
  });

  it("is lengthened to as many minutes as can be counted", async () => {
    const market = await loadFixture(deployMarket);
    const { orderBook, alice, keeper, storeOwner, storage, addSlot } = market;
    const slot = await addSlot(storage, storeOwner, {}, 60n, PriceType.PerHour);
    await orderBook.connect(alice).placeStorage(request(market, { slot }));
    const stored = await orderBook.lastOrder();
    await orderBook.connect(keeper).receiveStorage(stored, id("backup"), 5, "0x");
    const most = 2 ** 24 - 1;
    await expect(orderBook.connect(alice).extendStorage(stored, slot, most - 599)).to.be.revertedWithCustomError(orderBook, "LeaseAboveMaximum").withArgs(stored, most + 1, most);
    await orderBook.connect(alice).extendStorage(stored, slot, most - 600);
    expect((await orderBook.getSuborder(stored)).minMinutes).to.equal(most);
  });

  it("gives the money back when its store is silent", async () => {
    const market = await loadFixture(deployMarket);
    const { orderBook, token, alice } = market;
    await orderBook.connect(alice).placeStorage(request(market));
    const stored = await orderBook.lastOrder();
    await time.increase(1440 * 60 + 1);
    await expect(orderBook.expireStorage(stored)).to.changeTokenBalance(token, alice, PRICE);
  });

  it("is refused late, above its ceiling, while paused, in a token that is not listed, and of another offer", async () => {
    const market = await loadFixture(deployMarket);
    const { orderBook, catalog, token, alice, data, dataSlot, storage, bob, keeper } = market;
    const buy = (overrides: Record<string, unknown>) => orderBook.connect(alice).placeStorage(request(market, overrides));
    await expect(buy({ deadline: 1 })).to.be.revertedWithCustomError(orderBook, "PlacedTooLate");
    await expect(buy({ priceCeiling: tokens(1) - 1n })).to.be.revertedWithCustomError(orderBook, "PriceAboveCeiling").withArgs(tokens(1), tokens(1) - 1n);
    await expect(buy({ offer: data, slot: dataSlot })).to.be.revertedWithCustomError(catalog, "NotStorageOffer").withArgs(data);
    await expect(buy({ offer: 99 })).to.be.revertedWithCustomError(catalog, "OfferNotFound").withArgs(99);
    await expect(buy({ slot: dataSlot })).to.be.revertedWithCustomError(catalog, "SlotNotOfOffer").withArgs(storage, dataSlot);
    await expect(buy({ retentionMinutes: 0 })).to.be.revertedWithCustomError(catalog, "RetentionOutOfRange");
    await catalog.connect(keeper).setAllowed(storage, [bob.address], true);
    await expect(buy({})).to.be.revertedWithCustomError(catalog, "AccountNotAllowed").withArgs(storage, alice.address);
    await catalog.connect(keeper).setAllowed(storage, [alice.address], true);
    await orderBook.setPaused(true);
    await expect(buy({})).to.be.revertedWithCustomError(orderBook, "PlacingIsPaused");
    await orderBook.setPaused(false);
    await orderBook.listToken(await token.getAddress(), 300, false);
    await expect(buy({})).to.be.revertedWithCustomError(orderBook, "TokenNotListed").withArgs(1);
  });

  it("can be marked, for its store alone", async () => {
    const market = await loadFixture(deployMarket);
    const { orderBook, alice, keeper, storeOwner } = market;
    await orderBook.connect(alice).placeStorage(request(market));
    const stored = await orderBook.lastOrder();
    await orderBook.connect(keeper).receiveStorage(stored, id("backup"), 5, "0x");
    await orderBook.connect(alice).markOrder(stored - 1n, true);
    expect(await orderBook.marksOf(storeOwner.provider)).to.deep.equal([PRICE, 0n]);
  });
});
