// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import type { Log } from "ethers";
import { time } from "@nomicfoundation/hardhat-network-helpers";
import { readLogs } from "../../../src/chain/logRanges";
import type { Market } from "../../../src/chain/market";
import { refusal } from "../refusal";
import { type Person, serveWorld, type TestMarket, type World } from "../providers/market";

interface Listed {
  readonly waiting: boolean;
  readonly cursor: number;
  readonly orders: readonly Record<string, string>[];
}

describe("orders list", function () {
  let world: World;
  let market: TestMarket;
  let alice: Person;
  let carol: Person;
  let bob: Person;

  before(async function () {
    this.timeout(60_000);
    ({ world, market } = await serveWorld());
    [alice, carol, bob] = [await market.person(1), await market.person(2), await market.person(3)];
  });
  after(() => market.close());

  it("--waiting: what an owner has to decide, with all that the decision needs", async () => {
    expect((await bob.run("orders list --waiting")).stdout).to.equal("Nothing waits for approval\nLast pagination cursor: 0\n");
    const order = await world.place();
    const argumentsHash = `0x${"ab".repeat(32)}`;
    const secret = await world.place(world.workflow({ argumentsHash }));
    const full = await world.place(world.fullWorkflow());
    const { orders } = await bob.json<Listed>("orders list --waiting");
    expect(orders.map(({ id }) => id)).to.deep.equal([String(order + 1n), String(secret + 1n), String(full + 2n)]);
    const deadline = new Date(Number(await world.orderBook.deadlineOf(order)) * 1000).toISOString();
    expect(orders[0]).to.deep.equal({
      id: String(order + 1n),
      order: String(order),
      order_status: "Blocked",
      type: "Data",
      offer: String(world.data),
      offer_name: "",
      version: 1,
      machine: String(world.compute),
      customer: world.alice.address,
      solution_hash: (await world.orderBook.getOrder(order)).solutionHash.slice(2),
      arguments: "none",
      deadline,
      late: false,
    });
    expect(orders[1]).to.include({ arguments: "ab".repeat(32) });
    expect((await bob.run("orders list --waiting --fields id,arguments --limit 1")).stdout).to.equal(`id: ${order + 1n}\narguments: none\nLast pagination cursor: 1\n`);
    expect((await bob.json<Listed>("orders list --waiting --offers 4711")).orders).to.deep.equal([]);
    expect((await bob.json<Listed>("orders list --waiting --type storage,solution")).orders).to.deep.equal([]);
    // Carol's offer is the machine, which approves by accepting.
    expect((await carol.json<Listed>("orders list --waiting")).orders).to.deep.equal([]);
    // Alice sees who keeps her waiting; storage waits too, though it blocks nothing.
    const mine = await alice.json<Listed>("orders list --waiting --my-account --fields id,type");
    expect(mine.orders.slice(-2)).to.deep.equal([{ id: String(full + 2n), type: "Data" }, { id: String(full + 3n), type: "Storage" }]);
    await world.approve(order);
    await world.orderBook.connect(world.alice).cancelOrder(secret);
    expect((await bob.json<Listed>("orders list --waiting")).orders.map(({ id }) => id)).to.deep.equal([String(full + 2n)]);
    await time.increase(4321 * 60);
    expect(await bob.json<Listed>("orders list --waiting --fields late")).to.have.nested.property("orders[0].late", true);
  });

  it("--waiting: asks for open orders only, however many have ended", async () => {
    for (let index = 0; index < 5; index++) await world.orderBook.connect(world.alice).cancelOrder(await world.place());
    const asked: string[] = [];
    const { openMarket } = await import("../../../src/chain/market");
    const { waitingSuborders } = await import("../../../src/chain/waiting");
    const reading = await openMarket(market.address);
    const orderBook = new Proxy(reading.orderBook, { get: (book, name) => (asked.push(String(name)), Reflect.get(book, name) as unknown) });
    try {
      const found = await waitingSuborders({ ...reading, orderBook }, { types: new Set([3]) });
      expect(found).to.have.length(1);
    } finally {
      reading.close();
    }
    expect(asked.filter((name) => name === "getOrder")).to.have.length(1);
  });

  it("refuses a status that there is not, and a page of nothing", async () => {
    for (const [given, said] of [["--status bogus", "--status must be one of new, processing, canceling, canceled, done, error, blocked, suspended, not \"bogus\"."], ["--limit 0", "--limit must be 1 or more."]] as const) {
      const { code, stdout, stderr } = await alice.run(`orders list ${given}`);
      expect({ code, stdout }, given).to.deep.equal({ code: 2, stdout: "" });
      expect(stderr).to.include(said);
    }
    expect((await alice.run("orders list --status BLOCKED,new")).code).to.equal(0);
  });

  it("--type and --offers: suborders too", async () => {
    const tee = await alice.json<Listed>("orders list --my-account --limit 3");
    expect(tee.orders[0]).to.have.keys("id", "offer_name", "status");
    const data = await alice.json<Listed>(`orders list --offers ${world.data} --fields id,type,offer_id --limit 2`);
    expect(data.orders.map(({ type }) => type)).to.deep.equal(["Data", "Data"]);
    const stored = await alice.json<Listed>("orders list --type storage --fields id,type --limit 50");
    expect(stored.orders.map(({ type }) => type)).to.deep.equal(["Storage"]);
    const wrong = await alice.run("orders list --type cloud");
    expect([wrong.code, wrong.stderr]).to.deep.equal([2, "Error: type must be one of tee, storage, solution, data, not \"cloud\". (WrongUsage)\nFix: See --help.\n"]);
  });
});

describe("reading events in ranges", () => {
  /** A node that gives at most `most` blocks at once, and one log a block. */
  const node = (most: number, asked: string[] = []): Market =>
    ({
      address: { rpcUrl: "http://node" },
      provider: {
        getLogs: async ({ fromBlock, toBlock }: { fromBlock: number; toBlock: number }) => {
          asked.push(`${fromBlock}-${toBlock}`);
          if (toBlock - fromBlock >= most) throw new Error("query returned more than 10000 results");
          return Array.from({ length: toBlock - fromBlock + 1 }, (_, index) => ({ blockNumber: fromBlock + index, index: 0 }) as Log);
        },
      },
    }) as unknown as Market;
  const all = async (market: Market, to: number, step: number) => {
    const blocks: number[] = [];
    const progress: number[] = [];
    for await (const logs of readLogs(market, [{ topics: [] }, { topics: [] }], { from: 0, to, step, onProgress: (done) => progress.push(done) })) blocks.push(...logs.map(({ blockNumber }) => blockNumber));
    return { blocks, progress };
  };

  it("halves what a node refuses, grows again, and reads every block once", async () => {
    const asked: string[] = [];
    const { blocks, progress } = await all(node(8, asked), 99, 64);
    expect(blocks).to.deep.equal(Array.from({ length: 100 }, (_, index) => index));
    expect(asked[0]).to.equal("0-63");
    expect(asked).to.include("0-7");
    expect(progress.at(-1)).to.equal(100);
  });

  it("names the block that a node refuses alone, and a node that does not answer", async () => {
    await refusal(all(node(0), 9, 4), "LogsRefused");
    const away = { ...node(1), provider: { getLogs: async () => Promise.reject(Object.assign(new Error("refused"), { code: "ECONNREFUSED" })) } } as unknown as Market;
    await refusal(all(away, 9, 4), "ChainUnreachable");
  });
});
