// SPDX-License-Identifier: Apache-2.0
import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";

import { deployMarket, tokens } from "../../world/market";

const ACCEPT = 1440 * 60;

async function withSteps() {
  const market = await deployMarket();
  const { orderBook, catalog, compute } = market;
  const failures = async () => Number((await catalog.getMachine(compute)).failures);
  /** An order that nobody accepts, until anybody expires it. */
  const unserved = async () => {
    const order = await market.place();
    await market.approve(order);
    await time.increase(ACCEPT + 1);
    return orderBook.expireOrder(order);
  };
  return { ...market, failures, unserved };
}

describe("A machine's standing", () => {
  it("falls with every order that waits in vain although there is room; at the third the offer is disabled", async () => {
    const { orderBook, catalog, carol, alice, compute, workflow, failures, unserved, place } = await loadFixture(withSteps);
    await expect(unserved()).to.emit(catalog, "StandingChanged").withArgs(compute, 1);
    await unserved();
    await expect(unserved()).to.emit(catalog, "OfferEnabled").withArgs(compute, false);
    expect(await failures()).to.equal(3);
    await expect(orderBook.connect(alice).placeWorkflow(workflow())).to.be.revertedWithCustomError(catalog, "OfferDisabled").withArgs(compute);
    await expect(catalog.connect(carol).setEnabled(compute, true)).to.emit(catalog, "StandingChanged").withArgs(compute, 0);
    await place();
  });

  it("is restored by an order that is done", async () => {
    const { run, finish, failures, unserved } = await loadFixture(withSteps);
    await unserved();
    await finish(await run(), { status: 5, fault: 1 });
    expect(await failures()).to.equal(1);
    await finish(await run());
    expect(await failures()).to.equal(0);
  });

  it("falls by what the machine lets down: its abort, its Error, its silence before and after the report", async () => {
    const { orderBook, catalog, carol, compute, place, approve, accept, abort, run, finish, failures } = await loadFixture(withSteps);
    const order = await place();
    await approve(order);
    await abort(order, 2);
    expect(await failures()).to.equal(1);
    await finish(await run(), { status: 5, fault: 2 });
    expect(await failures()).to.equal(2);
    await catalog.connect(carol).setEnabled(compute, true);
    const silent = await place();
    await approve(silent);
    await accept(silent);
    const late = await run();
    await time.increase(10 * 24 * 3600);
    await orderBook.expireOrder(silent);
    await orderBook.expireOrder(late);
    expect(await failures()).to.equal(2);
  });

  it("does not fall by what others do: a cancel, a denial, an approval too late, an abort by an input's fault, a full machine", async () => {
    const { orderBook, alice, bob, place, approve, accept, abort, workflow, failures } = await loadFixture(withSteps);
    const canceled = await place();
    await orderBook.connect(alice).cancelOrder(canceled);
    const denied = await place();
    await orderBook.connect(bob).completeSuborder(denied + 1n, 5, `0x${"00".repeat(32)}`, "0x");
    const blocked = await place();
    const aborted = await place();
    await approve(aborted);
    await abort(aborted, 3);
    // The whole machine is taken: 8 cores of 8.
    const whole = await place(workflow({ deposit: tokens(60) }, { slotCount: 8 }));
    await approve(whole);
    await accept(whole);
    const waiting = await place();
    await approve(waiting);
    await time.increase(5 * 24 * 3600);
    await orderBook.expireOrder(blocked);
    await orderBook.expireOrder(waiting);
    expect(await failures()).to.equal(0);
  });

  it("stays at three whatever else fails", async () => {
    const { orderBook, place, approve, accept, failures } = await loadFixture(withSteps);
    const orders: bigint[] = [];
    for (let count = 0; count < 4; count++) {
      const order = await place();
      await approve(order);
      await accept(order);
      orders.push(order);
    }
    await time.increase(3601);
    for (const order of orders) await orderBook.expireOrder(order);
    expect(await failures()).to.equal(3);
  });
});
