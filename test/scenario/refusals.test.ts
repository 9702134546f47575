// SPDX-License-Identifier: Apache-2.0
import { copyFile, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect } from "chai";

import { orderTexts, getOrder, completeSuborder } from "../../src/chain/orders";
import { OrderStatus } from "../../src/core/orderStatus";
import { DIST } from "../../scripts/localnet/network";
import { Service } from "../../scripts/localnet/service";
import { flipByte, Stage } from "./stage";

const CSV = "a,b,y\n1,2,3\n2,1,4\n3,5,9\n4,4,8\n5,7,13\n6,1,9\n";
const OTHER_HASH = "ab".repeat(32);

/** One process-level test for each kind of refusal: real chain, store, authority, machine and tools. */
describe("what the collaboration refuses", function () {
  this.timeout(120_000);
  let stage: Stage;
  let solution: string;
  let solutionHash: string;
  let data: Awaited<ReturnType<Stage["offerData"]>>;

  before(async () => {
    stage = await Stage.open();
    solution = await stage.exampleSolution();
    solutionHash = (await stage.resource(stage.alice, solution)).hash.hash;
    data = await stage.offerData("dataset", { "table.csv": CSV });
  });
  after(() => stage?.close());

  it("refuses a wrong solution hash: the order stays Blocked, and Bob can approve again rightly", async () => {
    const order = await stage.place(solution, [data]);
    const wrong = await stage.approve(order + 1n, data.resource, OTHER_HASH);
    expect(wrong.code).to.equal(1);
    expect(wrong.stdout).to.match(new RegExp(`Order ${order + 1n} was not completed: .*${solutionHash}.*\\(SolutionHashMismatch\\)`));
    expect(await stage.status(order)).to.equal("Blocked");

    const right = await stage.approve(order + 1n, data.resource, solutionHash);
    expect(right.stdout).to.contain(`Order ${order + 1n} has been completed successfully: status=Done`);
    expect(await stage.ended(order)).to.equal("Done");

    const again = await stage.approve(order + 1n, data.resource, solutionHash);
    expect(again.code).to.equal(1);
    expect(again.stdout).to.contain("(SuborderNotOpen)");
  });

  it("does not run without approval, and refuses an approval by a stranger", async () => {
    const order = await stage.place(solution, [data]);
    await copyFile(join(stage.bob.home, data.resource), join(stage.carol.home, data.resource));
    const stranger = await stage.carol.tries("spctl", ["orders", "complete", String(order + 1n), "--result", data.resource, "--status", "done", "--solution-hash", solutionHash]);
    expect(stranger.code).to.equal(1);
    expect(stranger.stdout).to.contain("(NotActionAccount)");
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(await stage.status(order)).to.equal("Blocked");

    const before = await stage.balance("alice");
    const { stdout } = await stage.alice.types("spctl", ["orders", "cancel", String(order)]);
    expect(stdout).to.contain(`Order ${order} was canceled successfully`);
    expect(await stage.balance("alice")).to.equal(before + (await getOrder(stage.network.market, order)).deposit);
  });

  it("ends the order with a full refund and a readable log when the solution archive was altered after placing", async () => {
    await copyFile(join(stage.alice.home, "solution.tar.gz"), join(stage.alice.home, "altered.tar.gz"));
    await stage.alice.types("spctl", ["files", "upload", "altered.tar.gz", "--output", "altered.resource.json"]);
    const before = await stage.balance("alice");
    const order = await stage.place("altered.resource.json", [data]);
    await flipByte(stage.objectPath(await stage.resource(stage.alice, "altered.resource.json")), 1_000_000);
    await stage.approve(order + 1n, data.resource, solutionHash);
    expect(await stage.ended(order)).to.equal("Error");
    expect(await stage.balance("alice")).to.equal(before);
    expect((await stage.resultOf(order)).log).to.match(/^The order ended before its solution did\.\n\w+: /);
  });

  it("ends the order with a full refund when the data set was altered in the store", async () => {
    const altered = await stage.offerData("altered-data", { "table.csv": `${CSV}7,2,11\n` });
    const before = await stage.balance("alice");
    const order = await stage.place(solution, [altered]);
    await flipByte(stage.objectPath(await stage.resource(stage.bob, altered.resource)), 300);
    await stage.approve(order + 1n, altered.resource, solutionHash);
    expect(await stage.ended(order)).to.equal("Error");
    expect(await stage.balance("alice")).to.equal(before);
    expect((await stage.resultOf(order)).log).to.match(/^The order ended before its solution did\.\n\w+: /);
  });

  it("refuses to release another content than the offer's version names, and a content that is gone", async () => {
    const other = await stage.offerData("other-data", { "table.csv": "a,y\n1,2\n" });
    const order = await stage.place(solution, [data]);
    const wrong = await stage.approve(order + 1n, other.resource, solutionHash);
    expect(wrong.code).to.equal(1);
    expect(wrong.stdout).to.contain("(ContentNotOfVersion)");

    const gone = await stage.place(solution, [other]);
    await rm(stage.objectPath(await stage.resource(stage.bob, other.resource)));
    const missing = await stage.approve(gone + 1n, other.resource, solutionHash);
    expect(missing.stdout).to.contain("(ObjectMissing)");
    expect(await stage.status(gone)).to.equal("Blocked");
    await stage.alice.types("spctl", ["orders", "cancel", String(order), String(gone)]);
  });

  it("refuses a key release of another order: replayed as an approval, and as Alice's own sealed arguments", async () => {
    const first = await stage.place(solution, [data]);
    await stage.approve(first + 1n, data.resource, solutionHash);
    expect(await stage.ended(first)).to.equal("Done");
    const texts = await orderTexts(stage.network.market, await getOrder(stage.network.market, first));
    const release = Buffer.from(String(texts.find(({ name }) => name === "SuborderCompleted")!.args.keyRelease).slice(2), "hex");

    // Bob's robot is fooled into carrying the old release into another order: the loader looks inside.
    const second = await stage.place(solution, [data]);
    const bob = await stage.as("bob");
    await completeSuborder(bob, second + 1n, OrderStatus.Done, solutionHash, release);
    bob.close();
    expect(await stage.ended(second)).to.equal("Error");
    expect((await stage.resultOf(second)).log).to.contain("KeyReleaseMismatch");
  });

  it("certifies no loader with one byte changed", async () => {
    const changed = join(stage.directory, "tee-loader.js");
    const source = await readFile(join(DIST, "tee-loader.js"), "utf8");
    await writeFile(changed, `${source} `);
    const home = join(stage.directory, "rogue");
    await copyFile(join(DIST, "spctl.js"), join(stage.directory, "spctl.js"));
    await copyFile(join(DIST, "tee-platform.js"), join(stage.directory, "tee-platform.js"));
    const rogue = Service.start("rogue machine", [join(stage.directory, "spctl.js"), "tee", "run", "--offer", String(stage.compute)], { cwd: stage.carol.home, logFile: `${home}.log` });
    const refused = await rogue.ready(/machine ready/).then(
      () => "it was certified",
      (error: Error) => error.message,
    );
    await rogue.stop();
    expect(refused).to.contain("(MeasurementNotListed)");
  });

  it("seals nothing to a machine that the caller's own trust file does not list", async () => {
    const trustFile = join(stage.alice.home, "trust.json");
    const honest = await readFile(trustFile, "utf8");
    await writeFile(trustFile, JSON.stringify({ ...(JSON.parse(honest) as object), certificationRoots: [] }));
    try {
      const refused = await stage.alice.tries("spctl", ["workflows", "create", "--solution", solution, "--data", `${data.offer},${data.slot}`, "--tee", String(stage.compute)]);
      expect(refused.code).to.equal(1);
      expect(refused.stderr).to.contain("RootNotPinned");
    } finally {
      await writeFile(trustFile, honest);
    }
  });

  it("ends the order of an archive that tries to escape, with nothing outside touched", async () => {
    const { execFileSync } = await import("node:child_process");
    // A docker-save archive whose layer writes through "..".
    const root = join(stage.alice.home, "hostile");
    execFileSync("mkdir", ["-p", join(root, "layer")]);
    await writeFile(join(root, "evil"), "escaped");
    execFileSync("tar", ["-cf", join(root, "layer", "layer.tar"), "-C", root, "--transform", "s,^evil$,../../../escaped,", "-P", "evil"]);
    const { createHash } = await import("node:crypto");
    const diff = createHash("sha256").update(await readFile(join(root, "layer", "layer.tar"))).digest("hex");
    await writeFile(join(root, "config.json"), JSON.stringify({ architecture: "amd64", os: "linux", config: { Cmd: ["/evil"] }, rootfs: { type: "layers", diff_ids: [`sha256:${diff}`] } }));
    await writeFile(join(root, "manifest.json"), JSON.stringify([{ Config: "config.json", RepoTags: null, Layers: ["layer/layer.tar"] }]));
    execFileSync("sh", ["-c", `tar -cf - -C '${root}' manifest.json config.json layer/layer.tar | gzip > '${join(stage.alice.home, "hostile.tar.gz")}'`]);
    await stage.alice.types("spctl", ["files", "upload", "hostile.tar.gz", "--output", "hostile.resource.json"]);
    const order = await stage.place("hostile.resource.json", []);
    expect(await stage.ended(order)).to.equal("Error");
    expect((await stage.resultOf(order)).log).to.contain("ImagePathEscapes");
  });

  it("names what is unknown, too small, too little or out of range before anything is spent", async () => {
    const before = await stage.balance("alice");
    const create = (...more: string[]) => stage.alice.tries("spctl", ["workflows", "create", "--solution", solution, ...more]);
    const tee = String(stage.compute);
    const cases: [flags: string[], code: string][] = [
      [["--tee", "99"], "NoSlotFits|OfferNotFound"],
      [["--tee", `${tee},99`], "SlotNotOfOffer"],
      [["--tee", String(data.offer)], "NotComputeOffer"],
      [["--tee", tee, "--data", "99,1"], "OfferNotFound"],
      [["--tee", tee, "--data", `${data.offer},1`], "SlotNotOfOffer"],
      [["--tee", `${tee},1`, "--tee-options", "99"], "OptionNotOfOffer"],
      [["--tee", tee, "--deposit", "0.0001"], "DepositTooSmall"],
      [["--tee", tee, "--deposit", "1000000"], "ERC20InsufficientBalance"],
      [["--tee", tee, "--min-rent-minutes", "1"], "LeaseOutOfRange"],
      [["--tee", tee, "--data", "no-such-file.json"], "FileMissing"],
    ];
    for (const [flags, code] of cases) {
      const refused = await create(...flags);
      expect(refused.code, flags.join(" ")).to.equal(1);
      expect(refused.stderr, flags.join(" ")).to.match(new RegExp(`\\b(?:${code})\\b`));
      expect(refused.stderr, flags.join(" ")).not.to.match(/^\s+at /m);
    }
    expect(await stage.balance("alice")).to.equal(before);
  });

  it("says so when the chain does not answer, and when there is no configuration", async () => {
    const config = JSON.parse(await readFile(join(stage.alice.home, "config.json"), "utf8")) as { blockchain: { rpcUrl: string } };
    config.blockchain.rpcUrl = "http://127.0.0.1:9";
    await writeFile(join(stage.alice.home, "dead.json"), JSON.stringify(config));
    const dead = await stage.alice.tries("spctl", ["orders", "list", "--config", "dead.json"]);
    expect(dead.code).to.equal(1);
    expect(dead.stderr).to.contain("ChainUnreachable");
    const json = await stage.alice.tries("spctl", ["orders", "list", "--config", "none.json", "--json"]);
    expect(json.code).to.equal(1);
    expect(JSON.parse(json.stdout)).to.have.nested.property("error.code", "ConfigMissing");
  });

  it("exits with 1 where a report does not hold", async () => {
    const order = await stage.place(solution, [data]);
    await stage.approve(order + 1n, data.resource, solutionHash);
    expect(await stage.ended(order)).to.equal("Done");
    const good = await stage.bob.types("spctl", ["orders", "get-report", String(order), "--save-to", "report.json", "--resource", data.resource]);
    expect(good.stdout).to.contain("Order report validation successful!");
    const offline = await stage.bob.types("spctl", ["orders", "validate-report", "--path", "report.json", "--resource", data.resource]);
    expect(offline.stdout).to.contain("Order report validation successful!");

    const report = JSON.parse(await readFile(join(stage.bob.home, "report.json"), "utf8")) as { workloadInfo: { created: number } };
    report.workloadInfo.created += 1;
    await writeFile(join(stage.bob.home, "forged.json"), JSON.stringify(report));
    const forged = await stage.bob.tries("spctl", ["orders", "validate-report", "--path", "forged.json"]);
    expect(forged.code).to.equal(1);
    expect(forged.stdout).to.contain("!!!ORDER REPORT IS NOT VALID!!!");
    const other = await stage.bob.tries("spctl", ["orders", "get-report", String(order), "--resource", "other-data.resource.json"]);
    expect(other.code).to.equal(1);
    expect(other.stdout).to.match(/FAILED {2}runtimeInfo/);
  });
});
