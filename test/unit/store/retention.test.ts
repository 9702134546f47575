// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { expect } from "chai";
import { DirectoryStore } from "../../../src/store/directory";
import { download } from "../../../src/store/download";
import { HttpStore } from "../../../src/store/http/httpStore";
import { upload } from "../../../src/store/upload";
import { spctl } from "../command/stage";
import { refusal } from "../refusal";
import { newPlace, noise, type Place } from "./place";
import { startServer } from "./server";

const sha = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

async function sizeOf(pieces: AsyncIterable<Uint8Array>): Promise<number> {
  let size = 0;
  for await (const piece of pieces) size += piece.length;
  return size;
}

describe("end dates of a directory store's objects", () => {
  let place: Place;
  let now: number;
  let store: DirectoryStore;
  beforeEach(() => {
    place = newPlace();
    now = 1_900_000_000;
    store = new DirectoryStore(place.path("store"), () => now);
  });
  afterEach(() => place.remove());

  it("an object is there until its date, expired from then on, and swept with its bytes", async () => {
    const { sha256 } = await store.put(once(noise(100)), { keepUntil: now + 10 });
    const kept = await store.put(once(noise(50)));
    now += 9;
    expect(await sizeOf(store.get(sha256))).to.equal(100);
    expect(await store.sweep()).to.deep.equal({ objects: 0, bytes: 0 });
    now += 1;
    const error = await refusal(sizeOf(store.get(sha256)), "ContentExpired");
    expect(error.message).to.contain(new Date(now * 1000).toISOString());
    expect(await store.has(sha256)).to.equal(undefined);
    expect(await store.delete(sha256)).to.equal(false);
    expect(await store.sweep()).to.deep.equal({ objects: 1, bytes: 100 });
    expect(existsSync(store.pathOf(sha256))).to.equal(false);
    await refusal(sizeOf(store.get(sha256)), "ContentExpired");
    expect(await sizeOf(store.get(kept.sha256))).to.equal(50);
    // After a year nobody asks.
    now += 366 * 24 * 3600;
    await store.sweep();
    await refusal(sizeOf(store.get(sha256)), "ObjectMissing");
    expect(place.files("store")).to.have.length(1);
  });

  it("the later of two dates counts, none is the latest, and a new upload after the end begins anew", async () => {
    const address = sha(noise(100));
    const put = (keepUntil?: number) => store.put(once(noise(100)), { keepUntil });
    await put(now + 10);
    await put(now + 20);
    await put(now + 5);
    now += 19;
    expect(await sizeOf(store.get(address))).to.equal(100);
    now += 1;
    await refusal(sizeOf(store.get(address)), "ContentExpired");
    await put(now + 10);
    expect(await sizeOf(store.get(address))).to.equal(100);
    now += 10;
    await put();
    await put(now + 10);
    now += 99_999;
    expect(await sizeOf(store.get(address))).to.equal(100);
    expect(await store.sweep()).to.deep.equal({ objects: 0, bytes: 0 });
  });

  it("many uploads of one object at once leave the latest date", async () => {
    await Promise.all([7, 3, 9, 1, 5].map((more) => store.put(once(noise(100)), { keepUntil: now + more })));
    now += 8;
    expect(await sizeOf(store.get(sha(noise(100))))).to.equal(100);
    now += 1;
    await refusal(sizeOf(store.get(sha(noise(100)))), "ContentExpired");
  });

  it("deleting an object forgets its date; a missing store is named", async () => {
    const { sha256 } = await store.put(once(noise(100)), { keepUntil: now + 10 });
    expect(await store.delete(sha256)).to.equal(true);
    await refusal(sizeOf(store.get(sha256)), "ObjectMissing");
    rmSync(place.path("store"), { recursive: true });
    await refusal(store.sweep(), "StoreMissing");
  });
});

