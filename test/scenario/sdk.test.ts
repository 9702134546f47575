// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from "node:child_process";
import { readFile, writeFile, mkdir } from "node:fs/promises";
import { join } from "node:path";

import { expect } from "chai";
import * as cloister from "cloister";

import { collaborate } from "../../examples/sdk";
import { ACTORS } from "../../scripts/localnet/actors";
import { Stage } from "./stage";

describe("the SDK and examples/sdk.ts", function () {
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

  it("signs an approval, reads it, completes a suborder by it and takes it back, through the public exports", async () => {
    const solution = await stage.solution("copier", `require("node:fs").copyFileSync("/sp/inputs/input-0001/a.txt", "/sp/output/a.txt");`);
    const { offer, slot, resource } = await stage.offerData("signed", { "a.txt": "approved before" });
    const [bob, alice] = await Promise.all([stage.as("bob"), stage.as("alice")]);
    try {
      const trust = cloister.openTrust(cloister.parseTrustFile(await readFile(join(stage.bob.home, "trust.json"), "utf8")));
      const machine = await cloister.verifyMachine(bob, trust, stage.compute, { at: new Date() });
      const terms: cloister.ApprovalTerms = {
        offer,
        resource: await stage.resource(stage.bob, resource),
        solutionHash: (await stage.resource(stage.alice, solution)).hash.hash,
        customer: ACTORS.alice.address.toLowerCase(),
        recipient: "any",
        argumentsHash: cloister.NO_ARGUMENTS,
        uses: 3,
        notAfter: Math.floor(Date.now() / 1000) + 3600,
      };
      const made = await cloister.makeApproval(bob, terms, machine.devices.map(({ device, ageRecipient }) => ({ device, ageRecipient: ageRecipient! })));
      const path = join(stage.alice.home, "approval.json");
      await writeFile(path, cloister.formatApprovalFile(made));

      const file = await cloister.readApproval(alice, path);
      expect(file).to.deep.equal(cloister.parseApprovalFile(await readFile(path, "utf8")));
      expect(await cloister.viewApproval(alice, file)).to.include({ state: "valid", left: 3, customer: terms.customer });
      const order = await stage.place(solution, [{ offer, slot }]);
      await cloister.completeSigned(alice, order + 1n, file);
      expect(await stage.ended(order)).to.equal("Done");
      expect(await (await stage.resultOf(order)).file("a.txt")).to.equal("approved before");
      const id = cloister.idOfApproval(alice, file.approval);
      expect(await cloister.subordersOfApproval(alice, id)).to.deep.equal([order + 1n]);

      await cloister.revokeApproval(bob, file.approval);
      expect(await cloister.approvalState(alice, file.approval)).to.deep.equal({ id, used: 0, revoked: true, expired: false });
      const second = await stage.place(solution, [{ offer, slot }]);
      const refused: unknown = await cloister.completeSigned(alice, second + 1n, file).catch((error: unknown) => error);
      expect(cloister.isCloisterError(refused, "ApprovalUsedUp"), String(refused)).to.equal(true);
      expect(await stage.status(second)).to.equal("Blocked");
    } finally {
      bob.close();
      alice.close();
    }
  });

  it("is under 60 lines", async () => {
    const lines = (await readFile(join(__dirname, "..", "..", "examples", "sdk.ts"), "utf8")).trimEnd().split("\n");
    expect(lines.length).to.be.lessThan(60);
  });
});
