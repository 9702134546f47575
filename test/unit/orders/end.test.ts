// SPDX-License-Identifier: Apache-2.0
import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { type Person, serveMarket, type TestMarket } from "../providers/market";

/** What `--json` prints of an order's handling. */
interface Outcome {
  readonly id: string;
  readonly done: boolean;
  readonly code?: string;
}

describe("orders cancel, expire and claim", function () {
  let world: Awaited<ReturnType<typeof import("../../world/market").deployMarket>>;
  let market: TestMarket;
  let alice: Person;

  before(async function () {
    this.timeout(60_000);
    const { default: hre } = await import("hardhat");
    await hre.network.provider.send("hardhat_reset", []);
    world = await (await import("../../world/market")).deployMarket();
    const { registry, catalog, orderBook, attestation, token } = world;
    const names = { registry, catalog, orderBook, attestation, token };
    const entries = await Promise.all(Object.entries(names).map(async ([name, contract]) => [name, await contract.getAddress()] as const));
    market = await serveMarket(Object.fromEntries(entries) as never);
    alice = await market.person(1);
  });
  after(() => market.close());

  it("cancels what has not begun; one refusal is exit code 1 and stops nothing", async () => {
    const first = await world.place();
    const second = await world.place();
    const { code, stdout } = await alice.run(`orders cancel ${first} 4711 ${second}`);
    expect(code).to.equal(1);
    expect(stdout).to.include(`Order ${first} was canceled successfully\nOrder 4711 was not canceled: There is no order 4711`);
    expect(stdout).to.include(`Order ${second} was canceled successfully`);
    const third = await world.place();
    expect(await alice.run(`orders cancel ${third}`)).to.include({ code: 0, stdout: `Order ${third} was canceled successfully\n` });
    const stranger = await (await market.person(3)).run(`orders cancel ${await world.place()}`);
    expect(stranger.code).to.equal(1);
    expect(stranger.stdout).to.include("(NotOrderCustomer)");
  });

  it("refuses ids that are none before anything is sent", async () => {
    const order = await world.place();
    expect((await alice.run(`orders cancel ${order} seven`)).stderr).to.include('"seven" is not the id of an order.');
    expect((await alice.json<{ status: string }>(`orders get ${order}`)).status).to.equal("Blocked");
  });

  it("expires an order after its deadline, not before", async () => {
    const order = await world.place();
    const early = await alice.json<Outcome[]>(`orders expire ${order}`);
    expect(early).to.have.length(1);
    expect(early[0]).to.include({ id: String(order), done: false, code: "DeadlineNotReached" });
    await time.increase(4321 * 60);
    expect(await alice.run(`orders expire ${order}`)).to.include({ code: 0, stdout: `Order ${order} was expired successfully\n` });
  });

  it("claims earnings of several providers at once, each part once", async () => {
    const [device, offer] = [world.device, world.compute];
    expect([device, offer]).not.to.include(undefined);
    const order = await world.run();
    expect((await alice.json<{ orders: Outcome[] }>(`orders claim ${order}`)).orders[0]).to.include({ done: false, code: "NothingToClaim" });
    await time.increase(1800);
    await world.finish(order);
    const balance = async (account: string) => market.operator.token.balanceOf(account);
    const { code, stdout } = await alice.run(`orders claim ${order} ${order + 1n} ${order}`);
    expect(stdout).to.match(new RegExp(`^Order ${order} was claimed successfully\\nOrder ${order + 1n} was claimed successfully\\nPaid [\\d.]+ tokens, commission [\\d.]+ tokens\\n$`));
    expect(code).to.equal(0);
    // Half an hour at 6 tokens, and the data set's 2, less 3 %.
    expect(Number(await balance(world.machineOwner.receiver)) / 1e18).to.be.closeTo(3 * 0.97, 0.02);
    expect(await balance(world.dataOwner.receiver)).to.equal((2n * 10n ** 18n * 97n) / 100n);
    const again = await alice.run(`orders claim ${order} ${order + 1n}`);
    expect(again.code).to.equal(1);
    expect(again.stdout).to.include("(NothingToClaim)");
  });
});
