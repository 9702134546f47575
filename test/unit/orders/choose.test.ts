// SPDX-License-Identifier: Apache-2.0
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { getBytes } from "ethers";
import { expect } from "chai";
import { ethers } from "hardhat";
import { getOrder, orderTexts } from "../../../src/chain/orders";
import { readSealedArguments, type SealedArguments } from "../../../src/core/sealed";
import { recipientOf } from "../../../src/crypto/ageKeys";
import { identityFromKey, newPhrase, phraseToKey } from "../../../src/crypto/mnemonic";
import { open, openJson, seal } from "../../../src/crypto/seal";
import { placeOrder } from "../../../src/commands/workflows/place";
import { resourceFile } from "../providers/guide";
import { type Person, serveWorld, type TestMarket, type World } from "../providers/market";
import { tokens } from "../../world/market";
import { packResources, PriceType } from "../../world/offers";
import { refusal } from "../refusal";
import { type Fleet, type FleetMachine, makeFleet } from "./fleet";

interface Placed {
  readonly orders: string[];
  readonly machines: { compute: string; slot: string; slotCount: number }[];
  readonly deposit: string;
  readonly leaseMinutes: number;
}
interface Candidate {
  readonly compute: string;
  readonly most?: string;
  readonly waiting: number;
  readonly room?: number;
  readonly taken: boolean;
  readonly out?: { code: string };
}

