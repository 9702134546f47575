// SPDX-License-Identifier: Apache-2.0
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect } from "chai";

import { addSlot, createValueOffer } from "../../src/chain/offers";
import { send } from "../../src/chain/send";
import { parseSlotFile, parseValueOfferInfo } from "../../src/core/offerInfo";
import { DATA_OFFER, DATA_SLOT } from "../../scripts/story/offerFiles";
import { Stage } from "./stage";

/** Writes what it was given: inputs in their order, arguments, environment, configuration, certificates. */
const LISTING = `
const fs = require("node:fs");
const inputs = fs.readdirSync("/sp/inputs").sort().map((name) => [name, fs.readdirSync("/sp/inputs/" + name).map((file) => fs.readFileSync("/sp/inputs/" + name + "/" + file, "utf8"))]);
const configuration = JSON.parse(fs.readFileSync("/sp/configurations/configuration.json", "utf8"));
fs.writeFileSync("/sp/output/listing.json", JSON.stringify({ inputs, args: process.argv.slice(2), colour: process.env.COLOUR, configuration, certs: fs.readdirSync("/sp/certs").sort() }));
`;

describe("the breadth of the data model, end to end", function () {
  this.timeout(120_000);
  let stage: Stage;
  let solution: string;
  let hash: string;
  let closed: Awaited<ReturnType<Stage["offerData"]>>;

  before(async () => {
    stage = await Stage.open();
    solution = await stage.solution("listing", LISTING);
    hash = (await stage.resource(stage.alice, solution)).hash.hash;
    closed = await stage.offerData("closed", { "a.txt": "closed data" });
  });
  after(() => stage?.close());

  async function offer(name: string, info: Record<string, unknown>): Promise<{ offer: bigint; slot: bigint; resource: string }> {
    const directory = join(stage.bob.home, name);
    await mkdir(directory);
    await writeFile(join(directory, "a.txt"), `${name} data`);
    await stage.bob.types("spctl", ["files", "upload", name, "--output", `${name}.resource.json`]);
    return stage.sell(`${name}.resource.json`, info);
  }

  it("runs public data, closed data and an own upload side by side, in the order in which they were given", async () => {
    const open = await offer("open", { open: true });
    await mkdir(join(stage.alice.home, "own"));
    await writeFile(join(stage.alice.home, "own", "a.txt"), "own data");
    await stage.alice.types("spctl", ["files", "upload", "own", "--output", "own.resource.json"]);
    await writeFile(join(stage.alice.home, "configuration.json"), '{"depth": 3}');
    const more = ["--data", "own.resource.json", "--command", "one,two", "--environment", "COLOUR=blue", "--solution-configuration", "configuration.json"];
    const order = await stage.place(solution, [closed, open], more);
    const { stdout } = await stage.alice.types("spctl", ["orders", "get", String(order), "--suborders", "--json"]);
    expect((JSON.parse(stdout) as { status: string; suborders: { status: string }[] }).suborders.map(({ status }) => status)).to.deep.equal(["New", "Done"]);

    await stage.bob.types("spctl", ["orders", "complete", String(order + 1n), "--result", closed.resource, "--status", "done", "--solution-hash", hash, "--accept-arguments"]);
    expect(await stage.ended(order)).to.equal("Done");
    const listing = JSON.parse(await (await stage.resultOf(order)).file("listing.json")) as Record<string, unknown>;
    expect(listing).to.deep.equal({
      inputs: [
        ["input-0001", ["closed data"]],
        ["input-0002", ["open data"]],
        ["input-0003", ["own data"]],
      ],
      args: ["one", "two"],
      colour: "blue",
      configuration: { depth: 3 },
      certs: ["order_cert.crt", "order_cert.key", "order_cert_ca_bundle.crt", "workloadInfo"],
    });
  });

  it("lets an owner's robot complete only what the policy on chain allows", async () => {
    const governed = await offer("governed", { approval: "policy" });
    const place = () => stage.place(solution, [governed], ["--solution-configuration", "configuration.json"]);
    const complete = (order: bigint) => stage.bob.tries("spctl", ["orders", "complete", String(order + 1n), "--result", governed.resource, "--status", "done", "--solution-hash", hash, "--accept-arguments"]);
    const first = await place();
    expect((await complete(first)).stdout).to.contain("(PolicyRefuses)");
    expect(await stage.status(first)).to.equal("Blocked");

    const market = await stage.as("bob");
    await send(market.catalog.setAllowance(governed.offer, `0x${hash}`, 2 ** 39, 1));
    market.close();
    expect((await complete(first)).stdout).to.contain("status=Done");
    expect(await stage.ended(first)).to.equal("Done");
    const second = await place();
    expect((await complete(second)).stdout).to.contain("(PolicyRefuses)");
    await stage.alice.types("spctl", ["orders", "cancel", String(second)]);
  });

  it("buys storage with the order, and refuses what restrictions forbid", async () => {
    const picky = await offer("picky", { restrictions: { offers: [], types: [], largest: { 3: 1 } } });
    const refused = await stage.alice.tries("spctl", ["workflows", "create", "--tee", String(stage.compute), "--solution", solution, "--data", `${picky.offer},${picky.slot}`, "--data", `${closed.offer},${closed.slot}`]);
    expect(refused.stderr).to.contain("(TooManyOfType)");

    const market = await stage.as("bob");
    const provider = await market.registry.providerOf(market.account!);
    const storage = await createValueOffer(market, provider, parseValueOfferInfo(JSON.stringify({ ...DATA_OFFER, offerType: "1", name: "Storage" })));
    const { slot } = await addSlot(market, storage.offer, parseSlotFile(JSON.stringify({ ...DATA_SLOT, usage: { ...DATA_SLOT.usage, priceType: "0", minTimeMinutes: 60 } })));
    market.close();
    const order = await stage.place(solution, [], ["--storage", `${storage.offer},${slot}`, "--retention-minutes", "120", "--solution-configuration", "configuration.json"]);
    expect(await stage.ended(order)).to.equal("Done");
    expect(JSON.parse(await (await stage.resultOf(order)).file("listing.json"))).to.deep.include({ inputs: [] });
  });
});
