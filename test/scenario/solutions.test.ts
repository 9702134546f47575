// SPDX-License-Identifier: Apache-2.0
import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect } from "chai";

import { solutionHash } from "../../src/core/inputs";
import type { Report } from "../../src/core/report";
import type { Actor } from "../../scripts/story/actor";
import { Stage } from "./stage";

type Sold = Awaited<ReturnType<Stage["sell"]>>;

/** What a base image on Node does: it starts the program that is laid upon it. */
const BASE = `require("/sp/run/main.js");`;
/** The first part: the program. It reads what the second part brings. */
const PROGRAM = `
const fs = require("node:fs");
const inputs = fs.readdirSync("/sp/inputs").sort().map((name) => [name, fs.readdirSync("/sp/inputs/" + name).map((file) => fs.readFileSync("/sp/inputs/" + name + "/" + file, "utf8"))]);
const configuration = JSON.parse(fs.readFileSync(process.env.CONFIGURATION_PATH, "utf8"));
const part = (name) => fs.readFileSync("/sp/run/" + name, "utf8");
fs.writeFileSync("/sp/output/listing.json", JSON.stringify({ inputs, args: process.argv.slice(2), colour: process.env.COLOUR, configuration, shared: part("lib/shared.txt"), first: part("lib/first.txt"), second: part("lib/second.txt"), run: fs.readdirSync("/sp/run").sort() }));
`;

