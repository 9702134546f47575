// SPDX-License-Identifier: Apache-2.0
import { setTimeout as sleep } from "node:timers/promises";
import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { getSuborder } from "../../../src/chain/orders";
import { getStoragePart, grantsOf, placeStorage } from "../../../src/chain/storing";
import { getSlot } from "../../../src/chain/offers";
import { grantOrders, type GrantingStore } from "../../../src/commands/store/grants";
import { grantedStore, openGrants } from "../../../src/commands/storage/opened";
import { CloisterError } from "../../../src/core/errors";
import { fromHex } from "../../../src/core/hex";
import { orderStatusName } from "../../../src/core/orderStatus";
import { readStorageGrant } from "../../../src/core/storageGrant";
import { newIdentity, recipientToBytes, recipientOf } from "../../../src/crypto/ageKeys";
import { generateKeyPair } from "../../../src/crypto/keys";
import { openJson } from "../../../src/crypto/seal";
import { openToken } from "../../../src/store/token";
import { Approval, OfferType, PriceType } from "../../world/offers";
import { makeDevice } from "../../contracts/attestation/chains";
import { tokens } from "../../world/market";
import { type Person, serveWorld, type TestMarket, type World } from "../providers/market";
import { refusal } from "../refusal";

const KEY = Buffer.alloc(32, 3);
const HOUR = 3600;

