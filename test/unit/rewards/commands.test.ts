// SPDX-License-Identifier: Apache-2.0
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";
import { type Person, serveWorld, type TestMarket, type World } from "../providers/market";
import { tokens } from "../../world/market";

interface Row {
  readonly epoch: number;
  readonly state: string;
  readonly budget: string;
  readonly left: string;
  readonly revenue?: string;
  readonly share?: string;
  readonly claimed?: string;
}

describe("rewards", function () {
  let world: World;
  let market: TestMarket;
  let alice: Person;
  let carol: Person;
  let epoch: number;
  let epochSeconds: number;

  before(async function () {
    this.timeout(60_000);
    ({ world, market } = await serveWorld());
    [alice, carol] = [await market.person(1), await market.person(2)];
    const pool = await ethers.deployContract("RewardPool", [world.book, await world.registry.getAddress()]);
    for (const person of [alice, carol]) {
      const config = JSON.parse(await readFile(join(person.home, "config.json"), "utf8")) as { blockchain: object };
      await person.write("config.json", { ...config, blockchain: { ...config.blockchain, rewardPool: await pool.getAddress() } });
    }
    epochSeconds = Number(await world.orderBook.EPOCH_SECONDS());
    epoch = Math.floor((await time.latest()) / epochSeconds) + 1;
    await time.increaseTo(epoch * epochSeconds + 10);
  });
  after(() => market.close());

  const rows = async (person: Person, more = ""): Promise<Row[]> => (await person.json<{ epochs: Row[] }>(`rewards list${more}`)).epochs;
  const refuses = async (person: Person, line: string, code: string, exit = 1): Promise<void> => {
    const { code: found, stdout, stderr } = await person.run(line);
    expect(`${stdout}${stderr}`).to.include(code);
    expect(found).to.equal(exit);
  };

  it("fund: the running epoch or a coming one, by anyone, out of the account's own tokens", async () => {
    const before = await world.token.balanceOf(world.alice.address);
    expect((await alice.run("rewards fund 12.5")).stdout).to.equal(`Added 12.5 tokens to the budget of epoch ${epoch}; it is 12.5 tokens now\n`);
    expect((await alice.run(`rewards fund 2.5 --epoch ${epoch}`)).stdout).to.include("it is 15 tokens now");
    expect((await alice.run(`rewards fund 1 --epoch ${epoch + 2}`)).code).to.equal(0);
    expect(before - (await world.token.balanceOf(world.alice.address))).to.equal(tokens(16));
    await refuses(alice, `rewards fund 1 --epoch ${epoch - 1}`, "(EpochOver)");
    await refuses(alice, `rewards fund 1 --epoch ${epoch + 400}`, "(EpochTooFar)");
    await refuses(alice, "rewards fund 0", "(NothingFunded)");
    await refuses(alice, "rewards fund much", "(AmountInvalid)");
  });

  it("list: budgets by epoch, and a provider's share as of now", async () => {
    const order = await world.run(world.workflow({ deposit: tokens(8) }));
    await time.increase(3600);
    await world.finish(order, { usedSeconds: 3600 });
    await carol.run(`orders claim ${order}`);
    const commission = "0.18";
    const [running, coming] = await rows(carol);
    expect(running).to.deep.include({ epoch, state: "running", budget: "15", left: "15", revenue: "6", commission, share: commission, claimed: "0" });
    expect(coming).to.deep.include({ epoch: epoch + 2, state: "to come", budget: "1", share: "0" });
    // Alice sells nothing, and sees what everybody may see.
    expect((await rows(alice))[0]).not.to.have.property("share");
    expect((await rows(alice, " --provider 1"))[0]).to.deep.include({ share: commission });
    expect(await rows(alice, " --limit 1")).to.have.length(1);
    expect((await carol.run("rewards list")).stdout).to.match(/Shares of provider 1\nepoch +state/);
  });

  it("claim: all that is due, once, to the token receiver; named epochs say why not", async () => {
    await refuses(carol, `rewards claim --epoch ${epoch}`, "(EpochNotOver)");
    expect((await carol.run("rewards claim")).stdout).to.equal("Nothing is due to provider 1\n");
    await time.increaseTo((epoch + 1) * epochSeconds + 1);
    const before = await world.token.balanceOf(world.machineOwner.receiver);
    expect((await carol.run("rewards claim")).stdout).to.equal(`Epoch ${epoch}: 0.18 tokens were paid\nPaid 0.18 tokens to provider 1\n`);
    expect((await world.token.balanceOf(world.machineOwner.receiver)) - before).to.equal(tokens("0.18"));
    await refuses(carol, `rewards claim --epoch ${epoch}`, "(AlreadyRewarded)");
    await refuses(alice, `rewards claim --provider ${world.storeOwner.provider} --epoch ${epoch}`, "(NoReward)");
    await refuses(alice, "rewards claim", "(ProviderMissing)");
    expect((await rows(carol))[0]).to.deep.include({ state: "claimable", left: "14.82", claimed: "0.18" });
  });

  it("carry-over: what is left after a year goes into the running epoch", async () => {
    await refuses(alice, `rewards carry-over ${epoch}`, "(ClaimsOpen)");
    await time.increase(54 * 7 * 86_400);
    expect((await alice.run(`rewards carry-over ${epoch}`)).stdout).to.equal(`What was left of epoch ${epoch} was carried over\n`);
    const found = await rows(carol);
    expect(found[0]).to.deep.include({ epoch, state: "closed", left: "0" });
    expect(found.at(-1)).to.deep.include({ state: "running", budget: "14.82" });
    await refuses(carol, `rewards claim --epoch ${epoch}`, "(ClaimsClosed)");
  });

  it("say what is missing where the configuration names no pool", async () => {
    const bob = await market.person(3);
    await refuses(bob, "rewards list", "(RewardPoolMissing)");
    await refuses(bob, "rewards fund 1", "(RewardPoolMissing)");
  });
});
