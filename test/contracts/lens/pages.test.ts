// SPDX-License-Identifier: Apache-2.0
import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";

import { offersPage, optionsPage, ordersPage, providersPage, slotsPage } from "../../../src/chain/lens";
import { signLink } from "../../../src/chain/users";
import { deployMarket, NO_RESTRICTIONS, tokens } from "../../world/market";
import { Approval, OfferType, packResources, PriceType } from "../../world/offers";

const GUARDS = 0x8000000080000000800000008000000080000000800000008000000080000000n;

/** Five orders in four states: one running, one waiting, one canceled, one service with options, one of another wallet. */
async function deployFilled() {
  const market = await deployMarket();
  const lens = await ethers.deployContract("MarketplaceLens", [market.book, await market.catalog.getAddress(), await market.registry.getAddress()]);
  const { catalog, carol, compute, workflow, fullWorkflow, orderBook } = market;
  await catalog.connect(carol).addOption(compute, { price: tokens(1), priceType: PriceType.Fixed, minMinutes: 0, maxMinutes: 90, resources: packResources({ externalPort: 1 }) });
  const option = await catalog.optionCount();
  const running = await market.run();
  const blocked = await market.place(fullWorkflow());
  const canceled = await market.place();
  await orderBook.connect(market.alice).cancelOrder(canceled);
  const service = await market.place(workflow({ service: true, deposit: tokens(30) }, { options: [{ option, count: 2 }], leaseMinutes: 90 }));
  const other = await market.place(workflow(), carol);
  return { ...market, lens, running, blocked, canceled, service, other, all: [running, blocked, canceled, service, other] };
}

