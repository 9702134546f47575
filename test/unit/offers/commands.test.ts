// SPDX-License-Identifier: Apache-2.0
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { OFFER_INFO, resourceFile, SLOT_INFO, TEE_OFFER_INFO, TEE_OPTION_INFO, TEE_SLOT_INFO } from "../providers/guide";
import { openTestMarket, type Person, type TestMarket } from "../providers/market";

describe("offers", function () {
  let market: TestMarket;
  let bob: Person;

  before(async function () {
    this.timeout(60_000);
    market = await openTestMarket();
    bob = await market.person(1);
    const restricted = { ...JSON.parse(OFFER_INFO), name: "Restricted", restrictions: { offers: ["1", { id: "2", version: 1 }], types: ["2"], largest: { "3": 1 } }, allowedAccounts: [market.operator.account] };
    const files = { "offer.json": OFFER_INFO, "restricted.json": restricted, "slot.json": SLOT_INFO, "tee.json": TEE_OFFER_INFO, "tee-slot.json": TEE_SLOT_INFO, "option.json": TEE_OPTION_INFO, "providerInfo.json": { name: "Bob" } };
    for (const [name, value] of Object.entries({ ...files, "dataset.json": resourceFile("d"), "next.json": resourceFile("e") })) await bob.write(name, value);
  });
  after(() => market.close());

  const says = async (line: string, expected: string): Promise<void> => {
    const { code, stdout, stderr } = await bob.run(line);
    expect(code, stderr).to.equal(0);
    expect(stdout).to.equal(`${expected}\n`);
  };
  const refuses = async (line: string, pattern: RegExp, exit = 1): Promise<void> => {
    const { code, stderr } = await bob.run(line);
    expect(stderr).to.match(pattern);
    expect(code).to.equal(exit);
  };

  it("none: the list says so, and only a provider can create one", async () => {
    await says("offers list value", "No offers\nLast pagination cursor: 0");
    await refuses("offers create value --path offer.json --result dataset.json", /is not the action account of a provider/);
    await refuses("offers get value 1", /There is no offer 1/);
  });

  it("are created from their files, slots and options added and deleted", async () => {
    expect((await bob.run("providers create")).code).to.equal(0);
    await says("offers create tee --path tee.json", "Offer was created with id 1");
    await says("offers create value --path offer.json --result dataset.json", "Offer was created with id 2");
    await says("offers add-slot tee --offer 1 --path tee-slot.json", "Slot was created with id 1");
    await says("offers add-slot value --offer 2 --path slot.json", "Slot was created with id 2");
    await says("offers add-slot value --offer 2 --path slot.json", "Slot was created with id 3");
    await says("offers delete-slot value --offer 2 --slot 3", "Slot 3 was deleted");
    await says("offers add-option --offer 1 --path option.json", "Option was created with id 1");
    await says("offers add-option --offer 1 --path option.json", "Option was created with id 2");
    await says("offers delete-option --offer 1 --option 2", "Option 2 was deleted");
    await refuses("offers add-slot tee --offer 2 --path tee-slot.json", /Offer 2 is of type Data, which is no tee offer/);
    await refuses("offers create value --path offer.json", /--result is missing/, 2);
    await refuses("offers create value --path slot.json --result dataset.json", /slot.json: field ".*" is/);
  });

  it("show what they sell: slots in the shape of their files, versions, capacity", async () => {
    const tee = await bob.json("offers get tee 1");
    expect(tee).to.deep.include({ name: "A machine", provider_name: "Bob", total_cores: 4, free_cores: 4, orders_in_queue: 0, compensation: "5", enabled: true });
    expect(tee.slots).to.deep.equal([{ id: "1", ...TEE_SLOT_INFO, price: "0.5 an hour" }]);
    expect(tee.options).to.have.length(1);
    const modified = Date.parse((await bob.json<{ modified_date: string }>("offers get value 2 --fields modified_date")).modified_date);
    expect(Math.abs(modified - Date.now())).to.be.below(3_600_000);
    await says("offers get value 2 --fields id,approval --save-to saved.json", "id: 2\napproval: Manual");
    expect(JSON.parse(await readFile(join(bob.home, "saved.json"), "utf8"))).to.deep.equal({ id: "2", approval: "Manual" });
    await refuses("offers get value 2 --fields id,colour", /no field "colour"/, 2);
    await refuses("offers get gpu 2", /must be one of tee, value/, 2);
  });

  it("keep their restrictions", async () => {
    await says("offers create value --path restricted.json --result dataset.json", "Offer was created with id 3");
    const { restrictions } = await bob.json("offers get value 3 --fields restrictions");
    expect(restrictions).to.deep.equal({ types: ["Solution"], offers: [{ id: "1", version: 0 }, { id: "2", version: 1 }], largest: { Data: 1 }, allowedAccounts: [market.operator.account] });
    expect(await bob.json("offers get value 2 --fields depends_on_offers")).to.deep.equal({ depends_on_offers: [] });
  });

  it("are listed by kind, in pages", async () => {
    await says("offers list tee --fields id,name,free_cores", "id  name       free_cores\n--  ---------  ----------\n1   A machine  4\nLast pagination cursor: 1");
    expect(await bob.json("offers list value --fields id --limit 1")).to.deep.equal({ offers: [{ id: "2" }], cursor: 1 });
    expect(await bob.json("offers list value --fields id --limit 1 --cursor 1")).to.deep.equal({ offers: [{ id: "3" }], cursor: 2 });
    expect(await bob.json("offers list value --fields id,type --ids 3")).to.deep.equal({ offers: [{ id: "3", type: "Data" }], cursor: 1 });
  });

  it("get versions, fall back to the newest left, and are switched off and on", async () => {
    await says("offers version add --offer 2 --result next.json", "Version 2 added successfully");
    await says("offers version delete --offer 2 --ver 2", "Version 2 was deleted");
    expect(await bob.json("offers get value 2 --fields latest_version")).to.deep.equal({ latest_version: 1 });
    await says("offers disable 2", "Offer 2 was disabled");
    expect(await bob.json("offers get value 2 --fields enabled")).to.deep.equal({ enabled: false });
    await says("offers enable 2", "Offer 2 was enabled");
    const stranger = await market.person(2);
    expect((await stranger.run("offers disable 2")).stderr).to.match(/2/);
    expect(await bob.json("offers get value 2 --fields enabled")).to.deep.equal({ enabled: true });
  });
});
