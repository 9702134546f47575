// SPDX-License-Identifier: Apache-2.0
import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { MaxUint256 } from "ethers";
import { ethers } from "hardhat";

import { deployMarket, tokens } from "../../world/market";
import { payIn } from "../../world/otherToken";

/** A market with a second payment token that Alice holds. */
async function withToken(name: string, ...parameters: unknown[]) {
  const market = await deployMarket();
  const token = await ethers.deployContract(name, parameters);
  const paid = await payIn(market, token);
  for (const customer of [market.alice, market.spare[0]!]) {
    await (await token.getFunction("transfer")(customer.address, tokens(1000))).wait();
    await (await (token.connect(customer) as typeof token).getFunction("approve")(market.book, MaxUint256)).wait();
  }
  return { ...market, paid, other: token };
}
const refusing = () => withToken("RefusingToken");
const fee = () => withToken("FeeToken");
const silent = () => withToken("SilentToken");
const reentrant = () => withToken("ReentrantToken");
const rebasing = () => withToken("RebasingToken", 18);

describe("Abuse 1: a blacklisted provider, customer, store or recipient of the commission", () => {
  it("stops nobody else: the order ends, the others are paid, what was refused waits", async () => {
    const { orderBook, alice, other, paid, machineOwner, dataOwner, admin, spare } = await loadFixture(refusing);
    const recipient = spare[3]!.address;
    await orderBook.connect(admin).setCommissionShares([{ recipient, share: 4000 }, { recipient: admin.address, share: 6000 }]);
    const order = await paid.run();
    for (const account of [alice.address, machineOwner.receiver, recipient]) await other.getFunction("setBlocked")(account, true);
    await paid.finish(order);
    expect((await orderBook.getOrder(order)).status).to.equal(4n);
    expect(await orderBook.owedTo(alice.address, paid.tokenId)).to.equal(tokens(17));
    await expect(orderBook.claim([order])).to.be.revertedWithCustomError(other, "Blocked");
    await expect(orderBook.claim([order + 1n])).to.changeTokenBalance(other, dataOwner.receiver, tokens("1.94"));
    await expect(orderBook.claimCommission(paid.tokenId)).to.changeTokenBalance(other, admin, tokens("0.036"));
    expect(await orderBook.owedTo(recipient, paid.tokenId)).to.equal(tokens("0.024"));
    // Later each gets what is its own.
    for (const account of [machineOwner.receiver, recipient]) await other.getFunction("setBlocked")(account, false);
    await expect(orderBook.claim([order])).to.changeTokenBalance(other, machineOwner.receiver, tokens("0.97"));
    await expect(orderBook.connect(spare[3]).withdrawOwed(paid.tokenId, recipient)).to.changeTokenBalance(other, recipient, tokens("0.024"));
  });

  it("a blacklisted customer still cancels, before and while running", async () => {
    const { orderBook, alice, other, paid } = await loadFixture(refusing);
    const [waiting, running] = [await paid.place(), await paid.run()];
    await other.getFunction("setBlocked")(alice.address, true);
    await orderBook.connect(alice).cancelOrder(waiting);
    await orderBook.connect(alice).cancelOrder(running);
    expect([(await orderBook.getOrder(waiting)).status, (await orderBook.getOrder(running)).status]).to.deep.equal([3n, 2n]);
  });
});

