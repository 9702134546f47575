// SPDX-License-Identifier: Apache-2.0
import { copyFile, readFile } from "node:fs/promises";
import { join } from "node:path";
import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { type Person, serveWorld, type TestMarket, type World } from "../providers/market";

describe("users", function () {
  let world: World;
  let market: TestMarket;
  let alice: Person;
  let bob: Person;
  let stranger: Person;
  let bobs: string;

  beforeEach(async function () {
    this.timeout(60_000);
    ({ world, market } = await serveWorld());
    [alice, bob, stranger] = [await market.person(1), await market.person(3), await market.person(2)];
    bobs = bob.market.account!;
  });
  afterEach(() => market.close());

  const refuses = async (person: Person, line: string, code: string, exit = 1): Promise<void> => {
    const outcome = await person.run(line);
    expect(outcome.stderr).to.include(code);
    expect(outcome.code).to.equal(exit);
  };

  it("link two wallets whose keys are on two machines: an invitation is carried, and the other one sends it", async () => {
    expect((await alice.run("users get")).stdout).to.equal(`${alice.market.account} is no user yet; its first order makes it one\n`);
    const { code, stdout, stderr } = await alice.run(`users link ${bobs.toLowerCase()} --output bob.json`);
    expect(code, stderr).to.equal(0);
    expect(stdout).to.include(`The invitation of ${bobs} to user 1 was written to bob.json`);
    expect((await alice.json<{ wallets: string[] }>("users get")).wallets).to.deep.equal([alice.market.account]);
    await copyFile(join(alice.home, "bob.json"), join(bob.home, "from-alice.json"));
    await copyFile(join(alice.home, "bob.json"), join(stranger.home, "from-alice.json"));
    await refuses(stranger, "users link --invitation from-alice.json", "(LinkNotYours)");
    expect((await bob.run("users link --invitation from-alice.json")).stdout).to.equal(`Wallet ${bobs} was linked to user 1\n`);
    expect((await alice.run("users get")).stdout).to.equal(`${alice.market.account} is user 1\n  ${alice.market.account} (first wallet)\n  ${bobs}\n`);
    // What one placed, the other takes back; the money goes where it came from.
    const order = await world.place();
    expect((await bob.run(`orders cancel ${order}`)).stdout).to.equal(`Order ${order} was canceled successfully\n`);
    // An invitation serves once, also after the wallet has left.
    expect((await bob.run("users unlink")).code).to.equal(0);
    await refuses(bob, "users link --invitation from-alice.json", "LinkNotSigned");
  });

  it("refuse an invitation that was changed, is late, of another market, or no invitation", async () => {
    expect((await alice.run(`users link ${bobs}`)).code).to.equal(0);
    const given = JSON.parse(await readFile(join(alice.home, "invitation.json"), "utf8")) as Record<string, unknown>;
    await bob.write("changed.json", { ...given, deadline: String(Number(given.deadline) + 1) });
    await refuses(bob, "users link --invitation changed.json", "(LinkTampered)");
    await bob.write("other.json", { ...given, chainId: 5 });
    await refuses(bob, "users link --invitation other.json", "(LinkOfOtherMarket)");
    await bob.write("wrong.json", { ...given, signature: "nothing" });
    await refuses(bob, "users link --invitation wrong.json", "(InvitationInvalid)");
    await refuses(bob, "users link --invitation missing.json", "(FileMissing)");
    await bob.write("late.json", given);
    await time.increase(49 * 3600);
    await refuses(bob, "users link --invitation late.json", "(LinkExpired)");
    await refuses(alice, `users link ${alice.market.account}`, "(LinkToItself)");
    await refuses(alice, "users link 0xF39Fd6e51aad88F6F4ce6aB8827279cffFb92266", "(AddressInvalid)");
    await refuses(alice, "users link 0x12", "0x and 40 hex digits", 2);
    await refuses(alice, "users link", "Give one of", 2);
    await refuses(alice, `users link ${bobs} --invitation late.json`, "Give one of", 2);
  });

  it("link at once where both keys are at hand: the acting account pays, and a taken wallet is refused", async () => {
    const sent = await market.operator.provider.getTransactionCount(bobs);
    const linked = await alice.json<{ user: string; wallet: string }>(`users link --with ${join(bob.home, "config.json")}`);
    expect(linked).to.deep.include({ linked: true, user: "1", wallet: bobs });
    expect(await market.operator.provider.getTransactionCount(bobs)).to.equal(sent);
    await refuses(stranger, `users link --with ${join(bob.home, "config.json")}`, "(WalletTaken)");
    await refuses(alice, "users link --with config.json", "(LinkToItself)");
    await refuses(alice, "users link --with nowhere.json", "(ConfigMissing)");
  });

  it("unlink by the wallet or the first wallet; the first is the last to go", async () => {
    await alice.run(`users link --with ${join(bob.home, "config.json")}`);
    await refuses(stranger, `users unlink ${bobs}`, "(NotUsersWallet)");
    await refuses(alice, "users unlink", "(FirstWalletOfUser)");
    expect((await bob.run("users unlink")).stdout).to.equal(`Wallet ${bobs} was unlinked from user 1\n`);
    await refuses(bob, "users unlink", "(WalletNotLinked)");
    expect((await alice.json<{ wallets: string[] }>(`users get --address ${alice.market.account}`)).wallets).to.deep.equal([alice.market.account]);
    await alice.run(`users link --with ${join(bob.home, "config.json")}`);
    expect((await alice.run(`users unlink ${bobs}`)).code).to.equal(0);
    expect((await alice.run("users unlink")).code).to.equal(0);
    await refuses(alice, "users get --address 0x12", "40 hex digits", 2);
  });
});
