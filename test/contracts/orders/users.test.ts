// SPDX-License-Identifier: Apache-2.0
import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/signers";
import { expect } from "chai";

import { deployMarket, tokens } from "../../world/market";

/** Alice has a second wallet, which has no tokens and placed nothing. */
async function twoWallets() {
  const market = await deployMarket();
  const { registry, alice, spare, chainId } = market;
  const second = spare[4] ?? alice;
  const order = await market.place();
  const user = await registry.userOf(alice.address);
  const link = async (wallet: HardhatEthersSigner, of = user, first = alice) => {
    const message = { user: of, wallet: wallet.address, nonce: await registry.linkNonceOf(wallet.address), deadline: 2 ** 39 };
    const types = { LinkWallet: [{ name: "user", type: "uint32" }, { name: "wallet", type: "address" }, { name: "nonce", type: "uint256" }, { name: "deadline", type: "uint256" }] };
    const domain = { name: "Cloister", version: "1", chainId, verifyingContract: await registry.getAddress() };
    return registry.linkWallet(of, wallet.address, 2 ** 39, await first.signTypedData(domain, types, message), await wallet.signTypedData(domain, types, message));
  };
  return { ...market, second, order, user, link };
}

describe("Users and their orders", () => {
  it("become users by their first order, and keep their number", async () => {
    const { orderBook, registry, place, order, user } = await loadFixture(twoWallets);
    expect(user).to.be.greaterThan(0n);
    expect((await orderBook.getOrder(order)).user).to.equal(user);
    const count = await registry.userCount();
    await place();
    expect(await registry.userCount()).to.equal(count);
  });

  it("cancel with every linked wallet; the money goes to the wallet that placed", async () => {
    const { orderBook, token, alice, second, order, link } = await loadFixture(twoWallets);
    await expect(orderBook.connect(second).cancelOrder(order)).to.be.revertedWithCustomError(orderBook, "NotOrderCustomer").withArgs(order, second.address);
    await link(second);
    await expect(orderBook.connect(second).cancelOrder(order)).to.changeTokenBalances(token, [alice, second], [tokens(20), 0]);
  });

  it("extend, end and mark with every linked wallet, and no longer when it is unlinked", async () => {
    const { orderBook, registry, second, link, run, workflow, checkpoint } = await loadFixture(twoWallets);
    const service = await run(workflow({ service: true }));
    await link(second);
    await orderBook.connect(second).extendOrder(service, 1);
    await checkpoint(service, 0);
    await registry.connect(second).unlinkWallet(second.address);
    await expect(orderBook.connect(second).extendOrder(service, 1)).to.be.revertedWithCustomError(orderBook, "NotOrderCustomer");
    await expect(orderBook.connect(second).cancelOrder(service)).to.be.revertedWithCustomError(orderBook, "NotOrderCustomer");
  });

  it("share the list of accounts that an offer sells to", async () => {
    const { orderBook, catalog, token, carol, alice, second, compute, link, workflow, book } = await loadFixture(twoWallets);
    await catalog.connect(carol).setAllowed(compute, [alice.address], true);
    await token.transfer(second.address, tokens(100));
    await token.connect(second).approve(book, tokens(100));
    await expect(orderBook.connect(second).placeWorkflow(workflow())).to.be.revertedWithCustomError(catalog, "AccountNotAllowed").withArgs(compute, second.address);
    await link(second);
    expect(await catalog.isAllowed(compute, second.address)).to.equal(true);
    await orderBook.connect(second).placeWorkflow(workflow());
    await catalog.connect(carol).setAllowed(compute, [alice.address], false);
    await expect(orderBook.connect(second).placeWorkflow(workflow())).to.be.revertedWithCustomError(catalog, "AccountNotAllowed");
    expect(await catalog.isAllowed(compute, alice.address)).to.equal(false);
  });

  it("have at most 32 orders waiting at one machine, with all wallets together; one that leaves makes room", async () => {
    const { orderBook, catalog, token, alice, second, order, user, compute, link, workflow, approve, accept, book } = await loadFixture(twoWallets);
    const least = workflow({ deposit: tokens(3) });
    await token.transfer(second.address, tokens(100));
    await token.connect(second).approve(book, tokens(100));
    await link(second);
    for (let count = 1; count < 31; count++) await orderBook.connect(alice).placeWorkflow(least);
    await orderBook.connect(second).placeWorkflow(least);
    expect(await catalog.waitingOf(compute, user)).to.equal(32n);
    for (const wallet of [alice, second]) {
      await expect(orderBook.connect(wallet).placeWorkflow(least)).to.be.revertedWithCustomError(catalog, "TooManyWaiting").withArgs(compute, user, 32);
    }
    await approve(order);
    await accept(order);
    await orderBook.connect(alice).placeWorkflow(least);
    await orderBook.connect(alice).cancelOrder(await orderBook.lastOrder() - 1n);
    await orderBook.connect(second).placeWorkflow(least);
    expect((await catalog.getMachine(compute)).waiting).to.equal(32n);
  });

  it("are customers and providers at once, and linking gives no right over provider accounts", async () => {
    const { orderBook, registry, catalog, token, carol, second, data, machineOwner, book, link, run, workflow, finish } = await loadFixture(twoWallets);
    const order = await run(workflow({}, { parts: [] }));
    await finish(order);
    await token.connect(carol).approve(book, tokens(100));
    await orderBook.connect(carol).placeWorkflow(workflow());
    const user = await registry.userOf(carol.address);
    await link(second, user, carol);
    await expect(registry.connect(second).withdrawSecurity(machineOwner.provider, 1)).to.be.revertedWithCustomError(registry, "NotAuthority");
    const mine = await orderBook.lastOrder();
    await expect(orderBook.connect(second).acceptOrder(mine - 1n)).to.be.reverted;
    await expect(catalog.connect(second).setEnabled(data, false)).to.be.revertedWithCustomError(catalog, "NotOfferAccount");
  });
});

