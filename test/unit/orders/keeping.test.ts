// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { getSlot } from "../../../src/chain/offers";
import { getOrder, getSuborder, orderTexts } from "../../../src/chain/orders";
import { placeStorage } from "../../../src/chain/storing";
import { type KeepingStore, keepStorage } from "../../../src/commands/store/keeping";
import { orderStatusName } from "../../../src/core/orderStatus";
import { newIdentity, recipientOf, recipientToBytes } from "../../../src/crypto/ageKeys";
import { DirectoryStore } from "../../../src/store/directory";
import { Approval, OfferType, PriceType } from "../../world/offers";
import { tokens } from "../../world/market";
import { type Person, serveWorld, type TestMarket, type World } from "../providers/market";
import { refusal } from "../refusal";
import { newPlace, noise, type Place } from "../store/place";

const HOUR = 3600;
const MINUTES = 600;

describe("a store that keeps what was sold", () => {
  let world: World;
  let market: TestMarket;
  let place: Place;
  let alice: Person;
  let keeper: Person;
  let offer: bigint;
  let slot: bigint;
  let provider: bigint;
  const stores = new Map<string, DirectoryStore>();
  const storeOf = (prefix: string): DirectoryStore => {
    const store = stores.get(prefix) ?? new DirectoryStore(place.path(prefix));
    stores.set(prefix, store);
    return store;
  };

  before(async function () {
    this.timeout(60_000);
    ({ world, market } = await serveWorld());
    place = newPlace();
    [alice, keeper] = [await market.person(1), await market.person(3)];
    const { registry, storeOwner, book, bob } = world;
    provider = storeOwner.provider;
    await registry.connect(storeOwner.authority).updateProvider(provider, bob.address, storeOwner.receiver, book);
    offer = await world.addValueOffer({ ...storeOwner, action: bob }, OfferType.Storage, Approval.Manual, { cancelable: true });
    slot = await world.addSlot(offer, { ...storeOwner, action: bob }, {}, tokens("0.1"), PriceType.PerHour, 60, 1200);
  });
  after(async () => {
    await market.close();
    place.remove();
  });

  const status = async (suborder: bigint) => orderStatusName((await getSuborder(alice.market, suborder)).status);
  const buy = async (contentHash?: string): Promise<bigint> => {
    const grantRecipient = recipientToBytes(await recipientOf(await newIdentity()));
    return (await placeStorage(alice.market, { offer, slot: await getSlot(alice.market, offer, slot), retentionMinutes: MINUTES, priceCeiling: tokens(1), contentHash, grantRecipient })).order + 1n;
  };
  /** Stores an object in a suborder's room, as an upload with its grant does. */
  async function put(suborder: bigint, bytes: Uint8Array, keepUntil?: number): Promise<string> {
    await mkdir(place.path(`order-${suborder}`), { recursive: true });
    const pieces = (async function* () {
      yield bytes;
    })();
    return (await storeOf(`order-${suborder}`).put(pieces, { keepUntil })).sha256;
  }
  const untilOf = (suborder: bigint, sha256: string): number => Number(readFileSync(place.path(`order-${suborder}/.until/${sha256}`), "utf8"));
  const received = async (suborder: bigint) => (await alice.market.orderBook.queryFilter(alice.market.orderBook.filters.StorageReceived(suborder))).map(({ args }) => ({ hash: args.contentHash.slice(2), size: Number(args.size), until: Number(args.until) }));

  /** Lets the store run until `enough`, or for half a second where nothing should happen; what it said. */
  async function runStore(enough?: (said: readonly string[]) => boolean, changes: Partial<KeepingStore> = {}): Promise<string[]> {
    const said: string[] = [];
    const stop = new AbortController();
    const sweep = async () => void (await Promise.all([...stores.values()].map((store) => store.sweep())));
    const running = keepStorage({ market: keeper.market, provider, storeOf, sweep, signal: stop.signal, say: (line) => void said.push(line), ...changes }, 20);
    for (const until = Date.now() + (enough === undefined ? 500 : 20_000); !enough?.(said) && Date.now() < until; ) await sleep(20);
    stop.abort();
    await running;
    return said;
  }

  it("receives the first object that came, once however often it starts, and keeps it to the end of the retention", async () => {
    const stored = await buy();
    expect(await runStore()).to.deep.equal([]);
    expect(await status(stored)).to.equal("New");
    const first = await put(stored, noise(300), Math.floor(Date.now() / 1000) + 60);
    await put(stored, noise(200, 2));
    const said = await runStore((lines) => lines.length > 0);
    expect(said[0]).to.match(new RegExp(`^storage suborder ${stored} of order ${stored - 1n}: received ${first}, 300 bytes, gas \\d+$`));
    expect(await runStore()).to.deep.equal([]);
    const [receipt, ...more] = await received(stored);
    expect(receipt).to.include({ hash: first, size: 300 });
    expect(more).to.be.empty;
    // The token said a minute; what was paid for counts.
    expect(untilOf(stored, first)).to.be.at.least(receipt!.until);
  });

  it("waits for the content that its customer announced, whatever else comes before", async () => {
    const bytes = noise(77, 5);
    const announced = (await import("node:crypto")).createHash("sha256").update(bytes).digest("hex");
    const stored = await buy(announced);
    await put(stored, noise(50, 6));
    expect(await runStore()).to.deep.equal([]);
    expect(await status(stored)).to.equal("New");
    expect(await put(stored, bytes)).to.equal(announced);
    await runStore((lines) => lines.length > 0);
    expect(await received(stored)).to.have.length(1).and.have.nested.property("[0].hash", announced);
  });

  it("follows a retention that its customer lengthens or ends, and removes all of it at its end", async () => {
    const stored = await buy();
    const content = await put(stored, noise(90, 7), Math.floor(Date.now() / 1000) + 60);
    const later = await put(stored, noise(91, 8));
    await runStore((lines) => lines.length > 0);
    const { until } = (await received(stored))[0]!;
    expect((await alice.run(`storage extend ${stored} --minutes 300`)).code).to.equal(0);
    await runStore();
    expect(untilOf(stored, content)).to.be.at.least(until + 300 * 60);
    await time.increase(MINUTES * 60);
    expect((await runStore()).join()).not.to.include(`suborder ${stored} `);
    expect(await storeOf(`order-${stored}`).has(content)).to.include({ size: 90 });
    expect((await alice.run(`storage end ${stored}`)).code).to.equal(0);
    await time.increase(60);
    const said = await runStore((lines) => lines.some((line) => line.includes(`suborder ${stored} `)));
    expect(said).to.include(`storage suborder ${stored} of order ${stored - 1n}: it is over: 2 object(s) removed`);
    for (const gone of [content, later]) await refusal(sizeOf(storeOf(`order-${stored}`).get(gone)), "ContentExpired");
    expect(place.files(`order-${stored}`).filter((name) => !name.startsWith("."))).to.deep.equal([]);
    // What is written there with a grant that is still valid is not paid for either.
    const unpaid = await put(stored, noise(92, 9));
    await runStore((lines) => lines.length > 0);
    expect(await storeOf(`order-${stored}`).has(unpaid)).to.equal(undefined);
  });

  it("follows the retention of a result that a machine brought, and leaves alone one that was never received", async () => {
    const basket = { parts: [{ offer, version: 0, slot }], retentionMinutes: MINUTES };
    const order = await world.run(world.workflow({ deposit: tokens(30) }, basket));
    const stored = order + 1n;
    const [soon, result] = [Math.floor(Date.now() / 1000) + 60, noise(60, 13)];
    const sha256 = await put(stored, result, soon);
    await world.finish(order, { usedSeconds: 60 });
    expect(await runStore()).to.deep.equal([]);
    expect([await status(stored), untilOf(stored, sha256)]).to.deep.equal(["New", soon]);
    await world.orderBook.connect(world.bob).receiveStorage(stored, `0x${sha256}`, 60, "0x");
    await runStore();
    const { until } = (await received(stored))[0]!;
    expect(untilOf(stored, sha256)).to.be.at.least(until);
    expect((await alice.run(`storage extend ${stored} --minutes 300`)).code).to.equal(0);
    await runStore();
    expect(untilOf(stored, sha256)).to.be.at.least(until + 300 * 60);
    await time.increase((MINUTES + 300) * 60);
    const said = await runStore((lines) => lines.some((line) => line.includes(`suborder ${stored} `)));
    expect(said).to.include(`storage suborder ${stored} of order ${order}: it is over: 1 object(s) removed`);
  });

  it("leaves alone another store's storage and what came too late, and removes what its customer took back", async () => {
    const [canceled, late] = [await buy(), await buy()];
    const [taken, kept] = [await put(canceled, noise(20, 10)), await put(late, noise(20, 11))];
    expect(await runStore(undefined, { provider: world.dataOwner.provider })).to.deep.equal([]);
    expect((await alice.run(`storage cancel ${canceled}`)).code).to.equal(0);
    await time.increase(400 * 24 * HOUR);
    const said = await runStore((lines) => lines.some((line) => line.includes(`suborder ${canceled} `)));
    expect(said.join()).to.include(`storage suborder ${canceled} of order ${canceled - 1n}: it is over: 1 object(s) removed`);
    expect(await storeOf(`order-${canceled}`).has(taken)).to.equal(undefined);
    expect(await status(late)).to.equal("New");
    // Its money comes back with `storage expire`; until then nothing is lost.
    expect(await storeOf(`order-${late}`).has(kept)).to.include({ size: 20 });
    expect((await alice.run(`storage expire ${late}`)).code).to.equal(0);
    await runStore((lines) => lines.some((line) => line.includes(`suborder ${late} `)));
    expect(await storeOf(`order-${late}`).has(kept)).to.equal(undefined);
  });

  it("says why, once, where its account may not receive", async () => {
    const stored = await buy();
    await put(stored, noise(30, 12));
    const said = await runStore((lines) => lines.some((line) => line.includes(`suborder ${stored} `)), { market: alice.market });
    expect(said.filter((line) => line.includes(`suborder ${stored} `))).to.have.length(1).and.have.nested.property("[0]").that.matches(/not received: NotActionAccount: /);
    expect((await orderTexts(alice.market, await getOrder(alice.market, stored - 1n))).map(({ name }) => name)).to.deep.equal(["OrderPlaced"]);
  });
});

async function sizeOf(pieces: AsyncIterable<Uint8Array>): Promise<number> {
  let size = 0;
  for await (const piece of pieces) size += piece.length;
  return size;
}
