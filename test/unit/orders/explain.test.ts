// SPDX-License-Identifier: Apache-2.0
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import type { TrustFile } from "../../../src/core/trust";
import { resourceFile } from "../providers/guide";
import { type Person, serveWorld, type TestMarket, type World } from "../providers/market";
import { NO_RESTRICTIONS, tokens } from "../../world/market";
import { PriceType } from "../../world/offers";
import { trustDevice } from "./trusted";

interface Said {
  readonly accepted: boolean;
  readonly refusals: readonly { code: string; reason: string; fix?: string }[];
  readonly delays: readonly string[];
  readonly slots: readonly { slot: string; count: number; fits: boolean; chosen: boolean; resources: readonly object[] }[];
  readonly lease: Record<string, string | number>;
  readonly findings: readonly { passed: boolean; demand: string; found: string }[];
  readonly machine: Record<string, string | number | boolean>;
  readonly devices: readonly { passed: boolean; simulated: boolean; checks: readonly { name: string; passed: boolean }[] }[];
  readonly money: { least: string; most: string; deposit: string; worstRefund: string; moneyEndsAfter?: number; charge: { minutes: number; asked?: number; seconds: number; total: string; lines: readonly { part: string; amount: string }[] } };
}

describe("explain", function () {
  let world: World;
  let market: TestMarket;
  let alice: Person;
  let file: TrustFile;
  let line: string;

  before(async function () {
    this.timeout(60_000);
    ({ world, market } = await serveWorld());
    alice = await market.person(1);
    ({ file } = await trustDevice(world));
    await alice.write("trust.json", file);
    await alice.write("config.json", { ...JSON.parse(await readFile(join(alice.home, "config.json"), "utf8")), trust: "./trust.json" });
    await alice.write("solution.json", resourceFile("a"));
    line = `explain --tee ${world.compute} --solution solution.json --data ${world.data},${world.dataSlot}`;
  });
  after(() => market.close());

  const ask = (more = "") => alice.json<Said>(`${line}${more}`);
  /** Refused for these reasons, of which the order book names the first as well. */
  const refused = async (more: string, ...codes: string[]): Promise<Said> => {
    const { code } = await alice.run(`${line}${more}`);
    const said = await ask(more);
    expect(said.refusals.map((refusal) => refusal.code), more).to.deep.equal(codes);
    expect([code, said.accepted]).to.deep.equal([1, false]);
    return said;
  };

  it("accepts what the order book would take: fits, lease, money, machine, devices, and who has to approve", async () => {
    const before = await world.orderBook.lastOrder();
    const nonce = await market.operator.provider.getTransactionCount(alice.market.account!);
    const said = await ask(" --minutes 30");
    expect(said.refusals).to.deep.equal([]);
    expect(said.slots).to.deep.equal([{ slot: String(world.computeSlot), count: 1, fits: true, price: "6 an hour", resources: [{ resource: "disk", required: 10, provided: 10_000, enough: true }], chosen: true }]);
    expect(said.lease).to.deep.equal({ minutes: 10, least: 10, leastBy: `slot ${world.computeSlot} of compute offer ${world.compute}` });
    expect(said.money).to.deep.include({ least: String(tokens(3)), most: String(tokens(3)), deposit: String(tokens(3)), worstRefund: "0" });
    expect(said.machine).to.deep.equal({ waiting: 0, compensation: String(tokens(5)), freeSecurity: String(tokens(1000)), covered: true });
    expect(said.devices.map(({ passed, simulated, checks }) => [passed, simulated, checks.length])).to.deep.equal([[true, true, 4]]);
    expect(said.delays).to.deep.equal([`The owner of data offer ${world.data} has to approve the solution; the order is Blocked until then.`]);
    const { code, stdout } = await alice.run(line);
    expect(code).to.equal(0);
    expect(stdout).to.include("The order would be accepted.").and.to.include("(SIMULATED)");
    // Nothing was sent.
    expect([await world.orderBook.lastOrder(), await market.operator.provider.getTransactionCount(alice.market.account!)]).to.deep.equal([before, nonce]);
  });

  it("prices any number of minutes as the contract will charge them, and says when the money ends", async () => {
    const hour = await ask(" --min-rent-minutes 60 --minutes 30");
    expect(hour.money.charge).to.deep.equal({
      minutes: 30,
      seconds: 1800,
      total: String(tokens(5)),
      lines: [{ part: "the machine", amount: String(tokens(3)) }, { part: `slot ${world.dataSlot} of data offer ${world.data}`, amount: String(tokens(2)) }],
    });
    const beyond = await ask(" --min-rent-minutes 60 --minutes 90");
    expect(beyond.money.charge).to.include({ minutes: 60, asked: 90, seconds: 3600 });
    const short = await ask(" --min-rent-minutes 60 --deposit 4.5");
    expect(short.money).to.deep.include({ deposit: String(tokens("4.5")), moneyEndsAfter: 1500, worstRefund: "0" });
    expect(short.money.charge.seconds).to.equal(1500);
    const much = await ask(" --min-rent-minutes 60 --deposit 20");
    expect(much.money).to.deep.include({ worstRefund: String(tokens(12)) });
    expect(much.money).not.to.have.property("moneyEndsAfter");
    // What it foretold is what an order is charged: run one for its whole lease.
    const full = `explain --tee ${world.compute} --solution ${world.solution} --data ${world.data} --storage ${world.storage} --min-rent-minutes 60 --retention-minutes 600`;
    const said = await alice.json<Said>(full);
    const order = await world.place(world.fullWorkflow({ deposit: said.money.most }));
    expect((await world.orderBook.getOrder(order)).deposit).to.equal(BigInt(said.money.most));
    await world.orderBook.connect(world.alice).cancelOrder(order);
  });

  it("names every reason of a refusal, also beyond the first that the chain would name", async () => {
    await refused(" --min-rent-minutes 5", "LeaseOutOfRange");
    await refused(" --deposit 1", "DepositTooSmall");
    // Eight such slots are the whole machine.
    await refused(" --tee-slot-count 9", "MachineTooSmall");
    await refused(" --deposit 100000", "ERC20InsufficientBalance");
    await refused(` --storage ${world.storage} --retention-minutes 0`, "RetentionOutOfRange");
    const gpu = await world.addValueOffer(world.dataOwner, 3, 1, { restrictions: { ...NO_RESTRICTIONS, requiredTypes: 2, mostSolutions: 1, offers: [{ offer: world.solution, version: 0 }] } });
    await world.addSlot(gpu, world.dataOwner, { gpu: 100 }, tokens(1), PriceType.PerHour, 20, 30);
    const none = await refused(` --data ${gpu}`, "NoSlotFits");
    expect(none.slots[0]).to.deep.include({ fits: false, chosen: false });
    const slot = `explain --tee ${world.compute},${world.computeSlot} --solution solution.json --solution ${world.solution} --data ${gpu} --min-rent-minutes 40`;
    const said = await alice.json<Said>(slot);
    expect(said.refusals.map(({ code }) => code)).to.deep.equal(["ResourcesInsufficient", "LeaseOutOfRange", "TypeRequired", "TooManyOfType", "OwnUploadRefused"]);
    expect(said.lease).to.deep.include({ least: 20, most: 30, mostBy: said.lease.leastBy });
    expect(said.refusals[0]!.reason).to.equal(`The parts need 1 cores of gpu, slot ${world.computeSlot} and options provide 0 cores.`);
    const { stdout } = await alice.run(slot);
    expect(stdout).to.match(/FAILED {2}slot 1 x 1/).and.to.include("SHORT   gpu: 100 required, 0 provided").and.to.include("The order would be REFUSED:");
  });

  it("refuses a machine whose devices do not verify, one without a device, and offers that are off or closed", async () => {
    await alice.write("trust.json", { ...file, certificationRoots: [] });
    const untrusted = await refused("", "MachineNotTrusted");
    expect(untrusted.devices[0]!.checks).to.have.length(1);
    await alice.write("trust.json", { ...file, allowSimulated: false });
    expect((await ask()).refusals.map(({ code }) => code)).to.deep.equal(["MachineNotTrusted"]);
    await alice.write("trust.json", file);
    const closed = await world.addValueOffer(world.dataOwner, 3, 1, { allowedAccounts: [world.bob.address] });
    await world.addSlot(closed, world.dataOwner, {}, 0n, PriceType.Fixed);
    await refused(` --data ${closed}`, "AccountNotAllowed");
    await world.catalog.connect(world.bob).setEnabled(world.data, false);
    await refused("", "OfferDisabled");
    await world.catalog.connect(world.bob).setEnabled(world.data, true);
    const unknown = await alice.run(`${line} --data 4711`);
    expect([unknown.code, unknown.stderr]).to.deep.equal([1, "Error: There is no offer 4711. (OfferNotFound)\nFix: See `offers list tee` and `offers list value`.\n"]);
    await world.orderBook.connect(world.admin).setPaused(true);
    await refused("", "PlacingIsPaused");
    await world.orderBook.connect(world.admin).setPaused(false);
  });

  it("says what holds an order up, and does not refuse it", async () => {
    for (let index = 0; index < 8; index++) await world.accept((await world.place(world.workflow({}, { parts: [] }))));
    const waiting = await world.place();
    await world.registry.connect(world.carol).withdrawSecurity(world.machineOwner.provider, tokens(960));
    const said = await ask();
    expect(said.accepted).to.equal(true);
    expect(said.machine).to.deep.equal({ waiting: 1, compensation: String(tokens(5)), freeSecurity: "0", covered: false });
    expect(said.delays.slice(1)).to.deep.equal([
      "The machine has no room now: cpu 1 cores needed, 0 cores free; ram 2048 MiB needed, 0 MiB free.",
      "1 orders wait for this machine.",
      "The machine cannot accept now: it answers with 5 tokens an order, and its free security deposit is 0.",
    ]);
    await world.orderBook.connect(world.alice).cancelOrder(waiting);
  });
});
