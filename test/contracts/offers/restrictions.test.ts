// SPDX-License-Identifier: Apache-2.0
import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";

import { deployMarket, type Market, NO_RESTRICTIONS, tokens } from "../../world/market";
import { Approval, OfferType, PriceType } from "../../world/offers";

const bit = (...types: number[]) => types.reduce((bits, type) => bits | (1 << type), 0);

/** Bob's data restricted so; the workflow takes the solution offer, that data, and whatever else is given. */
async function restrict(market: Market, restrictions: Partial<typeof NO_RESTRICTIONS> & Record<string, unknown>) {
  await market.catalog.connect(market.bob).setRestrictions(market.data, { ...NO_RESTRICTIONS, ...restrictions });
}

function order(market: Market, parts: readonly ("solution" | "data" | "storage")[], own: { ownSolutions?: number; ownData?: number } = {}) {
  const entries = parts.map((name) => ({ offer: market[name], version: 0, slot: market[`${name}Slot`] }));
  const workflow = market.workflow({ deposit: tokens(40) }, { parts: entries, ownSolutions: 0, retentionMinutes: 600, ...own });
  return market.orderBook.connect(market.alice).placeWorkflow(workflow);
}

describe("OfferCatalog.setRestrictions", () => {
  it("demands that a type be present; an own upload counts, the offer itself does not", async () => {
    const market = await loadFixture(deployMarket);
    const { catalog, data } = market;
    await restrict(market, { requiredTypes: bit(OfferType.Solution) });
    await expect(order(market, ["data"])).to.be.revertedWithCustomError(catalog, "TypeRequired").withArgs(data, OfferType.Solution);
    await order(market, ["data", "solution"]);
    await order(market, ["data"], { ownSolutions: 1 });

    await restrict(market, { requiredTypes: bit(OfferType.Data) });
    await expect(order(market, ["data"], { ownSolutions: 1 })).to.be.revertedWithCustomError(catalog, "TypeRequired").withArgs(data, OfferType.Data);
    await order(market, ["data"], { ownSolutions: 1, ownData: 1 });

    await restrict(market, { requiredTypes: bit(OfferType.Storage) });
    await expect(order(market, ["data"])).to.be.revertedWithCustomError(catalog, "TypeRequired").withArgs(data, OfferType.Storage);
    await order(market, ["data", "storage"]);
  });

  it("bounds how many of a type there are, own uploads counted", async () => {
    const market = await loadFixture(deployMarket);
    const { catalog, data } = market;
    await restrict(market, { mostData: 1 });
    await order(market, ["data"]);
    await expect(order(market, ["data", "data"])).to.be.revertedWithCustomError(catalog, "TooManyOfType").withArgs(data, OfferType.Data, 2, 1);
    await expect(order(market, ["data"], { ownData: 1 })).to.be.revertedWithCustomError(catalog, "TooManyOfType").withArgs(data, OfferType.Data, 2, 1);
    await restrict(market, { mostSolutions: 1 });
    await expect(order(market, ["data", "solution"], { ownSolutions: 1 })).to.be.revertedWithCustomError(catalog, "TooManyOfType").withArgs(data, OfferType.Solution, 2, 1);
    await restrict(market, { mostStorage: 1 });
    await expect(order(market, ["data", "storage", "storage"])).to.be.revertedWithCustomError(catalog, "TooManyOfType").withArgs(data, OfferType.Storage, 2, 1);
  });

  it("takes only listed offers of a listed type, and no own uploads of it", async () => {
    const market = await loadFixture(deployMarket);
    const { catalog, data, solution, solutionOwner, addValueOffer, addSlot, workflow, orderBook, alice, dataSlot } = market;
    await restrict(market, { offers: [{ offer: solution, version: 0 }] as never });
    await order(market, ["data", "solution"]);
    await expect(order(market, ["data"], { ownSolutions: 1 })).to.be.revertedWithCustomError(catalog, "OwnUploadRefused").withArgs(data, OfferType.Solution);
    const other = await addValueOffer(solutionOwner, OfferType.Solution, Approval.Automatic);
    const slot = await addSlot(other, solutionOwner, {}, 1n, PriceType.Fixed);
    const mixed = workflow({}, { parts: [{ offer: data, version: 0, slot: dataSlot }, { offer: other, version: 0, slot }], ownSolutions: 0 });
    await expect(orderBook.connect(alice).placeWorkflow(mixed)).to.be.revertedWithCustomError(catalog, "OfferNotListed").withArgs(data, other, 1);
    // A type that is not listed stays free.
    await order(market, ["data", "solution", "storage"], { ownData: 1 });
  });

  it("takes a listed version only, where one is named", async () => {
    const market = await loadFixture(deployMarket);
    const { catalog, solver, data, solution, solutionSlot, dataSlot, workflow, orderBook, alice } = market;
    await catalog.connect(solver).addVersion(solution, `0x${"22".repeat(32)}`, "{}");
    await restrict(market, { offers: [{ offer: solution, version: 1 }] as never });
    const buy = (version: number) => orderBook.connect(alice).placeWorkflow(workflow({}, { parts: [{ offer: data, version: 0, slot: dataSlot }, { offer: solution, version, slot: solutionSlot }], ownSolutions: 0 }));
    await buy(1);
    await expect(buy(0)).to.be.revertedWithCustomError(catalog, "OfferNotListed").withArgs(data, solution, 2);
    await expect(buy(2)).to.be.revertedWithCustomError(catalog, "OfferNotListed");
  });

  it("may list machines", async () => {
    const market = await loadFixture(deployMarket);
    const { catalog, carol, compute, machineOwner, book, data, workflow, orderBook, alice } = market;
    await restrict(market, { offers: [{ offer: compute, version: 0 }] as never });
    await order(market, ["data"]);
    await catalog.connect(carol).createComputeOffer(machineOwner.provider, book, 1, (await catalog.getMachine(compute)).total, 0, "{}");
    const other = await catalog.offerCount();
    const slot = await market.addSlot(other, machineOwner, { cpu: 100, disk: 10_000 }, 1n, PriceType.PerHour);
    await expect(orderBook.connect(alice).placeWorkflow(workflow({}, { compute: other, slot }))).to.be.revertedWithCustomError(catalog, "OfferNotListed").withArgs(data, other, 0);
  });

  it("lists up to 32 offers, finds the last, and refuses one more", async () => {
    const market = await loadFixture(deployMarket);
    const { catalog, bob, data, storage, solution } = market;
    const entry = (offer: bigint) => ({ offer, version: 9 });
    await restrict(market, { offers: [...Array(31).fill(entry(storage)), { offer: solution, version: 0 }] as never });
    expect(await catalog.getListedOffers(data)).to.have.length(32);
    await order(market, ["data", "solution"]);
    await expect(catalog.connect(bob).setRestrictions(data, { ...NO_RESTRICTIONS, offers: Array(33).fill(entry(storage)) }))
      .to.be.revertedWithCustomError(catalog, "TooManyListed")
      .withArgs(data, 33, 32);
  });

  it("is replaced whole: nothing of the former list stays", async () => {
    const market = await loadFixture(deployMarket);
    await restrict(market, { mostData: 1, requiredTypes: 4, offers: [{ offer: market.solution, version: 0 }] as never });
    await restrict(market, {});
    const { restricted, listedTypes, requiredTypes, mostData } = await market.catalog.getOffer(market.data);
    expect([restricted, listedTypes, requiredTypes, mostData]).to.deep.equal([false, 0n, 0n, 0n]);
    await order(market, ["data", "data"], { ownSolutions: 1 });
  });

  it("of a storage offer is refused: it demands nothing", async () => {
    const { catalog, keeper, storage, data } = await loadFixture(deployMarket);
    for (const wrong of [{ requiredTypes: 4 }, { mostData: 1 }, { offers: [{ offer: data, version: 0 }] }]) {
      await expect(catalog.connect(keeper).setRestrictions(storage, { ...NO_RESTRICTIONS, ...wrong })).to.be.revertedWithCustomError(catalog, "StorageRestrictsNothing").withArgs(storage);
    }
    await catalog.connect(keeper).setRestrictions(storage, NO_RESTRICTIONS);
  });

  it("is refused for a machine, for unknown offers in the list, and to anybody but the owner", async () => {
    const { catalog, bob, carol, stranger, compute, data } = await loadFixture(deployMarket);
    await expect(catalog.connect(carol).setRestrictions(compute, NO_RESTRICTIONS)).to.be.revertedWithCustomError(catalog, "NotValueOffer").withArgs(compute);
    await expect(catalog.connect(bob).setRestrictions(data, { ...NO_RESTRICTIONS, offers: [{ offer: 99, version: 0 }] })).to.be.revertedWithCustomError(catalog, "OfferNotFound").withArgs(99);
    await expect(catalog.connect(stranger).setRestrictions(data, NO_RESTRICTIONS)).to.be.revertedWithCustomError(catalog, "NotOfferAccount").withArgs(data, stranger.address);
  });
});
