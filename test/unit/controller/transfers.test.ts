// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodeResultPointer } from "../../../src/core/result";
import { DirectoryStore } from "../../../src/store/directory";
import { mintToken } from "../../../src/store/token";
import type { StoredObject } from "../../../src/store/objectStore";
import { keepResult } from "../../../src/tee/controller/transfers";
import { refusal } from "../refusal";
import { startServer } from "../store/server";

/** Milliseconds for a store that answers, however busy this machine is. */
const PATIENT = 10_000;

/** A store that takes everything and never says so: what a network does when the other side is gone. */
class HangingStore extends DirectoryStore {
  override put(): Promise<StoredObject> {
    return new Promise(() => undefined);
  }
}

describe("bringing a sealed result away", () => {
  let house: string;
  let small: string;
  let large: string;
  beforeEach(() => {
    house = mkdtempSync(join(tmpdir(), "cloister-transfers-"));
    [small, large] = [join(house, "small"), join(house, "large")];
    writeFileSync(small, "age-encryption.org/v1 small");
    writeFileSync(large, Buffer.alloc(10_000));
  });
  afterEach(() => rmSync(house, { recursive: true }));

  const keeping = (store: DirectoryStore, told: string[] = [], stallMilliseconds = 100) => ({ store, stallMilliseconds, log: (line: string) => void told.push(line) });

  it("passes over a customer's store that is gone: the machine's own takes it", async () => {
    const told: string[] = [];
    const { pointer: bytes } = await keepResult({ path: large, size: 10_000, store: { type: "DIRECTORY", path: join(house, "gone") } }, keeping(new DirectoryStore(house), told, PATIENT));
    const pointer = decodeResultPointer(bytes);
    expect(pointer).to.include({ kind: "stored", size: 10_000 });
    expect(told.join()).to.include("StoreMissing");
  });

  it("stores with a grant first: the pointer has no access in it; a granted store that is gone leaves the customer's own", async () => {
    const server = await startServer(join(house, "served"));
    const token = mintToken(server.key, { prefix: "order-13", rights: ["write"], notAfter: Math.floor(Date.now() / 1000) + 60 });
    const granted = { suborder: "13", url: server.url, token };
    const kept = await keepResult({ path: large, size: 10_000, store: { type: "EVENT" }, granted }, keeping(new DirectoryStore(house), [], PATIENT));
    const pointer = decodeResultPointer(kept.pointer);
    expect(pointer).to.include({ kind: "granted", suborder: "13", size: 10_000 });
    expect(Buffer.from(kept.pointer).toString()).not.to.include("cst1").and.not.to.include("http");
    expect(kept.store).to.deep.equal({ type: "HTTP", url: server.url, token });
    // A small one too: it was paid for to be kept.
    expect(decodeResultPointer((await keepResult({ path: small, size: 27, store: { type: "EVENT" }, granted }, keeping(new DirectoryStore(house), [], PATIENT))).pointer)).to.include({ kind: "granted", size: 27 });
    await server.stop();
    for (const broken of [{ storage: "x" }, { storage: "13", sha256: "12", size: 1 }, { storage: "13", sha256: "ab".repeat(32), size: 1, token: "cst1" }]) {
      await refusal(() => decodeResultPointer(Buffer.from(JSON.stringify(broken))), "ResultPointerInvalid");
    }

    const told: string[] = [];
    const own = { type: "DIRECTORY", path: house } as const;
    const fallen = await keepResult({ path: large, size: 10_000, store: own, granted }, keeping(new HangingStore(house), told));
    expect(decodeResultPointer(fallen.pointer)).to.include({ kind: "stored" });
    expect(fallen.store).to.deep.equal(own);
    expect(told).to.have.length(1);
  });

  it("puts a small result into the event where no store moves", async () => {
    const told: string[] = [];
    expect(decodeResultPointer((await keepResult({ path: small, size: 27 }, keeping(new HangingStore(house), told))).pointer).kind).to.equal("inline");
    expect(told.join()).to.include("StoreStalled");
  });

  it("says that a large one found no place", async () => {
    const error = await refusal(keepResult({ path: large, size: 10_000 }, keeping(new HangingStore(house))), "ResultNotKept");
    expect(error.message).to.include("10000 bytes").and.include("moved nothing for 0.1 s");
  });
});
