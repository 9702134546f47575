// SPDX-License-Identifier: Apache-2.0
import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";

import { deployMarket, NO_RESTRICTIONS, tokens } from "../../world/market";
import { packResources, PriceType } from "../../world/offers";

/** Four more machines of Carol's; the one at index `i` costs `5 - i` an hour. */
async function machines() {
  const market = await deployMarket();
  const { catalog, carol, machineOwner, book, addSlot } = market;
  const choices: { offer: bigint; slot: bigint; slotCount: number; options: { option: bigint; count: number }[] }[] = [];
  for (let index = 0; index < 4; index++) {
    await catalog.connect(carol).createComputeOffer(machineOwner.provider, book, 1, packResources({ cpu: 200, ram: 4096, disk: 1000 }), tokens(5), "{}");
    const offer = await catalog.offerCount();
    const slot = await addSlot(offer, machineOwner, { cpu: 100, ram: 2048, disk: 1000 }, tokens(5 - index), PriceType.PerHour, 0, 600);
    choices.push({ offer, slot, slotCount: 1, options: [] });
  }
  const place = async (chosen = choices, basket: Record<string, unknown> = {}, customer = market.alice) => {
    const order = (await market.orderBook.lastOrder()) + 1n;
    await market.orderBook.connect(customer).placeWorkflow(market.workflow({}, { machines: chosen, ...basket }));
    return market.orderBook.getOrder(order);
  };
  return { ...market, choices, place };
}

