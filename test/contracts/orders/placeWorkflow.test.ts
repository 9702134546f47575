// SPDX-License-Identifier: Apache-2.0
import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";

import { deployMarket, SOLUTION_HASH, tokens, ZERO_HASH } from "../../world/market";
import { Approval, OfferType, packResources, PriceType } from "../../world/offers";
import { finishDigest, reportDigest } from "../../../src/chain/digests";
import { days, makeDevice } from "../attestation/chains";

describe("OrderBook.placeWorkflow", () => {
  it("quotes as the least what costs no second of use, and as the most the whole lease", async () => {
    const { orderBook, alice, compute, machineOwner, workflow, addSlot } = await loadFixture(deployMarket);
    const slot = await addSlot(compute, machineOwner, { cpu: 1 }, tokens(3600), PriceType.PerHour);
    const quote = await orderBook.quote(alice.address, workflow({}, { slot, parts: [] }).basket, 1);
    expect([quote.least, quote.charge, quote.most]).to.deep.equal([0n, tokens(1), tokens(3600)]);
  });

  describe("given a workflow of four offers", () => {
    it("takes the deposit to the unit and gives order and suborders consecutive ids", async () => {
      const { orderBook, token, alice, book, fullWorkflow } = await loadFixture(deployMarket);
      await expect(orderBook.connect(alice).placeWorkflow(fullWorkflow())).to.changeTokenBalances(token, [alice, book], [-tokens(30), tokens(30)]);
      expect(await orderBook.lastOrder()).to.equal(4n);
      expect((await orderBook.getSuborder(4)).position).to.equal(3n);
    });

    it("announces what no rule reads", async () => {
      const { orderBook, alice, compute, fullWorkflow } = await loadFixture(deployMarket);
      const workflow = fullWorkflow({ sealedArguments: "0x1234", createdBy: 77 });
      await expect(orderBook.connect(alice).placeWorkflow(workflow))
        .to.emit(orderBook, "OrderPlaced")
        .withArgs(1, alice.address, compute, 6, 77, 0, 0, workflow.inputsHash, ZERO_HASH, workflow.resultRecipient, "0x1234");
    });

    it("writes words that read back as the order's fields", async () => {
      const { orderBook, alice, compute, computeSlot, machineOwner, compensation, fullWorkflow, place } = await loadFixture(deployMarket);
      const order = await orderBook.getOrder(await place(fullWorkflow({ service: true })));
      expect(order.customer).to.equal(alice.address);
      expect(order.deposit).to.equal(tokens(30));
      expect(order.token).to.equal(1n);
      expect(order.offer).to.equal(compute);
      expect(order.provider).to.equal(machineOwner.provider);
      expect(order.rate).to.equal(tokens(6));
      expect(order.since).to.equal(await time.latest());
      expect(order.leaseMinutes).to.equal(60n);
      expect(order.status).to.equal(6n);
      expect(order.blocking).to.equal(1n);
      expect(order.parts).to.equal(3n);
      expect([order.reported, order.claimed, order.service, order.hasOptions, order.simulatedAllowed]).to.deep.equal([false, false, true, false, true]);
      expect(order.textBlock).to.equal(await time.latestBlock());
      expect(order.solutionHash).to.equal(SOLUTION_HASH);
      expect([order.slot, order.slotCount, order.minMinutes]).to.deep.equal([computeSlot, 1n, 10n]);
      expect([order.compensation, order.maxMinutes]).to.deep.equal([compensation, 2n ** 24n - 1n]);
      expect([order.deadlines, order.commission]).to.deep.equal([1n, 300n]);
    });

    it("writes words that read back as the suborders' fields", async () => {
      const { orderBook, solution, solutionOwner, data, dataOwner, storage, storeOwner, fullWorkflow, place } = await loadFixture(deployMarket);
      const order = await place(fullWorkflow());
      const fields = async (position: bigint) => {
        const part = await orderBook.getSuborder(order + position);
        return [part.offer, part.provider, part.price, part.minMinutes, part.offerType, part.priceType, part.status, part.position, part.claimed, part.byPolicy, part.cancelable, part.version];
      };
      expect(await fields(1n)).to.deep.equal([solution, solutionOwner.provider, tokens(3), 0n, 2n, 0n, 4n, 1n, false, false, false, 1n]);
      expect(await fields(2n)).to.deep.equal([data, dataOwner.provider, tokens(2), 15_000n, 3n, 1n, 0n, 2n, false, false, false, 1n]);
      // A storage part keeps its retention as the least minutes it is charged.
      expect(await fields(3n)).to.deep.equal([storage, storeOwner.provider, tokens("0.1"), 600n, 1n, 0n, 0n, 3n, false, false, false, 0n]);
    });
  });

  it("places an order whose parts need no approval as New", async () => {
    const { orderBook, place, workflow, catalog, compute } = await loadFixture(deployMarket);
    const order = await place(workflow({}, { parts: [] }));
    expect((await orderBook.getOrder(order)).status).to.equal(0n);
    expect((await catalog.getMachine(compute)).waiting).to.equal(1n);
  });

  it("keeps options with their counts and charges fixed ones once", async () => {
    const { orderBook, catalog, carol, compute, workflow, place, run, finish } = await loadFixture(deployMarket);
    const option = async (price: bigint, priceType: number) => {
      await catalog.connect(carol).addOption(compute, { price, priceType, minMinutes: 0, maxMinutes: 0, resources: packResources({ bandwidth: 100, externalPort: 1 }) });
      return catalog.optionCount();
    };
    const [hourly, once] = [await option(tokens(1), PriceType.PerHour), await option(tokens(4), PriceType.Fixed)];
    const chosen = workflow({}, { options: [{ option: hourly, count: 2 }, { option: once, count: 1 }] });
    const order = await place(chosen);
    expect((await orderBook.getOrder(order)).rate).to.equal(tokens(8));
    const kept = await orderBook.getChosenOptions(order);
    expect(kept.fixedCharge).to.equal(tokens(4));
    expect(kept.packed).to.equal(((once << 8n) | 1n) << 40n | (hourly << 8n) | 2n);

    const running = await run(chosen);
    const taken = (await catalog.getMachine(compute)).room;
    await finish(running, { usedSeconds: 0 });
    const { room: freed, total } = await catalog.getMachine(compute);
    expect(freed - taken).to.equal(packResources({ cpu: 100, ram: 2048, disk: 10_000, bandwidth: 300, externalPort: 3 }));
    expect(freed & total).to.equal(total);
    // Ten minutes at 8 an hour, and the fixed 4.
    expect(await orderBook.claimable(running)).to.equal(tokens(8) / 6n + tokens(4));
  });

  it("of free offers moves no money and reserves nothing, from placing to finish", async () => {
    const { orderBook, catalog, registry, token, carol, alice, book, machineOwner, dataOwner, authority, start, domain, addValueOffer, addSlot, registerDevice, signatureOf, reportOf, place, workflow } =
      await loadFixture(deployMarket);
    await catalog.connect(carol).createComputeOffer(machineOwner.provider, book, 1, packResources({ cpu: 100 }), 0, "{}");
    const compute = await catalog.offerCount();
    const slot = await addSlot(compute, machineOwner, { cpu: 100 }, 0n, PriceType.PerHour);
    const data = await addValueOffer(dataOwner, OfferType.Data, Approval.Automatic, { cancelable: true });
    const dataSlot = await addSlot(data, dataOwner, {}, 0n, PriceType.Fixed);
    const device = await makeDevice(authority, days(start, 30));
    await registerDevice(device, compute);
    const before = await token.balanceOf(alice.address);
    const order = await place(workflow({ deposit: 0, priceCeiling: 0 }, { compute, slot, parts: [{ offer: data, version: 0, slot: dataSlot }] }));
    expect((await orderBook.getSuborder(order + 1n)).cancelable).to.equal(true);
    await orderBook.connect(carol).acceptOrder(order);
    expect((await registry.getProvider(machineOwner.provider)).reserved).to.equal(0n);
    const record = await reportOf(order);
    await orderBook.publishReport(order, record, signatureOf(device, reportDigest(domain, { order, offer: compute, ...record })), "0x", "0x", "0x");
    const end = { status: 4, fault: 0, resultHash: ZERO_HASH, usedSeconds: 10 };
    await orderBook.finishOrder(order, end, signatureOf(device, finishDigest(domain, { order, ...end })), "0x");
    expect(await token.balanceOf(alice.address)).to.equal(before);
    await expect(orderBook.claim([order])).to.be.revertedWithCustomError(orderBook, "NothingToClaim").withArgs(order);
  });

  describe("refuses", () => {
    const cases: [string, string, Record<string, unknown>, Record<string, unknown>][] = [
      ["an order without a solution hash", "SolutionMissing", { solutionHash: ZERO_HASH }, {}],
      ["a price above the customer's ceiling", "PriceAboveCeiling", { priceCeiling: tokens(8) - 1n }, {}],
      ["a deposit below the quote's least", "DepositTooSmall", { deposit: tokens(3) - 1n }, {}],
      ["sealed arguments above 16 KiB", "TooLong", { sealedArguments: `0x${"00".repeat(16_385)}` }, {}],
    ];
    for (const [what, error, top, basket] of cases) {
      it(what, async () => {
        const { orderBook, alice, workflow } = await loadFixture(deployMarket);
        await expect(orderBook.connect(alice).placeWorkflow(workflow(top, basket))).to.be.revertedWithCustomError(orderBook, error);
      });
    }

    it("names least and given, most and ceiling", async () => {
      const { orderBook, alice, workflow } = await loadFixture(deployMarket);
      await expect(orderBook.connect(alice).placeWorkflow(workflow({ deposit: 5 }))).to.be.revertedWithCustomError(orderBook, "DepositTooSmall").withArgs(5, tokens(3));
      await expect(orderBook.connect(alice).placeWorkflow(workflow({ priceCeiling: 5 }))).to.be.revertedWithCustomError(orderBook, "PriceAboveCeiling").withArgs(tokens(8), 5);
    });

    it("an order after its deadline, to the second", async () => {
      const { orderBook, alice, workflow } = await loadFixture(deployMarket);
      const deadline = (await time.latest()) + 100;
      await time.setNextBlockTimestamp(deadline);
      await orderBook.connect(alice).placeWorkflow(workflow({ deadline }));
      await expect(orderBook.connect(alice).placeWorkflow(workflow({ deadline }))).to.be.revertedWithCustomError(orderBook, "PlacedTooLate").withArgs(deadline, deadline + 1);
    });

    it("an order while placing is paused, and only that", async () => {
      const { orderBook, alice, bob, workflow, place, approve, accept, report, finish } = await loadFixture(deployMarket);
      const order = await place();
      await orderBook.setPaused(true);
      await expect(orderBook.connect(alice).placeWorkflow(workflow())).to.be.revertedWithCustomError(orderBook, "PlacingIsPaused");
      await approve(order);
      await accept(order);
      await report(order);
      await finish(order);
      await orderBook.connect(bob).claim([order + 1n]);
    });

    it("a token taken off the list", async () => {
      const { orderBook, token, alice, workflow } = await loadFixture(deployMarket);
      await orderBook.listToken(await token.getAddress(), 300, false);
      await expect(orderBook.connect(alice).placeWorkflow(workflow())).to.be.revertedWithCustomError(orderBook, "TokenNotListed").withArgs(1);
    });

    it("a customer without allowance or without tokens", async () => {
      const { orderBook, token, stranger, book, workflow } = await loadFixture(deployMarket);
      await expect(orderBook.connect(stranger).placeWorkflow(workflow())).to.be.revertedWithCustomError(token, "ERC20InsufficientAllowance");
      await token.connect(stranger).approve(book, tokens(100));
      await expect(orderBook.connect(stranger).placeWorkflow(workflow())).to.be.revertedWithCustomError(token, "ERC20InsufficientBalance");
    });
  });

  it("snapshots price, commission and compensation: what changes later changes nothing", async () => {
    const { orderBook, catalog, token, carol, compute, computeSlot, run, finish } = await loadFixture(deployMarket);
    const order = await run();
    await orderBook.listToken(await token.getAddress(), 2000, true);
    await catalog.connect(carol).retireSlot(compute, computeSlot);
    await catalog.connect(carol).setEnabled(compute, false);
    await finish(order, { usedSeconds: 0 });
    expect((await orderBook.getOrder(order)).commission).to.equal(300n);
    expect(await orderBook.claimable(order)).to.equal(tokens(1));
  });

  it("knows only orders and suborders that exist", async () => {
    const { orderBook, place } = await loadFixture(deployMarket);
    const order = await place();
    await expect(orderBook.getOrder(order + 1n)).to.be.revertedWithCustomError(orderBook, "OrderNotFound").withArgs(order + 1n);
    await expect(orderBook.getSuborder(order)).to.be.revertedWithCustomError(orderBook, "SuborderNotFound").withArgs(order);
    await expect(orderBook.claimable(99)).to.be.revertedWithCustomError(orderBook, "OrderNotFound");
    await expect(orderBook.deadlineOf(99)).to.be.revertedWithCustomError(orderBook, "OrderNotFound");
  });
});