describe("solutions in parts, and signed ones", function () {
  this.timeout(180_000);
  let stage: Stage;

  before(async () => {
    stage = await Stage.open();
  });
  after(() => stage?.close());

  /** Writes a directory of somebody's and uploads it; the resource file's name. */
  async function upload(actor: Actor, name: string, files: Readonly<Record<string, string>>): Promise<string> {
    for (const [file, content] of Object.entries(files)) {
      await mkdir(join(actor.home, name, file, ".."), { recursive: true });
      await writeFile(join(actor.home, name, file), content);
    }
    await actor.types("spctl", ["files", "upload", name, "--output", `${name}.resource.json`]);
    return `${name}.resource.json`;
  }

  const runtimeOf = async (order: bigint) => {
    const target = `report-${order}.json`;
    const { stdout } = await stage.alice.types("spctl", ["orders", "get-report", String(order), "--save-to", target]);
    expect(stdout).to.contain("Order report validation successful!");
    return (JSON.parse(await readFile(join(stage.alice.home, target), "utf8")) as Report).workloadInfo.runtimeInfo;
  };

  describe("upon a base image from an offer", () => {
    let base: Sold;
    let closed: Sold;
    let open: Sold;
    let parts: string[];
    let own: string[];

    before(async () => {
      await mkdir(join(stage.bob.home, "base"));
      await writeFile(join(stage.bob.home, "base", "main.js"), BASE);
      await stage.bob.types("spctl", ["solutions", "pack", "base", "--base", "node", "--entrypoint", "main.js", "--output", "base.tar.gz"]);
      await stage.bob.types("spctl", ["files", "upload", "base.tar.gz", "--output", "base.resource.json"]);
      base = await stage.sell("base.resource.json", { open: true, offerType: "2", name: "Node base image" });
      closed = await stage.offerData("closed", { "a.txt": "closed data" });
      await upload(stage.bob, "open", { "a.txt": "open data" });
      open = await stage.sell("open.resource.json", { open: true });
      parts = [await upload(stage.alice, "program", { "main.js": PROGRAM, "lib/shared.txt": "of the first", "lib/first.txt": "one" }), await upload(stage.alice, "library", { "lib/shared.txt": "of the second", "lib/second.txt": "two" })];
      await writeFile(join(stage.alice.home, "single.txt"), "own file");
      await stage.alice.types("spctl", ["files", "upload", "single.txt", "--output", "single.resource.json"]);
      own = [await upload(stage.alice, "own", { "a.txt": "own data" }), "single.resource.json"];
      await writeFile(join(stage.alice.home, "configuration.json"), '{"depth": {"of": [3, "three"]}}');
    });

    const solutions = () => ["--solution", `${base.offer},${base.slot}`, ...parts.flatMap((part) => ["--solution", part])];
    const create = (...more: string[]) => stage.alice.tries("spctl", ["workflows", "create", "--json", "--tee", String(stage.compute), ...more]);

    it("runs own archives, one laid upon the other, with own and offered data mixed, arguments, environment and configuration", async () => {
      const data = [own[0]!, `${closed.offer},${closed.slot}`, own[1]!, `${open.offer},${open.slot}`].flatMap((given) => ["--data", given]);
      const placed = await create(...solutions(), ...data, "--command", "one,two words", "--environment", "COLOUR=blue", "--solution-configuration", "configuration.json");
      expect(placed.code, placed.stderr).to.equal(0);
      const order = BigInt((JSON.parse(placed.stdout) as { orders: string[] }).orders[0]!);
      const hashes = [(await stage.resource(stage.bob, base.resource)).hash.hash, ...(await Promise.all(parts.map(async (part) => (await stage.resource(stage.alice, part)).hash.hash)))];
      const suborder = order + 2n; // The base image is the first part that is bought.
      await stage.bob.types("spctl", ["orders", "complete", String(suborder), "--result", closed.resource, "--status", "done", "--solution-hash", solutionHash(hashes), "--accept-arguments"]);
      expect(await stage.ended(order)).to.equal("Done");
      expect(JSON.parse(await (await stage.resultOf(order)).file("listing.json"))).to.deep.equal({
        inputs: [
          ["input-0001", ["own data"]],
          ["input-0002", ["closed data"]],
          ["input-0003", ["own file"]],
          ["input-0004", ["open data"]],
        ],
        args: ["one", "two words"],
        colour: "blue",
        configuration: { depth: { of: [3, "three"] } },
        shared: "of the second",
        first: "one",
        second: "two",
        run: ["lib", "main.js"],
      });
      const runtime = await runtimeOf(order);
      expect(runtime.map(({ type }) => type)).to.deep.equal(["Image", "Solution", "Solution", "Data", "Data", "Data", "Data"]);
      expect(runtime.slice(0, 3).map(({ hash }) => hash.hash)).to.deep.equal(hashes);
    });

    it("ends an order in Error, nothing paid, where no part is an image, or two are", async () => {
      const before = await stage.balance("alice");
      const image = await stage.solution("complete", "process.exit(0)");
      for (const [given, images] of [[["--solution", parts[0]!], 0], [["--solution", `${base.offer},${base.slot}`, "--solution", image], 2]] as const) {
        const placed = await create(...given);
        const order = BigInt((JSON.parse(placed.stdout) as { orders: string[] }).orders[0]!);
        expect(await stage.ended(order)).to.equal("Error");
        expect((await stage.resultOf(order)).log).to.contain(`SolutionsNotRunnable: The order has ${images} images`);
      }
      expect(await stage.balance("alice")).to.equal(before);
    });

    it("refuses repeated, missing and unreadable inputs by name, before anything is placed", async () => {
      await writeFile(join(stage.alice.home, "cut.resource.json"), (await readFile(join(stage.alice.home, own[0]!), "utf8")).slice(0, -30));
      await copyFile(join(stage.alice.home, own[0]!), join(stage.alice.home, "copy.resource.json"));
      await writeFile(join(stage.alice.home, "list.json"), "[1, 2]");
      const before = await stage.balance("alice");
      const closedData = `${closed.offer},${closed.slot}`;
      const cases: [string[], string][] = [
        [["--data", own[0]!, "--data", "copy.resource.json"], "InputRepeated"],
        [["--data", closedData, "--data", closedData], "InputRepeated"],
        [["--data", closedData, "--data", String(closed.offer)], "InputRepeated"],
        [["--solution", parts[0]!], "InputRepeated"],
        [["--solution-configuration", "nowhere.json"], "FileMissing"],
        [["--solution-configuration", "list.json"], "MetadataInvalid"],
        [["--data", "nowhere.resource.json"], "FileMissing"],
        [["--data", "cut.resource.json"], "ResourceInvalid"],
        [["--data", `${base.offer},${base.slot}`], "OfferTypeMismatch"],
        [["--environment", "1=2"], "EnvironmentInvalid"],
      ];
      for (const [given, code] of cases) {
        const said = await create(...solutions(), ...given);
        expect(said.code, said.stdout + said.stderr).to.equal(1);
        expect(said.stdout + said.stderr, given.join(" ")).to.contain(code).and.not.match(/\n\s+at /);
      }
      expect(await stage.balance("alice")).to.equal(before);
    });
  });

  describe("whose offer's version names a signing key", () => {
    let keyHash: string;

    before(async () => {
      for (const [name, source] of [["signed", 'require("node:fs").writeFileSync("/sp/output/said", "signed")'], ["other", "process.exit(0)"]] as const) {
        await mkdir(join(stage.bob.home, name));
        await writeFile(join(stage.bob.home, name, "main.js"), source);
        await stage.bob.types("spctl", ["solutions", "pack", name, "--base", "node", "--entrypoint", "main.js", "--output", `${name}.tar.gz`]);
      }
      for (const key of ["author", "stranger"]) await stage.bob.types("spctl", ["solutions", "generate-key", "--output", `${key}.pem`]);
      const sign = (archive: string, key: string, output: string) => stage.bob.types("spctl", ["solutions", "sign", archive, "--key", `${key}.pem`, "--output", output, "--json"]);
      keyHash = (JSON.parse((await sign("signed.tar.gz", "author", "author.sig.json")).stdout) as { keyHash: string }).keyHash;
      await sign("signed.tar.gz", "stranger", "stranger.sig.json");
      await sign("other.tar.gz", "author", "other.sig.json");
    });

    /** Sells the archive with this signature, and orders it; the order. */
    async function order(signature: string | undefined, open: boolean): Promise<bigint> {
      const name = `${signature ?? "unsigned"}-${String(open)}.resource.json`;
      await stage.bob.types("spctl", ["files", "upload", "signed.tar.gz", "--output", name, ...(signature === undefined ? [] : ["--metadata", signature])]);
      const version = { version: 1, status: "0", info: { metadata: {}, signatureKeyHash: { algo: "sha256", hash: keyHash, encoding: "hex" } } };
      const sold = await stage.sell(name, { open, offerType: "2", name: "Signed", version });
      const placed = await stage.place(`${sold.offer},${sold.slot}`, []);
      if (!open) {
        const { hash } = await stage.resource(stage.bob, name);
        expect((await stage.approve(placed + 1n, name, hash.hash)).stdout).to.contain("status=Done");
      }
      return placed;
    }

    it("runs the archive that this key signed, public or released by its owner", async () => {
      for (const open of [true, false]) {
        const placed = await order("author.sig.json", open);
        expect(await stage.ended(placed)).to.equal("Done");
        expect(await (await stage.resultOf(placed)).file("said")).to.equal("signed");
      }
    });

    it("refuses one that is unsigned, signed by another key, or with another archive's signature: Error, a readable log, nothing paid", async () => {
      const before = await stage.balance("alice");
      for (const [signature, code] of [[undefined, "SolutionNotSigned"], ["stranger.sig.json", "SolutionSignedByAnother"], ["other.sig.json", "SolutionSignatureMismatch"]] as const) {
        const placed = await order(signature, signature !== "stranger.sig.json");
        expect(await stage.ended(placed)).to.equal("Error");
        expect((await stage.resultOf(placed)).log).to.match(new RegExp(`^The order ended before its solution did\\.\\n${code}: `));
      }
      expect(await stage.balance("alice")).to.equal(before);
    });
  });
});
