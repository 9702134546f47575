// SPDX-License-Identifier: Apache-2.0
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { ChainProxy } from "../../../scripts/localnet/chainProxy";
import { OFFER_INFO, resourceFile, TEE_OFFER_INFO } from "../providers/guide";
import { openTestMarket, type Person, type TestMarket } from "../providers/market";

/** What `--json` prints. */
interface Switched {
  readonly provider: string;
  readonly offers: readonly { id: string; done: boolean; changed?: boolean; code?: string; transaction?: string }[];
}

describe("offers enable-all and disable-all", function () {
  let market: TestMarket;
  let proxy: ChainProxy;
  let bob: Person;

  before(async function () {
    this.timeout(60_000);
    market = await openTestMarket();
    proxy = await ChainProxy.open(market.address.rpcUrl);
    bob = await market.person(1);
    const config = JSON.parse(await readFile(join(bob.home, "config.json"), "utf8")) as { blockchain: object };
    await bob.write("config.json", { ...config, blockchain: { ...config.blockchain, rpcUrl: proxy.rpcUrl } });
    const carol = await market.person(2);
    for (const person of [bob, carol]) {
      for (const [name, value] of Object.entries({ "offer.json": OFFER_INFO, "tee.json": TEE_OFFER_INFO, "dataset.json": resourceFile("d"), "providerInfo.json": { name: "A provider" } })) await person.write(name, value);
      expect((await person.run("providers create")).code).to.equal(0);
    }
    const value = "offers create value --path offer.json --result dataset.json";
    // Offer 3 is Carol's.
    for (const [person, line] of [[bob, "offers create tee --path tee.json"], [bob, value], [carol, value], [bob, value], [bob, value]] as const) expect((await person.run(line)).code).to.equal(0);
  });
  after(async () => {
    proxy?.close();
    await market?.close();
  });

  const onSale = () => Promise.all([1, 2, 3, 4, 5].map(async (id) => (await market.operator.catalog.getOffer(id)).enabled));

  it("change every offer of the provider that signs, of machines too, and nobody else's", async () => {
    const { code, stdout, stderr } = await bob.run("offers disable-all");
    expect(code, stderr).to.equal(0);
    expect(stdout).to.equal("Offer 1 was disabled\nOffer 2 was disabled\nOffer 4 was disabled\nOffer 5 was disabled\n");
    expect(stderr).to.include("Disabling: 100% of 4 offers");
    expect(await onSale()).to.deep.equal([false, false, true, false, false]);
  });

  it("leave alone what is so already, and say it", async () => {
    expect((await bob.run("offers enable 4")).code).to.equal(0);
    const sent = await market.operator.provider.getTransactionCount(bob.market.account!);
    const { code, stdout } = await bob.run("offers enable-all");
    expect(code).to.equal(0);
    expect(stdout).to.equal("Offer 1 was enabled\nOffer 2 was enabled\nOffer 4 was enabled already\nOffer 5 was enabled\n");
    expect(await market.operator.provider.getTransactionCount(bob.market.account!)).to.equal(sent + 3);
    const again = await bob.json<Switched>("offers enable-all");
    expect(again).to.deep.equal({ provider: "1", enabled: true, offers: ["1", "2", "4", "5"].map((id) => ({ id, done: true, changed: false })) });
  });

  it("go on after a failure, give exit code 1 for it, and finish when called again", async () => {
    let sent = 0;
    proxy.fate = (method) => (method === "eth_sendRawTransaction" && ++sent === 2 ? "refuse" : "pass");
    const { code, stdout } = await bob.run("offers disable-all");
    expect(code).to.equal(1);
    expect(stdout).to.match(/^Offer 1 was disabled\nOffer 2 was not disabled: The chain does not answer\. \(ChainUnreachable\)\n {2}See that it runs.*\nOffer 4 was disabled\nOffer 5 was disabled\n$/);
    expect(await onSale()).to.deep.equal([false, true, true, false, false]);
    proxy.fate = () => "pass";
    const again = await bob.json<Switched>("offers disable-all");
    expect(again.offers.map(({ id, changed }) => [id, changed])).to.deep.equal([["1", false], ["2", true], ["4", false], ["5", false]]);
    expect(await onSale()).to.deep.equal([false, false, true, false, false]);
  });

  it("are for providers, and say where there is nothing", async () => {
    const nobody = await market.person(3);
    const refused = await nobody.run("offers enable-all");
    expect(refused).to.include({ code: 1, stdout: "" });
    expect(refused.stderr).to.include("(ProviderMissing)");
    await nobody.write("providerInfo.json", { name: "New" });
    await nobody.run("providers create");
    expect(await nobody.run("offers enable-all")).to.include({ code: 0, stdout: "Provider 3 has no offers\n" });
  });
});
