// SPDX-License-Identifier: Apache-2.0
import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";

import { tokens } from "../../world/market";
import { Approval, OfferType, PriceType } from "../../world/offers";
import { type Person, serveWorld, type TestMarket, type World } from "../providers/market";

describe("orders replenish-deposit, extend, stop and mark", function () {
  let world: World;
  let market: TestMarket;
  let alice: Person;
  let bob: Person;
  let service: bigint;

  before(async function () {
    this.timeout(60_000);
    ({ world, market } = await serveWorld());
    alice = await market.person(1);
    bob = await market.person(3);
    service = await world.run(world.workflow({ service: true, deposit: tokens(8) }, { leaseMinutes: 60 }));
  });
  after(() => market.close());

  it("add money of whoever pays, by a permit where the allowance is short", async () => {
    expect(await world.token.allowance(world.bob.address, world.book)).to.equal(0n);
    const { code, stdout, stderr } = await bob.run(`orders replenish-deposit ${service} 2.5`);
    expect(code, stderr).to.equal(0);
    expect(stdout).to.equal(`Deposit for order ${service} was replenished with 2.5 tokens; it is 10.5 tokens now\n`);
    expect((await world.orderBook.getOrder(service)).deposit).to.equal(tokens("10.5"));
    expect((await alice.run(`orders replenish-deposit ${service} 1`)).code).to.equal(0);
    const none = await bob.run("orders replenish-deposit 4711 1");
    expect(none.code).to.equal(1);
    expect(none.stderr).to.include("(OrderNotFound)");
  });

  it("add what minutes cost: the money then lasts exactly so much longer, as the contract says", async () => {
    // 6 an hour for the machine, 2 for the data: 5 tokens last 30 minutes.
    const order = await world.run(world.workflow({ service: true, deposit: tokens(5) }, { leaseMinutes: 240 }));
    const { since } = await world.orderBook.getOrder(order);
    expect(await world.orderBook.paidUntil(order)).to.equal(since + 1800n);
    const first = await bob.run(`workflows replenish-deposit ${order} --minutes 60`);
    expect(first, first.stderr).to.include({ code: 0, stdout: `Deposit replenished successfully\nOrder ${order} got 6 tokens; its deposit is 11 tokens now\n` });
    expect(first.stderr).to.equal(`60 minutes of order ${order} cost 6 tokens\n`);
    expect(await world.orderBook.paidUntil(order)).to.equal(since + 5400n);
    expect((await bob.run(`orders replenish-deposit ${order} --minutes 7`)).stdout).to.equal(`Deposit for order ${order} was replenished with 0.7 tokens; it is 11.7 tokens now\n`);
    expect(await world.orderBook.paidUntil(order)).to.equal(since + 5820n);
    expect(await bob.json(`workflows replenish-deposit ${order} --sppi 0.3`)).to.include({ order: String(order), added: "0.3", deposit: "12" });
    expect(await bob.json(`workflows replenish-deposit ${order} --minutes 10`)).to.include({ order: String(order), added: "1", minutes: 10, deposit: "13" });
    // Whoever pays for more than the lease is told so.
    expect((await bob.run(`orders replenish-deposit ${order} --minutes 200`)).stderr).not.to.include("whole lease");
    expect((await bob.run(`orders replenish-deposit ${order} --minutes 1`)).stderr).to.include("already pays for the whole lease of 240 minutes");
  });

  it("counts parts that still wait for their owner, and their minimum", async () => {
    const offer = await world.addValueOffer(world.dataOwner, OfferType.Data, Approval.Manual);
    const slot = await world.addSlot(offer, world.dataOwner, { cpu: 1 }, tokens(3), PriceType.PerHour, 60);
    // The part costs its 3 tokens however short the order is; another 3 pay for 30 minutes of the machine.
    const order = await world.place(world.workflow({ deposit: tokens(6) }, { parts: [{ offer, version: 0, slot }], leaseMinutes: 240 }));
    expect(await alice.json(`workflows replenish-deposit ${order} --minutes 30`)).to.include({ added: "3", deposit: "9" });
    // Beyond its minimum it costs like the machine, by the minute.
    expect(await alice.json(`workflows replenish-deposit ${order} --minutes 30`)).to.include({ added: "4.5", deposit: "13.5" });
  });

  it("take an amount or minutes, and refuse what they cannot mean before anything is sent", async () => {
    const cases: [string, number, string][] = [
      [`workflows replenish-deposit ${service} --minutes 5 --sppi 1`, 2, "Give either --sppi or --minutes, not both."],
      [`workflows replenish-deposit ${service}`, 2, "Give either --sppi or --minutes."],
      [`orders replenish-deposit ${service} 1 --minutes 5`, 2, "Give either an amount of tokens or --minutes, not both."],
      [`orders replenish-deposit ${service}`, 2, "Give either an amount of tokens or --minutes."],
      [`orders replenish-deposit ${service} 0`, 2, "0 tokens add nothing to a deposit."],
      [`workflows replenish-deposit ${service} --minutes 0`, 2, "--minutes must be 1 to 16777215."],
      [`workflows replenish-deposit ${service} --minutes 16777216`, 2, "--minutes must be 1 to 16777215."],
      [`workflows replenish-deposit ${service} --sppi much`, 1, "(AmountInvalid)"],
      [`workflows replenish-deposit ${service} --sppi 999999999999`, 1, "(AmountTooLarge)"],
      ["workflows replenish-deposit 4711 --minutes 5", 1, "(OrderNotFound)"],
    ];
    const { deposit } = await world.orderBook.getOrder(service);
    for (const [line, code, said] of cases) {
      const outcome = await bob.run(line);
      expect(outcome.code, line).to.equal(code);
      expect(outcome.stderr, line).to.include(said);
    }
    expect((await world.orderBook.getOrder(service)).deposit).to.equal(deposit);
    // A machine that is free: no money makes the order longer.
    const slot = await world.addSlot(world.compute, world.machineOwner, { cpu: 100, ram: 2048, disk: 10_000 }, 0n, PriceType.PerHour);
    const free = await world.place(world.workflow({}, { slot }));
    expect((await bob.run(`orders replenish-deposit ${free} --minutes 5`)).stderr).to.include(`Order ${free} is charged nothing by time`).and.to.include("(NothingChargedByTime)");
  });

  it("ask a person at a terminal first, unless told not to", async () => {
    const { deposit } = await world.orderBook.getOrder(service);
    const asking = `workflows replenish-deposit ${service} --sppi 1`;
    const no = await bob.run(asking, ["n"], true);
    expect(no).to.include({ code: 1, stdout: "" });
    expect(no.stderr).to.include(`1 tokens will be added to the deposit of order ${service}. Go on? [y/N]`).and.to.include("(NotConfirmed)");
    expect((await world.orderBook.getOrder(service)).deposit).to.equal(deposit);
    expect((await bob.run(asking, ["yes"], true)).code).to.equal(0);
    expect((await bob.run(`${asking} --yes`, ["n"], true)).stderr).not.to.include("Go on?");
    expect((await world.orderBook.getOrder(service)).deposit).to.equal(deposit + tokens(2));
  });

  it("lengthen the lease, by the customer alone", async () => {
    expect((await alice.run(`orders extend ${service} --minutes 30`)).stdout).to.equal(`Order ${service} now has a lease of 90 minutes\n`);
    const refused = await bob.run(`orders extend ${service} --minutes 30`);
    expect(refused.code).to.equal(1);
    expect(refused.stderr).to.include("(NotOrderCustomer)");
  });

  it("stop a service when its time has come, and mark it once", async () => {
    const early = await bob.run(`orders stop ${service}`);
    expect(early.code).to.equal(1);
    expect(early.stdout).to.include("(DeadlineNotReached)");
    await time.increase(3 * 3600);
    expect((await bob.run(`orders stop ${service}`)).stdout).to.equal(`Order ${service} was stopped successfully\n`);
    expect((await alice.run(`orders mark positive ${service}`)).stdout).to.equal(`Order ${service} was marked successfully\n`);
    expect((await alice.run(`orders mark negative ${service}`)).stdout).to.include("(AlreadyMarked)");
    expect((await alice.run(`orders mark well ${service}`)).code).to.equal(2);
  });
});