describe("a store that grants by itself", () => {
  let world: World;
  let market: TestMarket;
  let alice: Person;
  let keeper: Person;
  let customer: string;
  let device: string;
  let offer: bigint;
  let slot: bigint;
  let provider: bigint;

  before(async function () {
    this.timeout(60_000);
    ({ world, market } = await serveWorld());
    [alice, keeper] = [await market.person(1), await market.person(3)];
    const { registry, storeOwner, book, bob } = world;
    provider = storeOwner.provider;
    await registry.connect(storeOwner.authority).updateProvider(provider, bob.address, storeOwner.receiver, book);
    offer = await world.addValueOffer({ ...storeOwner, action: bob }, OfferType.Storage, Approval.Manual, { cancelable: true });
    slot = await world.addSlot(offer, { ...storeOwner, action: bob }, {}, tokens("0.1"), PriceType.PerHour, 60, 1200);
    [customer, device] = [await newIdentity(), await newIdentity()];
  });
  after(() => market.close());

  const status = async (suborder: bigint) => orderStatusName((await getSuborder(alice.market, suborder)).status);
  const buyAlone = async () => {
    const request = { offer, slot: await getSlot(alice.market, offer, slot), retentionMinutes: 600, priceCeiling: tokens(1), grantRecipient: recipientToBytes(await recipientOf(customer)) };
    return (await placeStorage(alice.market, request)).order + 1n;
  };
  const workflows: bigint[] = [];
  const buyWithWorkflow = async (): Promise<bigint> => {
    const order = await world.place(world.fullWorkflow({ resultRecipient: recipientToBytes(await recipientOf(customer)) }));
    workflows.push(order);
    return order + 3n;
  };

  /** Lets the store run until `enough`, then stops it; what it said. */
  async function runStore(enough: (said: readonly string[]) => boolean, changes: Partial<GrantingStore> = {}): Promise<string[]> {
    const said: string[] = [];
    const stop = new AbortController();
    const store = { market: keeper.market, provider, url: "https://store.test", key: KEY, seconds: HOUR, recipients: async () => [await recipientOf(device)], now: () => new Date(), signal: stop.signal, say: (line: string) => void said.push(line), ...changes };
    const running = grantOrders(store, 20);
    for (const until = Date.now() + 20_000; !enough(said) && Date.now() < until; ) await sleep(20);
    stop.abort();
    await running;
    return said;
  }
  /** A look or two, for what should not happen. */
  const looks = async (): Promise<string[]> => {
    const until = Date.now() + 500;
    return runStore(() => Date.now() > until);
  };

  it("grants a workflow's storage to its machine and customer, storage by itself to its customer, each once however often it starts", async () => {
    const [withWorkflow, alone] = [await buyWithWorkflow(), await buyAlone()];
    const said = await runStore((lines) => lines.length >= 2);
    expect(said).to.have.length(2);
    expect(said[0]).to.match(new RegExp(`^storage suborder ${withWorkflow} of order ${withWorkflow - 3n}: granted to its machine and its customer, gas \\d+$`));
    expect(said[1]).to.match(new RegExp(`^storage suborder ${alone} of order ${alone - 1n}: granted to its customer, gas \\d+$`));
    const now = Math.floor(Date.now() / 1000);

    const part = await getStoragePart(alice.market, withWorkflow);
    const [sealed] = await grantsOf(alice.market, part);
    const [mine] = await openGrants(alice.market, part, customer);
    expect(readStorageGrant(await openJson(fromHex(sealed!), device))).to.deep.equal(mine);
    expect(mine).to.deep.include({ order: String(part.order.id), suborder: String(withWorkflow), offer: String(part.suborder.offer) });
    expect(openToken(KEY, mine!.store.token, now)).to.deep.include({ prefix: `order-${withWorkflow}`, rights: ["write"], notAfter: mine!.notAfter });
    const reader = openToken(KEY, mine!.reader!, now);
    expect(reader).to.deep.include({ prefix: `order-${withWorkflow}`, rights: ["read"] });
    expect(reader.notAfter).to.equal(mine!.notAfter + part.suborder.minMinutes * 60);
    await refusal(openGrants(alice.market, part, await newIdentity()), "NotSealedForUs");

    const aloneStored = await getStoragePart(alice.market, alone);
    await refusal(openJson(fromHex((await grantsOf(alice.market, aloneStored))[0]!), device), "NotSealedForUs");
    const [own] = await openGrants(alice.market, aloneStored, customer);
    expect(openToken(KEY, own!.store.token, now)).to.deep.include({ prefix: `order-${alone}`, rights: ["read", "write", "delete"] });

    expect(await looks()).to.deep.equal([]);
    await refusal(grantedStore(alice.market, 4711n, withWorkflow, "ab".repeat(32), customer), "ResultElsewhere");
  });

  it("sees what is placed while it runs", async () => {
    let placed: bigint | undefined;
    const buying = sleep(200).then(async () => (placed = await buyAlone()));
    const said = await runStore((lines) => lines.length > 0);
    await buying;
    expect(said.join()).to.include(`storage suborder ${placed}`);
    expect(await status(placed!)).to.equal("Processing");
  });

  it("seals nothing to a machine that does not verify: says so once, and leaves it open", async () => {
    const stored = await buyWithWorkflow();
    const alone = await buyAlone();
    const recipients = () => Promise.reject(new CloisterError("MachineNotTrusted", "Device 0xab of compute offer 1 failed: measurement.", "Choose another machine."));
    const said = await runStore((lines) => lines.length >= 2, { recipients });
    expect(said[0]).to.equal(`storage suborder ${stored} of order ${stored - 3n}: not granted: MachineNotTrusted: Device 0xab of compute offer 1 failed: measurement.`);
    expect(said[1]).to.include(`storage suborder ${alone} of`).and.include("granted to its customer");
    expect(await status(stored)).to.equal("New");
    // Once it verifies, the next start grants it.
    expect((await runStore((lines) => lines.length > 0)).join()).to.include(`storage suborder ${stored} of`);
  });

  it("grants again, once, to a device whose certificate had lapsed; to one that is newer than the order never", async () => {
    const { compute, attestation, authority, carol } = world;
    const lives = async (days: number, key = generateKeyPair()) => {
      const now = await time.latest();
      const made = await makeDevice(authority, { from: new Date((now - 60) * 1000), until: new Date((now + days * 24 * HOUR) * 1000) }, undefined, key);
      await world.registerDevice(made, compute);
      return made;
    };
    const lapsing = await lives(1);
    const stored = await buyWithWorkflow();
    const count = async () => (await grantsOf(alice.market, await getStoragePart(alice.market, stored))).length;
    const of = (lines: readonly string[]) => lines.filter((line) => line.includes(`suborder ${stored} `));
    await time.increase(2 * 24 * HOUR);
    expect(of(await runStore((lines) => of(lines).length > 0))).to.have.length(1);
    // A renewal of one that the grant was sealed to changes nothing, and nor does another machine.
    await world.registerDevice(world.device, compute);
    const newer = await lives(20);
    expect(of(await looks())).to.deep.equal([]);
    await lives(20, lapsing.key);
    const said = of(await runStore((lines) => of(lines).length > 0));
    expect(said).to.have.length(1);
    expect(said[0]).to.match(/: granted again, to a device of its machine that came back, gas \d+$/);
    expect([await count(), of(await looks()), await status(stored)]).to.deep.equal([2, [], "Processing"]);

    // Nobody is left whom its customer sealed to: another grant would only cost.
    for (const { id } of [lapsing, world.device]) await attestation.connect(carol).revokeDevice(id);
    await lives(20);
    expect(of(await runStore((lines) => of(lines).length > 0)).join()).to.include("not granted again: its machine was started anew");
    await attestation.connect(carol).revokeDevice(newer.id);
    expect(await count()).to.equal(2);
    expect((await alice.run(`orders cancel ${workflows.join(" ")}`)).code).to.equal(0);
    expect(await looks()).to.deep.equal([]);
  });

  it("leaves alone what was canceled, denied, bought of another store, or is too late for a receipt", async () => {
    const [canceled, denied, over] = [await buyAlone(), await buyAlone(), await buyWithWorkflow()];
    expect((await alice.run(`storage cancel ${canceled}`)).code).to.equal(0);
    expect((await keeper.run(`storage deny ${denied}`)).code).to.equal(0);
    expect((await alice.run(`orders cancel ${over - 3n}`)).code).to.equal(0);
    expect(await looks()).to.deep.equal([]);
    const another = await buyAlone();
    const until = Date.now() + 500;
    expect(await runStore(() => Date.now() > until, { provider: world.dataOwner.provider })).to.deep.equal([]);
    expect(await status(another)).to.equal("New");
    // Its time for the receipt passes: a grant would only cost.
    await time.increase(400 * 24 * HOUR);
    expect(await looks()).to.deep.equal([]);
    expect(await status(another)).to.equal("New");
  });

  it("says why where its account may not grant", async () => {
    const stored = await buyAlone();
    const said = await runStore((lines) => lines.length > 0, { market: alice.market });
    expect(said[0]).to.include(`storage suborder ${stored} of`).and.include("not granted: NotActionAccount");
  });
});
