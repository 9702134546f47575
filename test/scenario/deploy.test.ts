// SPDX-License-Identifier: Apache-2.0
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect } from "chai";

import { offerIds } from "../../src/chain/offerDetails";
import { OfferType } from "../../src/core/offerType";
import { MACHINE, MACHINE_SLOT } from "../../scripts/localnet/machine";
import { DIST } from "../../scripts/localnet/network";
import { Service } from "../../scripts/localnet/service";
import { Stage } from "./stage";

const READ = `const fs = require("node:fs"); fs.copyFileSync("/sp/inputs/input-0001/a.txt", "/sp/output/a.txt");`;

describe("provider-tools deploy", function () {
  this.timeout(180_000);
  let stage: Stage;
  let hash: string;
  let solution: string;
  let governed: { offer: bigint; slot: bigint; resource: string };
  const services: Service[] = [];

  before(async () => {
    stage = await Stage.open();
    // Its place is taken by the machine that is deployed here.
    await stage.machine.stop();
    solution = await stage.solution("reader", READ);
    ({ hash } = (await stage.resource(stage.alice, solution)).hash);
    await mkdir(join(stage.bob.home, "governed"));
    await writeFile(join(stage.bob.home, "governed", "a.txt"), "approved by the robot");
    await stage.bob.types("spctl", ["files", "upload", "governed", "--output", "governed.resource.json"]);
    governed = await stage.sell("governed.resource.json", { approval: "policy" });
    await writeFile(join(stage.carol.home, "tee.json"), JSON.stringify({ ...MACHINE, name: "Deployed" }));
    await writeFile(join(stage.carol.home, "slot.json"), JSON.stringify(MACHINE_SLOT));
    await writeFile(join(stage.carol.home, "deploy.json"), JSON.stringify({ offerInfo: "./tee.json", slotInfo: ["./slot.json"], securityDeposit: "10", drainSeconds: 5 }));
    await writeFile(join(stage.bob.home, "deploy.json"), JSON.stringify({ contents: [{ offer: String(governed.offer), result: "./governed.resource.json" }], allow: [{ solutionHash: hash, uses: 1 }], interval: 100 }));
  });
  after(async () => {
    for (const service of services) await service.stop();
    await stage?.close();
  });

  const machines = () => offerIds(stage.network.market, [OfferType.TeeOffer]);
  function start(home: string, ...args: string[]): Service {
    const service = Service.start(args.join(" "), [join(DIST, "provider-tools.js"), "deploy", ...args], { cwd: home, logFile: join(stage.directory, "logs", "deploy.log") });
    services.push(service);
    return service;
  }

  it("prepares a machine, registers its offer once, and says the line that runs it", async () => {
    const before = (await machines()).length;
    const first = (await stage.carol.types("provider-tools", ["deploy", "tee", "--path", "deploy.json", "--prepare"])).stdout;
    const [, offer] = /Offer (\d+) has been created successfully/.exec(first) ?? [];
    expect(first).to.contain(`measurement of the loader: ${stage.network.measurement}`).and.contain(`spctl tee run --offer ${offer} --drain-seconds 5`);
    const again = (await stage.carol.types("provider-tools", ["deploy", "tee", "--path", "deploy.json", "--prepare"])).stdout;
    expect(again).to.contain(`Existing offer ${offer} is used`);
    expect((await machines()).length).to.equal(before + 1);
    expect(JSON.parse(await readFile(join(stage.carol.home, "deploy.json"), "utf8"))).to.include({ offer, offerInfo: "./tee.json" });
  });

  it("runs the machine and the robot: an order goes through without a word of anybody", async () => {
    const offer = String((JSON.parse(await readFile(join(stage.carol.home, "deploy.json"), "utf8")) as { offer: string }).offer);
    await start(stage.carol.home, "tee", "--path", "deploy.json").ready(new RegExp(`machine ready: .* compute offer ${offer}`));
    await start(stage.bob.home, "data", "--path", "deploy.json").ready(/provisioner ready/);
    const create = async () => {
      const { stdout } = await stage.alice.types("spctl", ["workflows", "create", "--json", "--solution", solution, "--tee", offer, "--data", `${governed.offer},${governed.slot}`]);
      return BigInt((JSON.parse(stdout) as { orders: string[] }).orders[0]!);
    };
    const order = await create();
    expect(await stage.ended(order)).to.equal("Done");
    expect(await (await stage.resultOf(order)).file("a.txt")).to.equal("approved by the robot");
    // Its one use is spent, and deploying again does not refill what the owner allowed once.
    expect((await stage.bob.types("provider-tools", ["deploy", "data", "--path", "deploy.json", "--prepare"])).stdout).to.contain("0 allowances were added");
    const second = await create();
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(await stage.status(second)).to.equal("Blocked");
    for (const service of services.splice(0)) await service.stop();
  });

  it("runs the robot of a solution's author: it approves that solution as often as its file says, on a machine deployed again", async () => {
    const { bob } = stage;
    await mkdir(join(bob.home, "greeter"));
    await writeFile(join(bob.home, "greeter", "main.js"), `require("node:fs").writeFileSync("/sp/output/a.txt", "by an offered solution");`);
    await bob.types("spctl", ["solutions", "pack", "greeter", "--base", "node", "--entrypoint", "main.js", "--output", "greeter.tar.gz"]);
    await bob.types("spctl", ["files", "upload", "greeter.tar.gz", "--output", "greeter.resource.json"]);
    const { hash: own } = (await stage.resource(bob, "greeter.resource.json")).hash;
    const offered = await stage.sell("greeter.resource.json", { offerType: "2", approval: "policy" });
    const plan = { contents: [{ offer: String(offered.offer), result: "./greeter.resource.json" }], allow: [{ solutionHash: own, uses: 1 }], interval: 100 };
    await writeFile(join(bob.home, "solution.json"), JSON.stringify(plan));

    const prepare = async () => JSON.parse((await bob.types("provider-tools", ["deploy", "solution", "--path", "solution.json", "--prepare", "--json"])).stdout) as object;
    const prepared = await prepare();
    expect(prepared).to.deep.include({ offers: [String(offered.offer)], allowed: 1, stopped: false });
    expect((prepared as { run: string }).run).to.match(/^spctl provisioner run --result \.\/greeter\.resource\.json --valid-minutes 1440 --config .*config\.json$/);
    expect(await prepare()).to.include({ allowed: 0 });
    // As data it is not: the offer is of another type.
    expect((await bob.tries("provider-tools", ["deploy", "data", "--path", "solution.json", "--prepare"])).stderr).to.contain("(OfferTypeMismatch)");

    const { offer } = JSON.parse(await readFile(join(stage.carol.home, "deploy.json"), "utf8")) as { offer: string };
    await start(stage.carol.home, "tee", "--path", "deploy.json").ready(/machine ready: /);
    await start(bob.home, "solution", "--path", "solution.json").ready(/provisioner ready/);
    const create = async () => {
      const { stdout } = await stage.alice.types("spctl", ["workflows", "create", "--json", "--solution", `${offered.offer},${offered.slot}`, "--tee", offer]);
      return BigInt((JSON.parse(stdout) as { orders: string[] }).orders[0]!);
    };
    const order = await create();
    expect(await stage.ended(order)).to.equal("Done");
    expect(await (await stage.resultOf(order)).file("a.txt")).to.equal("by an offered solution");
    const second = await create();
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(await stage.status(second)).to.equal("Blocked");
    for (const service of services.splice(0)) await service.stop();
  });

  it("refuses what does not fit, by name, and starts nothing", async () => {
    const open = await stage.offerData("manual", { "a.txt": "manual" });
    const data = (contents: unknown) => async () => {
      await writeFile(join(stage.bob.home, "wrong.json"), JSON.stringify({ contents }));
      return stage.bob.tries("provider-tools", ["deploy", "data", "--path", "wrong.json", "--prepare"]);
    };
    const tee = (plan: unknown) => async () => {
      await writeFile(join(stage.carol.home, "wrong.json"), JSON.stringify(plan));
      return stage.carol.tries("provider-tools", ["deploy", "tee", "--path", "wrong.json", "--prepare"]);
    };
    const cases: [() => Promise<{ code: number; stderr: string }>, string][] = [
      [data([]), "DeployConfigInvalid"],
      [data([{ offer: String(open.offer), result: open.resource }]), "OfferNotByPolicy"],
      [data([{ offer: String(stage.compute), result: open.resource }]), "OfferTypeMismatch"],
      [data([{ offer: String(governed.offer), result: open.resource }]), "ContentNotOfVersion"],
      [tee({}), "DeployConfigInvalid"],
      [tee({ offer: String(governed.offer) }), "OfferTypeMismatch"],
      [tee({ offerInfo: "./nowhere.json", slotInfo: ["./slot.json"] }), "FileMissing"],
      [tee({ key: "secret" }), "DeployConfigInvalid"],
    ];
    const before = (await machines()).length;
    for (const [run, code] of cases) {
      const said = await run();
      expect(said.code, said.stderr).to.equal(1);
      expect(said.stderr).to.contain(`(${code})`);
    }
    expect((await machines()).length).to.equal(before);
  });
});
