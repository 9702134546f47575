// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

import { openStream, sealStream } from "../../src/crypto/age";
import { newIdentity, recipientOf } from "../../src/crypto/ageKeys";
import { identityFromKey, newPhrase, phraseToKey } from "../../src/crypto/mnemonic";
import { seal } from "../../src/crypto/seal";
import { nodeCipher } from "../../src/store/nodeCipher";
import { ask, needs, scratch } from "./tool";

const SPCTL = resolve(__dirname, "..", "..", "dist", "spctl.js");
/** Around the borders of the format's chunks. */
const SIZES = [0, 1, 65_535, 65_536, 65_537, 131_072, 1_000_003];

function content(size: number): Buffer {
  return Buffer.from(Uint8Array.from({ length: size }, (_, index) => (index * 31 + (index >> 8)) & 255));
}

async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function all(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of stream) parts.push(Uint8Array.from(part));
  return Buffer.concat(parts);
}

describe("stock age", function () {
  this.timeout(120_000);
  const { path } = scratch();
  let identity: string;
  let recipient: string;

  before(async function () {
    needs(this, "age", "--version");
    identity = await newIdentity();
    recipient = await recipientOf(identity);
    writeFileSync(path("identity"), `${identity}\n`, { mode: 0o600 });
  });

  for (const size of SIZES) {
    it(`opens what we seal, ${size} bytes`, async () => {
      const sealed = await all(sealStream(pieces(content(size), 50_000), [recipient], nodeCipher));
      expect(ask("age", ["--decrypt", "--identity", path("identity")], sealed).equals(content(size))).to.equal(true);
    });

    it(`seals what we open, ${size} bytes`, async () => {
      const sealed = ask("age", ["--recipient", recipient], content(size));
      expect((await all(openStream(pieces(sealed, 1013), identity, nodeCipher))).equals(content(size))).to.equal(true);
    });
  }

  it("refuses what we sealed when one byte of it is another", async () => {
    const sealed = await all(sealStream(pieces(content(100_000), 50_000), [recipient], nodeCipher));
    sealed[sealed.length - 40_000]! ^= 1;
    expect(() => ask("age", ["--decrypt", "--identity", path("identity")], sealed)).to.throw(/failed to decrypt|authenticat/i);
  });

  it("opens a sealed message", async () => {
    const sealed = await seal({ kind: "a message" }, [recipient]);
    expect(ask("age", ["--decrypt", "--identity", path("identity")], sealed).length).to.be.greaterThan(0);
  });

  it("opens a result with the key that twelve words give", async () => {
    const key = identityFromKey(phraseToKey(newPhrase()));
    writeFileSync(path("words"), `${key}\n`, { mode: 0o600 });
    const sealed = await all(sealStream(pieces(content(70_000), 50_000), [await recipientOf(key)], nodeCipher));
    expect(ask("age", ["--decrypt", "--identity", path("words")], sealed).equals(content(70_000))).to.equal(true);
  });

  it("opens an uploaded file with the identity of its resource file, and the object has the ciphertext's hash for a name", () => {
    mkdirSync(path("home/store"), { recursive: true });
    writeFileSync(path("home/config.json"), JSON.stringify({ storage: { type: "DIRECTORY", path: path("home/store") } }));
    writeFileSync(path("home/plain"), content(200_000));
    ask(process.execPath, [SPCTL, "files", "upload", path("home/plain"), "--output", path("home/resource.json"), "--config", path("home/config.json")]);
    const { resource, encryption, hash } = JSON.parse(readFileSync(path("home/resource.json"), "utf8")) as { resource: { filepath: string }; encryption: { key: string }; hash: { hash: string } };
    const object = readdirSync(path("home/store"), { recursive: true, encoding: "utf8" }).find((file) => file.replaceAll("/", "").endsWith(resource.filepath));
    if (object === undefined) throw new Error("the object is not in the store");
    const sealed = readFileSync(join(path("home/store"), object));
    writeFileSync(path("file-identity"), `${encryption.key}\n`, { mode: 0o600 });
    const plain = ask("age", ["--decrypt", "--identity", path("file-identity")], sealed);
    expect(createHash("sha256").update(sealed).digest("hex")).to.equal(resource.filepath);
    expect(createHash("sha256").update(plain).digest("hex")).to.equal(hash.hash);
  });
});
