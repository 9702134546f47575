// SPDX-License-Identifier: Apache-2.0
import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { id, Signature, ZeroHash } from "ethers";

import { deployMarket, HOUR, type Market, NO_RESTRICTIONS, tokens } from "../../world/market";
import { Approval, OfferType, packResources, PriceType } from "../../world/offers";

const gasOf = async (sent: Promise<{ wait(): Promise<{ gasUsed: bigint } | null> }>) => (await (await sent).wait())!.gasUsed;

/** Gas of an order's steps in a market that was used before, so that no word but the order's own begins at zero. */
async function stepsOf(market: Market): Promise<bigint[]> {
  const { orderBook, alice, bob, carol, place, run, finish, workflow, report } = market;
  await finish(await run());
  const placed = await gasOf(orderBook.connect(alice).placeWorkflow(workflow()));
  const order = await orderBook.lastOrder() - 1n;
  const approved = await gasOf(orderBook.connect(bob).completeSuborder(order + 1n, 4, workflow().solutionHash, "0x1234"));
  const accepted = await gasOf(orderBook.connect(carol).acceptOrder(order));
  await report(order);
  const canceled = await gasOf(orderBook.connect(alice).cancelOrder(await place()));
  await finish(order, { usedSeconds: 0 });
  const claimed = await gasOf(orderBook.claim([order]));
  return [placed, approved, accepted, canceled, claimed];
}

describe("Abuse 8: many orders, offers and slots", () => {
  it("make no step of anybody else's order dearer, to the unit", async () => {
    const alone = await stepsOf(await loadFixture(deployMarket));
    const crowded = await loadFixture(deployMarket);
    const { orderBook, token, spare, book, workflow, addSlot, compute, machineOwner, catalog, carol } = crowded;
    for (const [index, other] of spare.slice(0, 10).entries()) {
      await token.transfer(other.address, tokens(1000));
      await token.connect(other).approve(book, 2n ** 255n);
      for (let count = 0; count < 10; count++) await orderBook.connect(other).placeWorkflow(workflow());
      await addSlot(compute, machineOwner, { cpu: 1 }, 1n, PriceType.PerHour);
      await catalog.connect(carol).createComputeOffer(machineOwner.provider, book, 1, packResources({ cpu: 100 + index }), 0, "{}");
    }
    const among = await stepsOf(crowded);
    expect(among).to.deep.equal(alone);
  });

  it("lists have their limits", async () => {
    const { orderBook, catalog, alice, bob, data, dataSlot, compute, computeSlot, workflow } = await loadFixture(deployMarket);
    const part = { offer: data, version: 0, slot: dataSlot };
    await expect(orderBook.connect(alice).placeWorkflow(workflow({}, { parts: Array.from({ length: 16 }, () => part) }))).to.be.revertedWithCustomError(catalog, "TooManyParts").withArgs(16, 15);
    const options = Array.from({ length: 5 }, () => ({ option: 1n, count: 1 }));
    await expect(orderBook.connect(alice).placeWorkflow(workflow({}, { options }))).to.be.revertedWithCustomError(catalog, "TooManyOptions").withArgs(5, 4);
    const machines = Array.from({ length: 17 }, () => ({ offer: compute, slot: computeSlot, slotCount: 1, options: [] }));
    await expect(orderBook.connect(alice).placeWorkflow(workflow({}, { machines }))).to.be.revertedWithCustomError(catalog, "TooManyMachines").withArgs(17, 16);
    const listed = { ...NO_RESTRICTIONS, offers: Array.from({ length: 33 }, () => ({ offer: compute, version: 0 })) };
    await expect(catalog.connect(bob).setRestrictions(data, listed)).to.be.revertedWithCustomError(catalog, "TooManyListed").withArgs(data, 33, 32);
  });
});

