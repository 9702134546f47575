// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { cancelOrder, getOrder, orderTexts } from "../../src/chain/orders";
import { replenishOrder } from "../../src/chain/prolonging";
import { paidSeconds } from "../../src/chain/running";
import { isCloisterError } from "../../src/core/errors";
import { OrderStatus } from "../../src/core/orderStatus";
import { Fleet, type TrialMachine, trialSlot } from "../../scripts/localnet/fleet";
import { type LocalNetwork, startLocalNetwork } from "../../scripts/localnet/network";

/** Counts in a file of its output, for ever; each state appears whole. */
const COUNTER = `
const fs = require("node:fs");
let count = 0;
console.log("counting");
setInterval(() => { fs.writeFileSync("/sp/output/new", String(++count)); fs.renameSync("/sp/output/new", "/sp/output/count"); }, 100);
`;
/** 3 tokens an hour. */
const SECOND = (3n * 10n ** 18n) / 3600n + 1n;

describe("services, end to end", function () {
  this.timeout(120_000);
  let network: LocalNetwork;
  let fleet: Fleet;
  let machine: TrialMachine;
  let counter: string;

  before(async () => {
    const directory = await mkdtemp(join(tmpdir(), "cloister-services-"));
    network = await startLocalNetwork({ directory, chainPort: 0, authorityPort: 0, log: () => undefined });
    fleet = await Fleet.open(network);
    machine = await (await fleet.machine([trialSlot()])).start("--checkpoint-seconds", "1", "--drain-seconds", "1");
    counter = await fleet.solution("counter", COUNTER);
  });
  after(async () => {
    fleet?.close();
    await network?.stop();
    if (network) await rm(network.directory, { recursive: true, force: true });
  });

  const service = (deposit: bigint) => fleet.place(machine, { solutions: [counter], service: true, leaseMinutes: 60, deposit });
  const texts = async (order: bigint) => orderTexts(network.market, await getOrder(network.market, order));
  const checkpoints = async (order: bigint) => (await texts(order)).filter(({ name }) => name === "CheckpointPublished").map(({ args }) => ({ seconds: Number(args.usedSeconds), hash: String(args.resultHash) }));

  it("run until their money ends, show their result while they run, and go on when somebody adds money", async () => {
    const order = await service(7n * SECOND);
    await fleet.until(order, ({ reported }) => reported);
    expect(await paidSeconds(network.market, order)).to.equal(7);
    let early = { log: "", count: 0 };
    for (const end = Date.now() + 10_000; early.count === 0 && Date.now() < end; await new Promise((later) => setTimeout(later, 200))) {
      // The first checkpoint may come before the program has written anything.
      if ((await checkpoints(order)).length === 0) continue;
      const result = await fleet.result(order).catch((error: unknown) => {
        if (isCloisterError(error, "ResultMissing")) return undefined;
        throw error;
      });
      if (result === undefined) continue;
      early = { log: result.log, count: Number(await result.file("count")) };
    }
    expect(early.count).to.be.above(0);
    expect(early.log).to.include("counting").and.include("the service runs on");
    expect((await getOrder(network.market, order)).status).to.equal(OrderStatus.Processing);

    await replenishOrder(fleet.alice, order, 3n * SECOND);
    expect(await paidSeconds(network.market, order)).to.equal(10);
    await fleet.done(order);
    const all = await checkpoints(order);
    expect(all.length).to.be.above(4);
    expect(all.map(({ seconds }) => seconds)).to.deep.equal(all.map(({ seconds }) => seconds).sort((a, b) => a - b));
    expect(new Set(all.map(({ hash }) => hash)).size).to.be.above(2);
    const finished = (await texts(order)).find(({ name }) => name === "OrderFinished")!;
    expect(Number(finished.args.record.usedSeconds)).to.equal(10);
    const last = await fleet.result(order);
    expect(last.log).to.include("ran to the end of its lease or money");
    expect(Number(await last.file("count"))).to.be.above(early.count);
  });

  it("stop when their customer cancels, and hand over what they have", async () => {
    const order = await service(3600n * SECOND);
    await fleet.until(order, ({ reported }) => reported);
    for (const end = Date.now() + 20_000; (await checkpoints(order)).length < 2 && Date.now() < end; ) await new Promise((later) => setTimeout(later, 200));
    await cancelOrder(fleet.alice, order);
    expect((await getOrder(network.market, order)).status).to.equal(OrderStatus.Canceling);
    expect(await fleet.ended(order)).to.equal("Canceled");
    const { log, file } = await fleet.result(order);
    expect(log).to.include("was canceled");
    expect(Number(await file("count"))).to.be.above(0);
  });

  it("end by the machine's fault when it is stopped, with their result, and compensate", async () => {
    const order = await service(3600n * SECOND);
    await fleet.until(order, ({ reported }) => reported);
    for (const end = Date.now() + 20_000; (await checkpoints(order)).length < 1 && Date.now() < end; ) await new Promise((later) => setTimeout(later, 200));
    const before = await network.market.token.balanceOf(fleet.alice.account!);
    process.kill(machine.process.pid!, "SIGTERM");
    await machine.process.over();
    expect(await fleet.ended(order)).to.equal("Error");
    expect((await fleet.result(order)).log).to.include("the machine is being stopped");
    // The deposit less what it earned up to its last checkpoint, and two tokens of compensation.
    const { since: seconds, rate } = await getOrder(network.market, order);
    expect(seconds).to.equal(Math.max(...(await checkpoints(order)).map(({ seconds: told }) => told)));
    expect((await network.market.token.balanceOf(fleet.alice.account!)) - before).to.equal(3600n * SECOND - (rate * BigInt(seconds)) / 3600n + 2n * 10n ** 18n);
  });
});