describe("Abuse 2: odd tokens", () => {
  it("one that takes a fee is refused at the door", async () => {
    const { orderBook, alice, paid, other } = await loadFixture(fee);
    await expect(orderBook.connect(alice).placeWorkflow(paid.workflow())).to.be.revertedWithCustomError(orderBook, "CreditedLess").withArgs(await other.getAddress(), tokens(20), tokens("19.8"));
  });

  it("one that answers false buys nothing, and one that answers nothing works", async () => {
    const lying = await loadFixture(refusing);
    await lying.other.getFunction("setSilent")(true);
    await lying.other.getFunction("setBlocked")(lying.alice.address, true);
    await expect(lying.orderBook.connect(lying.alice).placeWorkflow(lying.paid.workflow())).to.be.revertedWithCustomError(lying.orderBook, "SafeERC20FailedOperation");
    const mute = await loadFixture(silent);
    const order = await mute.paid.run();
    await expect(mute.paid.finish(order)).to.changeTokenBalance(mute.other, mute.alice, tokens(17));
  });

  it("one whose balances shrink afterwards harms its own orders alone, and freezes none of them", async () => {
    const { orderBook, alice, token, book, other, paid, run, finish } = await loadFixture(rebasing);
    const [first, second, sound] = [await paid.run(), await paid.run(), await run()];
    // 30 of 40 tokens vanish: one refund of 17 tokens cannot be paid now.
    await other.getFunction("cut")(book, tokens(30));
    await paid.finish(first);
    await paid.finish(second);
    expect(await orderBook.owedTo(alice.address, paid.tokenId)).to.equal(tokens(34));
    await expect(orderBook.connect(alice).withdrawOwed(paid.tokenId, alice.address)).to.be.revertedWithCustomError(other, "ERC20InsufficientBalance");
    await expect(finish(sound, { usedSeconds: 0 })).to.changeTokenBalance(token, alice, tokens(17));
    // Whoever brings the token back makes everybody whole.
    await other.getFunction("transfer")(book, tokens(30));
    await expect(orderBook.connect(alice).withdrawOwed(paid.tokenId, alice.address)).to.changeTokenBalance(other, alice, tokens(34));
  });

  for (const decimals of [0, 6, 24]) {
    it(`one of ${decimals} decimals is counted in its units like any other`, async () => {
      const { orderBook, alice, paid, other, dataOwner } = await withToken("RebasingToken", decimals);
      const order = await paid.run();
      await expect(paid.finish(order)).to.changeTokenBalance(other, alice, tokens(17));
      await expect(orderBook.claim([order + 1n])).to.changeTokenBalance(other, dataOwner.receiver, tokens("1.94"));
    });
  }
});

describe("Abuse 16: reentrancy on every movement of tokens", () => {
  it("pulling a deposit, replenishing, refunding, claiming, sharing the commission: each refuses to be entered again", async () => {
    const { orderBook, alice, admin, other, paid } = await loadFixture(reentrant);
    const address = await orderBook.getAddress();
    const order = await paid.run();
    const attack = orderBook.interface.encodeFunctionData("claim", [[order + 1n]]);
    const inner = [attack, orderBook.interface.encodeFunctionData("multicall", [[attack]])];
    const movements: (() => Promise<unknown>)[] = [
      () => paid.place(),
      async () => orderBook.connect(alice).replenishOrder(order, 1),
      async () => orderBook.connect(alice).cancelOrder(await paid.place()),
      async () => paid.finish(order),
      async () => orderBook.claim([order]),
      async () => orderBook.connect(admin).claimCommission(paid.tokenId),
    ];
    for (const [index, move] of movements.entries()) {
      await other.getFunction("plan")(address, inner[index % 2]);
      await move();
      const answers = [await other.getFunction("called")(), await other.getFunction("succeeded")(), await other.getFunction("answer")()];
      expect(answers, String(index)).to.deep.equal([true, false, orderBook.interface.getError("ReentrancyGuardReentrantCall")!.selector]);
    }
    // The attacked claim is still there, once.
    await orderBook.claim([order + 1n]);
    await expect(orderBook.claim([order + 1n])).to.be.revertedWithCustomError(orderBook, "NothingToClaim").withArgs(order + 1n);
  });
});

describe("Abuse 17: taking the protocol's fees", () => {
  it("never touches escrow, earnings or refunds, however often it is asked", async () => {
    const { orderBook, admin, alice, token, book, run, place, finish } = await loadFixture(rebasing);
    const [done, open] = [await run(), await place()];
    await finish(done, { usedSeconds: 0 });
    await orderBook.claim([done + 1n]);
    const fees = await orderBook.commissionOf(1);
    expect(fees).to.equal(tokens("0.06"));
    await expect(orderBook.claimCommission(1)).to.changeTokenBalances(token, [admin, book], [fees, -fees]);
    await expect(orderBook.claimCommission(1)).to.be.revertedWithCustomError(orderBook, "NothingOwed");
    // What the book still holds: the open order's 20 tokens and the machine's unclaimed minimum.
    expect(await token.balanceOf(book)).to.equal(tokens(20) + (await orderBook.claimable(done)));
    await expect(orderBook.connect(alice).cancelOrder(open)).to.changeTokenBalance(token, alice, tokens(20));
  });
});
