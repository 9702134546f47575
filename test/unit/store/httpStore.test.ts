// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { expect } from "chai";
import type { Resource } from "../../../src/core/resource";
import { download } from "../../../src/store/download";
import { HttpStore } from "../../../src/store/http/httpStore";
import { ownStoreOf, storeOf } from "../../../src/store/openStore";
import { resultStoreOf } from "../../../src/store/resultStore";
import { narrowToken, readToken } from "../../../src/store/token";
import { upload } from "../../../src/store/upload";
import { refusal } from "../refusal";
import { newPlace, noise, type Place } from "./place";
import { brokenWay, type RunningServer, startServer } from "./server";

const MIB = 1 << 20;
const sha = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

describe("store over HTTP", () => {
  let place: Place;
  let running: RunningServer;
  let store: HttpStore;
  beforeEach(async () => {
    place = newPlace();
    running = await startServer(place.path("served"));
    store = new HttpStore(running.url, running.token("room"));
  });
  afterEach(async () => {
    await running.stop();
    place.remove();
  });

  const put = (more: object = {}) => upload({ source: place.path("data"), store, stateDirectory: place.stateDirectory, ...more });
  const fetched = (resource: Resource) => download({ resource, directory: place.path("out"), overwrite: true });
  const nothingThere = (): void => void expect(existsSync(place.path("out")) ? place.files("out") : []).to.deep.equal([]);
  const objects = (): string[] => place.files("served/objects/room");
  async function bytesOf(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
    const all: Uint8Array[] = [];
    for await (const piece of pieces) all.push(piece);
    return Buffer.concat(all);
  }

  for (const size of [0, 1, MIB, 8 * MIB, 20 * MIB + 123]) {
    it(`brings back ${size} bytes, encrypted and plain`, async () => {
      writeFileSync(place.path("data"), noise(size));
      for (const encrypt of [true, false]) {
        const { resource } = await put({ encrypt });
        expect(readFileSync(await fetched(resource)).equals(noise(size))).to.equal(true);
      }
      expect(objects()).to.have.length(2);
    });
  }

  it("puts a stream of unknown length, finds, reads in part and deletes", async () => {
    async function* pieces(): AsyncGenerator<Uint8Array> {
      for (let turn = 0; turn < 9; turn++) yield noise(MIB, turn);
    }
    const { sha256, size } = await store.put(pieces());
    expect(size).to.equal(9 * MIB);
    expect(await store.has(sha256)).to.deep.equal({ sha256, size });
    expect((await bytesOf(store.get(sha256, { start: MIB + 10, length: 20 }))).equals(noise(MIB, 1).subarray(10, 30))).to.equal(true);
    expect(await bytesOf(store.get(sha256, { start: 5, length: 0 }))).to.have.length(0);
    expect(sha(await bytesOf(store.get(sha256)))).to.equal(sha256);
    expect(await store.delete(sha256)).to.equal(true);
    expect(await store.delete(sha256)).to.equal(false);
    expect(await store.has(sha256)).to.equal(undefined);
    await refusal(bytesOf(store.get(sha256)), "ObjectMissing");
    await refusal(store.delete("../../etc"), "ObjectMissing");
  });

  it("writes a place that reads one object, and neither our token nor any other right", async () => {
    writeFileSync(place.path("data"), noise(100));
    const { resource } = await put();
    const own = running.token("room");
    const found = resource.resource as Extract<Resource["resource"], { storageType: "HTTP" }>;
    expect(readToken(found.credentials.token)).to.include({ prefix: "room" }).and.deep.include({ rights: ["read"], objects: [found.filepath] });
    expect(JSON.stringify(resource)).not.to.contain(own.split(".").at(-1));
    const { store: theirs, sha256 } = storeOf(found);
    expect(sha(await bytesOf(theirs.get(sha256)))).to.equal(sha256);
    await refusal(theirs.delete(sha256), "TokenDenies");
    await refusal(bytesOf(theirs.get(sha(noise(5)))), "TokenDenies");
    await refusal(theirs.stage("one"), "TokenDenies");
    expect(ownStoreOf(found, { type: "HTTP", url: running.url, token: own }).store.name).to.equal(theirs.name);
    expect(await ownStoreOf(found, { type: "HTTP", url: running.url, token: own }).store.delete(sha256)).to.equal(true);
  });

  it("names a token that is refused, has expired, or is for something else", async () => {
    writeFileSync(place.path("data"), noise(100));
    const other = await startServer(place.path("other"));
    await other.stop();
    await refusal(put({ store: new HttpStore(running.url, other.token("room")) }), "TokenInvalid");
    await refusal(put({ store: new HttpStore(running.url, running.token("room", { notAfter: 5 })) }), "TokenExpired");
    await refusal(put({ store: new HttpStore(running.url, running.token("room", { rights: ["read"] })) }), "TokenDenies");
    await refusal(async () => new HttpStore(running.url, "no token"), "TokenInvalid");
    expect(place.files("served").filter((name) => name.includes("room/"))).to.deep.equal([]);
  });

  it("refuses a stored object with a changed, missing, added or other byte, and leaves nothing", async () => {
    writeFileSync(place.path("data"), noise(200_000));
    const { resource } = await put();
    const file = running.path("room", (resource.resource as { filepath: string }).filepath);
    const good = readFileSync(file);
    const changed = Buffer.from(good);
    changed[150_000]! ^= 1;
    const { resource: other } = await put();
    const another = readFileSync(running.path("room", (other.resource as { filepath: string }).filepath));
    for (const bad of [changed, good.subarray(0, -1), good.subarray(0, 100), Buffer.alloc(0), Buffer.concat([good, Buffer.of(1)]), another]) {
      writeFileSync(file, bad);
      await refusal(fetched(resource), "SealBroken", "ObjectDamaged", "NotSealedForUs");
      nothingThere();
    }
    writeFileSync(file, good);
    expect(readFileSync(await fetched(resource)).equals(noise(200_000))).to.equal(true);
  });

  it("goes on by itself where the connection is cut in the middle of an upload or a download", async () => {
    writeFileSync(place.path("data"), noise(30 * MIB));
    const way = await brokenWay(running.port, 5 * MIB, 100);
    try {
      const { resource } = await put({ store: new HttpStore(way.url, running.token("room")) });
      const during = way.cuts();
      expect(during).to.be.greaterThan(2);
      expect(readFileSync(await fetched(resource)).equals(noise(30 * MIB))).to.equal(true);
      expect(way.cuts()).to.be.greaterThan(during);
    } finally {
      await way.stop();
    }
  });

  it("goes on where the server was restarted in between, in the upload and in the download", async () => {
    writeFileSync(place.path("data"), noise(40 * MIB));
    const { port, key } = running;
    let restarts = 0;
    const restart = async (): Promise<void> => {
      restarts++;
      await running.stop();
      await new Promise((done) => setTimeout(done, 300));
      running = await startServer(place.path("served"), { port, key });
    };
    const restarting: Promise<void>[] = [];
    const at = (mark: number) => {
      let met = false;
      return (done: number) => {
        if (met || done < mark) return;
        met = true;
        restarting.push(restart());
      };
    };
    const { resource } = await put({ onProgress: at(15 * MIB) });
    await Promise.all(restarting);
    const target = await download({ resource, directory: place.path("out"), onProgress: at(10 * MIB) });
    await Promise.all(restarting);
    expect(restarts).to.equal(2);
    expect(readFileSync(target).equals(noise(40 * MIB))).to.equal(true);
  });

  it("an upload that was interrupted goes on in the next one, with what the server kept", async () => {
    writeFileSync(place.path("data"), noise(40 * MIB));
    const stop = new AbortController();
    await refusal(put({ signal: stop.signal, onProgress: (done: number) => done >= 20 * MIB && stop.abort() }), "Interrupted");
    const { resource, kept } = await put();
    expect(kept).to.be.greaterThan(7 * MIB);
    expect(readFileSync(await fetched(resource)).equals(noise(40 * MIB))).to.equal(true);
    expect(objects()).to.have.length(1);
    expect(place.files("state")).to.deep.equal([]);
  });

  it("a server that is not there is named, and nothing is kept", async () => {
    writeFileSync(place.path("data"), noise(100));
    const { resource } = await put();
    await running.stop();
    const error = await refusal(fetched(resource), "StoreUnreachable");
    expect(error.message).to.contain(running.url);
    nothingThere();
  }).timeout(30_000);

  it("what answers there but is no store is named", async () => {
    const { createServer } = await import("node:http");
    const page = createServer((_request, response) => void response.writeHead(418, { "content-type": "text/html" }).end("<h1>hello</h1>"));
    await new Promise<void>((done) => page.listen(0, "127.0.0.1", done));
    try {
      const { port } = page.address() as { port: number };
      await refusal(new HttpStore(`http://127.0.0.1:${port}`, running.token("room")).has(sha(noise(1))), "StoreFailed");
    } finally {
      page.close();
    }
  });

  it("keeps a content until its end date, and says after it that it expired", async () => {
    await running.stop();
    let now = Math.floor(Date.now() / 1000);
    running = await startServer(place.path("served"), { now: () => now });
    store = new HttpStore(running.url, running.token("room", { notAfter: now + 99_999 }));
    writeFileSync(place.path("data"), noise(100));
    const { resource } = await put({ keepUntil: now + 500 });
    expect(resource.keptUntil).to.equal(now + 500);
    await fetched(resource);
    now += 500;
    await refusal(fetched(resource), "ContentExpired");
    expect(await running.server.sweep()).to.deep.include({ objects: 1 });
    await refusal(fetched(resource), "ContentExpired");
    expect(await store.has((resource.resource as { filepath: string }).filepath)).to.equal(undefined);
  });

  it("a machine gets a token for results that stores and reads, whose object the place on chain reads alone", async () => {
    const own = running.token("room", { space: 99_999 });
    const wanted = await resultStoreOf({ type: "HTTP", url: running.url, token: own });
    if (wanted.type !== "HTTP") throw new Error(wanted.type);
    expect(readToken(wanted.token)).to.deep.include({ rights: ["read", "write"], space: 99_999 });
    const machine = new HttpStore(wanted.url, wanted.token);
    const { sha256 } = await machine.put((async function* () { yield noise(77); })());
    const published = storeOf(machine.place(sha256));
    expect((await bytesOf(published.store.get(published.sha256))).equals(noise(77))).to.equal(true);
    await refusal(machine.delete(sha256), "TokenDenies");
    await refusal(published.store.stage("x"), "TokenDenies");
    expect(() => narrowToken(wanted.token, {})).not.to.throw();
  });
});