describe("OrderBook.cancelSuborder", () => {
  it("of data or a solution takes the whole order back", async () => {
    const { orderBook, token, alice, order } = await loadFixture(twoWallets);
    await expect(orderBook.connect(alice).cancelSuborder(order + 1n)).to.changeTokenBalance(token, alice, tokens(20));
    expect((await orderBook.getOrder(order)).status).to.equal(3n);
    await expect(orderBook.connect(alice).cancelSuborder(order + 1n)).to.be.revertedWithCustomError(orderBook, "IllegalTransition");
  });

  it("of a running order asks its device to stop", async () => {
    const { orderBook, alice, run } = await loadFixture(deployMarket);
    const order = await run();
    await orderBook.connect(alice).cancelSuborder(order + 1n);
    expect((await orderBook.getOrder(order)).status).to.equal(2n);
  });
});

describe("OrderBook.markOrder", () => {
  it("counts once, for every provider by what it earned", async () => {
    const { orderBook, registry, alice, run, finish, machineOwner, dataOwner, place } = await loadFixture(deployMarket);
    const order = await run();
    await expect(orderBook.connect(alice).markOrder(order, true)).to.be.revertedWithCustomError(orderBook, "NotMarkable").withArgs(order, 1);
    await finish(order, { usedSeconds: 0 });
    const user = await registry.userOf(alice.address);
    await expect(orderBook.connect(alice).markOrder(order, true)).to.emit(orderBook, "OrderMarked").withArgs(order, dataOwner.provider, user, true, tokens(2));
    expect(await orderBook.marksOf(machineOwner.provider)).to.deep.equal([tokens(1), 0n]);
    expect(await orderBook.marksOf(dataOwner.provider)).to.deep.equal([tokens(2), 0n]);
    await expect(orderBook.connect(alice).markOrder(order, false)).to.be.revertedWithCustomError(orderBook, "AlreadyMarked").withArgs(order);
    const second = await run();
    await finish(second, { status: 5, fault: 1, usedSeconds: 0 });
    await orderBook.connect(alice).markOrder(second, false);
    expect(await orderBook.marksOf(machineOwner.provider)).to.deep.equal([tokens(1), tokens(1)]);
    const never = await place();
    await orderBook.connect(alice).cancelOrder(never);
    await expect(orderBook.connect(alice).markOrder(never, false)).to.be.revertedWithCustomError(orderBook, "NotMarkable").withArgs(never, 3);
  });

  it("praises no machine that was not paid: praise costs what it praises; blame weighs what it would have earned", async () => {
    const { orderBook, alice, run, finish, machineOwner, dataOwner } = await loadFixture(deployMarket);
    const praised = await run();
    await finish(praised, { status: 5, fault: 2, usedSeconds: 0 });
    await orderBook.connect(alice).markOrder(praised, true);
    expect(await orderBook.marksOf(machineOwner.provider)).to.deep.equal([0n, 0n]);
    expect(await orderBook.marksOf(dataOwner.provider)).to.deep.equal([tokens(2), 0n]);
    const blamed = await run();
    await finish(blamed, { status: 5, fault: 2, usedSeconds: 0 });
    await orderBook.connect(alice).markOrder(blamed, false);
    expect((await orderBook.marksOf(machineOwner.provider)).negative).to.equal(tokens(1));
  });

  it("is the customer's alone, and weighs fixed options too", async () => {
    const { orderBook, catalog, carol, alice, bob, compute, run, finish, workflow, machineOwner } = await loadFixture(deployMarket);
    await catalog.connect(carol).addOption(compute, { price: tokens(3), priceType: 1, minMinutes: 0, maxMinutes: 0, resources: 0 });
    const order = await run(workflow({}, { options: [{ option: await catalog.optionCount(), count: 1 }], parts: [] }));
    await finish(order, { usedSeconds: 0 });
    await expect(orderBook.connect(bob).markOrder(order, true)).to.be.revertedWithCustomError(orderBook, "NotOrderCustomer").withArgs(order, bob.address);
    await orderBook.connect(alice).markOrder(order, true);
    expect((await orderBook.getOrder(order)).marked).to.equal(true);
    expect((await orderBook.marksOf(machineOwner.provider)).positive).to.equal(tokens(4));
  });
});
