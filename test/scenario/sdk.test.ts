// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from "node:child_process";
import { readFile, writeFile, mkdir } from "node:fs/promises";
import { join } from "node:path";

import { expect } from "chai";

import { collaborate } from "../../examples/sdk";
import { ACTORS } from "../../scripts/localnet/actors";
import { Stage } from "./stage";

describe("examples/sdk.ts", function () {
  this.timeout(60_000);
  let stage: Stage;

  before(async () => {
    stage = await Stage.open();
  });
  after(() => stage?.close());

  it("registers an offer, places an order, waits and opens the result through the public exports", async () => {
    await stage.exampleSolution();
    const dataset = join(stage.bob.home, "table");
    await mkdir(dataset);
    await writeFile(join(dataset, "table.csv"), "a,b,y\n1,2,3\n2,1,4\n3,5,9\n4,4,8\n5,7,13\n6,1,9\n");
    const result = join(stage.alice.home, "sdk-result.tar.gz");
    const order = await collaborate(
      {
        address: stage.network.address,
        aliceKey: ACTORS.alice.privateKey,
        bobKey: ACTORS.bob.privateKey,
        computeOffer: stage.compute,
        store: stage.network.store,
        trust: await readFile(join(stage.alice.home, "trust.json"), "utf8"),
        solution: join(stage.alice.home, "solution.tar.gz"),
        dataset,
        stateDirectory: join(stage.directory, "sdk-state"),
      },
      result,
    );
    expect(await stage.status(order)).to.equal("Done");
    expect(JSON.parse(execFileSync("tar", ["-xzOf", result, "output/result.json"], { encoding: "utf8" }))).to.include({ target: "y", rows: 6 });
  });

  it("is under 60 lines", async () => {
    const lines = (await readFile(join(__dirname, "..", "..", "examples", "sdk.ts"), "utf8")).trimEnd().split("\n");
    expect(lines.length).to.be.lessThan(60);
  });
});