describe("Abuse 10: getting around a restriction", () => {
  it("by a disabled offer, an account that is not listed, a wallet linked elsewhere, an emptied list: refused", async () => {
    const { orderBook, catalog, registry, alice, bob, stranger, data, workflow } = await loadFixture(deployMarket);
    const buy = (customer = alice) => orderBook.connect(customer).placeWorkflow(workflow());
    await catalog.connect(bob).setAllowed(data, [stranger.address], true);
    await expect(buy()).to.be.revertedWithCustomError(catalog, "AccountNotAllowed").withArgs(data, alice.address);
    // Anybody may enrol a wallet; that makes it nobody else's.
    await registry.connect(stranger).enroll(alice.address);
    await registry.connect(stranger).enroll(stranger.address);
    await expect(buy()).to.be.revertedWithCustomError(catalog, "AccountNotAllowed").withArgs(data, alice.address);
    await catalog.connect(bob).setAllowed(data, [stranger.address], false);
    await expect(buy()).to.be.revertedWithCustomError(catalog, "AccountNotAllowed").withArgs(data, alice.address);
    await catalog.connect(bob).setEnabled(data, false);
    await expect(buy()).to.be.revertedWithCustomError(catalog, "OfferDisabled").withArgs(data);
  });

  it("by an empty policy: it allows nobody, not everybody", async () => {
    const { orderBook, catalog, bob, data, place, workflow } = await loadFixture(deployMarket);
    await catalog.connect(bob).setApproval(data, Approval.Policy);
    const order = await place();
    await expect(orderBook.connect(bob).completeSuborder(order + 1n, 4, workflow().solutionHash, "0x")).to.be.revertedWithCustomError(catalog, "PolicyRefuses").withArgs(data, workflow().solutionHash);
  });

  it("by a version that came after the order: an order keeps the version it named", async () => {
    const { orderBook, catalog, bob, data, place } = await loadFixture(deployMarket);
    const order = await place();
    await catalog.connect(bob).addVersion(data, id("newer"), "{}");
    expect((await orderBook.getSuborder(order + 1n)).version).to.equal(1n);
  });

  it("by an own upload where only listed offers count, or by more of a kind than the launcher takes", async () => {
    const { orderBook, catalog, solver, alice, solution, solutionSlot, data, dataSlot, workflow } = await loadFixture(deployMarket);
    await catalog.connect(solver).setRestrictions(solution, { ...NO_RESTRICTIONS, mostData: 1, offers: [{ offer: data, version: 0 }] });
    const parts = [{ offer: solution, version: 0, slot: solutionSlot }, { offer: data, version: 0, slot: dataSlot }];
    const buy = (change: Record<string, unknown>) => orderBook.connect(alice).placeWorkflow(workflow({}, { ownSolutions: 0, parts, ...change }));
    await expect(buy({ ownData: 1 })).to.be.revertedWithCustomError(catalog, "OwnUploadRefused").withArgs(solution, OfferType.Data);
    await expect(buy({ parts: [...parts, parts[1]] })).to.be.revertedWithCustomError(catalog, "TooManyOfType").withArgs(solution, OfferType.Data, 2, 1);
    await buy({});
  });
});

describe("Abuse 11: a price that changes between quote and placing", () => {
  it("costs the customer no more than its ceiling: slots never change, dearer ones are others", async () => {
    const { orderBook, catalog, alice, carol, compute, computeSlot, workflow } = await loadFixture(deployMarket);
    const { most } = await orderBook.quote(alice.address, workflow().basket, 0);
    // Carol retires the slot and sells the same for ten times as much.
    await catalog.connect(carol).retireSlot(compute, computeSlot);
    await catalog.connect(carol).addSlot(compute, { price: tokens(60), priceType: PriceType.PerHour, minMinutes: 10, maxMinutes: 0, resources: packResources({ cpu: 100, ram: 2048, disk: 10_000 }) });
    const dearer = await catalog.slotCount();
    await expect(orderBook.connect(alice).placeWorkflow(workflow({ priceCeiling: most }))).to.be.revertedWithCustomError(catalog, "SlotIsRetired").withArgs(computeSlot, compute);
    await expect(orderBook.connect(alice).placeWorkflow(workflow({ priceCeiling: most }, { slot: dearer }))).to.be.revertedWithCustomError(orderBook, "PriceAboveCeiling").withArgs(tokens(62), most);
  });

  it("nor by a commission raised afterwards, or an order held back past its deadline", async () => {
    const { orderBook, token, admin, alice, machineOwner, run, finish, workflow } = await loadFixture(deployMarket);
    const order = await run();
    await orderBook.connect(admin).listToken(await token.getAddress(), 2000, true);
    await finish(order, { usedSeconds: 0 });
    await expect(orderBook.claim([order])).to.changeTokenBalance(token, machineOwner.receiver, tokens("0.97"));
    const deadline = (await time.latest()) + 10;
    await time.setNextBlockTimestamp(deadline + 1);
    await expect(orderBook.connect(alice).placeWorkflow(workflow({ deadline }))).to.be.revertedWithCustomError(orderBook, "PlacedTooLate").withArgs(deadline, deadline + 1);
  });
});