describe("workflows create without a machine, explain, several workflows, services", function () {
  let world: World;
  let market: TestMarket;
  let alice: Person;
  let fleet: Fleet & { first: FleetMachine };
  let cheap: FleetMachine;
  let dear: FleetMachine;
  let bare: bigint;
  const key = phraseToKey(newPhrase());
  const create = "workflows create --solution solution.json";

  before(async function () {
    this.timeout(60_000);
    ({ world, market } = await serveWorld());
    alice = await market.person(1);
    fleet = await makeFleet(world);
    cheap = await fleet.machine(tokens(4));
    dear = await fleet.machine(tokens(9));
    // A machine without a device is cheapest, and nobody can seal anything to it.
    ({ offer: bare } = await fleet.machine(tokens(1)));
    const devices = await world.attestation.devicesOf(bare);
    await world.attestation.connect(world.carol).revokeDevice(devices[0]!);
    await alice.write("trust.json", fleet.file);
    const config = JSON.parse(await readFile(join(alice.home, "config.json"), "utf8")) as object;
    await alice.write("config.json", { ...config, trust: "./trust.json", storage: { type: "DIRECTORY", path: join(alice.home, "store") }, workflow: { resultEncryption: { algo: "age", key } } });
    await alice.write("solution.json", resourceFile("a"));
  });
  after(() => market.close());

  const sealedOf = async (order: bigint): Promise<Uint8Array> => {
    const [placed] = await orderTexts(alice.market, await getOrder(alice.market, order));
    return getBytes(placed!.args.sealedArguments as string);
  };
  const candidatesOf = async (more = ""): Promise<Candidate[]> => (await alice.json<{ candidates: Candidate[] }>(`explain --solution solution.json${more}`)).candidates;

  it("explain: every machine with its price, queue and room or why it is out, and which one would be taken", async () => {
    const found = await candidatesOf();
    expect(found.map(({ compute, taken, out }) => [BigInt(compute), taken, out?.code])).to.deep.equal([
      [cheap.offer, true, undefined],
      [world.compute, false, undefined],
      [dear.offer, false, undefined],
      [bare, false, "MachineWithoutDevice"],
    ]);
    expect(found[0]).to.deep.include({ most: String((tokens(4) * 10n) / 60n), waiting: 0, room: 8 });
    const { code, stdout } = await alice.run("explain --solution solution.json");
    expect(code).to.equal(0);
    expect(stdout).to.include(`  TAKEN   compute offer ${cheap.offer} "4 an hour", slot ${cheap.slot} x 1, at most 0.666666666666666666 tokens, 0 waiting, room for 8\n`);
    expect(stdout).to.include("0 waiting, room for 8: left out, Compute offer").and.to.include("The order would be accepted.");
  });

  it("the contract takes the cheapest; what is sealed opens on every machine listed, on no other, and the result opens for the customer", async () => {
    const before = await world.token.balanceOf(world.alice.address);
    const { code, stdout, stderr } = await alice.run(create);
    expect(code, stderr).to.equal(0);
    const order = await world.orderBook.lastOrder();
    expect(stdout).to.include(`Workflow was created, TEE order id: ["${order}"]\n`);
    expect(stderr).to.include("Compute offer or slot is not specified, configuration will be selected automatically\n");
    expect(stderr).to.include(`Selected Compute configuration: compute offer ${cheap.offer}, slot ${cheap.slot} x 1\n`);
    expect(stderr).to.include(`compute offer ${bare} "1 an hour", slot`).and.to.include("left out, Compute offer");
    expect((await world.orderBook.getOrder(order)).offer).to.equal(cheap.offer);
    // The deposit covers the dearest of those listed.
    expect(before - (await world.token.balanceOf(world.alice.address))).to.equal(tokens("1.5"));

    const sealed = await sealedOf(order);
    const opened = new Set<string>();
    let read: SealedArguments | undefined;
    for (const { identity } of [fleet.first, cheap, dear]) {
      read = readSealedArguments(await openJson(sealed, identity));
      opened.add(JSON.stringify(read));
    }
    expect(opened.size).to.equal(1);
    const { identity } = await fleet.device(bare);
    await refusal(openJson(sealed, identity), "NotSealedForUs");
    const customer = identityFromKey(key);
    expect(read!.resultRecipient).to.equal(await recipientOf(customer));
    const result = await seal("42", [read!.resultRecipient]);
    expect(new TextDecoder().decode(await open(result, customer))).to.equal("42");
    const devices = await world.attestation.devicesOf(bare);
    await world.attestation.connect(world.carol).revokeDevice(devices.at(-1)!);
  });

  it("leaves out what is off the market, sold elsewhere, too small, without the lease, full or short of security, and says so", async () => {
    await world.catalog.connect(world.carol).setEnabled(cheap.offer, false);
    const long = await fleet.machine(tokens(5), 600);
    const reasons = Object.fromEntries((await candidatesOf()).map(({ compute, out, taken }) => [compute, taken ? "taken" : out?.code]));
    expect(reasons).to.deep.equal({ [String(world.compute)]: "taken", [String(dear.offer)]: undefined, [String(bare)]: "MachineWithoutDevice", [String(cheap.offer)]: "OfferDisabled", [String(long.offer)]: "LeaseOutOfRange" });
    // Whoever wishes its lease may have it.
    const wished = await alice.json<Placed>(`${create} --min-rent-minutes 600`);
    expect(wished.machines).to.deep.equal([{ compute: String(long.offer), slot: String(long.slot), slotCount: 1 }]);
    expect(wished.leaseMinutes).to.equal(600);

    for (let index = 0; index < 8; index++) await world.accept(await world.place(world.workflow({}, { parts: [] })));
    await world.catalog.connect(world.carol).setEnabled(long.offer, false);
    expect((await candidatesOf()).find(({ compute }) => BigInt(compute) === world.compute)!.out!.code).to.equal("MachineFull");
    const needy = await world.addValueOffer(world.dataOwner, 3, 0);
    await world.addSlot(needy, world.dataOwner, { gpu: 100 }, 0n, PriceType.Fixed);
    const none = await alice.run(`${create} --data ${needy}`);
    expect([none.code, none.stderr]).to.satisfy(([code, said]: [number, string]) => code === 1 && said.includes("(NoMachineFits)"), none.stderr);
    expect(none.stderr).to.include("NoSlotFits");
    const free = await world.registry.freeSecurityOf(world.machineOwner.provider);
    await world.registry.connect(world.carol).withdrawSecurity(world.machineOwner.provider, free);
    const last = await world.orderBook.lastOrder();
    expect((await alice.run(create)).stderr).to.include("SecurityTooSmall").and.to.include("(NoMachineFits)");
    expect((await alice.json<{ accepted: boolean; refusals: { code: string }[] }>("explain --solution solution.json"))).to.deep.include({ accepted: false });
    expect(await world.orderBook.lastOrder()).to.equal(last);
    await world.registry.connect(world.carol).depositSecurity(world.machineOwner.provider, free);
    await world.catalog.connect(world.carol).setEnabled(cheap.offer, true);
  });

  it("names the reason itself where it is the order's, and leaves out machines that cost more than the deposit", async () => {
    expect((await alice.run(`${create} --data 4711`)).stderr).to.include("(OfferNotFound)");
    await world.catalog.connect(world.bob).setEnabled(world.data, false);
    expect((await alice.run(`${create} --data ${world.data}`)).stderr).to.include(`Offer ${world.data} is disabled. (OfferDisabled)`);
    await world.catalog.connect(world.bob).setEnabled(world.data, true);
    const found = await candidatesOf(" --deposit 1");
    expect(found.find(({ compute }) => BigInt(compute) === dear.offer)!.out!.code).to.equal("DepositTooSmall");
    expect(found[0]).to.deep.include({ compute: String(cheap.offer), taken: true });
  });

  it("chooses the slot of an offer that was named alone, and says which", async () => {
    const { code, stderr } = await alice.run(`${create} --tee ${dear.offer}`);
    expect(code, stderr).to.equal(0);
    expect(stderr).to.include("configuration will be selected automatically").and.to.include(`Selected Compute configuration: compute offer ${dear.offer}, slot ${dear.slot} x 1`);
    expect((await alice.run(`${create} --tee ${dear.offer},${dear.slot}`)).stderr).not.to.include("automatically");
  });

  it("--workflow-number: several orders in one transaction with one permit, each sealed for itself; all or none", async () => {
    await world.token.connect(world.alice).approve(world.book, 0);
    const placed = await alice.json<Placed & { transaction: string }>(`${create} --workflow-number 3`);
    expect(placed.orders.map(BigInt)).to.deep.equal([0n, 1n, 2n].map((step) => BigInt(placed.orders[0]!) + step));
    const receipt = await market.operator.provider.getTransactionReceipt(placed.transaction);
    expect(receipt!.logs.filter(({ address }) => address === world.book).length).to.be.at.least(3);
    const nonces = await Promise.all(placed.orders.map(async (order) => readSealedArguments(await openJson(await sealedOf(BigInt(order)), cheap.identity)).nonce));
    expect(new Set(nonces).size).to.equal(3);
    expect((await alice.run(`${create} --workflow-number 2`)).stdout).to.match(/TEE order id: \["\d+","\d+"\]/);
    const last = await world.orderBook.lastOrder();
    const poor = await alice.run(`${create} --workflow-number 2 --deposit 9000`);
    expect([poor.code, await world.orderBook.lastOrder()]).to.deep.equal([1, last]);
    expect(poor.stderr).to.include("(ERC20InsufficientBalance)");
    expect((await alice.run(`${create} --workflow-number 0`)).code).to.equal(2);
  });

  it("refuses what cannot be meant before anything is sent", async () => {
    const last = await world.orderBook.lastOrder();
    const cases: [string, number, string][] = [
      [`--tee ${cheap.offer} --tee-slot-count 200`, 1, "(MachineTooSmall)"],
      [`--tee ${cheap.offer} --accept zz`, 2, "--accept must be 64 hex digits"],
      ["--data 4,x", 2, "--data 4,x is neither a file nor <offer>,<slot>."],
      [`--tee ${cheap.offer} --deposit 1000000000`, 1, "(AmountTooLarge)"],
      [`--tee ${cheap.offer} --min-rent-minutes 999999999`, 1, "999999999 is more than the contracts can hold as lease minutes. (NumberTooLarge)"],
    ];
    for (const [given, exit, said] of cases) {
      const { code, stdout, stderr } = await alice.run(`${create} ${given}`);
      expect({ code, stdout }, given).to.deep.equal({ code: exit, stdout: "" });
      expect(stderr, given).to.include(said);
    }
    expect(await world.orderBook.lastOrder()).to.equal(last);
  });

  it("sends nothing after it was interrupted", async () => {
    const last = await world.orderBook.lastOrder();
    const place = (signal?: AbortSignal) =>
      placeOrder(
        {
          market: alice.market,
          resultIdentity: identityFromKey(key),
          resultStore: { type: "DIRECTORY", path: join(alice.home, "store") },
          recipients: async () => [await recipientOf(cheap.identity)],
          simulatedAllowed: true,
          path: (path) => join(alice.home, path),
          now: () => new Date(),
          signal,
        },
        { tee: String(cheap.offer), options: [], optionCounts: [], solutions: ["solution.json"], data: [] },
      );
    const ended: unknown = await place(AbortSignal.abort()).then(() => undefined, (error: unknown) => error);
    expect(ended).to.have.property("name", "AbortError");
    expect(await world.orderBook.lastOrder()).to.equal(last);
    expect((await place()).order).to.equal(last + 1n);
  });

  it("--service: an order that runs until its lease or money ends", async () => {
    const placed = await alice.json<Placed>(`${create} --service --tee ${cheap.offer} --min-rent-minutes 60`);
    expect((await world.orderBook.getOrder(placed.orders[0]!)).service).to.equal(true);
    expect((await alice.run(`orders extend ${placed.orders[0]} --minutes 30`)).stdout).to.include("now has a lease of 90 minutes");
    const job = await alice.json<Placed>(`${create} --tee ${cheap.offer}`);
    expect((await world.orderBook.getOrder(job.orders[0]!)).service).to.equal(false);
    expect((await alice.run(`orders extend ${job.orders[0]} --minutes 30`)).code).to.equal(1);
  });

  it("--token: the machines priced in another token of the market, paid in it with a permit", async () => {
    const other = await ethers.deployContract("MarketToken", [world.alice.address, tokens(100)]);
    const address = await other.getAddress();
    await world.orderBook.connect(world.admin).listToken(address, 300, true);
    const token = await world.orderBook.tokenIdOf(address);
    expect((await alice.run(`${create} --token ${address}`)).stderr).to.include("OtherToken").and.to.include("(NoMachineFits)");
    await world.catalog.connect(world.carol).createComputeOffer(world.machineOwner.provider, world.book, token, packResources({ cpu: 800, ram: 16384, disk: 100_000 }), 0, "{}");
    const offer = await world.catalog.offerCount();
    const slot = await world.addSlot(offer, world.machineOwner, { cpu: 100, ram: 2048, disk: 10_000 }, tokens(6), PriceType.PerHour, 10);
    await fleet.device(offer);
    const placed = await alice.json<Placed>(`${create} --token ${address}`);
    expect(placed.machines).to.deep.equal([{ compute: String(offer), slot: String(slot), slotCount: 1 }]);
    expect(await other.balanceOf(world.alice.address)).to.equal(tokens(99));
    // The order's own token, whatever the configuration says.
    expect((await alice.run(`orders replenish-deposit ${placed.orders[0]} 2`)).code).to.equal(0);
    expect(await other.balanceOf(world.alice.address)).to.equal(tokens(97));
    expect(await alice.json<{ money: object }>(`explain --solution solution.json --token ${address}`).then(({ money }) => money)).to.deep.include({ balance: String(tokens(97)) });
  });

  it("names sixteen machines at the most, the cheapest; says the same through a lens", async function () {
    this.timeout(60_000);
    const added: FleetMachine[] = [];
    for (let index = 0; index < 15; index++) added.push(await fleet.machine(tokens(20) + BigInt(index)));
    const found = await candidatesOf();
    expect(found.filter(({ out }) => out === undefined)).to.have.length(16);
    const dearest = added.at(-1)!.offer;
    expect(found.find(({ compute }) => BigInt(compute) === dearest)!.out!.code).to.equal("TooManyMachines");
    const lens = await ethers.deployContract("MarketplaceLens", [world.book, await world.catalog.getAddress(), await world.registry.getAddress()]);
    const config = JSON.parse(await readFile(join(alice.home, "config.json"), "utf8")) as { blockchain: object };
    await alice.write("lens.json", { ...config, blockchain: { ...config.blockchain, lens: await lens.getAddress() } });
    expect(await candidatesOf(" --config lens.json")).to.deep.equal(found);
    const placed = await alice.json<Placed>(`${create} --config lens.json`);
    expect(placed.machines[0]!.compute).to.equal(String(cheap.offer));
    const sealed = await sealedOf(BigInt(placed.orders[0]!));
    expect(readSealedArguments(await openJson(sealed, added[5]!.identity)).customer).to.equal(world.alice.address.toLowerCase());
    await refusal(openJson(sealed, added.at(-1)!.identity), "NotSealedForUs");
    // What travels in the event stays far below what it may hold.
    expect(sealed.length).to.be.below(4096);
  });
});
