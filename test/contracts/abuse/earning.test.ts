// SPDX-License-Identifier: Apache-2.0
import { loadFixture, mine, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";

import { deployMarket, HOUR, type Market, SOLUTION_HASH, tokens, ZERO_HASH } from "../../world/market";
import { PriceType } from "../../world/offers";

/** What is not the customer's in a market: the balance of the book. */
const held = async ({ token, book }: Market) => token.balanceOf(book);

/** A service of Carol's machine with Bob's data. */
const service = (market: Market, overrides: Record<string, unknown> = {}) => market.workflow({ service: true, ...overrides });

describe("Abuse 3: a stranger's dust", () => {
  it("added to an order moves no deadline, burns no claim and blocks no payment", async () => {
    const market = await loadFixture(deployMarket);
    const { orderBook, token, stranger, alice, book, place, run, finish } = market;
    await token.transfer(stranger.address, 10);
    await token.connect(stranger).approve(book, 10);
    const [waiting, running] = [await place(), await run()];
    const deadlines = [await orderBook.deadlineOf(waiting), await orderBook.deadlineOf(running)];
    for (const order of [waiting, running]) await orderBook.connect(stranger).replenishOrder(order, 1);
    expect([await orderBook.deadlineOf(waiting), await orderBook.deadlineOf(running)]).to.deep.equal(deadlines);
    await expect(orderBook.connect(alice).cancelOrder(waiting)).to.changeTokenBalance(token, alice, tokens(20) + 1n);
    await expect(finish(running, { usedSeconds: 0 })).to.changeTokenBalance(token, alice, tokens(17) + 1n);
    await orderBook.claim([running]);
    await orderBook.claim([running + 1n]);
    expect(await held(market)).to.equal(await orderBook.commissionOf(1));
    // An order that has ended takes no more.
    await expect(orderBook.connect(stranger).replenishOrder(running, 1)).to.be.revertedWithCustomError(orderBook, "OrderNotLive");
  });

  it("sent to the book without a word changes nothing that anybody is owed", async () => {
    const market = await loadFixture(deployMarket);
    const { token, alice, book, run, finish } = market;
    const order = await run();
    await token.transfer(book, 12_345);
    await expect(finish(order, { usedSeconds: 0 })).to.changeTokenBalance(token, alice, tokens(17));
  });
});

describe("Abuse 4: settling at every moment that anybody chooses", () => {
  it("pays in a hundred claims what one claim at the end pays, to the unit", async () => {
    const paid: bigint[] = [];
    for (const claims of [100, 1]) {
      const market = await loadFixture(deployMarket);
      const { orderBook, token, stranger, machineOwner, checkpoint, finish, addSlot, compute } = market;
      // 7 units an hour: nearly every interval is a fraction of a unit.
      const slot = await addSlot(compute, machineOwner, { cpu: 100, ram: 2048, disk: 10_000 }, 7n, PriceType.PerHour);
      const odd = await market.run(market.workflow({ service: true }, { slot, leaseMinutes: 300 }));
      const reported = Number((await orderBook.getOrder(odd)).since);
      for (let step = 1; step <= 100; step++) {
        await time.increaseTo(reported + step * 150);
        await checkpoint(odd, step * 149);
        if (claims === 1 || (await orderBook.claimable(odd)) === 0n) continue;
        await orderBook.connect(stranger).claim([odd]);
      }
      await finish(odd, { usedSeconds: 14_900 });
      if ((await orderBook.claimable(odd)) > 0n) await orderBook.connect(stranger).claim([odd]);
      paid.push((await token.balanceOf(machineOwner.receiver)) + (await orderBook.commissionOf(1)));
    }
    expect(paid[0]).to.equal(paid[1]);
    // 7 units an hour for 14,900 s are 28.97; rounded once.
    expect(paid[1]).to.be.oneOf([28n, 29n]);
  });
});

describe("Abuse 5: verbs out of their turn", () => {
  it("nothing is earned by a part that never started", async () => {
    const { orderBook, place, approve, accept, alice } = await loadFixture(deployMarket);
    const order = await place();
    for (const move of [async () => undefined, async () => approve(order), async () => accept(order)]) {
      await move();
      for (const id of [order, order + 1n]) {
        expect(await orderBook.claimable(id)).to.equal(0n);
        await expect(orderBook.claim([id])).to.be.revertedWithCustomError(orderBook, "NothingToClaim").withArgs(id);
      }
    }
    await orderBook.connect(alice).cancelOrder(order);
    for (const id of [order, order + 1n]) await expect(orderBook.claim([id])).to.be.revertedWithCustomError(orderBook, "NothingToClaim").withArgs(id);
  });

  it("a suborder is completed once, and not after a cancel", async () => {
    const { orderBook, bob, alice, place } = await loadFixture(deployMarket);
    const [once, canceled] = [await place(), await place()];
    await orderBook.connect(bob).completeSuborder(once + 1n, 4, SOLUTION_HASH, "0x");
    await expect(orderBook.connect(bob).completeSuborder(once + 1n, 4, SOLUTION_HASH, "0x")).to.be.revertedWithCustomError(orderBook, "SuborderNotOpen").withArgs(once + 1n, 4, 0);
    await expect(orderBook.connect(bob).completeSuborder(once + 1n, 5, ZERO_HASH, "0x")).to.be.revertedWithCustomError(orderBook, "SuborderNotOpen");
    await orderBook.connect(alice).cancelOrder(canceled);
    await expect(orderBook.connect(bob).completeSuborder(canceled + 1n, 4, SOLUTION_HASH, "0x")).to.be.revertedWithCustomError(orderBook, "SuborderNotOpen");
  });

  it("an end is an end: no cancel, finish, stop, abort or expiry follows it", async () => {
    const { orderBook, alice, run, finish, abort } = await loadFixture(deployMarket);
    const order = await run();
    await finish(order);
    await expect(orderBook.connect(alice).cancelOrder(order)).to.be.revertedWithCustomError(orderBook, "IllegalTransition").withArgs(order, 4, 2);
    await expect(finish(order)).to.be.revertedWithCustomError(orderBook, "IllegalTransition").withArgs(order, 4, 4);
    await expect(abort(order)).to.be.revertedWithCustomError(orderBook, "AlreadyReported").withArgs(order);
    await expect(orderBook.stopOrder(order)).to.be.revertedWithCustomError(orderBook, "NotService").withArgs(order);
    await expect(orderBook.expireOrder(order)).to.be.revertedWithCustomError(orderBook, "IllegalTransition").withArgs(order, 4, 5);
  });

  it("a cancel while running asks the device; it takes nothing from anybody", async () => {
    const { orderBook, token, alice, run, finish, book } = await loadFixture(deployMarket);
    const order = await run();
    await expect(orderBook.connect(alice).cancelOrder(order)).to.changeTokenBalance(token, book, 0);
    await finish(order, { status: 3, fault: 0, usedSeconds: 60 });
    expect((await orderBook.getOrder(order)).status).to.equal(3n);
  });
});

describe("Abuse 6: what is shown is what happens", () => {
  it("the quote for the seconds used is what is charged, for any number of them", async () => {
    for (const seconds of [0, 1, 599, 600, 601, 1801, 3599, 3600]) {
      const market = await loadFixture(deployMarket);
      const { orderBook, alice, token, machineOwner, addSlot, compute, run, finish } = market;
      const slot = await addSlot(compute, machineOwner, { cpu: 100, ram: 2048, disk: 10_000 }, 1_000_003n, PriceType.PerHour, 10);
      const placed = market.workflow({}, { slot });
      const { charge } = await orderBook.quote(alice.address, placed.basket, seconds);
      const order = await run(placed);
      await time.increase(2 * HOUR);
      await expect(finish(order, { usedSeconds: seconds })).to.changeTokenBalance(token, alice, tokens(20) - charge);
      expect((await orderBook.claimable(order)) + (await orderBook.claimable(order + 1n))).to.equal(charge);
    }
  });

  it("what is claimable is what is paid with the commission", async () => {
    const { orderBook, token, machineOwner, run, finish, book } = await loadFixture(deployMarket);
    const order = await run();
    await mine(2, { interval: 1234 });
    await finish(order, { usedSeconds: 1111 });
    const shown = await orderBook.claimable(order);
    const before = await token.balanceOf(book);
    await orderBook.claim([order]);
    const commission = await orderBook.commissionOf(1);
    expect(await token.balanceOf(machineOwner.receiver)).to.equal(shown - commission);
    expect(before - (await token.balanceOf(book))).to.equal(shown - commission);
  });
});

describe("Abuse 7: the sum after every step", () => {
  it("what the book holds is what it owes: deposits, earnings and commission", async () => {
    const market = await loadFixture(deployMarket);
    const { orderBook, alice, place, approve, accept, report, finish, fullWorkflow, keeper } = market;
    const orders: bigint[] = [];
    const balanced = async () => {
      let owed = await orderBook.commissionOf(1);
      for (const order of orders) {
        const { parts, deposit, status } = await orderBook.getOrder(order);
        // A live order holds its deposit; one that has ended, what was earned and not yet claimed.
        const live = [0n, 1n, 2n, 6n].includes(status);
        if (live) owed += deposit;
        for (let id = order; !live && id <= order + parts; id++) owed += await orderBook.claimable(id);
      }
      expect(await held(market)).to.equal(owed);
    };
    const steps: (() => Promise<unknown>)[] = [
      async () => orders.push(await place()),
      async () => orders.push(await place(fullWorkflow())),
      async () => approve(orders[1]!),
      async () => accept(orders[1]!),
      async () => report(orders[1]!),
      async () => orderBook.connect(alice).replenishOrder(orders[1]!, 12_345),
      async () => orderBook.connect(alice).cancelOrder(orders[0]!),
      async () => time.increase(1000),
      async () => orderBook.connect(keeper).denyStorage(orders[1]! + 3n),
      async () => finish(orders[1]!, { usedSeconds: 777 }),
      async () => orderBook.claim([orders[1]!]),
      async () => orderBook.claim([orders[1]! + 1n]),
      async () => orderBook.claim([orders[1]! + 2n]),
      async () => orderBook.claimCommission(1),
    ];
    for (const step of steps) {
      await step();
      await balanced();
    }
    expect(await held(market)).to.equal(0n);
  });
});

describe("Abuse 20: rounding", () => {
  it("of one-unit orders: who rounds is fixed, and no unit is made or lost", async () => {
    const market = await loadFixture(deployMarket);
    const { orderBook, token, alice, machineOwner, dataOwner, addSlot, compute, data, run, finish, book } = market;
    const slot = await addSlot(compute, machineOwner, { cpu: 100, ram: 2048, disk: 10_000 }, 1n, PriceType.PerHour);
    const dataSlot = await addSlot(data, dataOwner, {}, 1n, PriceType.Fixed);
    const order = await run(market.workflow({ deposit: 2n }, { slot, parts: [{ offer: data, version: 0, slot: dataSlot }] }));
    await time.increase(HOUR + 10);
    await expect(finish(order, { usedSeconds: 1800 })).to.changeTokenBalances(token, [book], [-(2n - (await orderBook.quote(alice.address, market.workflow({}, { slot, parts: [{ offer: data, version: 0, slot: dataSlot }] }).basket, 1800)).charge)]);
    for (const id of [order, order + 1n]) if ((await orderBook.claimable(id)) > 0n) await orderBook.claim([id]);
    expect(await token.balanceOf(book)).to.equal(await orderBook.commissionOf(1));
    // Three hundredths of one unit are nothing: the provider has it whole.
    expect(await token.balanceOf(dataOwner.receiver)).to.equal(1n);
  });

  it("of the commission over its recipients: the last has the remainder", async () => {
    const { orderBook, token, admin, spare, run, finish } = await loadFixture(deployMarket);
    const [a, b, c] = spare.slice(2, 5).map(({ address }) => address) as [string, string, string];
    await orderBook.connect(admin).setCommissionShares([{ recipient: a, share: 3333 }, { recipient: b, share: 3333 }, { recipient: c, share: 3334 }]);
    const order = await run();
    await mine(2, { interval: 777 });
    await finish(order, { usedSeconds: 1111 });
    await orderBook.claim([order]);
    const all = await orderBook.commissionOf(1);
    const before = await Promise.all([a, b, c].map((account) => token.balanceOf(account)));
    await orderBook.claimCommission(1);
    const got = (await Promise.all([a, b, c].map((account) => token.balanceOf(account)))).map((now, index) => now - before[index]!);
    expect(got.reduce((sum, share) => sum + share)).to.equal(all);
    expect(got[0]).to.equal((all * 3333n) / 10_000n);
    expect(got[1]).to.equal(got[0]);
    expect(await orderBook.commissionOf(1)).to.equal(0n);
  });
});

describe("Failures of peers, tried here", () => {
  it("a unit that never worked is paid nothing, and an honest one its own (Fluence)", async () => {
    const { orderBook, run, place, approve, accept, finish } = await loadFixture(deployMarket);
    const [honest, idle] = [await run(), await place()];
    await approve(idle);
    await accept(idle);
    await finish(honest);
    await expect(orderBook.claim([idle])).to.be.revertedWithCustomError(orderBook, "NothingToClaim").withArgs(idle);
    await expect(orderBook.claim([honest, idle])).to.be.revertedWithCustomError(orderBook, "NothingToClaim").withArgs(idle);
    await orderBook.claim([honest]);
  });

  it("closing pays each its own once: nothing is short for the next (Golem)", async () => {
    const market = await loadFixture(deployMarket);
    const { orderBook, token, alice, run, finish, place } = market;
    const [closed, next] = [await run(), await place()];
    await finish(closed, { usedSeconds: 0 });
    await orderBook.claim([closed]);
    await orderBook.claim([closed + 1n]);
    await orderBook.claimCommission(1);
    expect(await held(market)).to.equal(tokens(20));
    await expect(orderBook.connect(alice).cancelOrder(next)).to.changeTokenBalance(token, alice, tokens(20));
  });

  it("an exhausted service does not run for free, and pays to its last second however late it is settled (Akash)", async () => {
    const market = await loadFixture(deployMarket);
    const { orderBook, stranger, run, checkpoint } = market;
    // Six tokens an hour for the machine and two for the data: three tokens are ten minutes.
    const order = await run(service(market, { deposit: tokens(3) }));
    const ends = await orderBook.paidUntil(order);
    await time.increaseTo(ends - 1n);
    await checkpoint(order, 599);
    await time.increase(50 * HOUR);
    await orderBook.connect(stranger).stopOrder(order);
    expect((await orderBook.claimable(order)) + (await orderBook.claimable(order + 1n))).to.equal(tokens(3));
    await orderBook.claim([order]);
    await orderBook.claim([order + 1n]);
    expect(await held(market)).to.equal(await orderBook.commissionOf(1));
  });

  it("an order that nobody serves ends by itself (Truebit, Lilypad)", async () => {
    const { orderBook, token, stranger, alice, place, approve } = await loadFixture(deployMarket);
    const [blocked, fresh] = [await place(), await place()];
    await approve(fresh);
    for (const order of [fresh, blocked]) {
      await time.increaseTo((await orderBook.deadlineOf(order)) + 1n);
      await expect(orderBook.connect(stranger).expireOrder(order)).to.changeTokenBalance(token, alice, tokens(20));
    }
  });
});
