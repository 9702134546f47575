// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodeResultPointer } from "../../../src/core/result";
import { DirectoryStore } from "../../../src/store/directory";
import type { StoredObject } from "../../../src/store/objectStore";
import { keepResult } from "../../../src/tee/controller/transfers";
import { refusal } from "../refusal";

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

  const keeping = (store: DirectoryStore, told: string[] = []) => ({ store, stallMilliseconds: 100, log: (line: string) => void told.push(line) });

  it("passes over a customer's store that is gone: the machine's own takes it", async () => {
    const told: string[] = [];
    const bytes = await keepResult({ path: large, size: 10_000, store: { type: "DIRECTORY", path: join(house, "gone") } }, keeping(new DirectoryStore(house), told));
    const pointer = decodeResultPointer(bytes);
    expect(pointer).to.include({ kind: "stored", size: 10_000 });
    expect(told.join()).to.include("StoreMissing");
  });

  it("puts a small result into the event where no store moves", async () => {
    const told: string[] = [];
    expect(decodeResultPointer(await keepResult({ path: small, size: 27 }, keeping(new HangingStore(house), told))).kind).to.equal("inline");
    expect(told.join()).to.include("StoreStalled");
  });

  it("says that a large one found no place", async () => {
    const error = await refusal(keepResult({ path: large, size: 10_000 }, keeping(new HangingStore(house))), "ResultNotKept");
    expect(error.message).to.include("10000 bytes").and.include("moved nothing for 0.1 s");
  });
});
