// SPDX-License-Identifier: Apache-2.0
import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { id } from "ethers";

import { deployMarket, NO_RESTRICTIONS, tokens, ZERO_HASH } from "../../world/market";
import { Approval, OfferType, packResources, PriceType } from "../../world/offers";

const slotTerms = (overrides: Record<string, unknown> = {}) => ({ price: 1n, priceType: PriceType.PerHour as number, minMinutes: 0, maxMinutes: 0, resources: packResources({ cpu: 100 }), ...overrides });
const GUARD = 1n << 31n;

describe("OfferCatalog: what owners do", () => {
  it("is the owner's alone, verb by verb", async () => {
    const { catalog, stranger, carol, compute, data, dataSlot } = await loadFixture(deployMarket);
    for (const caller of [stranger, carol]) {
      const owned = catalog.connect(caller);
      const calls = [
        () => owned.describeOffer(data, "{}"),
        () => owned.setEnabled(data, false),
        () => owned.setApproval(data, Approval.Automatic),
        () => owned.setAllowed(data, [caller.address], true),
        () => owned.setAllowance(data, id("s"), 2 ** 39, 1),
        () => owned.addVersion(data, id("v"), "{}"),
        () => owned.deleteVersion(data, 1),
        () => owned.addSlot(data, slotTerms()),
        () => owned.retireSlot(data, dataSlot),
      ];
      for (const call of calls) await expect(call()).to.be.revertedWithCustomError(catalog, "NotOfferAccount").withArgs(data, caller.address);
    }
    await expect(catalog.connect(stranger).addOption(compute, slotTerms())).to.be.revertedWithCustomError(catalog, "NotOfferAccount");
    await expect(catalog.connect(stranger).retireOption(compute, 1)).to.be.revertedWithCustomError(catalog, "NotOfferAccount");
    await expect(catalog.connect(stranger).describeOffer(99, "{}")).to.be.revertedWithCustomError(catalog, "OfferNotFound").withArgs(99);
  });

  describe("creating", () => {
    it("is for the provider's action account, in an enrolled book", async () => {
      const { catalog, bob, stranger, dataOwner, machineOwner, book } = await loadFixture(deployMarket);
      const next = (await catalog.offerCount()) + 1n;
      await expect(catalog.connect(bob).createComputeOffer(machineOwner.provider, book, 1, 1, 0, "{}")).to.be.revertedWithCustomError(catalog, "NotOfferAccount").withArgs(next, bob.address);
      await expect(catalog.connect(bob).createComputeOffer(dataOwner.provider, stranger.address, 1, 1, 0, "{}")).to.be.revertedWithCustomError(catalog, "BookUnknown").withArgs(stranger.address);
    });

    it("enrols a book once, and never the zero address", async () => {
      const { catalog, stranger, book } = await loadFixture(deployMarket);
      await expect(catalog.enrollBook(stranger.address)).to.emit(catalog, "BookEnrolled").withArgs(stranger.address, 2);
      await expect(catalog.enrollBook(book)).to.not.emit(catalog, "BookEnrolled");
      await expect(catalog.enrollBook("0x0000000000000000000000000000000000000000")).to.be.revertedWithCustomError(catalog, "BookUnknown");
    });

    it("announces offer, machine and texts", async () => {
      const { catalog, carol, machineOwner, book } = await loadFixture(deployMarket);
      const total = packResources({ cpu: 100 });
      const sent = catalog.connect(carol).createComputeOffer(machineOwner.provider, book, 1, total, 7, '{"name":"x"}');
      await expect(sent).to.emit(catalog, "OfferCreated").withArgs(5, machineOwner.provider, OfferType.TeeOffer, 1, 1);
      await expect(sent).to.emit(catalog, "MachineSet").withArgs(5, total, 7);
      await expect(sent).to.emit(catalog, "OfferDescribed").withArgs(5, '{"name":"x"}', 0);
      expect(await catalog.bookOf(5)).to.equal(book);
      expect(await catalog.getMachine(5)).to.deep.equal([total, total | 0x8000000080000000800000008000000080000000800000008000000080000000n, book, 7n, 0n, 0n]);
    });

    it("keeps compensations within the administration's bound", async () => {
      const { catalog, carol, machineOwner, book } = await loadFixture(deployMarket);
      await catalog.setCompensationLimit(10);
      await expect(catalog.connect(carol).createComputeOffer(machineOwner.provider, book, 1, 1, 11, "{}")).to.be.revertedWithCustomError(catalog, "CompensationTooLarge").withArgs(11, 10);
      await catalog.connect(carol).createComputeOffer(machineOwner.provider, book, 1, 1, 10, "{}");
    });

    it("refuses a malformed machine, a machine as value offer, and long texts", async () => {
      const { catalog, bob, carol, dataOwner, machineOwner, book } = await loadFixture(deployMarket);
      await expect(catalog.connect(carol).createComputeOffer(machineOwner.provider, book, 1, GUARD, 0, "{}")).to.be.revertedWithCustomError(catalog, "MalformedResources").withArgs(GUARD);
      const value = { provider: dataOwner.provider, book, token: 1, offerType: OfferType.TeeOffer as number, approval: 0, cancelable: false, restrictions: NO_RESTRICTIONS, allowedAccounts: [], info: "{}" };
      await expect(catalog.connect(bob).createValueOffer(value)).to.be.revertedWithCustomError(catalog, "NotValueOffer").withArgs(0);
      await expect(catalog.connect(bob).createValueOffer({ ...value, offerType: OfferType.Data, info: "x".repeat(16_385) })).to.be.revertedWithCustomError(catalog, "TextTooLong").withArgs(16_385, 16_384);
    });

    it("with allowed accounts and restrictions, has them from the start", async () => {
      const { catalog, alice, bob, dataOwner, addValueOffer } = await loadFixture(deployMarket);
      const offer = await addValueOffer(dataOwner, OfferType.Data, Approval.Policy, { allowedAccounts: [alice.address], restrictions: { ...NO_RESTRICTIONS, mostData: 1 }, cancelable: true });
      expect([await catalog.isAllowed(offer, alice.address), await catalog.isAllowed(offer, bob.address)]).to.deep.equal([true, false]);
      const { approval, cancelable, restricted, allowListed } = await catalog.getOffer(offer);
      expect([approval, cancelable, restricted, allowListed]).to.deep.equal([2n, true, true, true]);
    });

    it("stops while paused; changing goes on", async () => {
      const { catalog, bob, carol, data, machineOwner, book } = await loadFixture(deployMarket);
      await expect(catalog.setPaused(true)).to.emit(catalog, "OfferingPaused").withArgs(true);
      await expect(catalog.connect(carol).createComputeOffer(machineOwner.provider, book, 1, 1, 0, "{}")).to.be.revertedWithCustomError(catalog, "OfferingIsPaused");
      await catalog.connect(bob).describeOffer(data, "{}");
      await catalog.connect(bob).setEnabled(data, false);
    });
  });

  it("describes: the event leads to the text before", async () => {
    const { catalog, bob, data } = await loadFixture(deployMarket);
    const before = (await catalog.getOffer(data)).textBlock;
    await expect(catalog.connect(bob).describeOffer(data, "new")).to.emit(catalog, "OfferDescribed").withArgs(data, "new", before);
    expect((await catalog.getOffer(data)).textBlock).to.equal(await time.latestBlock());
  });

  it("changes the approval of value offers only; public content completes with the order", async () => {
    const { catalog, orderBook, bob, carol, compute, data, place } = await loadFixture(deployMarket);
    await expect(catalog.connect(carol).setApproval(compute, Approval.Automatic)).to.be.revertedWithCustomError(catalog, "NotValueOffer").withArgs(compute);
    await catalog.connect(bob).setApproval(data, Approval.Automatic);
    const order = await place();
    expect((await orderBook.getOrder(order)).status).to.equal(0n);
    expect((await orderBook.getSuborder(order + 1n)).status).to.equal(4n);
  });

  it("lists accounts, and closes rather than opens when the last is taken off", async () => {
    const { catalog, alice, bob, data } = await loadFixture(deployMarket);
    expect(await catalog.isAllowed(data, alice.address)).to.equal(true);
    await catalog.connect(bob).setAllowed(data, [alice.address], true);
    await catalog.connect(bob).setAllowed(data, [alice.address], false);
    expect(await catalog.isAllowed(data, alice.address)).to.equal(false);
  });

  it("sets a policy by the authority, not by the robot that holds the action account", async () => {
    const { catalog, registry, bob, stranger, data, dataOwner, compute, carol, book } = await loadFixture(deployMarket);
    await registry.connect(bob).updateProvider(dataOwner.provider, stranger.address, bob.address, book);
    await expect(catalog.connect(stranger).setAllowance(data, id("s"), 2 ** 39, 5)).to.be.revertedWithCustomError(catalog, "NotOfferAccount").withArgs(data, stranger.address);
    await expect(catalog.connect(bob).setAllowance(data, id("s"), 99, 5)).to.emit(catalog, "SolutionAllowed").withArgs(data, id("s"), 99, 5);
    expect(await catalog.getAllowance(data, id("s"))).to.deep.equal([99n, 5n]);
    await expect(catalog.connect(carol).setAllowance(compute, id("s"), 99, 5)).to.be.revertedWithCustomError(catalog, "NotValueOffer");
  });

  describe("versions", () => {
    it("the latest is sold where none is named; a deleted one is not sold, the newest left is the latest", async () => {
      const { catalog, orderBook, alice, bob, data, dataSlot, workflow, place } = await loadFixture(deployMarket);
      for (const text of ["two", "three"]) await catalog.connect(bob).addVersion(data, id(text), "{}");
      const buy = (version: number) => workflow({}, { parts: [{ offer: data, version, slot: dataSlot }] });
      const versionOf = async (version: number) => (await orderBook.getSuborder((await place(buy(version))) + 1n)).version;
      expect(await versionOf(0)).to.equal(3n);
      expect(await versionOf(2)).to.equal(2n);
      await catalog.connect(bob).deleteVersion(data, 2);
      await catalog.connect(bob).deleteVersion(data, 3);
      expect(await versionOf(0)).to.equal(1n);
      await expect(orderBook.connect(alice).placeWorkflow(buy(3))).to.be.revertedWithCustomError(catalog, "VersionIsDeleted").withArgs(data, 3);
      await expect(orderBook.connect(alice).placeWorkflow(buy(4))).to.be.revertedWithCustomError(catalog, "VersionNotFound").withArgs(data, 4);
      expect((await catalog.getVersion(data, 2)).deleted).to.equal(true);
    });

    it("an offer without any is not sold", async () => {
      const { catalog, orderBook, alice, bob, data, workflow } = await loadFixture(deployMarket);
      await catalog.connect(bob).deleteVersion(data, 1);
      await expect(orderBook.connect(alice).placeWorkflow(workflow())).to.be.revertedWithCustomError(catalog, "VersionNotFound").withArgs(data, 0);
      await expect(catalog.connect(bob).deleteVersion(data, 1)).to.be.revertedWithCustomError(catalog, "VersionIsDeleted").withArgs(data, 1);
      await expect(catalog.connect(bob).deleteVersion(data, 7)).to.be.revertedWithCustomError(catalog, "VersionNotFound").withArgs(data, 7);
      await catalog.connect(bob).addVersion(data, id("again"), "{}");
      expect((await catalog.getOffer(data)).latestVersion).to.equal(2n);
    });

    it("need a content hash, and belong to value offers", async () => {
      const { catalog, bob, carol, compute, data } = await loadFixture(deployMarket);
      await expect(catalog.connect(bob).addVersion(data, ZERO_HASH, "{}")).to.be.revertedWithCustomError(catalog, "ContentHashMissing").withArgs(data);
      await expect(catalog.connect(carol).addVersion(compute, id("x"), "{}")).to.be.revertedWithCustomError(catalog, "NotValueOffer").withArgs(compute);
    });
  });

  describe("slots and options", () => {
    it("of a machine are per hour and within it", async () => {
      const { catalog, carol, compute } = await loadFixture(deployMarket);
      await expect(catalog.connect(carol).addSlot(compute, slotTerms({ priceType: PriceType.Fixed }))).to.be.revertedWithCustomError(catalog, "ComputeSlotPerHour");
      const tooMuch = slotTerms({ resources: packResources({ cpu: 1, ram: 16_385 }) });
      await expect(catalog.connect(carol).addSlot(compute, tooMuch)).to.be.revertedWithCustomError(catalog, "ResourcesInsufficient").withArgs(1, 16_385, 16_384);
      await expect(catalog.connect(carol).addOption(compute, tooMuch)).to.be.revertedWithCustomError(catalog, "ResourcesInsufficient").withArgs(1, 16_385, 16_384);
      await expect(catalog.connect(carol).addOption(compute, slotTerms({ priceType: PriceType.Fixed }))).to.emit(catalog, "OptionAdded");
    });

    it("are well formed", async () => {
      const { catalog, bob, carol, compute, data } = await loadFixture(deployMarket);
      await expect(catalog.connect(bob).addSlot(data, slotTerms({ minMinutes: 11, maxMinutes: 10 }))).to.be.revertedWithCustomError(catalog, "MinutesReversed").withArgs(11, 10);
      await expect(catalog.connect(bob).addSlot(data, slotTerms({ resources: GUARD }))).to.be.revertedWithCustomError(catalog, "MalformedResources");
      await expect(catalog.connect(carol).addSlot(compute, slotTerms({ resources: GUARD }))).to.be.revertedWithCustomError(catalog, "MalformedResources");
      await expect(catalog.connect(bob).addOption(data, slotTerms())).to.be.revertedWithCustomError(catalog, "NotComputeOffer").withArgs(data);
    });

    it("never change: they are added and retired, by their own offer", async () => {
      const { catalog, bob, carol, compute, computeSlot, data, dataSlot } = await loadFixture(deployMarket);
      await catalog.connect(carol).addOption(compute, slotTerms());
      await expect(catalog.connect(bob).retireSlot(data, computeSlot)).to.be.revertedWithCustomError(catalog, "SlotNotOfOffer").withArgs(data, computeSlot);
      await expect(catalog.connect(bob).retireOption(data, 1)).to.be.revertedWithCustomError(catalog, "OptionNotOfOffer").withArgs(data, 1);
      await expect(catalog.connect(bob).retireSlot(data, dataSlot)).to.emit(catalog, "SlotRetired").withArgs(data, dataSlot);
      await expect(catalog.connect(carol).retireOption(compute, 1)).to.emit(catalog, "OptionRetired").withArgs(compute, 1);
      const { active, price } = await catalog.getSlot(dataSlot);
      expect([active, price]).to.deep.equal([false, tokens(2)]);
      expect((await catalog.getOption(1)).active).to.equal(false);
    });
  });

  it("tells the attestation who owns a machine, and nobody who owns anything else", async () => {
    const { catalog, carol, compute, data, machineOwner } = await loadFixture(deployMarket);
    expect(await catalog.computeOfferOwner(compute)).to.deep.equal([machineOwner.provider, carol.address]);
    await expect(catalog.computeOfferOwner(data)).to.be.revertedWithCustomError(catalog, "NotComputeOffer").withArgs(data);
    await expect(catalog.getMachine(99)).to.be.revertedWithCustomError(catalog, "OfferNotFound").withArgs(99);
  });
});
