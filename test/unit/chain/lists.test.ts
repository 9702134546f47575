// SPDX-License-Identifier: Apache-2.0
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import hre, { ethers } from "hardhat";
import { listedOffers, listedOrders, listedProviders, orderIds } from "../../../src/chain/lists";
import { machinesForSale } from "../../../src/chain/machinesForSale";
import { type Market, openMarket } from "../../../src/chain/market";
import { unpackResources } from "../../../src/core/resources";
import { type Person, serveWorld, type TestMarket, type World } from "../providers/market";
import { tokens } from "../../world/market";

describe("lists through the lens", function () {
  let world: World;
  let market: TestMarket;
  let alice: Person;
  let lens: string;
  let plain: object;
  let last: bigint;

  before(async function () {
    this.timeout(60_000);
    ({ world, market } = await serveWorld());
    alice = await market.person(1);
    lens = await (await ethers.deployContract("MarketplaceLens", [world.book, await world.catalog.getAddress(), await world.registry.getAddress()])).getAddress();
    plain = JSON.parse(await readFile(join(alice.home, "config.json"), "utf8")) as object;
    const { blockchain } = plain as { blockchain: object };
    await alice.write("lens.json", { ...plain, blockchain: { ...blockchain, lens } });
    await world.catalog.connect(world.carol).createComputeOffer(world.machineOwner.provider, world.book, 1, 0, 0, JSON.stringify({ name: "Small" }));
    await world.place(world.fullWorkflow());
    last = await world.place();
    await world.orderBook.connect(world.alice).cancelOrder(last);
    await world.token.connect(world.bob).approve(world.book, tokens(1000));
    await world.place(world.workflow({}, { parts: [] }), world.bob);
    await world.run();
  });
  after(() => market.close());

  /** The market, and how many calls and log queries the chain was asked since. */
  const counted = async (): Promise<{ reading: Market; asked: () => number }> => {
    let count = 0;
    const provider = { request: (call: { method: string; params?: unknown[] }) => ((count += /^eth_(call|getLogs)$/.test(call.method) ? 1 : 0), hre.network.provider.request(call)) };
    const reading = await openMarket({ ...market.address, lens }, { provider });
    count = 0;
    return { reading, asked: () => count };
  };

  it("say the same as without it: offers, providers, orders, by every filter", async () => {
    const lines = [
      "offers list tee", "offers list tee --fields id,name,free,total,compensation,orders_in_queue", "offers list value --limit 2 --cursor 1", "offers list value --ids 3,4", "offers list value --type storage,data --fields id,type",
      "providers list", "providers list --limit 2 --cursor 1 --fields id,name,security_deposit,action_account,free_deposit",
      "orders list", "orders list --my-account", "orders list --status canceled", "orders list --limit 2 --cursor 1", "orders list --type data,tee", "orders list --offers 2", "orders list --fields id,total_deposit,price,solution_hash,claimed,cancelable,lease_minutes",
    ];
    for (const line of lines) {
      const without = await alice.run(`${line} --json`);
      expect(without.code, without.stderr).to.equal(0);
      expect(JSON.parse((await alice.run(`${line} --json --config lens.json`)).stdout), line).to.deep.equal(JSON.parse(without.stdout));
    }
    expect((await alice.json<{ orders: object[] }>("orders list --my-account --config lens.json")).orders).to.have.length(3);
    expect((await alice.json<{ offers: object[] }>("offers list value --type storage --fields type")).offers).to.deep.equal([{ type: "Storage" }]);
    expect((await alice.run("offers list tee --type data")).code).to.equal(2);
    expect((await alice.run("offers list value --type machines")).code).to.equal(2);
  });

  it("count the orders of linked wallets as one's own, with and without it", async () => {
    await world.registry.enroll(world.alice.address);
    const bob = await market.person(3);
    expect((await alice.run(`users link --with ${join(bob.home, "config.json")}`)).code).to.equal(0);
    for (const config of ["", " --config lens.json"]) expect((await alice.json<{ orders: object[] }>(`orders list --my-account${config}`)).orders, config).to.have.length(4);
  });

  it("know the machines that may be chosen, as the catalog does", async () => {
    const { reading } = await counted();
    const shown = async (from: Market) => (await machinesForSale(from)).map(({ offer, provider, enabled, token, orderBook, waiting, room, compensation }) => ({ offer, provider, enabled, token, orderBook, waiting, free: unpackResources(room), compensation }));
    const found = await shown(reading);
    expect(found).to.deep.equal(await shown(alice.market));
    expect(found.map(({ offer, waiting }) => [offer, waiting > 0])).to.deep.equal([[world.compute, true], [await world.catalog.offerCount(), false]]);
    reading.close();
  });

  it("--save-to keeps what was listed", async () => {
    expect((await alice.run("orders list --status canceled --save-to orders.json")).code).to.equal(0);
    expect(JSON.parse(await readFile(join(alice.home, "orders.json"), "utf8"))).to.deep.equal([{ id: String(last), offer_name: "", status: "Canceled" }]);
    expect((await alice.run("orders list --save-to /nowhere/orders.json")).stderr).to.include("(TargetDenied)");
  });

  it("take a few questions for hundreds of orders", async function () {
    this.timeout(60_000);
    const call = world.orderBook.interface.encodeFunctionData("placeWorkflow", [world.workflow({ deposit: tokens(1), sealedArguments: "0x" }, { parts: [], leaseMinutes: 10 })]);
    for (let index = 0; index < 15; index++) {
      // Twenty at a time, canceled again: one user may have only so many waiting.
      const first = (await world.orderBook.lastOrder()) + 1n;
      await world.orderBook.connect(world.alice).multicall(Array.from({ length: 20 }, () => call));
      await world.orderBook.connect(world.alice).multicall(Array.from({ length: 20 }, (_, step) => world.orderBook.interface.encodeFunctionData("cancelOrder", [first + BigInt(step)])));
    }
    const { reading, asked } = await counted();
    const rows = await listedOrders(reading);
    expect(rows!.map(({ id }) => id)).to.deep.equal(await orderIds(alice.market));
    expect(rows!.length).to.equal(304);
    expect(asked()).to.equal(2);
    const offers = await counted();
    expect((await listedOffers(offers.reading, [0, 1, 2, 3], { cursor: 0, limit: 10 })).length).to.equal(5);
    // How many there are, their rows, and each one's texts.
    expect(offers.asked()).to.equal(2 + 5);
    const providers = await counted();
    expect((await listedProviders(providers.reading, { cursor: 0, limit: 10 })).length).to.equal(4);
    expect(providers.asked()).to.equal(2 + 4);
    for (const { reading: open } of [offers, providers]) open.close();
    reading.close();
  });
});
