// SPDX-License-Identifier: Apache-2.0
import { loadFixture, setNextBlockBaseFeePerGas, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { network } from "hardhat";

import { deployMarket, HOUR, type Market, tokens } from "../../world/market";

/** Sends several transactions into one block, in this order. */
async function inOneBlock(...sends: (() => Promise<{ wait(): Promise<unknown> }>)[]): Promise<void> {
  await network.provider.send("evm_setAutomine", [false]);
  try {
    const sent = [];
    for (const send of sends) sent.push(await send());
    await network.provider.send("evm_mine");
    for (const transaction of sent) await transaction.wait();
  } finally {
    await network.provider.send("evm_setAutomine", [true]);
  }
}

const security = async ({ registry, machineOwner }: Market) => (await registry.getProvider(machineOwner.provider)).deposit;

describe("Abuse 13: time at its edges", () => {
  it("money that ends at an exact second pays that second and no more; replenished in that block, the service goes on", async () => {
    const { orderBook, alice, stranger, run, workflow } = await loadFixture(deployMarket);
    // Six tokens an hour beside Bob's two: 600 seconds are one.
    const order = await run(workflow({ service: true, deposit: tokens(3) }));
    const { since } = await orderBook.getOrder(order);
    expect(await orderBook.paidUntil(order)).to.equal(since + 600n);
    const late = await run(workflow({ service: true, deposit: tokens(3) }));
    await time.setNextBlockTimestamp(since + 600n);
    await inOneBlock(() => orderBook.connect(alice).replenishOrder(order, tokens(1), { gasLimit: 1_000_000 }), () => orderBook.connect(alice).replenishOrder(order, 1, { gasLimit: 1_000_000 }));
    expect(await orderBook.paidUntil(order)).to.equal(since + 1200n);
    await expect(orderBook.connect(stranger).stopOrder(order)).to.be.revertedWithCustomError(orderBook, "DeadlineNotReached").withArgs(order, since + 1200n, since + 601n);
    // A second after its end a service cannot be brought back: it is settled as of that end.
    const end = await orderBook.paidUntil(late);
    await time.setNextBlockTimestamp(end + 1n);
    await expect(orderBook.connect(alice).replenishOrder(late, tokens(1))).to.be.revertedWithCustomError(orderBook, "ServiceEnded").withArgs(late, end, end + 1n);
    await orderBook.connect(stranger).stopOrder(late);
    expect((await orderBook.getOrder(late)).since).to.equal(600n);
  });

  it("an order that was just made cannot be expired, stopped or charged", async () => {
    const { orderBook, alice, stranger, place, run, finish, workflow } = await loadFixture(deployMarket);
    const fresh = await place();
    await expect(orderBook.connect(stranger).expireOrder(fresh)).to.be.revertedWithCustomError(orderBook, "DeadlineNotReached");
    const service = await run(workflow({ service: true }));
    await expect(orderBook.connect(stranger).stopOrder(service)).to.be.revertedWithCustomError(orderBook, "DeadlineNotReached");
    // A report and a finish one second apart charge the slot's least, not what the device claims.
    const job = await run();
    await finish(job);
    expect(await orderBook.claimable(job)).to.equal(tokens(1));
    await orderBook.connect(alice).cancelOrder(fresh);
  });

  it("placed, approved, accepted and canceled in one block, an order ends once and gives all back", async () => {
    const { orderBook, token, alice, bob, carol, workflow } = await loadFixture(deployMarket);
    const before = await token.balanceOf(alice.address);
    await setNextBlockBaseFeePerGas(1);
    const gas = { gasLimit: 3_000_000 };
    await inOneBlock(
      () => orderBook.connect(alice).placeWorkflow(workflow(), gas),
      () => orderBook.connect(bob).completeSuborder(2, 4, workflow().solutionHash, "0x", gas),
      () => orderBook.connect(carol).acceptOrder(1, gas),
      () => orderBook.connect(alice).cancelOrder(1, gas),
    );
    expect((await orderBook.getOrder(1)).status).to.equal(3n);
    expect(await token.balanceOf(alice.address)).to.equal(before);
  });

  it("a clock that jumps by years settles as of the second that counts", async () => {
    const { orderBook, alice, run, workflow } = await loadFixture(deployMarket);
    const [service, job] = [await run(workflow({ service: true })), await run()];
    await time.increase(5 * 365 * 24 * HOUR);
    await orderBook.stopOrder(service);
    await orderBook.expireOrder(job);
    // The service ends with its lease, the job's silent machine is paid nothing.
    expect(await orderBook.claimable(service)).to.equal(tokens(6));
    expect(await orderBook.claimable(job)).to.equal(0n);
    expect([(await orderBook.getOrder(service)).since, (await orderBook.getOrder(job)).since]).to.deep.equal([3600n, 3600n]);
    expect(await orderBook.owedTo(alice.address, 1)).to.equal(0n);
  });
});

describe("Abuse 19: taking a security deposit", () => {
  it("costs an order its compensation once, and no more than was reserved for it", async () => {
    const market = await loadFixture(deployMarket);
    const { orderBook, token, alice, place, approve, accept, compensation } = market;
    const order = await place();
    await approve(order);
    await accept(order);
    await time.increase(2 * HOUR);
    await expect(orderBook.expireOrder(order)).to.changeTokenBalance(token, alice, tokens(20) + compensation);
    await expect(orderBook.expireOrder(order)).to.be.revertedWithCustomError(orderBook, "IllegalTransition").withArgs(order, 5, 5);
    expect(await security(market)).to.equal(tokens(1000) - compensation);
  });

  it("a provider cannot leave with what answers for its open orders, and is not charged for others", async () => {
    const market = await loadFixture(deployMarket);
    const { orderBook, registry, carol, machineOwner, run, finish, compensation, place } = market;
    const orders = [await run(), await run()];
    const waiting = await place();
    await expect(registry.connect(carol).withdrawSecurity(machineOwner.provider, tokens(1000))).to.be.revertedWithCustomError(registry, "SecurityTooSmall").withArgs(machineOwner.provider, tokens(1000), tokens(1000) - 2n * compensation);
    await registry.connect(carol).withdrawSecurity(machineOwner.provider, tokens(1000) - 2n * compensation);
    await finish(orders[0]!, { status: 5, fault: 2 });
    await finish(orders[1]!, { status: 5, fault: 1 });
    expect(await security(market)).to.equal(compensation);
    // With nothing free it can accept nothing: no order is taken that nobody answers for.
    await registry.connect(carol).withdrawSecurity(machineOwner.provider, compensation);
    await market.approve(waiting);
    await expect(market.accept(waiting)).to.be.revertedWithCustomError(registry, "SecurityTooSmall").withArgs(machineOwner.provider, compensation, 0);
    expect((await orderBook.getOrder(waiting)).status).to.equal(0n);
  });

  it("nobody but the book that reserved can draw it, the administrator included", async () => {
    const { registry, admin, alice, stranger, machineOwner, run } = await loadFixture(deployMarket);
    await run();
    for (const caller of [admin, alice, stranger]) {
      await expect(registry.connect(caller).compensate(machineOwner.provider, caller.address, 1)).to.be.revertedWithCustomError(registry, "NotReserved").withArgs(machineOwner.provider, 1, 0);
    }
  });
});
