// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { devicesOf } from "../../src/chain/devices";
import { cancelOrder, getOrder } from "../../src/chain/orders";
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
    for (const order of orders) await fleet.done(order, 1000);
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
    await fleet.done(await fleet.place(machine!, { solutions: [quick], leaseMinutes: 10 }));
    // Nothing of an order stays on the machine's disk: it is removed right after the order ended on chain.
    const left = () => readdir(join(network.homes.carol, "machine", `offer-${machine!.offer}`, "work"));
    for (const end = Date.now() + 5000; (await left()).length > 0 && Date.now() < end; ) await new Promise((later) => setTimeout(later, 50));
    expect(await left()).to.deep.equal([]);
  });
});

/** Writes how often its certificate changed and how often its key did. */
const WATCHER = `
const fs = require("node:fs");
const [certificates, keys] = [new Set(), new Set()];
setInterval(() => {
  certificates.add(fs.readFileSync("/sp/certs/order_cert.crt", "utf8"));
  keys.add(fs.readFileSync("/sp/certs/order_cert.key", "utf8"));
  fs.writeFileSync("/sp/output/new", JSON.stringify({ certificates: certificates.size, keys: keys.size }));
  fs.renameSync("/sp/output/new", "/sp/output/seen");
}, 100);
`;

describe("certificates of machines", function () {
  this.timeout(150_000);
  let network: LocalNetwork;
  let fleet: Fleet;
  let machines: TrialMachine[];
  let watcher: string;

  before(async () => {
    const directory = await mkdtemp(join(tmpdir(), "cloister-certificates-"));
    network = await startLocalNetwork({ directory, chainPort: 0, authorityPort: 0, authorityOptions: ["--lifetime-seconds", "9"], log: () => undefined });
    fleet = await Fleet.open(network);
    machines = [await fleet.machine(), await fleet.machine()];
    await Promise.all(machines.map((machine) => machine.start("--drain-seconds", "0", "--checkpoint-seconds", "1")));
    watcher = await fleet.solution("watcher", WATCHER);
  });
  after(async () => {
    fleet?.close();
    await network?.stop();
    if (network) await rm(network.directory, { recursive: true, force: true });
  });

  const second = (3n * 10n ** 18n) / 3600n + 1n;
  const start = (machine: TrialMachine, seconds: bigint) => fleet.place(machine, { solutions: [watcher], service: true, leaseMinutes: 60, deposit: seconds * second });

  it("are renewed before they end, and running orders go on with the same keys and new certificates", async () => {
    const [machine] = machines as [TrialMachine];
    const order = await start(machine, 15n);
    await fleet.done(order);
    const seen = JSON.parse(await (await fleet.result(order)).file("seen")) as { certificates: number; keys: number };
    expect(seen.certificates).to.be.within(3, 4);
    expect(seen.keys).to.equal(1);
    const registered = machine.lines.join("\n").match(/device (0x\w+) registered/g) ?? [];
    expect(registered.length).to.be.above(2);
    expect(new Set(registered).size).to.equal(1);
  });

  it("a device taken back stops its machine at once, and no other; the machine started anew ends what it ran", async () => {
    const [one, two] = machines as [TrialMachine, TrialMachine];
    const [struck, untouched] = [await start(one, 3600n), await start(two, 12n)];
    for (const order of [struck, untouched]) await fleet.until(order, ({ reported }) => reported);
    const device = (await devicesOf(network.market, one.offer)).find(({ revoked }) => !revoked)!.device;
    const operator = new Actor("operator", network.homes.operator, () => undefined);
    const { stdout } = await operator.types("spctl", ["ca", "revoke", device, "--reason", "stolen", "--on-chain"]);
    expect(stdout).to.include("gets no certificate any more").and.include("nothing of device");
    // Its next renewal or signature is refused; it ends, and its successor signs for what was lost.
    expect(await one.process.over()).to.include("exit code 1");
    await one.start("--drain-seconds", "0", "--checkpoint-seconds", "1");
    expect(await fleet.ended(struck)).to.equal("Error");
    await fleet.done(untouched);
    const log = await operator.types("spctl", ["ca", "log", "--json"]);
    const { entries } = JSON.parse(log.stdout) as { entries: { what: string; device?: string }[] };
    expect(entries.filter((entry) => entry.device === device && entry.what === "revoked")).to.have.length(1);
  });

  it("a root taken away lets nothing start, and keeps nobody from ending", async () => {
    const [, two] = machines as [TrialMachine, TrialMachine];
    const order = await fleet.place(two, { solutions: [watcher], leaseMinutes: 10, deposit: 600n * second });
    await fleet.until(order, ({ reported }) => reported);
    const root = await network.market.attestation.rootAt(1);
    await new Actor("operator", network.homes.operator, () => undefined).types("spctl", ["ca", "revoke", root.key, "--what", "root", "--on-chain"]);
    expect(await two.process.over()).to.include("exit code 1");
    const before = await network.market.token.balanceOf(fleet.alice.account!);
    await fleet.place(two, { solutions: [watcher], leaseMinutes: 10 }).then(
      () => expect.fail("placed at a machine without a valid device"),
      (error: { code: string }) => expect(error.code).to.be.oneOf(["MachineWithoutDevice", "MachineNotTrusted"]),
    );
    expect(await network.market.token.balanceOf(fleet.alice.account!)).to.equal(before);
    // The customer gets out of what runs; nobody confirms, and a deadline ends it.
    await cancelOrder(fleet.alice, order);
    expect((await getOrder(network.market, order)).status).to.equal(OrderStatus.Canceling);
  });
});