describe("OrderBook.placeWorkflow, given several machines", () => {
  it("takes the cheapest, wherever it stands in the list, at its own price", async () => {
    const { orderBook, alice, choices, place, workflow } = await loadFixture(machines);
    const order = await place();
    expect([order.offer, order.slot, order.rate]).to.deep.equal([choices[3]!.offer, choices[3]!.slot, tokens(2)]);
    expect((await place([...choices].reverse())).offer).to.equal(choices[3]!.offer);
    const quoted = await orderBook.quote(alice.address, workflow({}, { machines: choices }).basket, 1800);
    expect(quoted).to.deep.equal([choices[3]!.offer, tokens(2), tokens(4), tokens(3)]);
  });

  it("joins the queue of the chosen machine alone", async () => {
    const { catalog, choices, place } = await loadFixture(machines);
    await place();
    expect(await Promise.all(choices.map(async ({ offer }) => (await catalog.getMachine(offer)).waiting))).to.deep.equal([0n, 0n, 0n, 1n]);
  });

  describe("passes over a machine", () => {
    const cases: readonly (readonly [string, (world: Awaited<ReturnType<typeof machines>>, offer: bigint) => Promise<unknown>])[] = [
      ["that is disabled", ({ catalog, carol }, offer) => catalog.connect(carol).setEnabled(offer, false)],
      ["whose slot is retired", ({ catalog, carol, choices }, offer) => catalog.connect(carol).retireSlot(offer, choices[3]!.slot)],
      ["that does not sell to this customer", ({ catalog, carol, bob }, offer) => catalog.connect(carol).setAllowed(offer, [bob.address], true)],
    ];
    for (const [why, make] of cases) {
      it(why, async () => {
        const world = await loadFixture(machines);
        await make(world, world.choices[3]!.offer);
        expect((await world.place()).offer).to.equal(world.choices[2]!.offer);
      });
    }

    it("that has no room left", async () => {
      const { orderBook, carol, choices, place, solution, solutionSlot } = await loadFixture(machines);
      const [only] = choices.slice(3);
      // The solution needs no approval, so the order is New at once; it takes the whole disk.
      await place([only!], { parts: [{ offer: solution, version: 0, slot: solutionSlot }] });
      await orderBook.connect(carol).acceptOrder((await orderBook.lastOrder()) - 1n);
      expect((await place()).offer).to.equal(choices[2]!.offer);
    });

    it("whose slot does not fit what the parts need, or the lease", async () => {
      const { choices, place, machineOwner, dataOwner, data, addSlot } = await loadFixture(machines);
      const small = await addSlot(choices[3]!.offer, machineOwner, { cpu: 100 }, 1n, PriceType.PerHour);
      expect((await place([choices[0]!, { ...choices[3]!, slot: small }])).offer).to.equal(choices[0]!.offer);
      const long = await addSlot(choices[3]!.offer, machineOwner, { cpu: 100, disk: 100 }, 1n, PriceType.PerHour, 61);
      expect((await place([choices[0]!, { ...choices[3]!, slot: long }])).offer).to.equal(choices[0]!.offer);
      const any = await addSlot(data, dataOwner, {}, 0n, PriceType.Fixed);
      expect((await place([choices[0]!, { ...choices[3]!, slot: small }], { parts: [{ offer: data, version: 0, slot: any }] })).offer).to.equal(choices[3]!.offer);
    });

    it("that is not sold for this token, by this book, or is no machine; that names no slot at all, or another's", async () => {
      const { catalog, carol, stranger, machineOwner, book, choices, place, addSlot, data, dataSlot } = await loadFixture(machines);
      await catalog.enrollBook(stranger.address);
      const others: bigint[] = [];
      for (const [seller, token] of [[book, 2], [stranger.address, 1]] as const) {
        await catalog.connect(carol).createComputeOffer(machineOwner.provider, seller, token, packResources({ cpu: 100, disk: 10 }), 0, "{}");
        others.push(await catalog.offerCount());
      }
      for (const offer of others) {
        const slot = await addSlot(offer, machineOwner, { cpu: 100, disk: 10 }, 0n, PriceType.PerHour);
        expect((await place([choices[0]!, { offer, slot, slotCount: 1, options: [] }])).offer).to.equal(choices[0]!.offer);
      }
      for (const odd of [{ ...choices[3]!, slotCount: 0 }, { ...choices[3]!, slot: choices[0]!.slot }, { offer: data, slot: dataSlot, slotCount: 1, options: [] }]) {
        expect((await place([choices[0]!, odd])).offer).to.equal(choices[0]!.offer);
      }
    });

    it("whose provider has too little security free", async () => {
      const { registry, catalog, carol, spare, book, join, choices, place, addSlot } = await loadFixture(machines);
      const poor = await join(spare[5] ?? carol, "Poor");
      await catalog.connect(poor.action).createComputeOffer(poor.provider, book, 1, packResources({ cpu: 100, disk: 10 }), 1, "{}");
      const offer = await catalog.offerCount();
      const slot = await addSlot(offer, poor, { cpu: 100, disk: 10 }, 0n, PriceType.PerHour);
      expect(await registry.freeSecurityOf(poor.provider)).to.equal(0n);
      expect((await place([choices[0]!, { offer, slot, slotCount: 1, options: [] }])).offer).to.equal(choices[0]!.offer);
      // What is just enough is.
      await registry.connect(carol).depositSecurity(poor.provider, 1);
      expect((await place([choices[0]!, { offer, slot, slotCount: 1, options: [] }])).offer).to.equal(offer);
    });

    it("at which as many orders of the user wait as may", async () => {
      const { choices, place } = await loadFixture(machines);
      for (let count = 0; count < 32; count++) await place([choices[3]!]);
      expect((await place()).offer).to.equal(choices[2]!.offer);
    });

    it("that a part's owner does not list", async () => {
      const { catalog, bob, data, choices, place } = await loadFixture(machines);
      await catalog.connect(bob).setRestrictions(data, { ...NO_RESTRICTIONS, offers: [{ offer: choices[1]!.offer, version: 0 }] });
      expect((await place()).offer).to.equal(choices[1]!.offer);
    });

    it("that a part's owner lists no more, or by a version, which machines do not have", async () => {
      const { catalog, bob, data, choices, place } = await loadFixture(machines);
      const list = (...offers: { offer: bigint; version: number }[]) => catalog.connect(bob).setRestrictions(data, { ...NO_RESTRICTIONS, offers });
      const [first, , , cheapest] = choices.map(({ offer }) => offer);
      await list({ offer: first!, version: 0 }, { offer: cheapest!, version: 0 });
      expect((await place()).offer).to.equal(cheapest);
      await list({ offer: first!, version: 0 });
      expect((await place()).offer).to.equal(first);
      await list({ offer: first!, version: 0 }, { offer: cheapest!, version: 1 });
      expect((await place()).offer).to.equal(first);
    });
  });

  describe("compares", () => {
    /** Slots of two machines, and options of the first. */
    async function twoSlots() {
      const world = await machines();
      const { catalog, carol, choices, machineOwner, addSlot } = world;
      const slot = async (index: number, price: bigint, slotCount = 1) => {
        const id = await addSlot(choices[index]!.offer, machineOwner, { cpu: 10, ram: 10, disk: 10 }, price, PriceType.PerHour);
        return { ...choices[index]!, slot: id, slotCount };
      };
      const option = async (price: bigint, priceType: number, resources = 0n) => {
        await catalog.connect(carol).addOption(choices[0]!.offer, { price, priceType, minMinutes: 0, maxMinutes: 0, resources });
        return { option: await catalog.optionCount(), count: 1 };
      };
      const parts = { parts: [], ownSolutions: 1 };
      const taken = async (first: (typeof choices)[number], second: (typeof choices)[number], leaseMinutes = 120) => (await world.place([first, second], { ...parts, leaseMinutes })).offer;
      return { ...world, slot, option, taken, first: choices[0]!.offer, second: choices[1]!.offer };
    }

    it("what the whole lease costs, to the unit: of those that cost the same the first named is taken", async () => {
      const { slot, option, taken, first, second } = await loadFixture(twoSlots);
      expect(await taken(await slot(0, tokens(1)), await slot(1, tokens(1)))).to.equal(first);
      expect(await taken(await slot(1, tokens(1)), await slot(0, tokens(1)))).to.equal(second);
      // Twenty minutes of one or two units an hour cost nothing.
      expect(await taken(await slot(0, 2n), await slot(1, 1n), 20)).to.equal(first);
      expect(await taken({ ...(await slot(0, 1n)), options: [await option(2n, PriceType.Fixed)] }, await slot(1, 2n))).to.equal(first);
    });

    it("fixed options once, those per hour by the lease", async () => {
      const { slot, option, taken, first } = await loadFixture(twoSlots);
      expect(await taken({ ...(await slot(0, 10n)), options: [await option(5n, PriceType.Fixed)] }, await slot(1, 13n))).to.equal(first);
      const hourly = { ...(await slot(0, 10n)), options: [await option(2n, PriceType.PerHour)] };
      expect(await taken(hourly, await slot(1, 11n))).not.to.equal(first);
    });

    it("hours, not more: an hourly price against a fixed one", async () => {
      const { slot, option, taken, second } = await loadFixture(twoSlots);
      expect(await taken({ ...(await slot(0, 0n)), options: [await option(121n, PriceType.Fixed)] }, await slot(1, 60n))).to.equal(second);
    });

    it("leases up to both ends of what a slot sells, from one minute on", async () => {
      const { choices, machineOwner, addSlot, slot, taken, first } = await loadFixture(twoSlots);
      const exact = await addSlot(first, machineOwner, { cpu: 10, ram: 10, disk: 10 }, 1n, PriceType.PerHour, 120, 120);
      expect(await taken({ ...choices[0]!, slot: exact }, await slot(1, tokens(1)))).to.equal(first);
      expect(await taken(await slot(0, 1n), await slot(1, tokens(1)), 1)).to.equal(first);
    });

    it("no machine whose price passes what a price can be", async () => {
      const { orderBook, alice, choices, workflow, slot, taken, first, second } = await loadFixture(twoSlots);
      const largest = await slot(0, 2n ** 80n - 1n);
      const odd = { ...choices[1]!, slot: largest.slot };
      expect((await orderBook.quote(alice.address, workflow({}, { machines: [odd, largest], parts: [] }).basket, 0))[0]).to.equal(first);
      expect(await taken(await slot(0, 2n ** 79n, 2), await slot(1, tokens(3)))).to.equal(second);
      expect(await taken(await slot(0, tokens(3)), await slot(1, 2n ** 79n, 2))).to.equal(first);
    });

    it("as many options as can be bought; a machine with more is refused where those make it the cheapest", async () => {
      const { slot, option, taken, catalog } = await loadFixture(twoSlots);
      const options = [];
      for (let count = 0; count < 4; count++) options.push(await option(1n, PriceType.Fixed));
      options.push(await option(1000n, PriceType.Fixed));
      await expect(taken({ ...(await slot(0, 1n)), options }, await slot(1, 100n))).to.be.revertedWithCustomError(catalog, "TooManyOptions").withArgs(5, 4);
    });

    it("prices up to the largest that there is", async () => {
      const { orderBook, alice, slot, option, workflow } = await loadFixture(twoSlots);
      const most = 2n ** 80n - 1n;
      const quoted = async (choice: Awaited<ReturnType<typeof slot>>) => (await orderBook.quote(alice.address, workflow({}, { machines: [choice], parts: [] }).basket, 0))[2];
      expect(await quoted(await slot(0, most))).to.equal(most);
      expect(await quoted({ ...(await slot(0, 0n)), options: [await option(most, PriceType.Fixed)] })).to.equal(most);
    });

    it("what slot and options provide together", async () => {
      const { slot, option, place, addSlot, data, dataOwner, first } = await loadFixture(twoSlots);
      const large = await addSlot(data, dataOwner, { ram: 1000 }, 0n, PriceType.Fixed);
      const choice = { ...(await slot(0, 1n)), options: [await option(1n, PriceType.Fixed, packResources({ ram: 990 }))] };
      const needs = { parts: [{ offer: data, version: 0, slot: large }] };
      expect((await place([choice], needs)).offer).to.equal(first);
      expect((await place([await slot(1, 0n), choice], needs)).offer).to.equal(first);
    });
  });

  it("counts options in price, resources and time", async () => {
    const { orderBook, catalog, carol, choices, place } = await loadFixture(machines);
    const add = async (index: number, price: bigint, priceType: number, maxMinutes = 0) => {
      await catalog.connect(carol).addOption(choices[index]!.offer, { price, priceType, minMinutes: 0, maxMinutes, resources: packResources({ bandwidth: 0 }) });
      return catalog.optionCount();
    };
    const dear = { ...choices[3]!, options: [{ option: await add(3, tokens(9), PriceType.PerHour), count: 1 }] };
    const once = { ...choices[2]!, options: [{ option: await add(2, tokens(2), PriceType.Fixed), count: 2 }] };
    const order = await place([dear, once, choices[0]!]);
    expect(order.offer).to.equal(choices[0]!.offer);
    expect(order.hasOptions).to.equal(false);
    const second = await place([dear, once]);
    expect(second.offer).to.equal(once.offer);
    expect((await orderBook.getChosenOptions((await orderBook.lastOrder()) - 1n)).fixedCharge).to.equal(tokens(4));
    const short = { ...choices[3]!, options: [{ option: await add(3, 0n, PriceType.PerHour, 10), count: 1 }] };
    expect((await place([choices[0]!, short])).offer).to.equal(choices[0]!.offer);
  });

  it("says so where none fits, takes 16 and no more, and refuses none at all", async () => {
    const { orderBook, catalog, carol, alice, choices, workflow } = await loadFixture(machines);
    const buy = (list: typeof choices) => orderBook.connect(alice).placeWorkflow(workflow({}, { machines: list }));
    await expect(buy([])).to.be.revertedWithCustomError(catalog, "MachineMissing");
    await expect(buy(Array<(typeof choices)[0]>(17).fill(choices[0]!))).to.be.revertedWithCustomError(catalog, "TooManyMachines").withArgs(17, 16);
    await buy(Array<(typeof choices)[0]>(16).fill(choices[0]!));
    for (const { offer } of choices) await catalog.connect(carol).setEnabled(offer, false);
    await expect(buy(choices)).to.be.revertedWithCustomError(catalog, "NoMachineFits").withArgs(4);
    const rich = { ...choices[0]!, slotCount: 255 };
    await expect(buy([rich, rich])).to.be.revertedWithCustomError(catalog, "NoMachineFits").withArgs(2);
  });

  it("checks the machine of a single choice by the restriction too, by name", async () => {
    const { orderBook, catalog, alice, bob, data, compute, choices, workflow } = await loadFixture(machines);
    await catalog.connect(bob).setRestrictions(data, { ...NO_RESTRICTIONS, offers: [{ offer: choices[1]!.offer, version: 0 }] });
    await expect(orderBook.connect(alice).placeWorkflow(workflow())).to.be.revertedWithCustomError(catalog, "OfferNotListed").withArgs(data, compute, 0);
  });
});