describe("Abuse 12: prices, counts and times at their ends", () => {
  it("price x count x time never runs over: it is refused by name", async () => {
    const { orderBook, catalog, alice, carol, compute, machineOwner, addSlot, workflow } = await loadFixture(deployMarket);
    const largest = 2n ** 80n - 1n;
    const slot = await addSlot(compute, machineOwner, { cpu: 50, ram: 2048, disk: 10_000 }, largest, PriceType.PerHour);
    await expect(orderBook.connect(alice).placeWorkflow(workflow({}, { slot, slotCount: 2 }))).to.be.revertedWithCustomError(catalog, "PriceOverflow").withArgs(compute);
    // Sixteen million minutes at the largest price: more than any ceiling or deposit, and no wrong number.
    const { most } = await orderBook.quote(alice.address, workflow({}, { slot, leaseMinutes: 2 ** 24 - 1 }).basket, 0);
    expect(most).to.equal((largest * BigInt(2 ** 24 - 1)) / 60n + tokens(2));
    await expect(orderBook.connect(alice).placeWorkflow(workflow({}, { slot, leaseMinutes: 2 ** 24 - 1 }))).to.be.revertedWithCustomError(orderBook, "PriceAboveCeiling");
    await expect(catalog.connect(carol).addSlot(compute, { price: 1, priceType: PriceType.PerHour, minMinutes: 9, maxMinutes: 8, resources: 0 })).to.be.revertedWithCustomError(catalog, "MinutesReversed").withArgs(9, 8);
  });

  it("a price of nothing costs nothing from end to end, and a lease of nothing is refused", async () => {
    const { orderBook, catalog, token, alice, compute, machineOwner, addSlot, workflow, run, finish } = await loadFixture(deployMarket);
    const slot = await addSlot(compute, machineOwner, { cpu: 100, ram: 2048, disk: 10_000 }, 0n, PriceType.PerHour);
    const order = await run(workflow({ deposit: 0n }, { slot, ownSolutions: 1, parts: [] }));
    await expect(finish(order)).to.changeTokenBalance(token, alice, 0);
    expect(await orderBook.claimable(order)).to.equal(0n);
    await expect(orderBook.connect(alice).placeWorkflow(workflow({}, { slot, leaseMinutes: 0 }))).to.be.revertedWithCustomError(catalog, "LeaseOutOfRange");
  });
});

describe("Abuse 14: a permit seen and used by somebody else", () => {
  it("does not stop the order that carries it, nor the replenishing", async () => {
    const { orderBook, token, alice, stranger, book, chainId, workflow } = await loadFixture(deployMarket);
    await token.connect(alice).approve(book, 0);
    const types = { Permit: [["owner", "address"], ["spender", "address"], ["value", "uint256"], ["nonce", "uint256"], ["deadline", "uint256"]].map(([name = "", type = ""]) => ({ name, type })) };
    const message = { owner: alice.address, spender: book, value: tokens(25), nonce: await token.nonces(alice.address), deadline: 2n ** 40n };
    const domain = { name: "Cloister Market Token", version: "1", chainId, verifyingContract: await token.getAddress() };
    const { v, r, s } = Signature.from(await alice.signTypedData(domain, types, message));
    const permit = { value: message.value, deadline: message.deadline, v, r, s };
    await token.connect(stranger).permit(alice.address, book, permit.value, permit.deadline, v, r, s);
    await orderBook.connect(alice).placeWorkflowWithPermit(workflow(), permit);
    const calls = [orderBook.interface.encodeFunctionData("usePermit", [1, permit]), orderBook.interface.encodeFunctionData("replenishOrder", [1, tokens(5)])];
    await orderBook.connect(alice).multicall(calls);
    expect((await orderBook.getOrder(1)).deposit).to.equal(tokens(25));
    // Whoever used it can do nothing with it: it names the book, and the book pulls from the caller alone.
    await expect(orderBook.connect(stranger).placeWorkflow(workflow())).to.be.revertedWithCustomError(token, "ERC20InsufficientAllowance");
  });
});

