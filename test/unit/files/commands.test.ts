// SPDX-License-Identifier: Apache-2.0
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { spctl, type Outcome } from "../command/stage";
import { newPlace, noise, type Place } from "../store/place";

const REPOSITORY = join(__dirname, "../../..");

describe("files", () => {
  let place: Place;
  beforeEach(() => {
    place = newPlace();
    writeFileSync(place.path("config.json"), JSON.stringify({ storage: { type: "DIRECTORY", path: "store" } }));
  });
  afterEach(() => place.remove());

  const run = (...args: string[]): Promise<Outcome> => spctl(["files", ...args], { cwd: place.root, env: { XDG_STATE_HOME: place.path("state") } });
  const json = async (...args: string[]) => JSON.parse((await run(...args, "--json")).stdout);

  it("upload, download, calculate-hash and delete: a file, with the known lines", async () => {
    writeFileSync(place.path("data.csv"), noise(100_000));
    const uploaded = await run("upload", "data.csv", "--output", "data.resource.json");
    expect(uploaded.code, uploaded.stderr).to.equal(0);
    expect(uploaded.stdout).to.equal(`File was uploaded successfully\nResource file was created in ${place.path("data.resource.json")}\n`);
    expect(statSync(place.path("data.resource.json")).mode & 0o777).to.equal(0o600);
    const resource = JSON.parse(readFileSync(place.path("data.resource.json"), "utf8"));
    expect((await run("calculate-hash", "data.csv")).stdout).to.equal(`${resource.hash.hash}\n`);
    const downloaded = await run("download", "data.resource.json", "out", "--use-addon");
    expect(downloaded.stdout.split("\n")[0]).to.equal("File was downloaded successfully");
    expect(readFileSync(place.path("out/data.csv")).equals(noise(100_000))).to.equal(true);
    expect(await json("download", "data.resource.json", "out")).to.deep.nested.include({ "error.code": "TargetExists" });
    expect((await run("download", "data.resource.json", "out", "--overwrite")).code).to.equal(0);
    expect((await run("delete", "data.resource.json")).stdout).to.equal("File was deleted\n");
    expect((await run("delete", "data.resource.json")).code).to.equal(1);
    expect((await json("download", "data.resource.json", "out2")).error.code).to.equal("ObjectMissing");
  });

  it("a directory works with and without --use-addon and has the hash that calculate-hash says", async () => {
    mkdirSync(place.path("set/inner"), { recursive: true });
    writeFileSync(place.path("set/inner/a"), "a");
    for (const addon of [["--use-addon"], []]) {
      const shown = await json("upload", "set", "--output", "set.json", ...addon);
      expect(shown).to.include({ kind: "directory", encrypted: true });
      expect(shown.hash).to.equal((await json("calculate-hash", "set")).hash);
    }
    await run("download", "set.json", ".", "--overwrite");
    await run("download", "set.json", "out");
    expect(readFileSync(place.path("out/set/inner/a"), "utf8")).to.equal("a");
  });

  it("JSON of an upload does not contain the key", async () => {
    writeFileSync(place.path("data"), "x");
    const { stdout } = await run("upload", "data", "--json");
    const { encryption } = JSON.parse(readFileSync(place.path("resource.json"), "utf8"));
    expect(stdout).not.to.contain(encryption.key);
  });

  it("flags: --filename, --metadata, --skip-encryption; a resource file that is there is kept", async () => {
    writeFileSync(place.path("data"), "plain words");
    writeFileSync(place.path("more.json"), '{"author": "Bob"}');
    await run("upload", "data", "--filename", "nice.txt", "--metadata", "more.json");
    const first = readFileSync(place.path("resource.json"), "utf8");
    expect(JSON.parse(first)).to.deep.include({ filename: "nice.txt", metadata: { author: "Bob" } });
    const again = await run("upload", "data", "--skip-encryption");
    expect(again.stderr).to.contain("resource.json.1");
    expect(readFileSync(place.path("resource.json.1"), "utf8")).to.equal(first);
    const plain = JSON.parse(readFileSync(place.path("resource.json"), "utf8"));
    expect(plain).not.to.have.property("encryption");
    expect(readFileSync(place.store.pathOf(plain.resource.filepath), "utf8")).to.equal("plain words");
    expect((await json("upload", "data", "--metadata", "data")).error.code).to.equal("MetadataInvalid");
    expect((await json("upload", "data", "--filename", "../up")).error.code).to.equal("FileNameInvalid");
    expect((await json("upload", "data", "--output", "none/resource.json")).error.code).to.equal("TargetDenied");
    mkdirSync(place.path("taken"));
    expect((await json("upload", "data", "--output", "taken")).error).to.deep.include({ code: "TargetDenied", message: `${place.path("taken")} cannot be written: it is a directory.` });
    expect(place.files("store")).to.have.length(2);
  });

  it("refusals: no configuration, no store, no such file, a broken resource file", async () => {
    expect((await json("upload", "none")).error.code).to.equal("SourceMissing");
    expect((await json("download", "none.json", ".")).error.code).to.equal("FileMissing");
    writeFileSync(place.path("bad.json"), '{"resource": {}}');
    expect((await json("download", "bad.json", ".")).error.code).to.equal("ResourceInvalid");
    rmSync(place.path("store"), { recursive: true });
    writeFileSync(place.path("data"), "x");
    expect((await json("upload", "data")).error.code).to.equal("StoreMissing");
    rmSync(place.path("config.json"));
    expect((await json("upload", "data")).error.code).to.equal("ConfigMissing");
  });

  it("an upload killed with SIGKILL goes on in the next process", async function () {
    const size = 192 << 20;
    writeFileSync(place.path("big"), Buffer.alloc(1));
    truncateSync(place.path("big"), size); // sparse: zeros are as good to encrypt
    const env = { ...process.env, XDG_STATE_HOME: place.path("state") };
    const words = ["--import", "tsx", join(REPOSITORY, "bin/spctl.ts"), "files", "upload", place.path("big"), "--config", place.path("config.json"), "--output", place.path("big.json")];
    const first = spawn(process.execPath, words, { cwd: REPOSITORY, env, stdio: "ignore" });
    const staging = place.path("store/.staging");
    for (let staged = 0; staged < 8 << 20; ) {
      expect(first.exitCode, "the upload ended before it could be killed").to.equal(null);
      await new Promise((done) => setTimeout(done, 5));
      const [name] = existsSync(staging) ? readdirSync(staging) : [];
      staged = name === undefined ? 0 : statSync(join(staging, name)).size;
    }
    first.kill("SIGKILL");
    await once(first, "exit");
    expect(existsSync(place.path("big.json"))).to.equal(false);
    const second = spawnSync(process.execPath, words, { cwd: REPOSITORY, env, encoding: "utf8" });
    expect(second.status, second.stderr).to.equal(0);
    expect(second.stderr).to.match(/\d{7,} bytes of an interrupted upload were kept/);
    expect(place.files("state")).to.deep.equal([]);
    expect((await json("download", "big.json", "out")).size).to.equal(size);
  }).timeout(60_000);
});

describe("workflows: the key of results", () => {
  it("generate-key, key-to-phrase and phrase-to-key belong together", async () => {
    const { stdout: key } = await spctl(["workflows", "generate-key"]);
    const { stdout: phrase } = await spctl(["workflows", "key-to-phrase", "--key", key.trim()]);
    expect(phrase.trim().split(" ")).to.have.length(12);
    expect((await spctl(["workflows", "phrase-to-key", ...phrase.trim().split(" ")])).stdout).to.equal(key);
    expect((await spctl(["workflows", "phrase-to-key", phrase.trim()])).stdout).to.equal(key);
  });

  it("a wrong phrase is refused", async () => {
    const { code, stdout } = await spctl(["workflows", "phrase-to-key", "one", "two", "--json"]);
    expect(code).to.equal(1);
    expect(JSON.parse(stdout).error.code).to.equal("PhraseInvalid");
  });
});
