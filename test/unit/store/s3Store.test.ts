// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { expect } from "chai";
import type { Resource } from "../../../src/core/resource";
import { download } from "../../../src/store/download";
import { ownStoreOf, storeOf } from "../../../src/store/openStore";
import { openResultStore, resultStoreOf } from "../../../src/store/resultStore";
import { Bucket } from "../../../src/store/s3/bucket";
import { openStaging } from "../../../src/store/s3/s3Staging";
import { S3Store } from "../../../src/store/s3/s3Store";
import { upload } from "../../../src/store/upload";
import { refusal } from "../refusal";
import { newPlace, noise, type Place } from "./place";
import { replaceObject, restarted, type S3Server, settingsOf, startS3 } from "./s3Server";
import { brokenWay } from "./server";

const MIB = 1 << 20;
const sha = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** Against a server that verifies signatures, see s3Server.ts. */
describe("store in an S3 bucket", () => {
  let place: Place;
  let s3: S3Server;
  let store: S3Store;
  beforeEach(async () => {
    place = newPlace();
    s3 = await startS3(place.path("s3"));
    store = new S3Store(settingsOf(s3));
  });
  afterEach(async () => {
    await s3.stop();
    place.remove();
  });

  const put = (more: object = {}) => upload({ source: place.path("data"), store, stateDirectory: place.stateDirectory, ...more });
  const fetched = (resource: Resource) => download({ resource, directory: place.path("out"), overwrite: true });
  const nothingThere = (): void => void expect(existsSync(place.path("out")) ? place.files("out") : []).to.deep.equal([]);
  const addressOf = (resource: Resource): string => (resource.resource as { filepath: string }).filepath;
  async function bytesOf(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
    const all: Uint8Array[] = [];
    for await (const piece of pieces) all.push(piece);
    return Buffer.concat(all);
  }

  for (const size of [0, 1, MIB, 16 * MIB, 40 * MIB + 123]) {
    it(`brings back ${size} bytes, encrypted and plain, and leaves nothing beside them`, async () => {
      writeFileSync(place.path("data"), noise(size));
      for (const encrypt of [true, false]) {
        const { resource } = await put({ encrypt });
        expect(readFileSync(await fetched(resource)).equals(noise(size))).to.equal(true);
      }
      expect(s3.keys()).to.have.length(2);
      expect(s3.uploads()).to.deep.equal([]);
    });
  }

  it("puts a stream of unknown length in parts, finds, reads in part and deletes", async () => {
    async function* pieces(): AsyncGenerator<Uint8Array> {
      for (let turn = 0; turn < 36; turn++) yield noise(MIB, turn);
    }
    const { sha256, size } = await store.put(pieces());
    expect(size).to.equal(36 * MIB);
    expect(s3.log.filter((line) => line.endsWith(" partNumber"))).to.have.length(3);
    expect(await store.has(sha256)).to.deep.equal({ sha256, size });
    expect((await bytesOf(store.get(sha256, { start: 20 * MIB - 5, length: 10 }))).equals(Buffer.concat([noise(MIB, 19).subarray(-5), noise(MIB, 20).subarray(0, 5)]))).to.equal(true);
    expect(sha(await bytesOf(store.get(sha256)))).to.equal(sha256);
    expect(await store.delete(sha256)).to.equal(true);
    expect(await store.delete(sha256)).to.equal(false);
    await refusal(bytesOf(store.get(sha256)), "ObjectMissing");
    await refusal(store.delete("../x"), "ObjectMissing");
    expect(s3.keys()).to.deep.equal([]);
  });

  it("a wrong secret, an unknown key, another region, bucket or address are refused by name, and no secret is said", async () => {
    writeFileSync(place.path("data"), noise(100));
    const { resource } = await put();
    const good = settingsOf(s3);
    for (const wrong of [{ secretKey: `${good.secretKey}x` }, { accessKeyId: "AKIAOTHER" }, { region: "us-east-1" }]) {
      const other = new S3Store({ ...good, ...wrong });
      for (const action of [() => put({ store: other }), () => other.has(addressOf(resource)), () => other.delete(addressOf(resource)), () => bytesOf(other.get(addressOf(resource)))]) {
        const error = await refusal(action, "StoreCredentialsRefused");
        expect(JSON.stringify({ ...error, message: error.message })).not.to.contain(good.secretKey);
      }
    }
    await refusal(put({ store: new S3Store({ ...good, bucket: "elsewhere" }) }), "StoreMissing");
    expect(s3.keys()).to.have.length(1);
    await s3.stop();
    await refusal(store.has(addressOf(resource)), "StoreUnreachable");
  }).timeout(60_000);

  it("writes a presigned place: it reads one object until its time, without our keys", async () => {
    writeFileSync(place.path("data"), noise(100));
    const { resource } = await put();
    expect(JSON.stringify(resource)).not.to.contain(s3.secretKey);
    const { store: theirs, sha256 } = storeOf(resource.resource);
    expect(sha(await bytesOf(theirs.get(sha256)))).to.equal(sha256);
    expect((await bytesOf(theirs.get(sha256, { start: 3, length: 4 }))).length).to.equal(4);
    expect(await theirs.has(sha256)).to.deep.equal(await store.has(sha256));
    for (const action of [() => theirs.delete(sha256), () => theirs.stage("x")]) await refusal(action, "StoreReadOnly");
    await refusal(bytesOf(theirs.get("ab".repeat(32))), "ObjectMissing");
    // Neither the URL of another object nor another method.
    const url = (resource.resource as { credentials: { url: string } }).credentials.url;
    expect((await fetch(url, { method: "DELETE" })).status).to.equal(403);
    expect((await fetch(url.replace(sha256, "ab".repeat(32)))).status).to.equal(403);
    expect(ownStoreOf(resource.resource, settingsOf(s3)).store.name).to.equal(theirs.name);
    expect(await ownStoreOf(resource.resource, settingsOf(s3)).store.delete(sha256)).to.equal(true);
    await refusal(fetched(resource), "ObjectMissing");
  });

  it("names a presigned place whose time is over", async () => {
    writeFileSync(place.path("data"), noise(100));
    const { resource } = await put();
    await s3.stop();
    const later = new Date(Date.now() + 8 * 24 * 3600 * 1000);
    s3 = await startS3(place.path("s3"), { keys: { [s3.accessKeyId]: s3.secretKey }, port: s3.port, now: () => later });
    const error = await refusal(fetched(resource), "AccessEnded");
    expect(error.fix).to.contain("files share");
    nothingThere();
  });

  it("refuses a stored object with a changed, missing, added or other byte, and leaves nothing", async () => {
    writeFileSync(place.path("data"), noise(200_000));
    const { resource } = await put();
    const key = `room/${addressOf(resource)}`;
    const good = readFileSync(s3.path(key));
    const changed = Buffer.from(good);
    changed[150_000]! ^= 1;
    const another = readFileSync(s3.path(`room/${addressOf((await put()).resource)}`));
    for (const bad of [changed, good.subarray(0, -1), good.subarray(0, 100), Buffer.alloc(0), Buffer.concat([good, Buffer.of(1)]), another]) {
      replaceObject(s3, key, bad);
      await refusal(fetched(resource), "SealBroken", "ObjectDamaged", "NotSealedForUs");
      await refusal(bytesOf(store.get(addressOf(resource))), "ObjectDamaged");
      nothingThere();
    }
  });

  it("goes on by itself where the connection is cut, or the service asks for patience", async () => {
    writeFileSync(place.path("data"), noise(50 * MIB));
    s3.overload(2);
    // Signed for another port, a request would be refused: the way has to be what is signed for.
    const way = await brokenWay(s3.port, 20 * MIB, 4);
    try {
      const { resource } = await put({ store: new S3Store({ ...settingsOf(s3), endpoint: way.url }) });
      expect(readFileSync(await fetched(resource)).equals(noise(50 * MIB))).to.equal(true);
      expect(way.cuts()).to.be.greaterThan(1);
    } finally {
      await way.stop();
    }
  });

  it("an upload that was interrupted goes on in the next one, after a restart of the service, without sending again what is there", async () => {
    writeFileSync(place.path("data"), noise(70 * MIB));
    const stop = new AbortController();
    await refusal(put({ signal: stop.signal, onProgress: (done: number) => done >= 55 * MIB && stop.abort() }), "Interrupted");
    await s3.stop();
    s3 = await restarted(s3, place.path("s3"));
    const { resource, kept } = await put();
    expect(kept).to.be.greaterThan(31 * MIB);
    expect(s3.log.filter((line) => line.endsWith(" partNumber")).length).to.be.lessThan(4);
    expect(readFileSync(await fetched(resource)).equals(noise(70 * MIB))).to.equal(true);
    expect(s3.keys()).to.have.length(1);
    expect(s3.uploads()).to.deep.equal([]);
  });

  it("an interrupted upload of what changed meanwhile starts anew with a fresh key, and the old parts are given up", async () => {
    const bytes = noise(40 * MIB);
    writeFileSync(place.path("data"), bytes);
    const stop = new AbortController();
    await refusal(put({ signal: stop.signal, onProgress: (done: number) => done >= 36 * MIB && stop.abort() }), "Interrupted");
    // The journal still fits, as if size and time had been kept: only the parts tell.
    const [journal] = place.files("state");
    const { statSync } = await import("node:fs");
    bytes[5]! ^= 1;
    writeFileSync(place.path("data"), bytes);
    const found = statSync(place.path("data"), { bigint: true });
    const path = place.path(`state/${journal}`);
    writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, "utf8")), fingerprint: `${found.size}:${found.mtimeNs}:${found.ino}` }));
    const { resource } = await put();
    expect(readFileSync(await fetched(resource)).equals(bytes)).to.equal(true);
    expect(s3.uploads()).to.deep.equal([]);
    expect(s3.keys()).to.have.length(1);
  });

  it("copies what is larger than a bucket copies at once piece by piece", async () => {
    const bytes = noise(40 * MIB);
    const key = `room/${sha(bytes)}`;
    const bucket = new Bucket(settingsOf(s3));
    const staging = await openStaging(bucket, "room/staging/large", "large", { keyOf: () => key, there: async () => false, stored: async () => undefined }, { most: 10 * MIB, piece: 15 * MIB });
    await staging.write(bytes, 0);
    await staging.commit(sha(bytes));
    expect(readFileSync(s3.path(key)).equals(bytes)).to.equal(true);
    expect(s3.keys()).to.deep.equal([key]);
  });

  it("keeps a content until its end date, says after it that it expired, and sweeps it", async () => {
    let now = Math.floor(Date.now() / 1000);
    store = new S3Store(settingsOf(s3), () => now);
    for (let seed = 1; seed <= 5; seed++) await store.put(once(noise(100, seed)), { keepUntil: now + 100 * seed });
    const kept = await store.put(once(noise(50)));
    const first = sha(noise(100, 1));
    now += 150;
    await refusal(bytesOf(store.get(first)), "ContentExpired");
    expect(await store.has(first)).to.equal(undefined);
    expect(await store.sweep()).to.deep.equal({ objects: 1, bytes: 100 });
    expect(await store.sweep()).to.deep.equal({ objects: 0, bytes: 0 });
    await refusal(bytesOf(store.get(first)), "ContentExpired");
    expect(existsSync(s3.path(`room/${first}`))).to.equal(false);
    await store.put(once(noise(100, 2)), { keepUntil: now + 1000 });
    now += 900;
    expect((await bytesOf(store.get(sha(noise(100, 2))))).length).to.equal(100);
    expect((await bytesOf(store.get(kept.sha256))).length).to.equal(50);
    await store.put(once(noise(100, 1)));
    expect((await bytesOf(store.get(first))).length).to.equal(100);
  });

  it("a machine stores a result by a presigned URL, which the customer reads, and nobody else writes", async () => {
    const wanted = await resultStoreOf(settingsOf(s3));
    expect(JSON.stringify(wanted)).not.to.contain(s3.secretKey);
    const machine = openResultStore(wanted)!;
    const { sha256, size } = await machine.put(once(noise(3 * MIB)));
    expect({ sha256, size }).to.deep.equal({ sha256: sha(noise(3 * MIB)), size: 3 * MIB });
    const published = machine.place(sha256);
    const { store: reads, sha256: address } = storeOf(published);
    expect((await bytesOf(reads.get(address))).equals(noise(3 * MIB))).to.equal(true);
    if (wanted.type !== "S3") throw new Error(wanted.type);
    expect((await fetch(wanted.get, { method: "PUT", body: "x" })).status).to.equal(403);
    const forged = openResultStore({ ...wanted, put: wanted.put.replace(/.$/, (last) => (last === "0" ? "1" : "0")) })!;
    await refusal(forged.put(once(noise(10))), "AccessEnded");
  });
});

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