describe("Abuse 23: squatting a queue", () => {
  it("one user has at most 32 orders waiting at a machine, free ones too; it frees its place by cancelling", async () => {
    const { orderBook, catalog, registry, alice, compute, machineOwner, addSlot, workflow, place } = await loadFixture(deployMarket);
    const slot = await addSlot(compute, machineOwner, { cpu: 1 }, 0n, PriceType.PerHour);
    const free = workflow({ deposit: 0n }, { slot, parts: [] });
    const first = await place(free);
    for (let count = 1; count < 32; count++) await place(free);
    const user = await registry.userOf(alice.address);
    await expect(orderBook.connect(alice).placeWorkflow(free)).to.be.revertedWithCustomError(catalog, "TooManyWaiting").withArgs(compute, user, 32);
    await orderBook.connect(alice).cancelOrder(first);
    await place(free);
  });

  it("a provider that lets its queue wait in vain closes its offer: at the third order it takes no more", async () => {
    const { orderBook, catalog, alice, stranger, compute, place, approve, workflow } = await loadFixture(deployMarket);
    const orders = [await place(), await place(), await place()];
    for (const order of orders) await approve(order);
    await time.increase(25 * HOUR);
    for (const order of orders) await orderBook.connect(stranger).expireOrder(order);
    expect((await catalog.getOffer(compute)).enabled).to.equal(false);
    await expect(orderBook.connect(alice).placeWorkflow(workflow())).to.be.revertedWithCustomError(catalog, "OfferDisabled").withArgs(compute);
  });
});

describe("Abuse 25: unbounded texts", () => {
  it("every text and every sealed byte has a limit, named with what was given", async () => {
    const { orderBook, catalog, registry, alice, bob, stranger, keeper, book, data, place, fullWorkflow, workflow, approve, accept, report, reportOf, signatureOf, device } = await loadFixture(deployMarket);
    const bytes = (length: number) => `0x${"ab".repeat(length)}`;
    await expect(registry.connect(stranger).registerProvider(stranger.address, stranger.address, book, "n".repeat(16_385), "", "")).to.be.revertedWithCustomError(registry, "TextTooLong").withArgs(16_385, 16_384);
    await expect(catalog.connect(bob).describeOffer(data, "x".repeat(16_385))).to.be.revertedWithCustomError(catalog, "TextTooLong").withArgs(16_385, 16_384);
    await expect(orderBook.connect(alice).placeWorkflow(workflow({ sealedArguments: bytes(16_385) }))).to.be.revertedWithCustomError(orderBook, "TooLong").withArgs(16_385, 16_384);
    const order = await place(fullWorkflow());
    await expect(orderBook.connect(bob).completeSuborder(order + 2n, 4, workflow().solutionHash, bytes(4097))).to.be.revertedWithCustomError(orderBook, "TooLong").withArgs(4097, 4096);
    await expect(orderBook.connect(keeper).grantStorage(order + 3n, bytes(4097))).to.be.revertedWithCustomError(orderBook, "TooLong").withArgs(4097, 4096);
    await approve(order);
    await accept(order);
    const unsigned = signatureOf(device, Buffer.alloc(32));
    await expect(orderBook.publishReport(order, await reportOf(order), unsigned, bytes(8193), "0x", "0x")).to.be.revertedWithCustomError(orderBook, "TooLong").withArgs(8193, 8192);
    await report(order);
    await expect(orderBook.finishOrder(order, { status: 4, fault: 0, resultHash: ZeroHash, usedSeconds: 0 }, unsigned, bytes(8193))).to.be.revertedWithCustomError(orderBook, "TooLong").withArgs(8193, 8192);
  });
});
