// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { devicesOf } from "../../src/chain/devices";
import { getOrder } from "../../src/chain/orders";
import { OrderStatus } from "../../src/core/orderStatus";
import { Fleet, type TrialMachine, trialSlot } from "../../scripts/localnet/fleet";
import { type LocalNetwork, startLocalNetwork } from "../../scripts/localnet/network";
import { Actor } from "../../scripts/story/actor";

const MIB = 2 ** 20;

describe("many machines, many orders", function () {
  this.timeout(150_000);
  let network: LocalNetwork;
  let fleet: Fleet;
  let quick: string;
  const machines: TrialMachine[] = [];

  before(async () => {
    const directory = await mkdtemp(join(tmpdir(), "cloister-machines-"));
    network = await startLocalNetwork({ directory, chainPort: 0, authorityPort: 0, log: () => undefined });
    fleet = await Fleet.open(network);
    for (let i = 0; i < 3; i++) machines.push(await fleet.machine([trialSlot(3n, { ram: 192 * MIB, diskUsage: 32 * MIB })], { name: `machine ${i + 1}`, hardwareInfo: { slotInfo: { cpuCores: 2, gpuCores: 0, ram: 1024 * MIB, vram: 0, diskUsage: 1024 * MIB }, optionInfo: { bandwidth: 0, traffic: 0, externalPort: 0 } } }));
    // All of one provider: their controllers send with the same account.
    await Promise.all(machines.map((machine) => machine.start()));
    quick = await fleet.solution("quick", `require("node:fs").writeFileSync("/sp/output/pid", String(process.pid)); setTimeout(() => {}, 1500)`);
  });
  after(async () => {
    fleet?.close();
    await network?.stop();
    if (network) await rm(network.directory, { recursive: true, force: true });
  });

  it("three machines of one provider run at once, each two orders side by side; what does not fit waits", async () => {
    const orders: bigint[] = [];
    for (let i = 0; i < 12; i++) orders.push(await fleet.place(machines[i % 3]!, { solutions: [quick], leaseMinutes: 10 }));
    const most = new Map<bigint, number>();
    for (const end = Date.now() + 90_000; Date.now() < end; await new Promise((later) => setTimeout(later, 100))) {
      const views = await Promise.all(orders.map((order) => getOrder(network.market, order)));
      for (const { offer } of machines) {
        const now = views.filter((view) => view.offer === offer && view.status === OrderStatus.Processing).length;
        most.set(offer, Math.max(most.get(offer) ?? 0, now));
      }
      if (views.every(({ status }) => status === OrderStatus.Done)) break;
    }
    for (const order of orders) expect(await fleet.ended(order, 1000)).to.equal("Done");
    // Two cores, a core an order.
    expect([...most.values()]).to.deep.equal([2, 2, 2]);
    for (const machine of machines) expect(machine.lines.join("\n")).to.match(/order \d+: waits: MachineFull/);
  });

  it("what exceeds a limit of its slot ends as an Error by the workload, and its log names limit and number", async () => {
    const cases: [name: string, source: string, told: RegExp][] = [
      ["memory", `const kept=[];for(;;)kept.push(Buffer.alloc(1<<20,1))`, /limit of memory: 201326592 bytes, held by/],
      ["output", `const f=require("node:fs").openSync("/sp/output/full","w");for(;;)require("node:fs").writeSync(f,Buffer.alloc(1<<20))`, /limit of output: 33554432 bytes in \/sp\/output, held by/],
      ["scratch", `const f=require("node:fs").openSync("/tmp/full","w");for(;;)require("node:fs").writeSync(f,Buffer.alloc(1<<20))`, /limit of scratch: 33554432 bytes in \/tmp, held by/],
    ];
    const orders = [];
    for (const [name, source] of cases) orders.push(await fleet.place(machines[orders.length % 3]!, { solutions: [await fleet.solution(name, source)], leaseMinutes: 10 }));
    for (const [index, [name, , told]] of cases.entries()) {
      expect(await fleet.ended(orders[index]!), name).to.equal("Error");
      const { log } = await fleet.result(orders[index]!);
      expect(log, name).to.match(told);
      console.log(`      ${/The solution .*?,(?= after)/.exec(log)?.[0] ?? log}`);
    }
  });

  it("a second controller of the same offer is refused; a machine that was started anew five times keeps one valid device", async () => {
    const [machine] = machines;
    const second = await new Actor("carol", network.homes.carol, () => undefined).tries("spctl", ["tee", "run", "--offer", String(machine!.offer)]);
    expect(second.code).to.equal(1);
    expect(second.stderr).to.include("MachineRunsAlready");
    for (let i = 0; i < 5; i++) {
      await machine!.kill(i % 2 === 0 ? "controller" : "loader");
      await machine!.start();
    }
    const devices = await devicesOf(network.market, machine!.offer);
    expect(devices.filter(({ revoked }) => !revoked)).to.have.length(1);
    expect(await fleet.ended(await fleet.place(machine!, { solutions: [quick], leaseMinutes: 10 }))).to.equal("Done");
    // Nothing of an order stays on the machine's disk.
    expect(await readdir(join(network.homes.carol, "machine", `offer-${machine!.offer}`, "work"))).to.deep.equal([]);
  });
});
