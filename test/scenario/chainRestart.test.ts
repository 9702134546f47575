// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { expect } from "chai";

import { bookEventsIn } from "../../src/chain/running";
import { getOrder, orderTexts } from "../../src/chain/orders";
import { isFinal } from "../../src/core/orderStatus";
import { Fleet, type TrialMachine, trialSlot } from "../../scripts/localnet/fleet";
import { type LocalNetwork, startLocalNetwork } from "../../scripts/localnet/network";
import { hasPersistentChain, PersistentChain } from "../../scripts/localnet/persistentChain";
import { Actor } from "../../scripts/story/actor";

/** The process of the chain is killed and started again from its data; machine, authority and loader stay, and find their way back. */
describe("a chain that is killed and started again", function () {
  this.timeout(150_000);
  let chain: PersistentChain;
  let network: LocalNetwork;
  let fleet: Fleet;
  let machine: TrialMachine;
  let slow: string;

  before(async function () {
    if (!hasPersistentChain()) {
      process.stdout.write("      SKIPPED: anvil, a chain that keeps its data, has no package for this processor\n");
      return this.skip();
    }
    const directory = await mkdtemp(join(tmpdir(), "cloister-restart-"));
    chain = await PersistentChain.open(join(directory, "chain"));
    network = await startLocalNetwork({ directory, chainPort: 0, authorityPort: 0, chain: await chain.deploy(), log: () => undefined });
    fleet = await Fleet.open(network);
    machine = await (await fleet.machine([trialSlot()])).start();
    slow = await fleet.solution("slow", `setTimeout(() => require("node:fs").writeFileSync("/sp/output/said", "slow"), 8000)`);
  });
  after(async () => {
    fleet?.close();
    await network?.stop();
    await chain?.end("SIGTERM");
    if (network) await rm(network.directory, { recursive: true, force: true });
  });

  const place = () => fleet.place(machine, { solutions: [slow], leaseMinutes: 10 });
  const endsOf = async (order: bigint) =>
    (await bookEventsIn(network.market, 0, await network.market.provider.getBlockNumber())).filter(({ name, args }) => name === "OrderStatusChanged" && args.order === order && isFinal(Number(args.to))).length;

  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    it(`${signal} while a workload runs: its order is Done, once, and the next one too`, async () => {
      const order = await place();
      await fleet.until(order, ({ reported }) => reported);
      await chain.written();
      const before = await network.market.provider.getBlockNumber();
      await chain.end(signal);
      await sleep(1500);
      const began = Date.now();
      await chain.start();
      expect(await network.market.provider.getBlockNumber(), "from its data").to.be.at.least(before);
      await fleet.done(order);
      expect(await endsOf(order)).to.equal(1);
      expect((await orderTexts(network.market, await getOrder(network.market, order))).map(({ name }) => name)).to.deep.equal(["OrderPlaced", "ReportPublished", "OrderFinished"]);
      console.log(`      ${Date.now() - began} ms from the new start of the chain to the end of the order`);
      expect(machine.process.isOver).to.equal(false);
    });
  }

  it("while the machine wants to finish: the finish waits for the chain", async () => {
    const order = await place();
    await machine.process.ready(new RegExp(`order ${order}: 7\\.`));
    await chain.end("SIGTERM");
    await sleep(3000);
    expect(machine.process.isOver).to.equal(false);
    await chain.start();
    await fleet.done(order);
    expect(await endsOf(order)).to.equal(1);
  });

  it("an order that nobody had accepted yet is accepted afterwards", async () => {
    const controller = machine.process.pid!;
    process.kill(controller, "SIGSTOP");
    try {
      const order = await place();
      await chain.written();
      await chain.end("SIGKILL");
      await chain.start();
      process.kill(controller, "SIGCONT");
      await fleet.done(order);
      expect(await endsOf(order)).to.equal(1);
    } finally {
      process.kill(controller, "SIGCONT");
    }
  });

  it("leave books that balance to the unit", async () => {
    const { code, stdout } = await new Actor("operator", network.homes.operator, () => undefined).tries("spctl", ["books", "--json"]);
    expect(code, stdout).to.equal(0);
  });
});
