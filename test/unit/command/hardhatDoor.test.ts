// SPDX-License-Identifier: Apache-2.0
import { join } from "node:path";
import { expect } from "chai";
import type { HardhatRuntimeEnvironment } from "hardhat/types";
import { OFFER_INFO, resourceFile, SLOT_INFO } from "../providers/guide";
import { openTestMarket, type Person, type TestMarket } from "../providers/market";
import { providerToolsCommands, spctlCommands } from "../../../src/commands/catalogue";

describe("the Hardhat door", function () {
  let hre: HardhatRuntimeEnvironment;
  let market: TestMarket;
  let bob: Person;

  before(async function () {
    this.timeout(60_000);
    hre = (await import("hardhat")).default;
    market = await openTestMarket();
    bob = await market.person(1);
    await bob.write("offer.json", OFFER_INFO);
    await bob.write("slot.json", SLOT_INFO);
    await bob.write("dataset.json", resourceFile("d"));
    await bob.write("providerInfo.json", { name: "Bob" });
    // The chain comes from `--network`, not from the configuration.
    const { default: config } = (await import(join(bob.home, "config.json"))) as { default: { blockchain: object } };
    await bob.write("config.json", { ...config, blockchain: { ...config.blockchain, rpcUrl: "http://127.0.0.1:1" } });
  });
  after(() => market.close());

  /** Runs a task as `npx hardhat <scope> <task>` does, and says what it printed and its exit code. */
  async function run(scope: string, task: string, given: object): Promise<{ code: unknown; stdout: string; stderr: string }> {
    const printed = { stdout: "", stderr: "" };
    const { exitCode } = process;
    const writers = { stdout: process.stdout.write, stderr: process.stderr.write };
    for (const name of ["stdout", "stderr"] as const) {
      process[name].write = (text: string | Uint8Array) => {
        printed[name] += String(text);
        return true;
      };
    }
    try {
      await hre.run({ scope, task }, { identity: join(bob.home, "config.json"), ...given });
      return { code: process.exitCode, ...printed };
    } finally {
      process.stdout.write = writers.stdout;
      process.stderr.write = writers.stderr;
      process.exitCode = exitCode;
    }
  }

  it("has every command of both executables as a task", () => {
    for (const { noun, verb } of [...spctlCommands, ...providerToolsCommands]) {
      const name = verb === "" ? noun : verb.replaceAll(" ", "-");
      expect(verb === "" ? hre.tasks[name] : hre.scopes[noun]?.tasks[name], `${noun} ${name}`).not.to.equal(undefined);
    }
  });

  it("runs the same commands with the network's chain and the configuration's account", async () => {
    const path = (name: string) => join(bob.home, name);
    expect(await run("providers", "create", { path: path("providerInfo.json") })).to.include({ code: 0 });
    expect(await run("offers", "create", { kind: "value", path: path("offer.json"), result: path("dataset.json") })).to.include({ code: 0, stdout: "Offer was created with id 1\n" });
    expect(await run("offers", "add-slot", { kind: "value", offer: "1", path: path("slot.json") })).to.include({ code: 0, stdout: "Slot was created with id 1\n" });
    const { code, stdout } = await run("offers", "list", { kind: "value", fields: "id,name", json: true });
    expect(code).to.equal(0);
    expect(JSON.parse(stdout)).to.deep.equal({ offers: [{ id: "1", name: "Offer name" }], cursor: 1 });
  });

  it("refuses in the same words, with the same exit codes", async () => {
    const refused = await run("orders", "get", { id: "7" });
    expect(refused).to.include({ code: 1, stdout: "" });
    expect(refused.stderr).to.include("Order 7 could not be found");
    expect(await run("offers", "add-slot", { kind: "value" })).to.include({ code: 2 });
  });
});
