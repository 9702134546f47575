// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { ethers } from "hardhat";
import { requestTokens } from "../../../src/chain/tokens";
import { openMarket } from "../../../src/chain/market";
import { openTestMarket, type Person, type TestMarket } from "../providers/market";
import { refusal } from "../refusal";

describe("tokens", function () {
  let market: TestMarket;
  let alice: Person;

  before(async function () {
    this.timeout(60_000);
    market = await openTestMarket();
    alice = await market.person(1);
  });
  after(() => market.close());

  it("balance: one's own, and anybody's", async () => {
    const mine = await alice.json<Record<string, string>>("tokens balance");
    expect(mine).to.include({ account: alice.market.account, symbol: "CLM", tokens: "1000", allowance: "0" });
    expect(Number(mine.coins)).to.be.above(1);
    expect(await alice.json(`tokens balance --address ${market.operator.account}`)).to.include({ account: market.operator.account });
    expect(await alice.run("tokens balance --address alice")).to.include({ code: 2 });
  });

  it("request: from the faucet, once a day", async () => {
    expect((await alice.run("tokens request")).stdout).to.equal(`${alice.market.account} got 1000 tokens\n`);
    expect((await alice.json<Record<string, string>>("tokens balance")).tokens).to.equal("2000");
    const again = await alice.run("tokens request");
    expect(again.code).to.equal(1);
    expect(again.stderr).to.include("FaucetPause");
  });

  it("request: a token without a faucet is named", async () => {
    // The registry is a contract that knows no faucet.
    const { contracts } = market.address;
    const other = await openMarket({ ...market.address, contracts: { ...contracts, token: contracts.registry } });
    await refusal(requestTokens(other), "FaucetMissing");
    other.close();
  });

  it("approve: an amount, everything, nothing", async () => {
    for (const [given, allowance] of [["12.5", "12.5"], ["0", "0"]] as const) {
      expect((await alice.run(`tokens approve ${given}`)).code).to.equal(0);
      expect((await alice.json<Record<string, string>>("tokens balance")).allowance).to.equal(allowance);
    }
    expect((await alice.run("tokens approve unlimited")).stdout).to.match(/may take all of your tokens/);
    expect((await alice.run("tokens approve some")).stderr).to.include("is not an amount of tokens");
  });

  it("list: what orders are paid in; --token means another of them than the configuration's", async () => {
    expect(await alice.json("tokens list")).to.deep.equal([{ id: "1", symbol: "CLM", address: market.address.contracts.token, commission: "3 %", listed: true, configured: true }]);
    const other = await ethers.deployContract("MarketToken", [market.operator.account!, 10n ** 21n]);
    const address = await other.getAddress();
    await market.operator.orderBook.listToken(address, 150, true).then((sent) => sent.wait());
    const found = await alice.json<Record<string, unknown>[]>("tokens list");
    expect(found[1]).to.deep.equal({ id: "2", symbol: "CLM", address, commission: "1.5 %", listed: true, configured: false });
    const balance = async () => (await alice.json<Record<string, string>>(`tokens balance --token ${address}`));
    expect(await balance()).to.include({ tokens: "0", allowance: "0" });
    expect((await alice.run(`tokens request --token ${address}`)).code).to.equal(0);
    expect((await alice.run(`tokens approve 5 --token ${address.toLowerCase()}`)).code).to.equal(0);
    expect(await balance()).to.include({ tokens: "1000", allowance: "5" });
    const ambiguous = await alice.run("tokens balance --token CLM");
    expect([ambiguous.code, ambiguous.stderr.includes("Several tokens are called CLM")]).to.deep.equal([1, true]);
    expect((await alice.run("tokens balance --token GOLD")).stderr).to.include("(TokenUnknown)");
  });
});
