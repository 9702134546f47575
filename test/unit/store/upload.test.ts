// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import { appendFileSync, chmodSync, existsSync, mkdirSync, readFileSync, statSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect } from "chai";
import { Decrypter } from "age-encryption";
import { readResource, type Resource } from "../../../src/core/resource";
import { DirectoryStore } from "../../../src/store/directory";
import { download } from "../../../src/store/download";
import { upload } from "../../../src/store/upload";
import { refusal } from "../refusal";
import { newPlace, noise, type Place } from "./place";

const MIB = 1 << 20;
const sha = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

describe("upload", () => {
  let place: Place;
  beforeEach(() => void (place = newPlace()));
  afterEach(() => place.remove());

  const put = (name: string, more: object = {}) => upload({ source: place.path(name), store: place.store, stateDirectory: place.stateDirectory, ...more });

  for (const size of [0, 1, 65536, 65537, MIB, MIB + 1, 3 * MIB, 3 * MIB + 70000]) {
    it(`given ${size} bytes: stores an age file under its hash that any age library opens, and names the plain hash`, async () => {
      const plain = noise(size);
      writeFileSync(place.path("data"), plain);
      const { resource } = await put("data");
      readResource(JSON.parse(JSON.stringify(resource)));
      expect(resource).to.deep.include({ size, filename: "data", kind: "file", hash: { algo: "sha256", hash: sha(plain), encoding: "hex" } });
      const address = filepath(resource);
      const stored = readFileSync(place.store.pathOf(address));
      expect(sha(stored)).to.equal(address);
      const reference = new Decrypter();
      reference.addIdentity(resource.encryption!.key);
      expect(plain.equals(await reference.decrypt(stored))).to.equal(true);
      expect(place.files("store")).to.deep.equal([`${address.slice(0, 2)}/${address.slice(2)}`]);
      expect(place.files("state")).to.deep.equal([]);
      const target = await download({ resource, directory: place.path("out") });
      expect(plain.equals(readFileSync(target))).to.equal(true);
    });
  }

  it("the same file twice gets two keys and two objects", async () => {
    writeFileSync(place.path("data"), "same");
    const [first, second] = [await put("data"), await put("data")];
    expect(filepath(first.resource)).not.to.equal(filepath(second.resource));
    expect(first.resource.encryption!.key).not.to.equal(second.resource.encryption!.key);
  });

  it("without encryption stores the plain bytes", async () => {
    writeFileSync(place.path("data"), noise(3 * MIB));
    const { resource } = await put("data", { encrypt: false });
    expect(resource).not.to.have.property("encryption");
    expect(filepath(resource)).to.equal(resource.hash.hash);
    expect(sha(readFileSync(await download({ resource, directory: place.path("out") })))).to.equal(resource.hash.hash);
  });

  it("a missing source, a pipe and a missing store are refused by name", async () => {
    await refusal(put("nothing"), "SourceMissing");
    spawnSync("mkfifo", [place.path("pipe")]);
    await refusal(put("pipe"), "SourceUnreadable");
    writeFileSync(place.path("data"), "x");
    await refusal(put("data", { store: new DirectoryStore(place.path("unmounted")) }), "StoreMissing");
    expect(existsSync(place.path("unmounted"))).to.equal(false);
  });

  describe("given a directory", () => {
    const fill = (name: string): void => {
      mkdirSync(place.path(`${name}/b/empty`), { recursive: true });
      writeFileSync(place.path(`${name}/b/small`), "small");
      writeFileSync(place.path(`${name}/${"long".repeat(40)}`), "a long name");
      writeFileSync(place.path(`${name}/ünïcode`), "ü");
      writeFileSync(place.path(`${name}/large`), noise(700_000));
      writeFileSync(place.path(`${name}/run`), "#!/bin/sh\n");
      chmodSync(place.path(`${name}/run`), 0o755);
      symlinkSync("../large", place.path(`${name}/b/link`));
    };

    it("two copies made at other times with other modes have the same hash, and come back as they were", async () => {
      fill("one");
      fill("two");
      chmodSync(place.path("two/large"), 0o600);
      utimesSync(place.path("two/large"), 1, 1);
      const [one, two] = [await put("one"), await put("two")];
      expect(one.resource.hash.hash).to.equal(two.resource.hash.hash);
      expect(one.resource.kind).to.equal("directory");
      const target = await download({ resource: one.resource, directory: place.path("out"), name: "back" });
      const compared = spawnSync("diff", ["-r", "--no-dereference", place.path("one"), target], { encoding: "utf8" });
      expect(compared.stdout + compared.stderr).to.equal("");
      expect(statSync(join(target, "run")).mode & 0o111).to.equal(0o111);
    });

    it("links that lead out are refused before anything is stored", async () => {
      fill("one");
      symlinkSync("/etc/passwd", place.path("one/b/out"));
      await refusal(put("one"), "ArchiveUnsafe");
      expect(place.files("store")).to.deep.equal([]);
    });
  });

  describe("given an interruption in the middle", () => {
    const size = 8 * MIB + 12345;

    async function interrupt(name: string, more: object = {}): Promise<string> {
      const stop = new AbortController();
      const error = await refusal(put(name, { signal: stop.signal, onProgress: (done: number) => done >= 4 * MIB && stop.abort(), ...more }), "Interrupted");
      expect(error.fix).to.contain("goes on");
      const [staged, ...others] = place.files("store");
      expect(others).to.deep.equal([]);
      return place.path(`store/${staged}`);
    }

    for (const [name, more] of [["encrypted", {}], ["plain", { encrypt: false }]] as const) {
      it(`goes on where it ended and rewrites nothing (${name})`, async () => {
        writeFileSync(place.path("data"), noise(size));
        const staged = await interrupt("data", more);
        const before = readFileSync(staged);
        expect(before.length).to.be.greaterThan(3 * MIB).and.lessThan(size);
        const writes: number[] = [];
        const { resource, kept } = await put("data", { ...more, store: watched(place.store, writes) });
        expect(kept).to.equal(before.length);
        expect(Math.min(...writes)).to.equal(before.length);
        const stored = readFileSync(place.store.pathOf(filepath(resource)));
        expect(stored.subarray(0, before.length).equals(before)).to.equal(true);
        expect(sha(readFileSync(await download({ resource, directory: place.path("out") })))).to.equal(sha(noise(size)));
        expect(place.files("state")).to.deep.equal([]);
        expect(existsSync(staged)).to.equal(false);
      });
    }

    it("goes on after a write that was torn within a chunk", async () => {
      writeFileSync(place.path("data"), noise(size));
      const staged = await interrupt("data");
      truncateSync(staged, 2 * MIB + 777);
      const writes: number[] = [];
      const { resource, kept } = await put("data", { store: watched(place.store, writes) });
      expect(kept).to.equal(2 * MIB + 777);
      expect(Math.min(...writes)).to.equal(kept);
      expect(sha(readFileSync(await download({ resource, directory: place.path("out") })))).to.equal(sha(noise(size)));
    });

    it("a directory goes on too", async () => {
      mkdirSync(place.path("data"));
      for (let n = 0; n < 8; n++) writeFileSync(place.path(`data/${n}`), noise(MIB, n + 1));
      await interrupt("data");
      const { resource, kept } = await put("data");
      expect(kept).to.be.greaterThan(3 * MIB);
      const target = await download({ resource, directory: place.path("out") });
      expect(spawnSync("diff", ["-r", place.path("data"), target]).status).to.equal(0);
    });

    it("starts anew with a fresh key when the source changed, its end or its beginning, even with size and time kept", async () => {
      for (const change of ["end", "beginning"]) {
        writeFileSync(place.path("data"), noise(size));
        const staged = await interrupt("data");
        const journal = JSON.parse(readFileSync(place.path(`state/uploads/${place.files("state/uploads")[0]}`), "utf8"));
        if (change === "end") {
          appendFileSync(place.path("data"), "more");
        } else {
          const { atime, mtime } = statSync(place.path("data"));
          const bytes = noise(size);
          bytes[100_000]! ^= 1;
          writeFileSync(place.path("data"), bytes);
          utimesSync(place.path("data"), atime, mtime);
          forgeFingerprint(journal.fingerprint);
        }
        const { resource, kept } = await put("data");
        expect(kept).to.equal(0);
        expect(resource.encryption!.key).not.to.equal(journal.encryption.identity);
        expect(existsSync(staged)).to.equal(false);
        expect(sha(readFileSync(await download({ resource, directory: place.path("out"), overwrite: true })))).to.equal(sha(readFileSync(place.path("data"))));
        await place.store.delete(filepath(resource));
      }
    });

    /** Makes the journal believe that the changed file is the old one, as a tool that restores times to the nanosecond would. */
    function forgeFingerprint(old: string): void {
      const path = place.path(`state/uploads/${place.files("state/uploads")[0]}`);
      const { size: bytes, mtimeNs, ino } = statSync(place.path("data"), { bigint: true });
      writeFileSync(path, readFileSync(path, "utf8").replace(old, `${bytes}:${mtimeNs}:${ino}`));
    }

    it("keeps the key with the uploader alone, readable by nobody else", async () => {
      writeFileSync(place.path("data"), noise(size));
      await interrupt("data");
      const path = place.path(`state/uploads/${place.files("state/uploads")[0]}`);
      expect(statSync(path).mode & 0o777).to.equal(0o600);
      expect(statSync(place.path("state/uploads")).mode & 0o777).to.equal(0o700);
      const { encryption } = JSON.parse(readFileSync(path, "utf8"));
      for (const name of place.files("store")) expect(readFileSync(place.path(`store/${name}`)).includes(encryption.identity)).to.equal(false);
    });

    it("two uploads of the same source at once do not write over each other", async () => {
      writeFileSync(place.path("data"), noise(size));
      const both = await Promise.allSettled([put("data"), put("data")]);
      const failed = both.filter((one) => one.status === "rejected");
      expect(failed).to.have.length(1);
      expect((failed[0] as PromiseRejectedResult).reason.code).to.equal("UploadInProgress");
    });
  });

  it("a source that grows while it is read is refused and leaves nothing", async () => {
    writeFileSync(place.path("data"), noise(4 * MIB));
    let grown = false;
    const growing = put("data", {
      onProgress: () => {
        if (!grown) appendFileSync(place.path("data"), "more");
        grown = true;
      },
    });
    await refusal(growing, "SourceChanged");
    expect(place.files("store")).to.deep.equal([]);
    expect(place.files("state")).to.deep.equal([]);
  });

  it("a full disk is named, and nothing stays on it", function () {
    writeFileSync(place.path("data"), noise(4 * MIB));
    const story = `
      const { upload } = require("./src/store/upload"); const { DirectoryStore } = require("./src/store/directory");
      upload({ source: process.env.PLACE + "/data", store: new DirectoryStore(process.env.PLACE + "/store"), stateDirectory: process.env.PLACE + "/state" })
        .then(() => "done", (error) => error.code).then((code) => {
          const left = require("fs").readdirSync(process.env.PLACE + "/store", { recursive: true });
          console.log(JSON.stringify({ code, left, journals: require("fs").readdirSync(process.env.PLACE + "/state/uploads") }));
        });`;
    const line = `mount -t tmpfs -o size=2m none "$PLACE/store" && exec "${process.execPath}" --require tsx/cjs -e '${story}'`;
    const run = spawnSync("unshare", ["--user", "--map-root-user", "--mount", "sh", "-c", line], { encoding: "utf8", env: { ...process.env, PLACE: place.root } });
    if (/unshare: |mount: /.test(run.stderr)) this.skip(); // no namespaces here; the other test shows the naming
    expect(run.stdout, run.stderr).to.equal('{"code":"StoreFull","left":[".staging"],"journals":[]}\n');
  }).timeout(20_000);
});

function filepath(resource: Resource): string {
  if (resource.resource.type === "URL") throw new Error("a URL has no address");
  return resource.resource.filepath;
}

/** The same store, noting the offset of every write to a staged object. */
function watched(store: DirectoryStore, offsets: number[]): DirectoryStore {
  const copy = new DirectoryStore(store.directory);
  copy.stage = async (name) => {
    const staging = await store.stage(name);
    const write = staging.write.bind(staging);
    staging.write = (bytes, offset) => {
      offsets.push(offset);
      return write(bytes, offset);
    };
    return staging;
  };
  return copy;
}
