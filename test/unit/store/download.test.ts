// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { expect } from "chai";
import { pack } from "tar-stream";
import type { Resource } from "../../../src/core/resource";
import { sealStream } from "../../../src/crypto/age";
import { newIdentity, recipientOf } from "../../../src/crypto/ageKeys";
import { DirectoryStore } from "../../../src/store/directory";
import { download } from "../../../src/store/download";
import { nodeCipher } from "../../../src/store/nodeCipher";
import { upload } from "../../../src/store/upload";
import { refusal } from "../refusal";
import { newPlace, noise, type Place } from "./place";

const hash = (bytes: Uint8Array): Resource["hash"] => ({ algo: "sha256", hash: createHash("sha256").update(bytes).digest("hex"), encoding: "hex" });

let place: Place;
beforeEach(() => void (place = newPlace()));
afterEach(() => place.remove());

async function uploaded(bytes: Uint8Array): Promise<Resource> {
  writeFileSync(place.path("data"), bytes);
  return (await upload({ source: place.path("data"), store: place.store, stateDirectory: place.stateDirectory })).resource;
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

function objectFile(resource: Resource): string {
  return place.store.pathOf((resource.resource as { filepath: string }).filepath);
}

describe("download", () => {
  const nothingThere = (): void => void expect(existsSync(place.path("out")) ? place.files("out") : []).to.deep.equal([]);

  it("refuses a stored object with a changed, missing or added byte, and leaves nothing", async () => {
    const resource = await uploaded(noise(200_000));
    const good = readFileSync(objectFile(resource));
    const changed = Buffer.from(good);
    changed[150_000]! ^= 1;
    for (const bad of [changed, good.subarray(0, -1), good.subarray(0, 100), Buffer.alloc(0), Buffer.concat([good, Buffer.of(1)])]) {
      writeFileSync(objectFile(resource), bad);
      await refusal(download({ resource, directory: place.path("out") }), "SealBroken", "ObjectDamaged");
      nothingThere();
    }
  });

  it("refuses a well encrypted object that holds another content than promised", async () => {
    const resource = await uploaded(noise(1000));
    const recipient = await recipientOf(resource.encryption!.key);
    for (const other of [noise(1000, 2), noise(999), noise(1001)]) {
      const stored = await place.store.put(sealStream(once(other), [recipient], nodeCipher));
      const swapped = { ...resource, resource: place.store.place(stored.sha256) };
      await refusal(download({ resource: swapped, directory: place.path("out") }), "ObjectDamaged");
      nothingThere();
    }
  });

  it("names a deleted object, another key and a store that is not there", async () => {
    const resource = await uploaded(noise(1000));
    await refusal(download({ resource: { ...resource, encryption: { ...resource.encryption!, key: await newIdentity() } }, directory: place.path("out") }), "NotSealedForUs");
    const elsewhere = new DirectoryStore(place.path("elsewhere")).place((resource.resource as { filepath: string }).filepath);
    await refusal(download({ resource: { ...resource, resource: elsewhere }, directory: place.path("out") }), "StoreMissing");
    expect(await place.store.delete((resource.resource as { filepath: string }).filepath)).to.equal(true);
    await refusal(download({ resource, directory: place.path("out") }), "ObjectMissing");
  });

  it("does not replace what is there unless told to", async () => {
    const resource = await uploaded(Buffer.from("new"));
    mkdirSync(place.path("out"));
    writeFileSync(place.path("out/data"), "old");
    await refusal(download({ resource, directory: place.path("out") }), "TargetExists");
    expect(readFileSync(place.path("out/data"), "utf8")).to.equal("old");
    await download({ resource, directory: place.path("out"), overwrite: true });
    expect(readFileSync(place.path("out/data"), "utf8")).to.equal("new");
    expect(place.files("out")).to.deep.equal(["data"]);
  });

  it("a link under the target's name is refused, not followed", async () => {
    const resource = await uploaded(Buffer.from("new"));
    mkdirSync(place.path("out"));
    symlinkSync(place.path("victim"), place.path("out/data"));
    await refusal(download({ resource, directory: place.path("out") }), "TargetExists");
    expect(existsSync(place.path("victim"))).to.equal(false);
  });

  it("an interruption leaves nothing", async () => {
    const resource = await uploaded(noise(4 << 20));
    const stop = new AbortController();
    await refusal(download({ resource, directory: place.path("out"), signal: stop.signal, onProgress: () => stop.abort() }), "Interrupted");
    nothingThere();
  });

  it("reads a plain URL and verifies it", async () => {
    const server = createServer((request, response) => (request.url === "/data" ? response.end("from the web") : response.writeHead(404).end()));
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    try {
      const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const resource: Resource = { resource: { type: "URL", url: `${base}/data` }, hash: hash(Buffer.from("from the web")), size: 12, filename: "data", kind: "file" };
      expect(readFileSync(await download({ resource, directory: place.path("out") }), "utf8")).to.equal("from the web");
      await refusal(download({ resource: { ...resource, size: 11 }, directory: place.path("out2") }), "ObjectDamaged");
      await refusal(download({ resource: { ...resource, resource: { type: "URL", url: `${base}/none` } }, directory: place.path("out2") }), "DownloadFailed");
    } finally {
      server.close();
    }
  });

  describe("of a directory whose archive is hostile", () => {
    type Entry = Parameters<ReturnType<typeof pack>["entry"]>[0] & { body?: string };
    const hostile: Record<string, Entry[]> = {
      "a name with ..": [{ name: "../escaped", body: "x" }],
      "a name with .. inside": [{ name: "a/../../escaped", body: "x" }],
      "an absolute name": [{ name: "/tmp/cloister-escaped", body: "x" }],
      "an absolute link": [{ name: "link", type: "symlink", linkname: "/etc" }],
      "a link that leads out": [{ name: "a/link", type: "symlink", linkname: "../../outside" }],
      "a link that leads out through another": [
        { name: "a/b/up", type: "symlink", linkname: "../.." },
        { name: "a/b/out", type: "symlink", linkname: "up/../.." },
      ],
      "a file behind a link": [
        { name: "dir", type: "symlink", linkname: "." },
        { name: "dir/file", body: "x" },
      ],
      "a file over a link": [
        { name: "a", type: "symlink", linkname: "b" },
        { name: "a", body: "x" },
      ],
      "a hard link": [{ name: "hard", type: "link", linkname: "/etc/passwd" }],
      "a device": [{ name: "null", type: "character-device", devmajor: 1, devminor: 3 }],
      "the same file twice": [
        { name: "a", body: "x" },
        { name: "a", body: "y" },
      ],
    };

    for (const [name, entries] of Object.entries(hostile)) {
      it(`${name}: is refused with nothing outside touched`, async () => {
        const tar = pack();
        for (const { body, ...header } of entries) {
          if (body === undefined) tar.entry(header).end(undefined);
          else tar.entry(header, body);
        }
        tar.finalize();
        const pieces: Uint8Array[] = [];
        for await (const piece of tar as AsyncIterable<Uint8Array>) pieces.push(piece);
        await refusal(download({ resource: await asDirectory(Buffer.concat(pieces)), directory: place.path("out") }), "ArchiveUnsafe");
        expect(place.files("out")).to.deep.equal([]);
        for (const path of [place.path("escaped"), place.path("out/escaped"), "/tmp/cloister-escaped"]) expect(existsSync(path), path).to.equal(false);
      });
    }

    it("no archive at all is refused", async () => {
      await refusal(download({ resource: await asDirectory(noise(5000)), directory: place.path("out") }), "ArchiveBroken");
    });

    async function asDirectory(bytes: Uint8Array): Promise<Resource> {
      const identity = await newIdentity();
      const stored = await place.store.put(sealStream(once(bytes), [await recipientOf(identity)], nodeCipher));
      return { resource: place.store.place(stored.sha256), encryption: { algo: "age", encoding: "bech32", key: identity }, hash: hash(bytes), size: bytes.length, filename: "tree", kind: "directory" };
    }
  });
});

describe("directory store", () => {
  it("puts, finds, reads whole and in part, and deletes", async () => {
    const { sha256, size } = await place.store.put(once(Buffer.from("hello world")));
    expect({ sha256, size }).to.deep.equal({ sha256: hash(Buffer.from("hello world")).hash, size: 11 });
    expect(await place.store.has(sha256)).to.deep.equal({ sha256, size });
    const read = async (range?: { start: number; length: number }) => {
      let text = "";
      for await (const piece of place.store.get(sha256, range)) text += Buffer.from(piece).toString();
      return text;
    };
    expect(await read()).to.equal("hello world");
    expect(await read({ start: 6, length: 3 })).to.equal("wor");
    expect(await read({ start: 6, length: 0 })).to.equal("");
    expect(await place.store.delete(sha256)).to.equal(true);
    expect(await place.store.delete(sha256)).to.equal(false);
    await refusal(read(), "ObjectMissing");
  });

  it("never looks outside for a forged address", async () => {
    writeFileSync(place.path("secret"), "secret");
    await refusal(async () => {
      for await (const piece of place.store.get("../../secret")) expect(piece).to.equal(undefined);
    }, "ObjectMissing");
    await refusal(place.store.delete("../secret"), "ObjectMissing");
  });

  it("names a full disk", async () => {
    mkdirSync(place.path("store/.staging"));
    symlinkSync("/dev/full", place.path("store/.staging/full"));
    const staging = await place.store.stage("full");
    await refusal(staging.write(Buffer.from("x"), 0), "StoreFull");
    await staging.close();
  });

  it("keeps nothing of a stream that fails", async () => {
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield Buffer.from("half");
      throw new Error("the source failed");
    }
    let message = "";
    await place.store.put(failing()).catch((error: Error) => (message = error.message));
    expect(message).to.equal("the source failed");
    expect(place.files("store")).to.deep.equal([]);
  });

  it("a file in its place is a missing store", async () => {
    writeFileSync(place.path("file"), "x");
    chmodSync(place.path("file"), 0o644);
    await refusal(new DirectoryStore(place.path("file")).has("00".repeat(32)), "StoreMissing");
  });
});
