// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { storageGrant, type StorageGrant } from "../../../src/core/storageGrant";
import { newIdentity, recipientOf } from "../../../src/crypto/ageKeys";
import { seal } from "../../../src/crypto/seal";
import { mintToken, narrowToken, openToken } from "../../../src/store/token";
import { GrantedStorage } from "../../../src/tee/loader/grantedStorage";
import type { LoaderMessage, RunOrder } from "../../../src/tee/loader/protocol";

const KEY = Buffer.alloc(32, 7);
const BOOK = `0x${"ab".repeat(20)}`;
const NOW = 1_900_000_000;

describe("storage granted for a result, in the loader", () => {
  let identity: string;
  let device: string;
  let sent: LoaderMessage[];
  before(async () => {
    identity = await newIdentity();
    device = await recipientOf(identity);
  });
  beforeEach(() => (sent = []));

  const order = { id: "12", chainId: 31337, orderBook: BOOK, order: "12", storage: [{ suborder: "13", offer: "5" }] } as unknown as RunOrder;
  const token = mintToken(KEY, { prefix: "order-13", rights: ["read", "write", "delete"], notAfter: NOW + 9000 });
  const complete = (changes: Partial<StorageGrant> = {}): StorageGrant =>
    storageGrant({ chainId: 31337, orderBook: BOOK, order: "12", suborder: "13", offer: "5", notAfter: NOW + 3600, store: { type: "HTTP", url: "http://store.test:1", token }, ...changes });
  const sealed = async (grant: object, to = device) => ({ suborder: "13", grant: Buffer.from(await seal(grant, [to])).toString("base64") });
  const storageOf = (given = order, patience?: number) => new GrantedStorage({ order: given, identity, now: () => new Date(NOW * 1000), send: (message) => void sent.push(message) }, patience);
  const found = async (...grants: { suborder: string; grant: string }[]) => {
    const storage = storageOf();
    const finding = storage.find();
    storage.bring(grants);
    return finding;
  };

  it("is used where the grant is for this very storage; the token that leaves the loader only writes, and only as long as the grant", async () => {
    const { store, notes } = await found(await sealed(complete()));
    expect(notes).to.deep.equal([]);
    expect(store).to.include({ suborder: "13", url: "http://store.test:1" });
    expect(openToken(KEY, store!.token, NOW)).to.deep.equal({ prefix: "order-13", rights: ["write"], notAfter: NOW + 3600 });
    expect(sent).to.deep.equal([{ type: "storage", id: "12" }]);
  });

  const refused: [string, Partial<StorageGrant>, string][] = [
    ["another chain", { chainId: 1 }, "StorageGrantMismatch: The storage grant is for chainId 1, not 31337"],
    ["another order book", { orderBook: `0x${"cd".repeat(20)}` }, "StorageGrantMismatch: The storage grant is for orderBook"],
    ["another order", { order: "14" }, "StorageGrantMismatch: The storage grant is for order 14, not 12"],
    ["another suborder", { suborder: "15" }, "StorageGrantMismatch: The storage grant is for suborder 15, not 13"],
    ["another offer", { offer: "6" }, "StorageGrantMismatch: The storage grant is for offer 6, not 5"],
    ["a time that is over", { notAfter: NOW }, "StorageGrantExpired"],
  ];
  for (const [what, changes, says] of refused) {
    it(`is not used where the grant is for ${what}: its name is told, and the fallback is left`, async () => {
      const { store, notes } = await found(await sealed(complete(changes)));
      expect(store).to.equal(undefined);
      expect(notes).to.have.length(1);
      expect(notes[0]).to.include("storage suborder 13").and.include(says);
      expect(sent.at(-1)).to.deep.equal({ type: "note", id: "12", line: notes[0] });
    });
  }

  it("is not used where the grant is sealed to another device, is none, or holds a token that is none", async () => {
    const other = await recipientOf(await newIdentity());
    expect((await found(await sealed(complete(), other))).notes.join()).to.include("NotSealedForUs");
    expect((await found({ suborder: "13", grant: Buffer.from("nothing").toString("base64") })).notes.join()).to.include("SealBroken");
    expect((await found(await sealed({ ...complete(), kind: "cloister/key-release/v1" }))).notes.join()).to.include("StorageGrantInvalid");
    const forged = await found(await sealed(complete({ store: { type: "HTTP", url: "http://store.test:1", token: "secret-text" } })));
    expect(forged.store).to.equal(undefined);
    expect(forged.notes.join()).to.include("TokenInvalid").and.not.include("secret-text");
  });

  it("takes the newest grant that counts, and says why newer ones do not", async () => {
    const later = narrowToken(token, { notAfter: NOW + 60 });
    const { store, notes } = await found(await sealed(complete({ order: "99" })), await sealed(complete({ store: { type: "HTTP", url: "http://second.test", token: later } })), await sealed(complete()));
    expect(store?.url).to.equal("http://second.test");
    expect(notes).to.have.length(1);
  });

  it("is left out where nothing was granted, nobody answers, nobody is there, or no storage was bought", async () => {
    expect((await found()).notes).to.deep.equal(["Storage suborder 13 was not granted."]);
    expect((await found({ ...(await sealed(complete())), suborder: "77" })).notes).to.deep.equal(["Storage suborder 13 was not granted."]);
    expect((await storageOf(order, 20).find()).notes).to.deep.equal(["Nobody said whether storage suborder 13 was granted."]);
    const closing = storageOf();
    const finding = closing.find();
    closing.close();
    expect((await finding).store).to.equal(undefined);
    sent = [];
    expect(await closing.find()).to.deep.equal({ notes: [] });
    expect(await storageOf({ ...order, storage: [] }).find()).to.deep.equal({ notes: [] });
    expect(sent).to.deep.equal([]);
  });

  it("tells the machine's log each reason once, however often a service stores", async () => {
    const storage = storageOf();
    for (let turn = 0; turn < 3; turn++) {
      const finding = storage.find();
      storage.bring([]);
      expect((await finding).notes).to.have.length(1);
    }
    expect(sent.filter(({ type }) => type === "note")).to.have.length(1);
    expect(sent.filter(({ type }) => type === "storage")).to.have.length(3);
  });
});
