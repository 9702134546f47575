// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { MaxUint256 } from "ethers";
import { getStoragePart, grantsOf } from "../../../src/chain/storing";
import { fromHex } from "../../../src/core/hex";
import { readStorageGrant } from "../../../src/core/storageGrant";
import { newPhrase, phraseToKey } from "../../../src/crypto/mnemonic";
import { openJson } from "../../../src/crypto/seal";
import { serverKey } from "../../../src/store/server/key";
import { readToken } from "../../../src/store/token";
import { type Person, serveWorld, type TestMarket, type World } from "../providers/market";
import { tokens } from "../../world/market";
import { Approval, OfferType, PriceType } from "../../world/offers";
import { refusal } from "../refusal";
import { type RunningServer, startServer } from "../store/server";
import { type FleetMachine, makeFleet } from "./fleet";

describe("orders create; storage grant, access, extend, end and cancel", function () {
  let world: World;
  let market: TestMarket;
  let server: RunningServer;
  let served: string;
  let alice: Person;
  let keeper: Person;
  let machine: FleetMachine;
  let offer: bigint;
  let slot: bigint;

  before(async function () {
    this.timeout(60_000);
    ({ world, market } = await serveWorld());
    served = await mkdtemp(join(tmpdir(), "cloister-store-"));
    server = await startServer(served, { key: await serverKey(served) });
    [alice, keeper] = [await market.person(1), await market.person(3)];
    const { registry, storeOwner, book, bob } = world;
    await registry.connect(storeOwner.authority).updateProvider(storeOwner.provider, bob.address, storeOwner.receiver, book);
    offer = await world.addValueOffer({ ...storeOwner, action: bob }, OfferType.Storage, Approval.Manual, { cancelable: true });
    slot = await world.addSlot(offer, { ...storeOwner, action: bob }, {}, tokens("0.1"), PriceType.PerHour, 60, 1200);
    const { first, file } = await makeFleet(world);
    machine = first;
    const config = JSON.parse(await readFile(join(alice.home, "config.json"), "utf8")) as object;
    await alice.write("config.json", { ...config, workflow: { resultEncryption: { algo: "age", key: phraseToKey(newPhrase()) } } });
    await keeper.write("trust.json", file);
    await keeper.write("config.json", { ...JSON.parse(await readFile(join(keeper.home, "config.json"), "utf8")), trust: "./trust.json" });
  });
  after(async () => {
    await server.stop();
    await rm(served, { recursive: true });
    await market.close();
  });

  const refuses = async (person: Person, line: string, code: string, exit = 1): Promise<void> => {
    const { code: found, stdout, stderr } = await person.run(line);
    expect(`${stdout}${stderr}`).to.include(code);
    expect(found).to.equal(exit);
  };
  const buy = async (minutes = 600): Promise<bigint> => BigInt((await alice.json<{ suborder: string }>(`orders create --offer ${offer} --min-rent-minutes ${minutes}`)).suborder);

  it("buys storage by itself, at exactly its price, with a permit; the store grants it, and the customer stores there", async () => {
    await world.token.connect(world.alice).approve(world.book, 0);
    const before = await world.token.balanceOf(world.alice.address);
    const { code, stdout, stderr } = await alice.run(`orders create --offer ${offer} --slot ${slot} --min-rent-minutes 600 --deposit 1 --token ${await world.token.symbol()}`);
    expect(code, stderr).to.equal(0);
    const order = (await world.orderBook.lastOrder()) - 1n;
    const stored = order + 1n;
    expect(stdout).to.include(`Order was created, order id: ${order}\n`);
    expect(before - (await world.token.balanceOf(world.alice.address))).to.equal(tokens(1));
    expect(await alice.json(`orders get ${order} --fields type,status,sub_orders_count`)).to.deep.equal({ type: "Storage", status: "Done", sub_orders_count: 1 });
    await refuses(alice, `storage access ${stored}`, "(StorageNotGranted)");

    const granted = await keeper.run(`storage grant ${stored} --url ${server.url} --directory ${served} --space-mib 1`);
    expect(granted.stdout, granted.stderr).to.equal(`Storage of suborder ${stored} was granted at ${server.url}, sealed to the customer\n`);
    expect((await alice.run(`storage access ${stored} --output storage.json`)).code).to.equal(0);
    expect((await stat(join(alice.home, "storage.json"))).mode & 0o777).to.equal(0o600);
    await refuses(alice, `storage access ${stored} --output storage.json`, "(TargetExists)");
    const storage = JSON.parse(await readFile(join(alice.home, "storage.json"), "utf8")) as { url: string; token: string };
    expect(readToken(storage.token)).to.deep.include({ prefix: `order-${stored}`, rights: ["read", "write", "delete"], space: 2 ** 20 });
    // The access works where it was granted.
    await alice.write("uses.json", { storage });
    await alice.write("note.txt", "kept");
    const uploaded = await alice.run("files upload note.txt --output note.resource.json --config uses.json");
    expect(uploaded.code, uploaded.stderr).to.equal(0);
    // Nobody else's key opens it.
    await keeper.write("config-b.json", { ...JSON.parse(await readFile(join(keeper.home, "config.json"), "utf8")), workflow: { resultEncryption: { algo: "age", key: phraseToKey(newPhrase()) } } });
    await refuses(keeper, `storage access ${stored} --config config-b.json`, "(NotSealedForUs)");
    await world.token.connect(world.alice).approve(world.book, MaxUint256);
  });

  it("seals a workflow's grant to the devices of its machine, and only for this suborder", async () => {
    const order = await world.place(world.fullWorkflow());
    const stored = order + 3n;
    const tokenFile = join(keeper.home, "order.token");
    await keeper.run(`store grant --directory ${served} --prefix order-x --output order.token`);
    const granted = await keeper.json<{ sealedTo: string }>(`storage grant ${stored} --url ${server.url} --token-file ${tokenFile}`);
    expect(granted.sealedTo).to.equal("machine and customer");
    const [sealed] = await grantsOf(alice.market, await getStoragePart(alice.market, stored));
    const grant = readStorageGrant(await openJson(fromHex(sealed!), machine.identity));
    expect(grant).to.deep.include({ order: String(order), suborder: String(stored), chainId: 31337, orderBook: world.book.toLowerCase() });
    expect(grant.store.token).to.equal((await readFile(tokenFile, "utf8")).trim());
    await refusal(() => readStorageGrant({ ...grant, suborder: 7 }), "StorageGrantInvalid");
    // A token of the configuration's own store is narrowed.
    const own = { type: "HTTP", url: server.url, token: grant.store.token };
    await keeper.write("config-c.json", { ...JSON.parse(await readFile(join(keeper.home, "config.json"), "utf8")), storage: own });
    const second = (await world.place(world.fullWorkflow())) + 3n;
    expect((await keeper.run(`storage grant ${second} --config config-c.json --hours 1`)).code).to.equal(0);
    const [narrow] = await grantsOf(alice.market, await getStoragePart(alice.market, second));
    const narrowed = readToken(readStorageGrant(await openJson(fromHex(narrow!), machine.identity)).store.token);
    expect(narrowed.rights).to.deep.equal(["read", "write"]);
    expect(narrowed.notAfter).to.be.at.most(Math.floor(Date.now() / 1000) + 3600);
  });

  it("refuses what is no storage, another's grant, tokens that are none, and stores that cannot be shared", async () => {
    const order = await world.place(world.fullWorkflow());
    const stored = order + 3n;
    await refuses(keeper, `storage grant ${order + 1n} --url ${server.url} --directory ${served}`, "(NotStoragePart)");
    await refuses(keeper, `storage grant ${stored} --directory ${served}`, "--url is missing", 2);
    await refuses(keeper, `storage grant ${stored} --url ${server.url} --directory ${keeper.home}`, "(StoreKeyMissing)");
    await keeper.write("no.token", "nothing");
    await refuses(keeper, `storage grant ${stored} --url ${server.url} --token-file no.token`, "(TokenInvalid)");
    await refuses(keeper, `storage grant ${stored} --url ${server.url} --token-file no.token --directory x`, "exclude each other", 2);
    await keeper.write("config-d.json", { ...JSON.parse(await readFile(join(keeper.home, "config.json"), "utf8")), storage: { type: "DIRECTORY", path: "store" } });
    await refuses(keeper, `storage grant ${stored} --config config-d.json`, "(StoreNotShared)");
    await alice.write("trust.json", await readFile(join(keeper.home, "trust.json"), "utf8"));
    await alice.write("config-t.json", { ...JSON.parse(await readFile(join(alice.home, "config.json"), "utf8")), trust: "./trust.json" });
    const directory = await mkdtemp(join(tmpdir(), "cloister-store-"));
    await serverKey(directory);
    await refuses(alice, `storage grant ${stored} --url ${server.url} --directory ${directory} --config config-t.json`, "(NotActionAccount)");
    await rm(directory, { recursive: true });
    expect((await world.orderBook.getSuborder(stored)).status).to.equal(0n);
  });

  it("refuses to buy what is not sold: no storage offer, another token, a retention out of range, a price above the deposit", async () => {
    const last = await world.orderBook.lastOrder();
    await refuses(alice, `orders create --offer ${world.data}`, "(OfferTypeMismatch)");
    await refuses(alice, `orders create --offer ${offer} --token GOLD`, "(TokenUnknown)");
    await refuses(alice, `orders create --offer ${offer} --min-rent-minutes 5000`, "(RetentionNotSold)");
    await refuses(alice, `orders create --offer ${offer} --slot ${slot} --min-rent-minutes 5000`, "(RetentionOutOfRange)");
    await refuses(alice, `orders create --offer ${offer} --slot ${world.dataSlot}`, "(SlotNotOfOffer)");
    await refuses(alice, `orders create --offer ${offer} --deposit 0.01`, "(PriceAboveCeiling)");
    await refuses(alice, `orders create --offer ${offer} --hash 12`, "(HashMalformed)");
    await refuses(alice, "orders create", "--offer", 2);
    expect(await world.orderBook.lastOrder()).to.equal(last);
    // Without a word about time: the slot's minimum.
    expect(await alice.json(`orders create --offer ${offer}`)).to.deep.include({ retentionMinutes: 60, slot: String(slot), price: "0.1" });
  });

  it("extend: at the agreed price, paid by whoever asks; end: the rest comes back", async () => {
    const stored = await buy();
    await refuses(alice, `storage extend ${stored} --minutes 60`, "(NotKept)");
    await keeper.run(`storage receive ${stored} --hash ${"ab".repeat(32)} --size 5`);
    const before = await world.token.balanceOf(world.alice.address);
    const { stdout, stderr } = await alice.run(`storage extend ${stored} --minutes 60`);
    expect(stdout, stderr).to.match(new RegExp(`^Storage of suborder ${stored} is kept for 660 minutes, until 20.*; 0.1 tokens were paid\n$`));
    expect(before - (await world.token.balanceOf(world.alice.address))).to.equal(tokens("0.1"));
    await refuses(alice, `storage extend ${stored} --minutes 60 --slot ${world.storageSlot}`, "(SlotNotOfOffer)");
    await refuses(alice, `storage extend ${stored} --minutes 6000`, "(RetentionOutOfRange)");
    await refuses(keeper, `storage end ${stored}`, "(NotOrderCustomer)");
    await time.increase(3600);
    const kept = await world.token.balanceOf(world.alice.address);
    expect((await alice.run(`storage end ${stored}`)).stdout).to.equal(`Order ${stored} was ended successfully\n`);
    // 11 hours were paid; one and the minute begun are charged.
    const back = (await world.token.balanceOf(world.alice.address)) - kept;
    expect(back > tokens("0.99") && back <= tokens(1), String(back)).to.equal(true);
    await time.increase(60);
    await refuses(alice, `storage extend ${stored} --minutes 60`, "(RetentionFixed)");
    await world.catalog.connect(world.bob).retireSlot(offer, slot);
    const other = await world.place(world.workflow({ deposit: tokens(30) }, { parts: [{ offer: world.storage, version: 0, slot: world.storageSlot }], retentionMinutes: 600 }));
    await world.accept(other);
    await world.report(other, machine.device);
    await keeper.run(`storage receive ${other + 1n} --hash ${"ab".repeat(32)} --size 5`);
    await refuses(alice, `storage end ${other + 1n}`, "(RetentionFixed)");
    await world.catalog.connect(world.bob).retireSlot(world.storage, world.storageSlot);
    await refuses(alice, `storage extend ${other + 1n} --minutes 60`, "(StorageNotSold)");
    slot = await world.addSlot(offer, { ...world.storeOwner, action: world.bob }, {}, tokens("0.1"), PriceType.PerHour, 60, 1200);
  });

  it("cancel: before the receipt the customer takes it back, and has the money again", async () => {
    const before = await world.token.balanceOf(world.alice.address);
    const stored = await buy();
    await refuses(keeper, `storage cancel ${stored}`, "(NotOrderCustomer)");
    await refuses(alice, `storage cancel ${stored - 1n}`, "(SuborderNotFound)");
    expect((await alice.run(`storage cancel ${stored}`)).stdout).to.equal(`Order ${stored} was canceled successfully\n`);
    expect(await world.token.balanceOf(world.alice.address)).to.equal(before);
    await refuses(alice, `storage cancel ${stored}`, "(SuborderNotOpen)");
  });
});
