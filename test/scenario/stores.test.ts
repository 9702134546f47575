// SPDX-License-Identifier: Apache-2.0
import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect } from "chai";

import { claimable } from "../../src/chain/earnings";
import { createValueOffer, addSlot } from "../../src/chain/offers";
import { getOrder, getSuborder, orderTexts, suborders } from "../../src/chain/orders";
import { getStoragePart, grantsOf, grantStorage, grantSubject } from "../../src/chain/storing";
import { fromHex } from "../../src/core/hex";
import { parseSlotFile, parseValueOfferInfo } from "../../src/core/offerInfo";
import { OfferType } from "../../src/core/offerType";
import { OrderStatus, orderStatusName } from "../../src/core/orderStatus";
import { decodeResultPointer } from "../../src/core/result";
import { storageGrant } from "../../src/core/storageGrant";
import { newIdentity, recipientOf } from "../../src/crypto/ageKeys";
import { seal } from "../../src/crypto/seal";
import { HttpStore } from "../../src/store/http/httpStore";
import { DIST } from "../../scripts/localnet/network";
import { Service } from "../../scripts/localnet/service";
import { DATA_OFFER, DATA_SLOT } from "../../scripts/story/offerFiles";
import { refusal } from "../unit/refusal";
import { startS3, type S3Server } from "../unit/store/s3Server";
import { Stage } from "./stage";

const SAYS = `require("node:fs").writeFileSync("/sp/output/said", "kept elsewhere");`;
const RETENTION = 120;
/** Of the retention, in token units. */
const PRICE = (2n * 10n ** 18n * BigInt(RETENTION)) / 60n;

