// SPDX-License-Identifier: Apache-2.0
import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";

import { tokens } from "../../world/market";
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
