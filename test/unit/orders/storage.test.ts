// SPDX-License-Identifier: Apache-2.0
import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";

import { type Person, serveWorld, type TestMarket, type World } from "../providers/market";

describe("storage receive, deny and expire", function () {
  let world: World;
  let market: TestMarket;
  let keeper: Person;
  const hash = "ab".repeat(32);

  before(async function () {
    this.timeout(60_000);
    ({ world, market } = await serveWorld());
    // Person 3 acts for the store.
    keeper = await market.person(3);
    const { registry, storeOwner, book, bob } = world;
    await registry.connect(storeOwner.authority).updateProvider(storeOwner.provider, bob.address, storeOwner.receiver, book);
  });
  after(() => market.close());

  it("begin a retention by the store's own account alone, with a hash that is one", async () => {
    const order = await world.run(world.fullWorkflow());
    const stored = order + 3n;
    expect((await keeper.run(`storage receive ${stored} --hash 12 --size 5`)).stderr).to.include("(HashMalformed)");
    expect((await (await market.person(1)).run(`storage receive ${stored} --hash ${hash} --size 5`)).stderr).to.include("(NotActionAccount)");
    const { code, stdout, stderr } = await keeper.run(`storage receive ${stored} --hash ${hash} --size 5`);
    expect(code, stderr).to.equal(0);
    expect(stdout).to.equal(`Storage of suborder ${stored} was received; its retention runs\n`);
    expect((await world.orderBook.getSuborder(stored)).status).to.equal(4n);
  });

  it("give the money back where the store denies or stays silent", async () => {
    const denied = (await world.run(world.fullWorkflow())) + 3n;
    expect((await keeper.run(`storage deny ${denied}`)).stdout).to.equal(`Order ${denied} was denied successfully\n`);
    const silent = await world.run(world.fullWorkflow());
    await world.finish(silent);
    const early = await keeper.run(`storage expire ${silent + 3n}`);
    expect(early.code).to.equal(1);
    expect(early.stdout).to.include("(DeadlineNotReached)");
    await time.increase(1440 * 60 + 1);
    expect((await keeper.run(`storage expire ${silent + 3n}`)).code).to.equal(0);
  });
});