describe("results in stores over the network", function () {
  this.timeout(180_000);
  let stage: Stage;
  let url: string;
  let server: Service;
  let s3: S3Server;
  let storage: { offer: bigint; slot: bigint };
  const keptByGrant: bigint[] = [];

  before(async () => {
    stage = await Stage.open();
    await stage.offerData("nothing", { "a.txt": "registers Bob as a provider" });
    const bob = await stage.as("bob");
    const made = await createValueOffer(bob, await bob.registry.providerOf(bob.account!), parseValueOfferInfo(JSON.stringify({ ...DATA_OFFER, offerType: "1", name: "Storage" })));
    const { slot } = await addSlot(bob, made.offer, parseSlotFile(JSON.stringify({ ...DATA_SLOT, usage: { ...DATA_SLOT.usage, priceType: "0", minTimeMinutes: 60 } })));
    storage = { offer: made.offer, slot };
    bob.close();

    await mkdir(join(stage.bob.home, "served"));
    server = Service.start("store", [join(DIST, "spctl.js"), "store", "run", "--directory", "served", "--port", "0", "--receipts"], { cwd: stage.bob.home, logFile: join(stage.directory, "logs", "store.log") });
    [, url = ""] = await server.ready(/ready at (\S+)/);
    s3 = await startS3(join(stage.directory, "s3"));
  });
  after(async () => {
    await server?.stop();
    await s3?.stop();
    await stage?.close();
  });

  /** Alice's configuration with another store; returns its name and one of her tokens where the store has some. */
  async function configured(name: string, settings: object): Promise<string> {
    const config = JSON.parse(await readFile(join(stage.alice.home, "config.json"), "utf8")) as object;
    await writeFile(join(stage.alice.home, `${name}.json`), JSON.stringify({ ...config, storage: settings }), { mode: 0o600 });
    return `${name}.json`;
  }
  const tokenOf = async (...more: string[]) => (await stage.bob.types("spctl", ["store", "grant", "--directory", "served", "--prefix", "alice", ...more])).stdout.trim();
  const overHttp = async (...more: string[]) => configured("http", { type: "HTTP", url, token: await tokenOf(...more) });

  /** Packs, uploads and orders a solution by a configuration, and waits for the end. */
  async function order(config: string, more: readonly string[]): Promise<bigint> {
    const solution = `${config}.resource.json`;
    await mkdir(join(stage.alice.home, "says"), { recursive: true });
    await writeFile(join(stage.alice.home, "says", "main.js"), SAYS);
    await stage.alice.types("spctl", ["solutions", "pack", "says", "--base", "node", "--entrypoint", "main.js", "--output", `${config}.tar.gz`]);
    await stage.alice.types("spctl", ["files", "upload", `${config}.tar.gz`, "--output", solution, "--config", config]);
    const placed = await stage.place(solution, [], ["--config", config, ...more]);
    expect(await stage.ended(placed)).to.equal("Done");
    return placed;
  }

  const pointerOf = async (id: bigint) => {
    const { market } = stage.network;
    const ending = (await orderTexts(market, await getOrder(market, id))).find(({ name }) => name === "OrderFinished");
    return decodeResultPointer(Buffer.from(String(ending?.args.result).slice(2), "hex"));
  };

  async function received(suborder: bigint): Promise<string> {
    for (const until = Date.now() + 15_000; Date.now() < until; ) {
      const { status } = await getSuborder(stage.network.market, suborder);
      if (status === OrderStatus.Done) break;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    return orderStatusName((await getSuborder(stage.network.market, suborder)).status);
  }

  it("a storage offer's server signs the receipt, the machine carries it, and the store is paid for the retention", async () => {
    const config = await overHttp("--keep-hours", "1");
    const placed = await order(config, ["--storage", `${storage.offer},${storage.slot}`, "--retention-minutes", String(RETENTION)]);
    const [part] = await suborders(stage.network.market, await getOrder(stage.network.market, placed));
    expect(await received(part!.id)).to.equal("Done");
    const [event] = await stage.network.market.orderBook.queryFilter(stage.network.market.orderBook.filters.StorageReceived());
    console.log(`      the receipt, carried by the machine, costs ${(await event!.getTransactionReceipt()).gasUsed} gas`);
    const pointer = await pointerOf(placed);
    expect(pointer).to.include({ kind: "stored" }).and.have.nested.property("place.storageType", "HTTP");
    expect(await (await stage.resultOf(placed)).file("said")).to.equal("kept elsewhere");
    // The token said an hour; what was paid for counts.
    if (pointer.kind !== "stored") return;
    const until = Number(await readFile(join(stage.bob.home, "served", "objects", "alice", ".until", pointer.sha256), "utf8"));
    expect(until - Date.now() / 1000).to.be.greaterThan(RETENTION * 60);

    const again = await refusal(new HttpStore(url, await tokenOf()).receipt(pointer.sha256, part!.id), "ReceiptNotOpen");
    expect(again.message).to.contain("is Done");
    await refusal(new HttpStore(url, await tokenOf("--rights", "read")).receipt(pointer.sha256, part!.id), "TokenDenies");
  });

  it("signs nothing for another's storage, an order that has not ended, or other bytes than the device signed", async () => {
    const market = stage.network.market;
    const config = await overHttp();
    const text = JSON.parse(await readFile(join(stage.alice.home, "http.json.resource.json"), "utf8")) as { resource: { filepath: string } };
    const store = new HttpStore(url, await tokenOf());
    const sold = ["--storage", `${storage.offer},${storage.slot}`, "--retention-minutes", String(RETENTION)];
    const data = await stage.offerData("closed", { "a.txt": "closed" });
    const waiting = await stage.place("http.json.resource.json", [data], ["--config", config, ...sold]);
    await refusal(store.receipt(text.resource.filepath, waiting + 2n), "ReceiptTooEarly");
    await refusal(store.receipt(text.resource.filepath, waiting + 1n), "ReceiptNotOurs");
    await refusal(store.receipt("ab".repeat(32), waiting + 2n), "ObjectMissing");
    await refusal(store.receipt(text.resource.filepath, 4711n), "ReceiptUnavailable");
    await stage.alice.types("spctl", ["orders", "cancel", String(waiting)]);

    // The result lies in Alice's directory, where nobody signs: the order is Done, the storage part waits for its store.
    const elsewhere = await stage.place("http.json.resource.json", [], sold);
    expect(await stage.ended(elsewhere)).to.equal("Done");
    const [part] = await suborders(market, await getOrder(market, elsewhere));
    expect(orderStatusName(part!.status)).to.equal("New");
    await refusal(store.receipt(text.resource.filepath, part!.id), "ReceiptContentMismatch");
  });

  it("come back from an S3 bucket that checks every signature, solution and result", async () => {
    const { endpoint, bucket, accessKeyId, secretKey } = s3;
    const config = await configured("s3", { type: "S3", endpoint, region: "eu-test-1", bucket, prefix: "alice", accessKeyId, secretKey });
    const placed = await order(config, []);
    expect(await pointerOf(placed)).to.have.nested.property("place.storageType", "S3");
    expect(await (await stage.resultOf(placed)).file("said")).to.equal("kept elsewhere");
    expect(JSON.stringify(await pointerOf(placed))).not.to.contain(secretKey);
  });

  /** Alice's order with storage, which waits for Bob's approval of its data. */
  async function waitingOrder(name: string): Promise<{ order: bigint; stored: bigint; run: () => Promise<string> }> {
    const solution = await stage.solution(`says-${name}`, SAYS);
    const data = await stage.offerData(`data-${name}`, { "a.txt": name });
    const placed = await stage.place(solution, [data], ["--storage", `${storage.offer},${storage.slot}`, "--retention-minutes", String(RETENTION)]);
    const { market } = stage.network;
    const parts = await suborders(market, await getOrder(market, placed));
    const stored = parts.find(({ type }) => type === OfferType.Storage)!.id;
    const run = async () => {
      const { hash } = await stage.resource(stage.alice, solution);
      const { code, stderr } = await stage.approve(parts.find(({ type }) => type === OfferType.Data)!.id, data.resource, hash.hash);
      expect(code, stderr).to.equal(0);
      return stage.ended(placed);
    };
    return { order: placed, stored, run };
  }
  const statusOf = async (suborder: bigint) => orderStatusName((await getSuborder(stage.network.market, suborder)).status);
  const startGranting = async (port = "0", ...more: string[]) => {
    const args = [join(DIST, "spctl.js"), "store", "run", "--directory", "granting", "--port", port, "--grants", "--interval", "200", ...(more.length > 0 ? more : ["--receipts"])];
    await mkdir(join(stage.bob.home, "granting"), { recursive: true });
    const granting = Service.start("granting store", args, { cwd: stage.bob.home, logFile: join(stage.directory, "logs", "granting.log") });
    const [, found = ""] = await granting.ready(/ready at http:\/\/[\d.]+:(\d+)/);
    return { granting, port: found };
  };

  it("a store that grants by itself keeps the result; its customer reads it with nothing but a configuration", async () => {
    const { market } = stage.network;
    const { order: placed, stored, run } = await waitingOrder("granted");
    const bought = await stage.alice.types("spctl", ["orders", "create", "--json", "--offer", String(storage.offer), "--slot", String(storage.slot), "--min-rent-minutes", String(RETENTION)]);
    const alone = BigInt((JSON.parse(bought.stdout) as { suborder: string }).suborder);
    // Both orders were there before it: it finds them on the chain, whenever it starts.
    let { granting, port } = await startGranting();
    try {
      for (const id of [stored, alone]) await granting.ready(new RegExp(`storage suborder ${id} of order \\d+: granted to`));
      expect([await statusOf(stored), await statusOf(alone)]).to.deep.equal(["Processing", "Processing"]);
      await granting.stop();
      ({ granting, port } = await startGranting(port));
      expect(await run()).to.equal("Done");
      expect(await received(stored)).to.equal("Done");
      expect(await pointerOf(placed)).to.include({ kind: "granted", suborder: String(stored) });
      const [ending] = await market.orderBook.queryFilter(market.orderBook.filters.OrderFinished(placed));
      expect(Buffer.from(ending!.args.result.slice(2), "hex").toString()).to.match(/^\{"storage":"\d+","sha256":"[0-9a-f]{64}","size":\d+\}$/);
      expect(await (await stage.resultOf(placed)).file("said")).to.equal("kept elsewhere");
      const nobody = await stage.bob.tries("spctl", ["storage", "access", String(stored)]);
      expect(nobody.code).to.equal(1);
      expect(`${nobody.stdout}${nobody.stderr}`).not.to.include("cst1");

      // What was bought by itself: Alice's to write to.
      await stage.alice.types("spctl", ["storage", "access", String(alone), "--output", "alone.json"]);
      const config = await configured("alone-store", JSON.parse(await readFile(join(stage.alice.home, "alone.json"), "utf8")) as object);
      await stage.alice.types("spctl", ["files", "upload", "alone.json", "--output", "alone.resource.json", "--config", config]);
      const grants = await market.orderBook.queryFilter(market.orderBook.filters.StorageGranted());
      expect(grants.map(({ args }) => args.suborder)).to.deep.equal([stored, alone]);
      console.log(`      a grant for a workflow costs ${(await grants[0]!.getTransactionReceipt()).gasUsed} gas, ${(grants[0]!.args.grant.length - 2) / 2} bytes`);
      keptByGrant.push(stored);
    } finally {
      await granting.stop();
    }
  });

  it("a grant of another order, an expired one and one sealed to another device are refused by name; the customer's own store is used", async () => {
    const bob = await stage.as("bob");
    try {
      const [other, { order: placed, stored, run }] = [await waitingOrder("other"), await waitingOrder("refused")];
      const byHand = (id: bigint, ...more: string[]) => stage.bob.types("spctl", ["storage", "grant", String(id), "--url", url, "--directory", "served", ...more]);
      await byHand(other.stored);
      const part = await getStoragePart(bob, stored);
      await grantStorage(bob, stored, fromHex((await grantsOf(bob, await getStoragePart(bob, other.stored)))[0]!));
      await byHand(stored, "--hours", "0");
      const store = { type: "HTTP", url, token: await tokenOf() } as const;
      await grantStorage(bob, stored, await seal(storageGrant({ ...grantSubject(bob, part), notAfter: Math.floor(Date.now() / 1000) + 3600, store }), [await recipientOf(await newIdentity())]));

      expect(await run()).to.equal("Done");
      expect(await pointerOf(placed)).to.include({ kind: "stored" }).and.have.nested.property("place.storageType", "DIRECTORY");
      const result = await stage.resultOf(placed);
      expect(await result.file("said")).to.equal("kept elsewhere");
      for (const code of ["StorageGrantMismatch", "StorageGrantExpired", "NotSealedForUs"]) {
        expect(result.log).to.include(`A grant of storage suborder ${stored} is not used: ${code}`);
        await stage.machine.ready(new RegExp(`order ${placed}: A grant of storage suborder ${stored} is not used: ${code}`), 5000);
      }
      expect(await statusOf(stored)).to.equal("Processing");
      await stage.alice.types("spctl", ["orders", "cancel", String(other.order)]);
    } finally {
      bob.close();
    }
  });

  it("pay their store in full once the retention has run", async () => {
    const { market } = stage.network;
    const config = await overHttp();
    const placed = await order(config, ["--storage", `${storage.offer},${storage.slot}`, "--retention-minutes", String(RETENTION)]);
    const [part] = await suborders(market, await getOrder(market, placed));
    expect(await received(part!.id)).to.equal("Done");
    await stage.passes(60 * RETENTION);
    const owed = await claimable(market, part!.id);
    expect(owed).to.equal(PRICE);
    // What a grant brought earns the same.
    for (const id of keptByGrant) expect(await claimable(market, id)).to.equal(owed);
    const before = await stage.balance("bob");
    await stage.bob.types("spctl", ["orders", "claim", String(part!.id)]);
    expect(Number((await stage.balance("bob")) - before)).to.be.within(Number(owed) * 0.8, Number(owed));
  });

  it("storage bought by itself is received by its store alone when the content has come, earns for its retention, and is gone at its end", async () => {
    const { market } = stage.network;
    // It gives no receipts yet: what came meanwhile is found by the next start, after a kill.
    const first = await startGranting("0", "--count", "100");
    let { granting } = first;
    const killed = async () => {
      process.kill(granting.pid!, "SIGKILL");
      await granting.over();
      ({ granting } = await startGranting(first.port));
    };
    try {
      const bought = await stage.alice.types("spctl", ["orders", "create", "--json", "--offer", String(storage.offer), "--slot", String(storage.slot), "--min-rent-minutes", String(RETENTION)]);
      const alone = BigInt((JSON.parse(bought.stdout) as { suborder: string }).suborder);
      await granting.ready(new RegExp(`storage suborder ${alone} of order \\d+: granted to its customer`));
      await stage.alice.types("spctl", ["storage", "access", String(alone), "--output", "kept.json"]);
      const config = await configured("kept-store", JSON.parse(await readFile(join(stage.alice.home, "kept.json"), "utf8")) as object);
      await writeFile(join(stage.alice.home, "note.txt"), "worth keeping");
      await stage.alice.types("spctl", ["files", "upload", "note.txt", "--output", "note.resource.json", "--config", config]);
      expect(await statusOf(alone)).to.equal("Processing");

      await killed();
      expect(await received(alone)).to.equal("Done");
      await killed();
      const receipts = async () => market.orderBook.queryFilter(market.orderBook.filters.StorageReceived(alone));
      const address = ((await stage.resource(stage.alice, "note.resource.json")).resource as { filepath: string }).filepath;
      const { args } = (await receipts())[0]!;
      expect([args.contentHash.slice(2), args.size]).to.deep.equal([address, BigInt((await stat(join(stage.bob.home, "granting", "objects", `order-${alone}`, address.slice(0, 2), address.slice(2)))).size)]);

      await stage.passes(60 * RETENTION / 2);
      expect(Number(await claimable(market, alone))).to.be.within(Number(PRICE) * 0.5, Number(PRICE) * 0.51);
      await stage.alice.types("spctl", ["files", "download", "note.resource.json", "back", "--config", config]);
      expect(await readFile(join(stage.alice.home, "back", ...(await readdir(join(stage.alice.home, "back")))), "utf8")).to.equal("worth keeping");
      await stage.passes(60 * RETENTION / 2);
      expect(await claimable(market, alone)).to.equal(PRICE);
      await granting.ready(new RegExp(`storage suborder ${alone} of order \\d+: it is over: 1 object\\(s\\) removed`));
      const gone = await stage.alice.tries("spctl", ["files", "download", "note.resource.json", "never", "--config", config]);
      expect(gone.code).to.equal(1);
      expect(gone.stderr).to.include("ContentExpired");
      expect(await readdir(join(stage.bob.home, "granting", "objects", `order-${alone}`, address.slice(0, 2)))).to.deep.equal([]);
      expect(await receipts()).to.have.length(1);
    } finally {
      await granting.stop();
    }
  });
});
