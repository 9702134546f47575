// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { expect } from "chai";
import { decodeResultPointer, encodeResultPointer } from "../../../src/core/result";
import { readSealedArguments, sealedArguments } from "../../../src/core/sealed";
import { newIdentity, recipientOf } from "../../../src/crypto/ageKeys";
import { openJson, seal } from "../../../src/crypto/seal";
import { storeOf } from "../../../src/store/openStore";
import { openResultStore, resultStoreOf } from "../../../src/store/resultStore";
import type { StorageSettings } from "../../../src/core/config";
import { type Outcome, spctl } from "../command/stage";
import { newPlace, noise, type Place } from "../store/place";
import { type S3Server, settingsOf, startS3 } from "../store/s3Server";
import { type RunningServer, startServer } from "../store/server";

/** The same commands and the same way of a result, whatever the configuration names as its store. */
describe("every kind of place", () => {
  let place: Place;
  let running: RunningServer;
  let s3: S3Server;
  beforeEach(async () => {
    place = newPlace();
    running = await startServer(place.path("served"));
    s3 = await startS3(place.path("s3"));
  });
  afterEach(async () => {
    await running.stop();
    await s3.stop();
    place.remove();
  });

  const kinds: Record<string, () => StorageSettings> = {
    "a directory": () => ({ type: "DIRECTORY", path: place.path("store") }),
    "a store server": () => ({ type: "HTTP", url: running.url, token: running.token("room") }),
    "an S3 bucket": () => settingsOf(s3),
  };
  const secrets = (): string[] => [running.token("room").split(".").at(-1)!, s3.secretKey];

  for (const [kind, storage] of Object.entries(kinds)) {
    it(`${kind}: files upload, download with the resource file alone, delete`, async () => {
      for (const home of ["alice", "bob"]) mkdirSync(place.path(home));
      writeFileSync(place.path("alice/config.json"), JSON.stringify({ storage: storage() }));
      mkdirSync(place.path("alice/set"));
      for (const name of ["a", "b"]) writeFileSync(place.path(`alice/set/${name}`), noise(300_000));
      const as = (home: string, ...args: string[]): Promise<Outcome> => spctl(["files", ...args], { cwd: place.path(home), env: { XDG_STATE_HOME: place.path(`${home}/state`) }, at: new Date() });
      const uploaded = await as("alice", "upload", "set", "--keep-days", "5", "--json");
      expect(uploaded.code, uploaded.stdout).to.equal(0);
      const text = readFileSync(place.path("alice/resource.json"), "utf8");
      for (const secret of secrets()) expect(text + uploaded.stdout + uploaded.stderr).not.to.contain(secret);
      writeFileSync(place.path("bob/resource.json"), text);
      const downloaded = await as("bob", "download", "resource.json", ".");
      expect(downloaded.code, downloaded.stderr).to.equal(0);
      expect(readFileSync(place.path("bob/set/b")).equals(noise(300_000))).to.equal(true);
      if (kind !== "a directory") expect((await as("bob", "delete", "resource.json")).code).to.equal(1);
      expect((await as("alice", "delete", "resource.json")).stdout).to.equal("File was deleted\n");
      expect(JSON.parse((await as("bob", "download", "resource.json", "again", "--json")).stdout).error.code).to.equal("ObjectMissing");
    });

    it(`${kind}: a result goes where the customer sealed it to, and the event's pointer finds it`, async () => {
      const identity = await newIdentity();
      const sealed = sealedArguments({
        chainId: 31337,
        orderBook: `0x${"11".repeat(20)}`,
        customer: `0x${"22".repeat(20)}`,
        nonce: `0x${"33".repeat(32)}`,
        inputs: [{ kind: "solution", offer: "7", version: 1, hash: "ab".repeat(32) }],
        resultRecipient: await recipientOf(identity),
        resultStore: await resultStoreOf(storage()),
      });
      const opened = readSealedArguments(await openJson(await seal(sealed, [await recipientOf(identity)]), identity));
      for (const secret of secrets()) expect(JSON.stringify(opened)).not.to.contain(secret);
      const store = openResultStore(opened.resultStore)!;
      const { sha256, size } = await store.put((async function* () { yield noise(70_000); })());
      const pointer = decodeResultPointer(encodeResultPointer(store.place(sha256), sha256, size));
      if (pointer.kind !== "stored") throw new Error(pointer.kind);
      const pieces: Uint8Array[] = [];
      for await (const piece of storeOf(pointer.place).store.get(pointer.sha256)) pieces.push(piece);
      expect(Buffer.concat(pieces).equals(noise(70_000))).to.equal(true);
    });
  }
});
