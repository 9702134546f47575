// SPDX-License-Identifier: Apache-2.0
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { openTestMarket, type Person, type TestMarket } from "./market";

describe("providers", function () {
  let market: TestMarket;
  let bob: Person;

  before(async function () {
    this.timeout(60_000);
    market = await openTestMarket();
    bob = await market.person(1);
  });
  after(() => market.close());

  it("are created from a file whose fields are checked", async () => {
    await bob.write("providerInfo.json", { name: "Bob", tokenReceiver: "0x12" });
    const refused = await bob.run("providers create");
    expect(refused.code).to.equal(1);
    expect(refused.stderr).to.include('field "tokenReceiver" must be an address');
    await bob.write("providerInfo.json", { name: "Bob", description: "Data", metadata: "{}" });
    const { code, stdout } = await bob.run("providers create");
    expect(code).to.equal(0);
    expect(stdout).to.match(new RegExp(`^Provider with wallet address ${bob.market.account} is registered\n`));
    expect((await bob.run("providers create")).stderr).to.include("AlreadyRegistered");
  });

  it("are shown by id and by address, listed in pages", async () => {
    const account = bob.market.account;
    expect(await bob.json("providers get 1")).to.deep.include({ id: "1", address: account, name: "Bob", description: "Data", metadata: "{}", action_account: account, token_receiver: account, security_deposit: "0" });
    expect(await bob.json(`providers get ${account} --fields name --save-to p.json`)).to.deep.equal({ name: "Bob" });
    expect(JSON.parse(await readFile(join(bob.home, "p.json"), "utf8"))).to.deep.equal({ name: "Bob" });
    expect(await bob.json("providers list --fields id,name")).to.deep.equal({ providers: [{ id: "1", name: "Bob" }], cursor: 1 });
    expect(await bob.json("providers list --cursor 5")).to.deep.equal({ providers: [], cursor: 5 });
    expect((await bob.run(`providers get ${market.operator.account}`)).stderr).to.include("is not the authority account of a provider");
    expect((await bob.run("providers get 2")).code).to.equal(1);
  });

  it("are changed field by field", async () => {
    await bob.write("change.json", { description: "Better data", tokenReceiver: market.operator.account });
    expect((await bob.run("providers update --path change.json")).stdout).to.equal("Provider 1 was updated\n");
    expect(await bob.json("providers get 1 --fields name,description,token_receiver")).to.deep.equal({ name: "Bob", description: "Better data", token_receiver: market.operator.account });
    expect((await bob.run("providers update --path change.json")).stdout).to.equal("Provider 1 was like that already\n");
  });

  it("deposit and withdraw security", async () => {
    expect((await bob.run("providers deposit 20.5")).stdout).to.equal("Deposited 20.5 tokens for provider 1, its security deposit is 20.5 tokens\n");
    const carol = await market.person(2);
    expect((await carol.run("providers deposit 1 --provider 1")).code).to.equal(0);
    expect((await carol.run("providers deposit 1")).stderr).to.include("is not registered as a provider");
    expect((await bob.run("providers withdraw 100")).code).to.equal(1);
    expect((await bob.run("providers withdraw 21.5")).stdout).to.equal("Withdrew 21.5 tokens of provider 1, its security deposit is 0 tokens\n");
    for (const verb of ["deposit", "withdraw"]) expect((await bob.run(`providers ${verb} 0.0`)).stderr).to.include("0.0 tokens are no payment. (AmountInvalid)");
    expect((await bob.run("providers deposit much")).stderr).to.include('"much" is not an amount of tokens');
  });
});
