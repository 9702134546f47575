// SPDX-License-Identifier: Apache-2.0
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { OFFER_INFO, resourceFile, SLOT_INFO, TEE_OFFER_INFO, TEE_OPTION_INFO, TEE_SLOT_INFO } from "./guide";
import { openTestMarket, type Person, type TestMarket } from "./market";

describe("provider-tools register", function () {
  let market: TestMarket;
  let bob: Person;
  let carol: Person;

  before(async function () {
    this.timeout(60_000);
    market = await openTestMarket();
    bob = await market.person(1);
    carol = await market.person(2, 3);
    for (const { write } of [bob, carol]) {
      await write("offer-info.json", OFFER_INFO);
      await write("slot-info.json", SLOT_INFO);
      await write("dataset.resource.json", resourceFile("d"));
      await write("tee.json", TEE_OFFER_INFO);
      await write("tee-slot.json", TEE_SLOT_INFO);
      await write("tee-option.json", TEE_OPTION_INFO);
    }
  });
  after(() => market.close());

  const FIRST = "register data --result ./dataset.resource.json";

  it("refuses wrong files and answers, names the field, and sends nothing", async () => {
    await bob.write("wrong-offer.json", OFFER_INFO.replace('"offerType":"3"', '"offerType":"2"'));
    await bob.write("odd-offer.json", OFFER_INFO.replace('"cancelable":false', '"cancelable":"no"'));
    await bob.write("wrong-slot.json", SLOT_INFO.replace('"price": "0"', '"price": "1.5"'));
    const who = "--provider-name Bob --provider-description Data";
    const expectRefusal = async (line: string, pattern: RegExp, answers?: readonly string[]): Promise<void> => {
      const { code, stdout, stderr } = await bob.run(line, answers);
      expect(code, stdout).to.equal(1);
      expect(stderr).to.match(pattern);
    };
    await expectRefusal(`${FIRST} ${who} --offer-info ./wrong-offer.json --slot-info ./slot-info.json`, /"offerType" must be "3" \(data\)/);
    await expectRefusal(`${FIRST} ${who} --offer-info ./odd-offer.json --slot-info ./slot-info.json`, /"cancelable" must be boolean/);
    await expectRefusal(`${FIRST} ${who} --offer-info ./offer-info.json --slot-info ./wrong-slot.json`, /"usage.price" must be a whole number/);
    await expectRefusal(`${FIRST} ${who} --offer-info ./none.json --slot-info ./slot-info.json`, /none.json cannot be read/);
    await expectRefusal(`${FIRST} ${who} --offer 1`, /no offer 1/);
    await expectRefusal(`${FIRST} --offer-info ./offer-info.json --slot-info ./slot-info.json`, /There was no answer to "Please enter provider name:"/);
    await expectRefusal(`${FIRST} ${who} --offer-info ./offer-info.json`, /There was no answer to "Do you want to add another slot\? \[y\/N\]"/, ["./slot-info.json"]);
    await bob.write("plain.resource.json", resourceFile("d", { encryption: undefined }));
    await expectRefusal(`register data --result ./plain.resource.json ${who} --offer-info ./offer-info.json --slot-info ./slot-info.json`, /stored without encryption/, ["n"]);
    expect(await market.operator.registry.providerCount()).to.equal(0n);
  });

  it("follows the guide's dialog with the guide's files", async () => {
    const answers = ["Bob", "Patient data", "y", "./provider.json", "n", "./offer-info.json", "./slot-info.json", "n"];
    const { code, stdout, stderr } = await bob.run(FIRST, answers);
    expect(code, stderr).to.equal(0);
    const questions = [
      "Please enter provider name:",
      "Please enter provider description:",
      "Do you want to save provider info into a file?",
      "Please enter the filename:",
      "Have you already created a DATA offer?",
      "Please specify a path to the offer info json file",
      "Please specify a path to the slot info json file",
      "Do you want to add another slot?",
    ];
    expect(questions.map((question) => stderr.indexOf(question))).to.satisfy((places: number[]) => places.every((place, index) => place > (places[index - 1] ?? -1)));
    expect(stdout).to.match(/^Here is your provider: Bob, id 1, /m);
    expect(stdout).to.match(/^Offer 1 has been created successfully$/m);
    expect(stdout).to.match(/^Slot 1 for offer 1 has been created successfully$/m);
    expect(stdout).to.include("--data 1,1");
    expect(JSON.parse(await readFile(join(bob.home, "provider.json"), "utf8"))).to.include({ name: "Bob", description: "Patient data", actionAccount: bob.market.account });
    const record = await readFile(join(bob.home, "provider-tools-config.json"), "utf8");
    expect(JSON.parse(record)).to.deep.include({ account: bob.market.account, provider: "1" });
    expect(record).not.to.match(/AGE-SECRET-KEY|0x[0-9a-f]{64}/i);
  });

  it("made the offer that the files describe, with the content's hash as version 1", async () => {
    const offer = await bob.json("offers get value 1");
    expect(offer).to.deep.include({ name: "Offer name", description: "Offer description", type: "Data", approval: "Manual", cancelable: false, enabled: true, latest_version: 1 });
    expect(offer).to.deep.include({ versions: [{ version: 1, hash: "d".repeat(64), deleted: false, info: '{"metadata":{"groupingOffers":true}}' }] });
    expect(offer.slots).to.deep.equal([{ id: "1", ...JSON.parse(SLOT_INFO), price: "0" }]);
  });

  it("finds the provider again, and adds slots and another version to the offer", async () => {
    await bob.write("second.resource.json", resourceFile("e", { size: 20_000_000 }));
    const { code, stdout, stderr } = await bob.run("register data --result ./second.resource.json", ["y", "1", "y", "y", "./slot-info.json", "y", "", "n"]);
    expect(code, stderr).to.equal(0);
    expect(stderr).to.include("Please specify the offer id:").and.include("sells another content as version 1").and.include("The current offer has the following slots: [1]. Do you want anymore?");
    expect(stderr).to.include("Warning: diskUsage in ./slot-info.json is 10485760 bytes, the content has 20000000");
    expect(stdout).to.match(/^Existed provider was found\n/);
    expect(stdout).to.include("Version 2 of offer 1 has been added successfully\nSlot 2 for offer 1 has been created successfully\nSlot 3 for offer 1 has been created successfully\n");
    expect(await bob.json("offers get value 1 --fields latest_version")).to.deep.equal({ latest_version: 2 });
  });

  it("asks nothing where options answer everything, and prints one JSON value", async () => {
    const all = "--provider-name Carol --provider-description Machines --no-save --offer-info ./tee.json --slot-info ./tee-slot.json --slot-info ./tee-slot.json --option-info ./tee-option.json --security-deposit 100";
    const { code, stdout, stderr } = await carol.run(`register tee ${all} --json`);
    expect(code, stdout).to.equal(0);
    expect(stderr).not.to.include("?");
    expect(JSON.parse(stdout)).to.deep.include({ providerExisted: false, offer: "2", slots: ["4", "5"], options: ["1"], securityDeposit: "100" });
    // The configuration has an authority account beside the account: the one registers, the other acts.
    const provider = await carol.json("providers get 2");
    expect(provider).to.deep.include({ action_account: carol.market.account, security_deposit: "100" });
    expect(provider.authority_account).not.to.equal(carol.market.account);
  });

  it("adds nothing to an offer where --no-more-slots says so, and one slot to a new offer", async () => {
    const same = await carol.run("register tee --offer 2 --no-more-slots");
    expect(same.code, same.stderr).to.equal(0);
    expect(same.stderr).to.equal("");
    const { code, stdout } = await bob.run(`${FIRST} --offer-info ./offer-info.json --no-more-slots`, ["./slot-info.json"]);
    expect(code).to.equal(0);
    expect(stdout).to.match(/Offer 3 has.*\nSlot 6 for offer 3/);
  });

  it("tells a machine from a value offer, and what a machine cannot sell", async () => {
    await carol.write("big-slot.json", { ...TEE_SLOT_INFO, info: { ...TEE_SLOT_INFO.info, cpuCores: 5 } });
    await carol.write("fixed-slot.json", { ...TEE_SLOT_INFO, usage: { ...TEE_SLOT_INFO.usage, priceType: "1" } });
    expect((await carol.run("register tee --offer 2 --slot-info ./big-slot.json")).stderr).to.include("sells more cpu than the machine has");
    expect((await carol.run("register tee --offer 2 --slot-info ./fixed-slot.json")).stderr).to.include('"usage.priceType" must be "0" (per hour)');
    expect((await carol.run("register tee --offer 1 --slot-info ./tee-slot.json")).stderr).to.include("Offer 1 is of type Data, not TeeOffer");
    expect((await carol.run("register data --result ./dataset.resource.json --offer 1 --slot-info ./slot-info.json")).stderr).to.include("Offer 1 is of provider 1, not yours");
  });

  it("asks a machine owner for the deposit that an order needs", async () => {
    const dave = await market.person(3);
    await dave.write("tee.json", TEE_OFFER_INFO);
    await dave.write("tee-slot.json", TEE_SLOT_INFO);
    // Key 3 is the authority of Carol's provider, which acts through another account.
    const { code, stderr } = await dave.run("register tee", ["n"]);
    expect(code).to.equal(1);
    expect(stderr).to.include("acts through").and.include("providers update");
    const erin = await market.person(0);
    await erin.write("tee.json", TEE_OFFER_INFO);
    await erin.write("tee-slot.json", TEE_SLOT_INFO);
    const done = await erin.run("register tee", ["Erin", "", "n", "n", "./tee.json", "./tee-slot.json", "n", "n", ""]);
    expect(done.code, done.stderr).to.equal(0);
    expect(done.stderr).to.include("Have you already created a TEE offer?").and.include("Do you want to add an option?").and.include("Each running order reserves 5 tokens");
    expect(done.stdout).to.include("5 tokens were added to its security deposit");
  });
});
