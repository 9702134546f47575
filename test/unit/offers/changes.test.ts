// SPDX-License-Identifier: Apache-2.0
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { OFFER_INFO, resourceFile, SLOT_INFO, TEE_OFFER_INFO, TEE_OPTION_INFO, TEE_SLOT_INFO } from "../providers/guide";
import { openTestMarket, type Person, type TestMarket } from "../providers/market";

describe("offers: changes", function () {
  let market: TestMarket;
  let bob: Person;
  const CONFIGURATION = { type: "object", properties: { threshold: { type: "number" } } };

  before(async function () {
    this.timeout(60_000);
    market = await openTestMarket();
    bob = await market.person(1);
    await mkdir(join(bob.home, "store"));
    await bob.write("config.json", { ...JSON.parse(await readFile(join(bob.home, "config.json"), "utf8")), storage: { type: "DIRECTORY", path: "store" } });
    await bob.write("note.txt", "public words");
    expect((await bob.run("files upload note.txt --output note.resource.json --skip-encryption")).code).to.equal(0);
    const resultResource = await readFile(join(bob.home, "note.resource.json"), "utf8");
    const offer = JSON.parse(OFFER_INFO) as object;
    const restricted = { ...offer, name: "Restricted", approval: "policy", restrictions: { offers: [{ id: "1", version: 0 }], types: ["2"], largest: { "3": 1 } }, allowedAccounts: [market.operator.account] };
    const files = { "offer.json": restricted, "public.json": { ...offer, name: "Public", resultResource }, "lying.json": { ...offer, resultResource }, "slot.json": SLOT_INFO, "tee.json": TEE_OFFER_INFO, "tee-slot.json": TEE_SLOT_INFO, "option.json": TEE_OPTION_INFO, "providerInfo.json": { name: "Bob" }, "configuration.json": CONFIGURATION };
    for (const [name, value] of Object.entries({ ...files, "dataset.json": resourceFile("d") })) await bob.write(name, value);
    for (const line of ["providers create", "offers create tee --path tee.json", "offers create value --path offer.json --result dataset.json --configuration configuration.json", "offers create value --path public.json --result note.resource.json", "offers create value --path lying.json --result dataset.json", "offers add-slot tee --offer 1 --path tee-slot.json", "offers add-slot value --offer 2 --path slot.json", "offers add-option --offer 1 --path option.json"]) {
      const { code, stderr } = await bob.run(line);
      expect(code, `${line}: ${stderr}`).to.equal(0);
    }
  });
  after(() => market.close());

  const says = async (line: string, expected: string): Promise<void> => {
    const { code, stdout, stderr } = await bob.run(line);
    expect(stdout, stderr).to.equal(`${expected}\n`);
    expect(code).to.equal(0);
  };
  const refuses = async (line: string, code: string, exit = 1): Promise<void> => {
    const outcome = await bob.run(line);
    expect(`${outcome.stdout}${outcome.stderr}`, line).to.include(code);
    expect(outcome.code).to.equal(exit);
  };
  const infoOf = (kind: string, id: number) => bob.json<Record<string, unknown>>(`offers get-info ${kind} ${id}`);

  it("get-info: what is saved makes the same offer again", async () => {
    const info = await infoOf("value", 2);
    expect(info).to.deep.include({ name: "Restricted", offerType: "3", cancelable: false, approval: "policy", allowedAccounts: [market.operator.account] });
    expect(info.restrictions).to.deep.equal({ offers: [{ id: "1", version: 0 }], types: ["2"], largest: { "3": 1 } });
    expect(info.version).to.deep.equal({ version: 1, status: "0", info: { hash: { algo: "sha256", hash: "d".repeat(64), encoding: "hex" }, metadata: { groupingOffers: true } } });
    expect((await bob.run("offers get-info value 2 --save-to again.json")).code).to.equal(0);
    await says("offers create value --path again.json", "Offer was created with id 5");
    expect(await infoOf("value", 5)).to.deep.equal(info);
    expect((await bob.run("offers get-info tee 1 --save-to tee-again.json")).code).to.equal(0);
    await says("offers create tee --path tee-again.json", "Offer was created with id 6");
    expect(await infoOf("tee", 6)).to.deep.equal(await infoOf("tee", 1));
    expect(await infoOf("tee", 1)).to.deep.include({ name: "A machine", compensation: TEE_OFFER_INFO.compensation, hardwareInfo: TEE_OFFER_INFO.hardwareInfo });
    await refuses("offers get-info tee 2", "(OfferTypeMismatch)");
  });

  it("update: what the file names changes, one transaction a kind of change, the rest stays", async () => {
    await bob.write("change.json", { description: "Better", approval: "manual" });
    const [first] = await bob.json<{ transactions: string[] }[]>("offers update value 2 --path change.json");
    expect(first!.transactions).to.have.length(2);
    expect(await infoOf("value", 2)).to.deep.include({ name: "Restricted", description: "Better", approval: "manual", allowedAccounts: [market.operator.account] });
    await says("offers update value 2 --path change.json", "Offer 2 was like that already");
    await bob.write("rules.json", { restrictions: { types: ["0"] }, allowedAccounts: [bob.market.account] });
    await says("offers update value 2 5 --path rules.json", "Offer 2 was updated\nOffer 5 was updated");
    for (const id of [2, 5]) expect(await infoOf("value", id)).to.deep.include({ restrictions: { offers: [], types: ["0"], largest: {} }, allowedAccounts: [bob.market.account] });
    await bob.write("tee-change.json", { name: "The machine", compensation: TEE_OFFER_INFO.compensation, hardwareInfo: TEE_OFFER_INFO.hardwareInfo });
    await says("offers update tee 1 --path tee-change.json", "Offer 1 was updated");
    expect(await infoOf("tee", 1)).to.deep.include({ name: "The machine", description: "Four cores" });
  });

  it("update: refuses what never changes, wrong files, and other people's offers", async () => {
    const before = await infoOf("value", 2);
    for (const [change, code] of [[{ offerType: "2" }, "(OfferFieldFixed)"], [{ cancelable: true }, "(OfferFieldFixed)"], [{ allowedAccounts: [] }, "(AllowedAccountsStay)"], [{ colour: "red" }, "(OfferInfoInvalid)"], [{ name: "" }, "(OfferInfoInvalid)"]] as const) {
      await bob.write("wrong.json", change);
      await refuses("offers update value 2 --path wrong.json", code);
    }
    for (const change of [{ compensation: "1" }, { hardwareInfo: { ...TEE_OFFER_INFO.hardwareInfo, slotInfo: { ...TEE_OFFER_INFO.hardwareInfo.slotInfo, cpuCores: 2 } } }]) {
      await bob.write("wrong.json", change);
      await refuses("offers update tee 1 --path wrong.json", "(OfferFieldFixed)");
    }
    await refuses("offers update value 2", "--path or --configuration is missing", 2);
    await refuses("offers update tee 1 --configuration configuration.json", "a machine takes none", 2);
    const carol = await market.person(2);
    await carol.write("change.json", { description: "Mine" });
    const stranger = await carol.run("offers update value 2 77 --path change.json");
    expect([stranger.code, stranger.stdout]).to.satisfy(([code, out]: [number, string]) => code === 1 && out.includes("(NotOfferAccount)") && out.includes("(OfferNotFound)"), stranger.stdout);
    expect(await infoOf("value", 2)).to.deep.equal(before);
  });

  it("get-configuration: what the owner said, and changed", async () => {
    expect(await bob.json("offers get-configuration 2")).to.deep.equal(CONFIGURATION);
    await bob.write("next.json", { type: "object" });
    await says("offers update value 2 --configuration next.json", "Offer 2 was updated");
    expect((await bob.run("offers get-configuration 2 --save-to saved.json")).code).to.equal(0);
    expect(JSON.parse(await readFile(join(bob.home, "saved.json"), "utf8"))).to.deep.equal({ type: "object" });
    await refuses("offers get-configuration 3", "(ConfigurationMissing)");
    await refuses("offers create tee --path tee.json --configuration configuration.json", "a machine takes none", 2);
  });

  it("download-content: of a public offer, with the hash that its version promises", async () => {
    const carol = await market.person(2);
    const { code, stdout, stderr } = await carol.run("offers download-content 3");
    expect(code, stderr).to.equal(0);
    expect(stdout).to.include("File was downloaded successfully");
    expect(await readFile(join(carol.home, "note.txt"), "utf8")).to.equal("public words");
    expect((await carol.run("offers download-content 2")).stderr).to.include("(ContentNotPublic)");
    expect((await carol.run("offers download-content 4")).stderr).to.include("(ContentNotThePromised)");
    expect((await carol.run("offers download-content 3")).code).to.equal(1);
  });

  it("get-slot and update-slot, get-option and update-option: a change is a new id", async () => {
    expect(await bob.json("offers get-slot value --offer 2 --slot 2")).to.deep.equal({ id: "2", ...(JSON.parse(SLOT_INFO) as object) });
    expect((await bob.run("offers get-slot tee --offer 1 --slot 1 --save-to kept.json")).code).to.equal(0);
    const kept = JSON.parse(await readFile(join(bob.home, "kept.json"), "utf8")) as { usage: object };
    await bob.write("dearer.json", { ...kept, usage: { ...kept.usage, price: "700000000000000000" } });
    await says("offers update-slot tee --offer 1 --slot 1 --path dearer.json", "Slot 1 was updated: its new id is 3");
    expect((await bob.json<{ slots: { id: string; price: string }[] }>("offers get tee 1 --fields slots")).slots).to.deep.include.members([{ id: "3", ...TEE_SLOT_INFO, usage: { ...TEE_SLOT_INFO.usage, price: "700000000000000000" }, price: "0.7 an hour" }]);
    await refuses("offers update-slot tee --offer 1 --slot 1 --path dearer.json", "(SlotIsRetired)");
    await refuses("offers get-slot tee --offer 1 --slot 2", "(SlotNotOfOffer)");
    await refuses("offers get-slot value --offer 1 --slot 3", "(OfferTypeMismatch)");

    expect(await bob.json("offers get-option --offer 1 --option 1")).to.deep.equal(TEE_OPTION_INFO);
    await says("offers update-option --offer 1 --option 1 --path option.json", "Option 1 was updated: its new id is 2");
    expect((await bob.json<{ options: { id: string }[] }>("offers get tee 1 --fields options")).options.map(({ id }) => id)).to.deep.equal(["2"]);
    await refuses("offers update-option --offer 1 --option 1 --path option.json", "(OptionIsRetired)");
    await refuses("offers get-option --offer 2 --option 2", "(OptionNotOfOffer)");
  });

  it("policy: allow, list and remove solutions, by the authority account", async () => {
    const [one, two] = ["a".repeat(64), "b".repeat(64)];
    await says("offers policy list 5", "The policy of offer 5 accepts no solution");
    expect((await bob.run(`offers policy allow ${one} --offer 5 --uses 3 --valid-minutes 60`)).stdout).to.match(new RegExp(`^Solution ${one} is allowed 3 times for offer 5, until 20`));
    expect((await bob.run(`offers policy allow 0x${two.toUpperCase()} --offer 5`)).code).to.equal(0);
    const { approval, solutions } = await bob.json<{ approval: string; solutions: object[] }>("offers policy list 5");
    expect(approval).to.equal("Policy");
    expect(solutions).to.have.length(2);
    expect(solutions[0]).to.deep.include({ solution: one, uses_left: 3, accepted: true });
    await says(`offers policy remove ${one} --offer 5`, `Solution ${one} is not allowed for offer 5 any more`);
    expect((await bob.json<{ solutions: { solution: string }[] }>("offers policy list 5")).solutions.map(({ solution }) => solution)).to.deep.equal([two]);
    expect((await bob.json<{ solutions: object[] }>("offers policy list 5 --all")).solutions[0]).to.deep.include({ solution: one, uses_left: 0, accepted: false });
    expect((await bob.run("offers policy list 2")).stdout).to.include("is approved by hand");
    await refuses(`offers policy allow ${one} --offer 5 --uses 0`, "must be 1 or more", 2);
    await refuses("offers policy allow 12 --offer 5", "64 hex digits", 2);
    await refuses(`offers policy list 1`, "(OfferTypeMismatch)");
    const carol = await market.person(2);
    expect((await carol.run(`offers policy allow ${one} --offer 5`)).stderr).to.include("(NotOfferAccount)");
  });
});
