// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { expect } from "chai";

import { bookEventsIn } from "../../src/chain/running";
import { getOrder, orderTexts } from "../../src/chain/orders";
import { isFinal, orderStatusName, OrderStatus } from "../../src/core/orderStatus";
import { ChainProxy, type Fate } from "../../scripts/localnet/chainProxy";
import { Fleet, type TrialMachine, trialSlot } from "../../scripts/localnet/fleet";
import { type LocalNetwork, startLocalNetwork } from "../../scripts/localnet/network";
import { Actor } from "../../scripts/story/actor";

const STEPS = [
  "1. Verify the order",
  "2. Download the encrypted order content",
  "3. Start the trusted loader",
  "4. Send the workload to the trusted loader",
  "5. Decrypt the workload",
  "6. Execute the workload",
  "7. Encrypt the order result",
  "8. Store the encrypted result",
] as const;
/** What the workload reads and writes: found nowhere in clear but at its owner's. */
const CANARY = `canary-${randomBytes(12).toString("hex")}`;

describe("Abuse 22: crashes; every order ends, once", function () {
  this.timeout(150_000);
  let network: LocalNetwork;
  let fleet: Fleet;
  let machine: TrialMachine;
  let proxy: ChainProxy;
  let solution: string;
  let data: string;
  let options: string[];
  const began = Date.now();

  before(async () => {
    const directory = await mkdtemp(join(tmpdir(), "cloister-crash-"));
    network = await startLocalNetwork({ directory, chainPort: 0, authorityPort: 0, log: () => undefined });
    fleet = await Fleet.open(network);
    proxy = await ChainProxy.open(network.address.rpcUrl);
    options = ["--config", await fleet.configuration("proxied.json", proxy.rpcUrl), "--drain-seconds", "0", "--stall-seconds", "1"];
    machine = await fleet.machine([trialSlot()]);
    solution = await fleet.solution("reader", `const fs=require("node:fs");fs.writeFileSync("/sp/output/read",fs.readFileSync("/sp/inputs/input-0001/secret.txt"));setTimeout(()=>{},300)`);
    const secret = join(directory, "fleet", "secret");
    await mkdir(secret);
    await writeFile(join(secret, "secret.txt"), CANARY);
    data = await fleet.upload("secret", secret);
  });
  after(async () => {
    proxy?.close();
    fleet?.close();
    await network?.stop();
    if (network) await rm(network.directory, { recursive: true, force: true });
  });
  afterEach(() => {
    proxy.fate = () => "pass";
  });

  const place = () => fleet.place(machine, { solutions: [solution], data: [data], leaseMinutes: 10 });
  const running = async () => {
    if (machine.lines.length === 0 || machine.process.isOver) await machine.start(...options);
  };

  /** Ends of an order on chain: exactly one is wanted. */
  async function endsOf(order: bigint): Promise<number> {
    const events = await bookEventsIn(network.market, 0, await network.market.provider.getBlockNumber());
    return events.filter(({ name, args }) => name === "OrderStatusChanged" && args.order === order && isFinal(Number(args.to))).length;
  }

  /** Plaintext outside its owner's directory. */
  function leaks(): string {
    const places = [join(network.directory, "store"), join(network.directory, "carol"), join(network.directory, "logs"), join(network.directory, "operator"), "/dev/shm"];
    try {
      return execFileSync("grep", ["-rlF", CANARY, ...places], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
    } catch {
      return ""; // grep says 1 where it finds nothing
    }
  }

  for (const victim of ["controller", "loader"] as const) {
    it(`kill -9 of the ${victim} at each of the eight steps`, async () => {
      const told: string[] = [];
      for (const [index, step] of STEPS.entries()) {
        await running();
        const order = await place();
        const line = `order ${order}: ${step}`;
        await machine.process.ready(new RegExp(line.replaceAll(".", "\\.")));
        await machine.kill(victim);
        expect(leaks()).to.equal("");
        const left = await getOrder(network.market, order);
        await machine.start(...options);
        const end = await fleet.ended(order);
        const { usedSeconds } = await endOf(order);
        told.push(`${step}: left ${orderStatusName(left.status)}${left.reported ? ", reported" : ""}, ended ${end}`);
        expect(await endsOf(order), line).to.equal(1);
        // Keys died with the loader: what was not finished cannot be Done.
        expect(end, line).to.equal(isFinal(left.status) ? orderStatusName(left.status) : "Error");
        if (index < 5) expect(left.reported, line).to.equal(false);
        if (left.reported && !isFinal(left.status)) expect(usedSeconds).to.equal(0);
      }
      console.log(told.map((text) => `      ${text}`).join("\n"));
      expect(told.filter((text) => text.includes(", reported"))).to.not.be.empty;
    });
  }

  async function endOf(order: bigint): Promise<{ usedSeconds: number; fault: number }> {
    const texts = await orderTexts(network.market, await getOrder(network.market, order));
    const last = texts.at(-1)!;
    return last.name === "OrderFinished" ? { usedSeconds: Number(last.args.record.usedSeconds), fault: Number(last.args.record.fault) } : { usedSeconds: 0, fault: Number(last.args.fault) };
  }

  it("an order that the dead loader reported ends by the machine's fault, with its reason as the result, and compensates", async () => {
    await running();
    const slow = await fleet.solution("slow", "setTimeout(()=>{},60000)");
    const order = await fleet.place(machine, { solutions: [slow], leaseMinutes: 10 });
    await fleet.until(order, ({ reported }) => reported);
    const before = await network.market.token.balanceOf(fleet.alice.account!);
    const { deposit } = await getOrder(network.market, order);
    await machine.kill("loader");
    await machine.start(...options);
    expect(await fleet.ended(order)).to.equal("Error");
    expect((await endOf(order)).fault).to.equal(2);
    expect((await fleet.result(order)).log).to.include("was started anew");
    expect((await network.market.token.balanceOf(fleet.alice.account!)) - before).to.equal(deposit + 2n * 10n ** 18n);
  });

  it("a connection to the chain that is away for a while", async () => {
    await running();
    const order = await place();
    await machine.process.ready(new RegExp(`order ${order}: 4\\.`));
    proxy.fate = () => "refuse";
    await sleep(2500);
    expect(isFinal((await getOrder(network.market, order)).status)).to.equal(false);
    proxy.fate = () => "pass";
    await fleet.done(order);
    expect(await endsOf(order)).to.equal(1);
    expect(machine.process.isOver).to.equal(false);
  });

  it("transactions that the chain took though no answer came, and receipts that never came", async () => {
    await running();
    for (const method of ["eth_sendRawTransaction", "eth_getTransactionReceipt"]) {
      let left = 3;
      proxy.spoilt.clear();
      const fate = (called: string): Fate => (called === method && left-- > 0 ? "lose" : "pass");
      proxy.fate = fate;
      const order = await place();
      await fleet.done(order);
      // The chain knows the end before the machine asks for its receipt.
      for (let wait = 0; left > 0 && wait < 100; wait++) await sleep(100);
      expect(proxy.spoilt.get(method), method).to.equal(3);
      expect(await endsOf(order)).to.equal(1);
      const names = (await orderTexts(network.market, await getOrder(network.market, order))).map(({ name }) => name);
      expect(names).to.deep.equal(["OrderPlaced", "ReportPublished", "OrderFinished"]);
    }
  });

  it("a store that hangs: the order ends by the machine's fault, before anything is charged", async () => {
    await running();
    const table = join(network.directory, "fleet", "table");
    await mkdir(table);
    await writeFile(join(table, "a"), "a");
    const hanging = await fleet.upload("table", table);
    const { resource } = await fleet.resource(hanging);
    if (resource.type !== "STORAGE_PROVIDER") throw new Error("not in a store");
    const path = join(network.store, resource.filepath.slice(0, 2), resource.filepath.slice(2));
    await rm(path);
    // Opening a pipe that nobody writes to waits for ever.
    execFileSync("mkfifo", [path]);
    const order = await fleet.place(machine, { solutions: [solution], data: [hanging], leaseMinutes: 10 });
    expect(await fleet.ended(order)).to.equal("Error");
    expect((await fleet.result(order)).log).to.include("FileMissing");
    expect(machine.lines.join("\n")).to.include("StoreStalled");
    expect((await getOrder(network.market, order)).status).to.equal(OrderStatus.Error);
    await machine.kill("controller");
  });

  it("leave no plaintext, and books that balance to the unit", async () => {
    expect(leaks()).to.equal("");
    const { code, stdout } = await new Actor("operator", network.homes.operator, () => undefined).tries("spctl", ["books", "--json"]);
    expect(code, stdout).to.equal(0);
    console.log(`      all of it took ${Math.round((Date.now() - began) / 1000)} s`);
  });
});
