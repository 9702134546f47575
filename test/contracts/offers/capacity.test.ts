// SPDX-License-Identifier: Apache-2.0
import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";

import { deployMarket, SOLUTION_HASH } from "../../world/market";
import { Outcome, packResources } from "../../world/offers";

/** The user of whom these orders are. */
const USER = 7n;

/** A machine sold through a book that is a plain account, so that a test can be the book. */
async function ownBook() {
  const market = await deployMarket();
  const { catalog, carol, machineOwner, stranger, addSlot } = market;
  await catalog.enrollBook(stranger.address);
  await catalog.connect(carol).createComputeOffer(machineOwner.provider, stranger.address, 1, packResources({ cpu: 200 }), 0, "{}");
  const machine = await catalog.offerCount();
  const slot = await addSlot(machine, machineOwner, { cpu: 100 }, 1n, 0);
  const sell = () => catalog.connect(stranger).sell(USER, market.alice.address, market.workflow({}, { compute: machine, slot, parts: [] }).basket);
  return { ...market, machine, slot, sell };
}

describe("OfferCatalog: capacity", () => {
  it("is taken and released by the offer's own book only", async () => {
    const { catalog, alice, carol, machine, slot, compute, computeSlot, stranger } = await loadFixture(ownBook);
    for (const caller of [alice, carol]) {
      const other = catalog.connect(caller);
      for (const call of [() => other.take(machine, USER, slot, 1, 0), () => other.release(machine, slot, 1, 0, Outcome.Neutral), () => other.leaveQueue(machine, USER, slot, 1, 0, Outcome.Neutral)]) {
        await expect(call()).to.be.revertedWithCustomError(catalog, "OfferNotSoldHere").withArgs(machine, caller.address);
      }
    }
    // Being a book of one offer gives no say over another's machine.
    const book = catalog.connect(stranger);
    for (const call of [() => book.take(compute, USER, computeSlot, 1, 0), () => book.release(compute, computeSlot, 1, 0, Outcome.Neutral), () => book.leaveQueue(compute, USER, computeSlot, 1, 0, Outcome.Neutral)]) {
      await expect(call()).to.be.revertedWithCustomError(catalog, "OfferNotSoldHere").withArgs(compute, stranger.address);
    }
    await expect(book.spendAllowance(compute, SOLUTION_HASH)).to.be.revertedWithCustomError(catalog, "OfferNotSoldHere").withArgs(compute, stranger.address);
  });

  it("is never oversold, and comes back whole", async () => {
    const { catalog, stranger, machine, slot, sell } = await loadFixture(ownBook);
    const book = catalog.connect(stranger);
    for (let count = 0; count < 3; count++) await sell();
    await book.take(machine, USER, slot, 1, 0);
    await book.take(machine, USER, slot, 1, 0);
    await expect(book.take(machine, USER, slot, 1, 0)).to.be.revertedWithCustomError(catalog, "MachineFull").withArgs(machine);
    await book.release(machine, slot, 2, 0, Outcome.Neutral);
    const { room, total, waiting } = await catalog.getMachine(machine);
    expect([room & total, waiting]).to.deep.equal([total, 1n]);
  });

  it("is taken by options as often as they are bought", async () => {
    const { catalog, carol, stranger, machine, slot, sell } = await loadFixture(ownBook);
    const options: bigint[] = [];
    for (const cpu of [10, 20]) {
      await catalog.connect(carol).addOption(machine, { price: 1, priceType: 0, minMinutes: 0, maxMinutes: 0, resources: packResources({ cpu }) });
      options.push(await catalog.optionCount());
    }
    // As an order keeps them: for each its id and how many, 40 bits.
    const packed = ((options[1]! << 8n) | 1n) << 40n | (options[0]! << 8n) | 3n;
    await sell();
    const book = catalog.connect(stranger);
    await book.take(machine, USER, slot, 1, packed);
    // The first lane, without its guard bit.
    const cpuLeft = async () => (await catalog.getMachine(machine)).room & (2n ** 31n - 1n);
    expect(await cpuLeft()).to.equal(200n - 100n - 3n * 10n - 20n);
    await book.release(machine, slot, 1, packed, Outcome.Neutral);
    expect(await cpuLeft()).to.equal(200n);
  });

  it("counts what waits of a user, up and down", async () => {
    const { catalog, stranger, machine, slot, sell } = await loadFixture(ownBook);
    const book = catalog.connect(stranger);
    for (let count = 0; count < 32; count++) await sell();
    await expect(sell()).to.be.revertedWithCustomError(catalog, "TooManyWaiting").withArgs(machine, USER, 32);
    await book.take(machine, USER, slot, 1, 0);
    await sell();
    await book.leaveQueue(machine, USER, slot, 1, 0, Outcome.Neutral);
    await sell();
    await expect(sell()).to.be.revertedWithCustomError(catalog, "TooManyWaiting").withArgs(machine, USER, 32);
  });

  it("cannot be given back beyond what a lane holds, whatever a faulty book does", async () => {
    const { catalog, carol, stranger, machineOwner, addSlot } = await loadFixture(ownBook);
    await catalog.connect(carol).createComputeOffer(machineOwner.provider, stranger.address, 1, packResources({ ram: 2 ** 31 - 1 }), 0, "{}");
    const huge = await catalog.offerCount();
    const slot = await addSlot(huge, machineOwner, { ram: 1 }, 1n, 0);
    await expect(catalog.connect(stranger).release(huge, slot, 1, 0, Outcome.Neutral)).to.be.revertedWithCustomError(catalog, "ResourceOverflow");
  });

  it("of a book that nobody enrolled is nothing: it can sell nothing", async () => {
    const { catalog, alice, machine, slot, workflow, compute } = await loadFixture(ownBook);
    const { basket } = workflow({}, { compute: machine, slot, parts: [] });
    await expect(catalog.connect(alice).sell(USER, alice.address, basket)).to.be.revertedWithCustomError(catalog, "OfferNotSoldHere").withArgs(machine, alice.address);
    expect((await catalog.getMachine(compute)).waiting).to.equal(0n);
  });

  it("has a queue that cannot run below empty", async () => {
    const { catalog, stranger, machine, slot } = await loadFixture(ownBook);
    await expect(catalog.connect(stranger).leaveQueue(machine, USER, slot, 1, 0, Outcome.Neutral)).to.be.revertedWithPanic(0x11);
  });
});
