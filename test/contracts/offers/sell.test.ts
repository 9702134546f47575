// SPDX-License-Identifier: Apache-2.0
import { loadFixture, setStorageAt } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { AbiCoder, keccak256 } from "ethers";
import { ethers } from "hardhat";

import { deployMarket, tokens } from "../../world/market";
import { Approval, OfferType, packResources, PriceType } from "../../world/offers";

/** An id that nothing has. */
const UNKNOWN = 999n;

describe("OfferCatalog.sell, as an order asks it", () => {
  describe("refuses the compute part when", () => {
    it("the offer does not exist", async () => {
      const { orderBook, catalog, alice, workflow } = await loadFixture(deployMarket);
      await expect(orderBook.connect(alice).placeWorkflow(workflow({}, { compute: UNKNOWN }))).to.be.revertedWithCustomError(catalog, "OfferNotFound").withArgs(UNKNOWN);
    });

    it("the offer is a value offer", async () => {
      const { orderBook, catalog, alice, data, workflow } = await loadFixture(deployMarket);
      await expect(orderBook.connect(alice).placeWorkflow(workflow({}, { compute: data }))).to.be.revertedWithCustomError(catalog, "NotComputeOffer").withArgs(data);
    });

    it("the offer is disabled, and no longer when it is enabled again", async () => {
      const { orderBook, catalog, alice, carol, compute, workflow, place } = await loadFixture(deployMarket);
      await catalog.connect(carol).setEnabled(compute, false);
      await expect(orderBook.connect(alice).placeWorkflow(workflow())).to.be.revertedWithCustomError(catalog, "OfferDisabled").withArgs(compute);
      await catalog.connect(carol).setEnabled(compute, true);
      await place();
    });

    it("the offer is sold through another book", async () => {
      const { orderBook, catalog, alice, carol, stranger, machineOwner, book, workflow } = await loadFixture(deployMarket);
      await catalog.enrollBook(stranger.address);
      await catalog.connect(carol).createComputeOffer(machineOwner.provider, stranger.address, 1, 1, 0, "{}");
      const compute = await catalog.offerCount();
      await expect(orderBook.connect(alice).placeWorkflow(workflow({}, { compute }))).to.be.revertedWithCustomError(catalog, "OfferNotSoldHere").withArgs(compute, book);
    });

    it("the slot is another offer's, unknown or retired", async () => {
      const { orderBook, catalog, alice, carol, compute, computeSlot, dataSlot, workflow } = await loadFixture(deployMarket);
      for (const slot of [dataSlot, UNKNOWN]) {
        await expect(orderBook.connect(alice).placeWorkflow(workflow({}, { slot }))).to.be.revertedWithCustomError(catalog, "SlotNotOfOffer").withArgs(compute, slot);
      }
      await catalog.connect(carol).retireSlot(compute, computeSlot);
      await expect(orderBook.connect(alice).placeWorkflow(workflow())).to.be.revertedWithCustomError(catalog, "SlotIsRetired").withArgs(compute, computeSlot);
    });

    it("no slot at all is bought", async () => {
      const { orderBook, catalog, alice, compute, workflow } = await loadFixture(deployMarket);
      await expect(orderBook.connect(alice).placeWorkflow(workflow({}, { slotCount: 0 }))).to.be.revertedWithCustomError(catalog, "SlotCountZero").withArgs(compute);
    });

    it("the account is not on the list", async () => {
      const { orderBook, catalog, alice, bob, carol, compute, workflow, place } = await loadFixture(deployMarket);
      await catalog.connect(carol).setAllowed(compute, [bob.address], true);
      await expect(orderBook.connect(alice).placeWorkflow(workflow())).to.be.revertedWithCustomError(catalog, "AccountNotAllowed").withArgs(compute, alice.address);
      await catalog.connect(carol).setAllowed(compute, [alice.address], true);
      await place();
    });

    it("slots together cost more than a price holds", async () => {
      const { orderBook, catalog, alice, carol, compute, workflow } = await loadFixture(deployMarket);
      await catalog.connect(carol).addSlot(compute, { price: 2n ** 80n - 1n, priceType: PriceType.PerHour, minMinutes: 0, maxMinutes: 0, resources: packResources({ disk: 10 }) });
      const slot = await catalog.slotCount();
      await expect(orderBook.connect(alice).placeWorkflow(workflow({}, { slot, slotCount: 2 }))).to.be.revertedWithCustomError(catalog, "PriceOverflow").withArgs(compute);
    });
  });

  describe("refuses options when", () => {
    async function withOption() {
      const market = await deployMarket();
      await market.catalog.connect(market.carol).addOption(market.compute, { price: 1, priceType: PriceType.PerHour, minMinutes: 20, maxMinutes: 100, resources: packResources({ bandwidth: 10 }) });
      return { ...market, option: await market.catalog.optionCount() };
    }

    it("they are unknown, retired, or bought zero times", async () => {
      const { orderBook, catalog, alice, carol, compute, option, workflow } = await loadFixture(withOption);
      const buy = (options: { option: bigint; count: number }[]) => orderBook.connect(alice).placeWorkflow(workflow({}, { options }));
      await expect(buy([{ option: UNKNOWN, count: 1 }])).to.be.revertedWithCustomError(catalog, "OptionNotOfOffer").withArgs(compute, UNKNOWN);
      await expect(buy([{ option, count: 0 }])).to.be.revertedWithCustomError(catalog, "SlotCountZero").withArgs(compute);
      await catalog.connect(carol).retireOption(compute, option);
      await expect(buy([{ option, count: 1 }])).to.be.revertedWithCustomError(catalog, "OptionIsRetired").withArgs(compute, option);
    });

    it("there are more than four", async () => {
      const { orderBook, catalog, alice, option, workflow, place } = await loadFixture(withOption);
      const entry = { option, count: 1 };
      await expect(orderBook.connect(alice).placeWorkflow(workflow({}, { options: Array(5).fill(entry) }))).to.be.revertedWithCustomError(catalog, "TooManyOptions").withArgs(5, 4);
      await place(workflow({}, { options: Array(4).fill(entry) }));
    });

    it("the lease is out of their range; the longest least of all counts", async () => {
      const { orderBook, catalog, alice, compute, option, workflow, place } = await loadFixture(withOption);
      const buy = (leaseMinutes: number) => workflow({}, { options: [{ option, count: 1 }], leaseMinutes });
      for (const lease of [19, 101]) {
        await expect(orderBook.connect(alice).placeWorkflow(buy(lease))).to.be.revertedWithCustomError(catalog, "LeaseOutOfRange").withArgs(compute, lease, 20, 100);
      }
      const order = await place(buy(20));
      expect((await orderBook.getOrder(order)).minMinutes).to.equal(20n);
    });
  });

  describe("refuses a value part when", () => {
    it("it does not exist, is a machine, is disabled, or its account is not listed", async () => {
      const { orderBook, catalog, alice, bob, compute, computeSlot, data, dataSlot, workflow } = await loadFixture(deployMarket);
      const buy = (offer: bigint, slot = dataSlot) => orderBook.connect(alice).placeWorkflow(workflow({}, { parts: [{ offer, version: 0, slot }] }));
      await expect(buy(UNKNOWN)).to.be.revertedWithCustomError(catalog, "OfferNotFound").withArgs(UNKNOWN);
      await expect(buy(compute, computeSlot)).to.be.revertedWithCustomError(catalog, "NotValueOffer").withArgs(compute);
      await catalog.connect(bob).setAllowed(data, [bob.address], true);
      await expect(buy(data)).to.be.revertedWithCustomError(catalog, "AccountNotAllowed").withArgs(data, alice.address);
      await catalog.connect(bob).setEnabled(data, false);
      await expect(buy(data)).to.be.revertedWithCustomError(catalog, "OfferDisabled").withArgs(data);
    });

    it("it is sold through another book", async () => {
      const { orderBook, catalog, alice, stranger, dataOwner, book, workflow, addValueOffer, addSlot } = await loadFixture(deployMarket);
      await catalog.enrollBook(stranger.address);
      const offer = await addValueOffer(dataOwner, OfferType.Data, Approval.Manual, { book: stranger.address });
      const slot = await addSlot(offer, dataOwner, {}, 1n, PriceType.Fixed);
      await expect(orderBook.connect(alice).placeWorkflow(workflow({}, { parts: [{ offer, version: 0, slot }] }))).to.be.revertedWithCustomError(catalog, "OfferNotSoldHere").withArgs(offer, book);
    });

    it("its slot is another offer's or retired", async () => {
      const { orderBook, catalog, alice, bob, data, dataSlot, solutionSlot, workflow } = await loadFixture(deployMarket);
      const buy = (slot: bigint) => orderBook.connect(alice).placeWorkflow(workflow({}, { parts: [{ offer: data, version: 0, slot }] }));
      await expect(buy(solutionSlot)).to.be.revertedWithCustomError(catalog, "SlotNotOfOffer").withArgs(data, solutionSlot);
      await catalog.connect(bob).retireSlot(data, dataSlot);
      await expect(buy(dataSlot)).to.be.revertedWithCustomError(catalog, "SlotIsRetired").withArgs(data, dataSlot);
    });

    it("there are more than fifteen", async () => {
      const { orderBook, catalog, alice, data, dataSlot, workflow, place } = await loadFixture(deployMarket);
      const parts = (count: number) => Array(count).fill({ offer: data, version: 0, slot: dataSlot });
      await expect(orderBook.connect(alice).placeWorkflow(workflow({}, { parts: parts(16) }))).to.be.revertedWithCustomError(catalog, "TooManyParts").withArgs(16, 15);
      const order = await place(workflow({ deposit: tokens(31) }, { parts: parts(15) }));
      expect((await orderBook.getOrder(order)).blocking).to.equal(15n);
    });
  });

  describe("binds the lease", () => {
    it("to the range of every price per hour", async () => {
      const { orderBook, catalog, alice, compute, solution, solutionOwner, addSlot, workflow, place } = await loadFixture(deployMarket);
      const slot = await addSlot(solution, solutionOwner, {}, 1n, PriceType.PerHour, 30, 90);
      const buy = (leaseMinutes: number) => workflow({}, { parts: [{ offer: solution, version: 0, slot }], leaseMinutes });
      for (const lease of [29, 91]) await expect(orderBook.connect(alice).placeWorkflow(buy(lease))).to.be.revertedWithCustomError(catalog, "LeaseOutOfRange").withArgs(solution, lease, 30, 90);
      await expect(orderBook.connect(alice).placeWorkflow(workflow({}, { leaseMinutes: 9 }))).to.be.revertedWithCustomError(catalog, "LeaseOutOfRange").withArgs(compute, 9, 10, 0);
      await place(buy(30));
      await place(buy(90));
    });

    it("of a fixed price to its maximum only: the seed's 15,000 minutes least bound nothing", async () => {
      const { orderBook, catalog, alice, data, dataOwner, addSlot, workflow, place } = await loadFixture(deployMarket);
      await place(workflow({}, { leaseMinutes: 10 }));
      const slot = await addSlot(data, dataOwner, {}, 1n, PriceType.Fixed, 0, 50);
      await expect(orderBook.connect(alice).placeWorkflow(workflow({}, { parts: [{ offer: data, version: 0, slot }] }))).to.be.revertedWithCustomError(catalog, "LeaseOutOfRange").withArgs(data, 60, 0, 50);
    });

    it("never to nothing", async () => {
      const { orderBook, catalog, alice, compute, workflow } = await loadFixture(deployMarket);
      await expect(orderBook.connect(alice).placeWorkflow(workflow({}, { leaseMinutes: 0 }))).to.be.revertedWithCustomError(catalog, "LeaseOutOfRange");
      expect((await catalog.getMachine(compute)).waiting).to.equal(0n);
    });

    it("and the retention to that of the storage slot", async () => {
      const { orderBook, catalog, alice, storage, storeOwner, addSlot, workflow, place } = await loadFixture(deployMarket);
      const slot = await addSlot(storage, storeOwner, {}, tokens("0.1"), PriceType.PerHour, 60, 6000);
      const buy = (retentionMinutes: number) => workflow({}, { parts: [{ offer: storage, version: 0, slot }], retentionMinutes });
      for (const retention of [0, 59, 6001]) {
        await expect(orderBook.connect(alice).placeWorkflow(buy(retention))).to.be.revertedWithCustomError(catalog, "RetentionOutOfRange").withArgs(storage, retention, 60, 6000);
      }
      const order = await place(buy(6000));
      expect((await orderBook.getSuborder(order + 1n)).minMinutes).to.equal(6000n);
    });
  });

  describe("compares what all parts need with what is bought of the machine", () => {
    it("in every resource, naming the first that lacks", async () => {
      const { orderBook, catalog, alice, data, dataOwner, addSlot, workflow } = await loadFixture(deployMarket);
      const needs = [{ cpu: 101 }, { ram: 2049 }, { disk: 10_001 }, { gpu: 1 }, { vram: 1 }, { bandwidth: 1 }, { traffic: 1 }, { externalPort: 1 }];
      const provided = [100, 2048, 10_000, 0, 0, 0, 0, 0];
      for (const [lane, need] of needs.entries()) {
        const slot = await addSlot(data, dataOwner, need, 1n, PriceType.Fixed);
        await expect(orderBook.connect(alice).placeWorkflow(workflow({}, { parts: [{ offer: data, version: 0, slot }] })))
          .to.be.revertedWithCustomError(catalog, "ResourcesInsufficient")
          .withArgs(lane, Object.values(need)[0], provided[lane]);
      }
    });

    it("summed over the parts, and multiplied by the slots bought", async () => {
      const { orderBook, catalog, alice, data, dataOwner, addSlot, workflow, place } = await loadFixture(deployMarket);
      const slot = await addSlot(data, dataOwner, { cpu: 60 }, 1n, PriceType.Fixed);
      const part = { offer: data, version: 0, slot };
      await expect(orderBook.connect(alice).placeWorkflow(workflow({}, { parts: [part, part] }))).to.be.revertedWithCustomError(catalog, "ResourcesInsufficient").withArgs(0, 120, 100);
      const order = await place(workflow({}, { parts: [part, part], slotCount: 2 }));
      expect((await orderBook.getOrder(order)).rate).to.equal(tokens(12));
    });

    it("without ever running over a lane", async () => {
      const { orderBook, catalog, alice, data, dataOwner, addSlot, workflow } = await loadFixture(deployMarket);
      const slot = await addSlot(data, dataOwner, { ram: 2 ** 31 - 1 }, 1n, PriceType.Fixed);
      const part = { offer: data, version: 0, slot };
      await expect(orderBook.connect(alice).placeWorkflow(workflow({}, { parts: [part, part] }))).to.be.revertedWithCustomError(catalog, "ResourceOverflow");
    });
  });

  it("refuses more slots than a resource's lane can hold, and fixed options beyond a price", async () => {
    const { orderBook, catalog, alice, carol, machineOwner, book, addSlot, workflow } = await loadFixture(deployMarket);
    const all = packResources({ ram: 2 ** 31 - 1 });
    await catalog.connect(carol).createComputeOffer(machineOwner.provider, book, 1, all, 0, "{}");
    const compute = await catalog.offerCount();
    const slot = await addSlot(compute, machineOwner, { ram: 2 ** 30 }, 1n, PriceType.PerHour);
    await expect(orderBook.connect(alice).placeWorkflow(workflow({}, { compute, slot, slotCount: 2, parts: [] }))).to.be.revertedWithCustomError(catalog, "ResourceOverflow");
    await catalog.connect(carol).addOption(compute, { price: 2n ** 80n - 1n, priceType: PriceType.Fixed, minMinutes: 0, maxMinutes: 0, resources: 0 });
    const options = [{ option: await catalog.optionCount(), count: 2 }];
    await expect(orderBook.connect(alice).placeWorkflow(workflow({}, { compute, slot, options, parts: [] }))).to.be.revertedWithCustomError(catalog, "PriceOverflow").withArgs(compute);
  });

  it("refuses an order more than a queue counts", async () => {
    const { orderBook, catalog, alice, compute, workflow } = await loadFixture(deployMarket);
    // The queue is 16 bits below the standing, the top byte, of the machine's third word, in the catalog's mapping `_machines`.
    const address = await catalog.getAddress();
    const slotOf = (mapping: number) => BigInt(keccak256(AbiCoder.defaultAbiCoder().encode(["uint32", "uint256"], [compute, mapping]))) + 2n;
    const { book } = await catalog.getMachine(compute);
    let found = false;
    for (let mapping = 0; mapping < 20 && !found; mapping++) {
      const word = BigInt(await ethers.provider.getStorage(address, slotOf(mapping)));
      if ((word & (2n ** 160n - 1n)) !== BigInt(book)) continue;
      await setStorageAt(address, slotOf(mapping), word | (0xffffn << 232n));
      found = true;
    }
    expect((await catalog.getMachine(compute)).waiting).to.equal(65_535n);
    await expect(orderBook.connect(alice).placeWorkflow(workflow())).to.be.revertedWithCustomError(catalog, "QueueFull").withArgs(compute, 65_535);
  });

  it("answers a reader the same, without placing anything", async () => {
    const { catalog, alice, book, machineOwner, compute, compensation, fullWorkflow } = await loadFixture(deployMarket);
    const { basket } = fullWorkflow();
    const { compute: terms, parts } = await catalog.termsOf(book, alice.address, basket);
    expect(terms).to.deep.equal([0n, compute, machineOwner.provider, 1n, tokens(6), 0n, 10n, compensation, 2n ** 24n - 1n]);
    expect(parts).to.have.length(3);
    expect((await catalog.getMachine(compute)).waiting).to.equal(0n);
  });
});
