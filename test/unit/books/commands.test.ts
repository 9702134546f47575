// SPDX-License-Identifier: Apache-2.0
import { setStorageAt, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { MaxUint256 } from "ethers";
import { tokens } from "../../world/market";
import { payIn } from "../../world/otherToken";
import { type Person, serveWorld, type TestMarket, type World } from "../providers/market";

interface Said {
  readonly balanced: boolean;
  readonly events: number;
  readonly faults: readonly string[];
  readonly lines: readonly { holder: string; token: string; what: string; rebuilt: string; stored: string; difference: string }[];
  readonly orders: readonly { order: string; status: string; charged: string; refunded: string; claimed: string; unclaimed: string; seconds: number; differences: readonly string[] }[];
}

describe("Abuse 24: books", function () {
  let world: World;
  let market: TestMarket;
  let anyone: Person;
  let done: bigint;
  let failed: bigint;

  before(async function () {
    this.timeout(60_000);
    ({ world, market } = await serveWorld());
    anyone = await market.person(3);
    const { orderBook, alice, carol, registry, admin, token } = world;
    await token.approve(await registry.getAddress(), MaxUint256);

    const { ethers } = (await import("hardhat")).default;
    const refusing = await ethers.deployContract("RefusingToken");
    await refusing.transfer(alice.address, tokens(1000));
    await refusing.connect(alice).approve(world.book, MaxUint256);
    const paid = await payIn(world, refusing);

    // One order for every way to end.
    await orderBook.connect(alice).cancelOrder(await world.place());
    await orderBook.connect(world.bob).completeSuborder((await world.place()) + 1n, 5, `0x${"00".repeat(32)}`, "0x");
    done = await world.run(world.fullWorkflow());
    await time.increase(1234);
    await world.finish(done, { usedSeconds: 1000 });
    await orderBook.claim([done]);
    await orderBook.claim([done + 2n]);
    failed = await world.run();
    await time.increase(600);
    await world.finish(failed, { status: 5, fault: 2, usedSeconds: 600 });
    const unpaid = await world.run(world.workflow({ deposit: tokens(4) }));
    await time.increase(3600);
    await world.finish(unpaid);
    // Replenished by somebody else, and canceled while it ran.
    const running = await world.run(world.workflow({ deposit: tokens(4) }));
    await token.approve(world.book, MaxUint256);
    await orderBook.replenishOrder(running, tokens(3));
    await time.increase(900);
    await orderBook.connect(alice).cancelOrder(running);
    await time.increase(60);
    await world.finish(running, { status: 3, usedSeconds: 800 });
    await orderBook.claimCommission(1);
    const late = await world.run();
    const unreported = await world.place();
    await world.approve(unreported);
    await world.accept(unreported);
    await time.increase(40 * 24 * 3600);
    await orderBook.expireOrder(late);
    await orderBook.expireOrder(unreported);

    // Open ones, security that comes and goes, a gift, and a token that refuses a customer.
    await world.place();
    await registry.depositSecurity(world.machineOwner.provider, tokens(7));
    await registry.connect(carol).withdrawSecurity(world.machineOwner.provider, tokens(3));
    await token.transfer(world.book, 42n);
    const [first, second] = [await paid.place(), await paid.place()];
    await refusing.setBlocked(alice.address, true);
    await orderBook.connect(alice).cancelOrder(first);
    await orderBook.connect(alice).cancelOrder(second);
    await refusing.setBlocked(alice.address, false);
    await orderBook.connect(alice).withdrawOwed(paid.tokenId, admin.address);
    const third = await paid.place();
    await refusing.setBlocked(alice.address, true);
    await orderBook.connect(alice).cancelOrder(third);
  });
  after(() => market.close());

  it("rebuilds every unit from events: all ways to end, two tokens, refusals of a token, gifts, security", async () => {
    const { code, stdout, stderr } = await anyone.run("books --range 7 --all");
    expect(stdout, stderr).to.include("the books balance to the unit.");
    expect(code).to.equal(0);
    expect(stderr).to.include("Reading events: 100% of ").and.to.include("Comparing orders: 100% of 12 orders");
    const said = await anyone.json<Said>("books");
    expect(said.faults).to.deep.equal([]);
    expect(said.lines.filter(({ difference }) => difference !== "0")).to.deep.equal([]);
    const line = (what: string) => said.lines.filter((one) => one.what.startsWith(what)).map(({ rebuilt }) => rebuilt);
    expect(line("nobody's")).to.deep.equal(["42", "0", "0"]);
    expect(line("deposits of open orders")).to.deep.equal([String(tokens(20)), "0"]);
    expect(line("refunds that the token refused")).to.deep.equal(["0", String(tokens(20))]);
    // 1000 + 7 - 3, less three compensations.
    expect(line("security deposit of provider 1")).to.deep.equal([String(tokens(1004 - 15))]);
    expect(line("reserved of provider 1")).to.deep.equal(["0"]);
    const order = said.orders.find((one) => one.order === String(done))!;
    // 6 an hour for the machine, 3 for the solution, 1000 seconds; the data 2; the storage 1, set apart for its receipt.
    expect(order).to.deep.include({ status: "Done", seconds: 1000, charged: String((tokens(6) * 1000n) / 3600n + (tokens(3) * 1000n) / 3600n + tokens(2) + tokens(1)) });
    expect(BigInt(order.claimed) + BigInt(order.unclaimed)).to.equal(BigInt(order.charged));
    expect(said.orders.find((one) => one.order === String(failed))).to.include({ charged: String(tokens(2)), refunded: String(tokens(18)) });
  });

  it("shows a difference of one unit, in the table of the token and of the order, with exit code 1", async () => {
    const { keccak256, AbiCoder } = await import("ethers");
    const order = (await world.orderBook.lastOrder()) - 1n;
    const { customer, deposit } = await world.orderBook.getOrder(order);
    // The first word of an order is [deposit 88 | customer 160]; find its mapping's slot.
    const word = (amount: bigint) => (amount << 160n) | BigInt(customer);
    const { ethers } = (await import("hardhat")).default;
    for (let slot = 0; slot < 20; slot++) {
      const at = keccak256(AbiCoder.defaultAbiCoder().encode(["uint48", "uint256"], [order, slot]));
      if (BigInt(await ethers.provider.getStorage(world.book, at)) !== word(deposit)) continue;
      await setStorageAt(world.book, at, word(deposit + 1n));
      const { code, stdout } = await anyone.run("books");
      await setStorageAt(world.book, at, word(deposit));
      expect(code).to.equal(1);
      expect(stdout).to.include("THE BOOKS DO NOT BALANCE.").and.to.include(`deposit: ${deposit} / ${deposit + 1n}`);
      return;
    }
    expect.fail("The order's word was not found.");
  });

  it("shows money that left without a reason, and refuses to begin after the market did", async () => {
    const { ethers } = (await import("hardhat")).default;
    await ethers.provider.send("hardhat_impersonateAccount", [world.book]);
    await ethers.provider.send("hardhat_setBalance", [world.book, "0xffffffffffffffffffff"]);
    await world.token.connect(await ethers.getSigner(world.book)).transfer(world.stranger.address, 1n);
    const said = await anyone.json<Said>("books");
    expect(said.balanced).to.equal(false);
    expect(said.faults).to.have.length(1);
    expect(said.faults[0]).to.match(/^1 units of token 0x[0-9a-f]{40} left the order book in 0x[0-9a-f]{64}, and no event says why\.$/);
    expect(said.lines.filter(({ difference }) => difference !== "0").map(({ what, difference }) => [what, difference])).to.deep.equal([["nobody's (sent without being asked)", "1"]]);
    const none = await anyone.run("books --range 0");
    expect(none).to.include({ code: 2, stdout: "" });
    expect(none.stderr).to.include("--range must be 1 or more.");
    const late = await anyone.run("books --from 60");
    expect(late.code).to.equal(1);
    expect(late.stderr).to.include("(BooksIncomplete)");
  });
});