describe("MarketplaceLens: pages", () => {
  it("of offers are what the catalog says of each", async () => {
    const { lens, catalog, book, alice, bob, compute, data, dataOwner, addValueOffer, place } = await loadFixture(deployFilled);
    await place();
    const special = await addValueOffer(dataOwner, OfferType.Data, Approval.Policy, { cancelable: true, allowedAccounts: [alice.address], restrictions: { ...NO_RESTRICTIONS, mostData: 1 } });
    await catalog.connect(bob).setEnabled(special, false);
    const rows = await offersPage(lens, 1);
    expect(rows.map(({ id }) => id)).to.deep.equal([1n, 2n, 3n, 4n, special]);
    expect(rows.map(({ enabled, cancelable, allowListed, restricted }) => [enabled, cancelable, allowListed, restricted])).to.deep.equal([...Array.from({ length: 4 }, () => [true, false, false, false]), [false, true, true, true]]);
    for (const row of rows) {
      const offer = await catalog.getOffer(row.id);
      for (const name of ["provider", "enabled", "cancelable", "allowListed", "restricted"] as const) expect(row[name], name).to.equal(offer[name]);
      for (const name of ["offerType", "approval", "token", "latestVersion", "textBlock"] as const) expect(BigInt(row[name]), name).to.equal(offer[name]);
      expect(row.orderBook).to.equal(book);
      if (row.id !== compute) {
        expect([row.room, row.total, row.waiting, row.compensation, row.failures]).to.deep.equal([0n, 0n, 0, 0n, 0]);
        continue;
      }
      const machine = await catalog.getMachine(row.id);
      expect([row.room, row.total, BigInt(row.waiting), row.compensation, BigInt(row.failures)]).to.deep.equal([machine.room & ~GUARDS, machine.total, machine.waiting, machine.compensation, machine.failures]);
      expect(machine.waiting).not.to.equal(0n);
      expect(machine.room & ~GUARDS).not.to.equal(machine.total);
    }
    expect(rows.find(({ id }) => id === data)?.latestVersion).to.equal(1);
  });

  it("of slots and options are what the catalog says of each", async () => {
    const { lens, catalog, carol, compute, computeSlot } = await loadFixture(deployFilled);
    await catalog.connect(carol).retireSlot(compute, computeSlot);
    for (const [rows, get, count] of [
      [await slotsPage(lens, 1), (id: bigint) => catalog.getSlot(id), await catalog.slotCount()],
      [await optionsPage(lens, 1), (id: bigint) => catalog.getOption(id), await catalog.optionCount()],
    ] as const) {
      expect(rows).to.have.length(Number(count));
      for (const row of rows) {
        const slot = await get(row.id);
        expect([row.offer, row.price, BigInt(row.priceType), row.active, BigInt(row.minMinutes), BigInt(row.maxMinutes), row.resources]).to.deep.equal([slot.offer, slot.price, slot.priceType, slot.active, slot.minMinutes, slot.maxMinutes, slot.resources]);
      }
    }
    expect((await slotsPage(lens, computeSlot, 1)).map(({ active }) => active)).to.deep.equal([false]);
  });

  it("of providers are what the registry says of each", async () => {
    const { lens, registry, orderBook, carol, machineOwner } = await loadFixture(deployFilled);
    const rows = await providersPage(lens, 0);
    expect(rows).to.have.length(Number(await registry.providerCount()));
    for (const row of rows) {
      const provider = await registry.getProvider(row.id);
      expect([BigInt(row.textBlock), row.deposit, row.reserved, row.authority, row.actionAccount, row.tokenReceiver, row.orderBook]).to.deep.equal([provider.textBlock, provider.deposit, provider.reserved, provider.authority, provider.actionAccount, provider.tokenReceiver, provider.book]);
    }
    const carols = rows.find(({ id }) => id === machineOwner.provider);
    expect([carols?.authority, carols?.orderBook, (carols?.reserved ?? 0n) > 0n]).to.deep.equal([carol.address, await orderBook.getAddress(), true]);
  });

  it("of orders are what the book says of each, without the suborders between", async () => {
    const { lens, orderBook, alice, all, running, service, finish, run } = await loadFixture(deployFilled);
    const done = await run();
    await finish(done);
    await orderBook.claim([done]);
    await orderBook.connect(alice).markOrder(done, true);
    const { rows, next } = await ordersPage(lens, 0);
    expect(rows.map(({ id }) => id)).to.deep.equal([...all, done]);
    expect(next).to.equal(0n);
    for (const row of rows) {
      const order = await orderBook.getOrder(row.id);
      for (const name of ["offer", "provider", "customer", "deposit", "solutionHash", "rate", "slot", "compensation", "reported", "claimed", "service", "hasOptions", "simulatedAllowed", "marked"] as const) expect(row[name], name).to.equal(order[name]);
      for (const name of ["token", "status", "parts", "blocking", "since", "leaseMinutes", "textBlock", "slotCount", "minMinutes", "maxMinutes"] as const) expect(BigInt(row[name]), name).to.equal(order[name]);
      expect([BigInt(row.deadline), BigInt(row.paidUntil)]).to.deep.equal([await orderBook.deadlineOf(row.id), await orderBook.paidUntil(row.id)]);
    }
    const by = new Map(rows.map((row) => [row.id, row]));
    expect([by.get(running)?.paidUntil === 0, by.get(service)?.hasOptions, by.get(service)?.maxMinutes]).to.deep.equal([false, true, 90]);
  });

  it("follow each other without a gap or a repetition, from any id on", async () => {
    const { lens, all, blocked, canceled } = await loadFixture(deployFilled);
    const seen: bigint[] = [];
    for (let at = 1n; at !== 0n; ) {
      const { rows, next } = await ordersPage(lens, at, 2);
      seen.push(...rows.map(({ id }) => id));
      at = next;
    }
    expect(seen).to.deep.equal(all);
    // From within the suborders of an order on, the next order is the first.
    expect((await ordersPage(lens, blocked + 1n, 1)).rows.map(({ id }) => id)).to.deep.equal([canceled]);
    expect((await offersPage(lens, 2, 2)).map(({ id }) => id)).to.deep.equal([2n, 3n]);
    expect((await offersPage(lens, 4, 50)).map(({ id }) => id)).to.deep.equal([4n]);
  });

  it("of a customer hold the orders of all wallets of that user", async () => {
    const { lens, registry, alice, carol, other, all, stranger } = await loadFixture(deployFilled);
    const of = async (customer: string, count?: number) => {
      const { rows, next } = await ordersPage(lens, 1, count, customer);
      return [rows.map(({ id }) => id), next];
    };
    const alices = all.filter((id) => id !== other);
    expect(await of(alice.address)).to.deep.equal([alices, 0n]);
    expect(await of(carol.address)).to.deep.equal([[other], 0n]);
    expect(await of(stranger.address)).to.deep.equal([[], 0n]);
    // The count is of orders looked at.
    expect(await of(carol.address, 4)).to.deep.equal([[], other]);
    await registry.enroll(alice.address);
    const user = await registry.userOf(alice.address);
    const signature = await signLink(alice, 31337, await registry.getAddress(), { user, wallet: carol.address, nonce: 0, deadline: 2 ** 40 });
    await registry.connect(carol).linkWallet(user, carol.address, 2 ** 40, signature, "0x");
    expect(await of(carol.address)).to.deep.equal([all, 0n]);
  });

  it("are empty past the end, and have at most 256 rows", async () => {
    const { lens } = await loadFixture(deployFilled);
    expect([await offersPage(lens, 5), await slotsPage(lens, 99), await optionsPage(lens, 9), await providersPage(lens, 9), await offersPage(lens, 1, 0)]).to.deep.equal([[], [], [], [], []]);
    expect(await ordersPage(lens, 99)).to.deep.equal({ rows: [], next: 0n });
    for (const page of [lens.offers, lens.slots, lens.options, lens.providers, lens.orders] as const) {
      await expect(page(1, 257)).to.be.revertedWithCustomError(lens, "PageTooLarge").withArgs(257, 256);
    }
    await expect(lens.ordersOf(await lens.getAddress(), 1, 257)).to.be.revertedWithCustomError(lens, "PageTooLarge").withArgs(257, 256);
    expect(await lens.MAX_PAGE()).to.equal(256n);
  });
});