describe("files with an end date", () => {
  let place: Place;
  beforeEach(() => {
    place = newPlace();
    writeFileSync(place.path("config.json"), JSON.stringify({ storage: { type: "DIRECTORY", path: "store" } }));
    writeFileSync(place.path("data"), noise(1000));
  });
  afterEach(() => place.remove());
  const run = (at: Date, ...args: string[]) => spctl(args, { cwd: place.root, env: { XDG_STATE_HOME: place.path("state") }, at });
  const json = async (at: Date, ...args: string[]) => JSON.parse((await run(at, ...args, "--json")).stdout);
  const ago = (days: number): Date => new Date(Date.now() - days * 24 * 3_600_000);

  it("files upload --keep-days says until when; store sweep removes it; the download says that it expired", async () => {
    const kept = await run(ago(0), "files", "upload", "data", "--keep-days", "30", "--output", "kept.json");
    expect(kept.stdout).to.match(/It is kept until 20\d\d-/);
    const past = await json(ago(10), "files", "upload", "data", "--keep-days", "9", "--output", "past.json");
    expect(past.keptUntil).to.be.lessThan(Date.now() / 1000);
    expect((await json(ago(0), "files", "download", "past.json", "out")).error.code).to.equal("ContentExpired");
    expect(await json(ago(0), "store", "sweep")).to.deep.include({ objects: 1 });
    expect(await json(ago(0), "store", "sweep", "--directory", "store")).to.deep.equal({ objects: 0, bytes: 0 });
    expect((await json(ago(0), "files", "download", "past.json", "out")).error.code).to.equal("ContentExpired");
    expect((await json(ago(0), "files", "download", "kept.json", "out")).size).to.equal(1000);
    // Where the store has forgotten, the resource file still knows.
    rmSync(place.path("store/.until"), { recursive: true });
    expect((await json(ago(0), "files", "download", "past.json", "out2")).error.code).to.equal("ContentExpired");
    expect((await json(ago(0), "store", "sweep", "--directory", "nowhere")).error.code).to.equal("StoreMissing");
  });

  it("store sweep goes through the prefixes of a store server's directory, and leaves another's server to itself", async () => {
    const running = await startServer(place.path("served"));
    try {
      writeFileSync(place.path("served/token.key"), "ab".repeat(32), { mode: 0o600 });
      const soon = Math.floor(Date.now() / 1000) - 5;
      for (const prefix of ["one", "two"]) await new HttpStore(running.url, running.token(prefix)).put(once(noise(70)), { keepUntil: soon });
      expect(await json(ago(0), "store", "sweep", "--directory", "served")).to.deep.equal({ objects: 2, bytes: 140 });
      writeFileSync(place.path("config.json"), JSON.stringify({ storage: { type: "HTTP", url: running.url, token: running.token("one") } }));
      expect((await json(ago(0), "store", "sweep")).error.code).to.equal("SweepElsewhere");
    } finally {
      await running.stop();
    }
  });

  it("files share renews the access of a resource file, from its own store only", async () => {
    expect((await json(ago(0), "files", "upload", "data", "--output", "dir.json")).kind).to.equal("file");
    expect((await json(ago(0), "files", "share", "dir.json", "--output", "new.json")).error.code).to.equal("ShareElsewhere");
    const running = await startServer(place.path("served"));
    try {
      const storage = (prefix: string, more = {}) => writeFileSync(place.path("config.json"), JSON.stringify({ storage: { type: "HTTP", url: running.url, token: running.token(prefix, more) } }));
      storage("one", { notAfter: Math.floor(Date.now() / 1000) + 2 });
      await run(ago(0), "files", "upload", "data", "--output", "short.json");
      await new Promise((done) => setTimeout(done, 2100));
      expect((await json(ago(0), "files", "download", "short.json", "out")).error.code).to.equal("TokenExpired");
      storage("two");
      expect((await json(ago(0), "files", "share", "short.json", "--output", "new.json")).error.code).to.equal("ShareElsewhere");
      storage("one");
      expect((await run(ago(0), "files", "share", "short.json", "--output", "new.json", "--hours", "1")).code).to.equal(0);
      expect((await json(ago(0), "files", "download", "new.json", "out")).size).to.equal(1000);
      await run(ago(0), "files", "delete", "new.json");
      expect((await json(ago(0), "files", "share", "short.json", "--output", "newer.json")).error.code).to.equal("ObjectMissing");
    } finally {
      await running.stop();
    }
  });
});

describe("a store server whose disk is full", () => {
  it("says so, keeps nothing of the upload, and goes on serving", async function () {
    if (process.getuid?.() !== 0) {
      process.stdout.write("      SKIPPED: mounting a small disk needs root\n");
      this.skip();
    }
    const place = newPlace();
    mkdirSync(place.path("served"));
    const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=3m", "none", place.path("served")], { encoding: "utf8" });
    if (mounted.status !== 0) {
      process.stdout.write(`      SKIPPED: a small disk cannot be mounted here (${mounted.stderr.trim()})\n`);
      place.remove();
      this.skip();
    }
    const running = await startServer(place.path("served"));
    try {
      const store = new HttpStore(running.url, running.token("room"));
      const small = await store.put(once(noise(1000)));
      writeFileSync(place.path("data"), noise(12 << 20));
      const error = await refusal(upload({ source: place.path("data"), store, stateDirectory: place.stateDirectory }), "StoreFull");
      expect(error.message).not.to.contain(place.root);
      await refusal(store.put(once(noise(12 << 20))), "StoreFull");
      expect(place.files("served/objects")).to.have.length(1);
      expect(place.files("state")).to.deep.equal([]);
      expect(await sizeOf(store.get(small.sha256))).to.equal(1000);
      writeFileSync(place.path("data"), noise(1 << 20));
      const { resource } = await upload({ source: place.path("data"), store, stateDirectory: place.stateDirectory });
      await download({ resource, directory: place.path("out") });
    } finally {
      await running.stop();
      spawnSync("umount", [place.path("served")]);
      place.remove();
    }
  });
});
