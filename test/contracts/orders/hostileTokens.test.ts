// SPDX-License-Identifier: Apache-2.0
import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { type FunctionFragment, type Interface, MaxUint256, type ParamType, ZeroAddress } from "ethers";
import { ethers } from "hardhat";

import { deployMarket, tokens, ZERO_HASH } from "../../world/market";
import { payIn } from "../../world/otherToken";

/** Functions that ask the administration's leave and touch no money, and the one that calls the others. */
const UNGUARDED = new Set(["listToken", "setDeadlines", "setCommissionShares", "setPaused", "setAuthority", "multicall"]);

/** An argument of zeros of any type. */
function zeroOf(type: ParamType): unknown {
  if (type.baseType === "array") return [];
  if (type.baseType === "tuple") return type.components!.map(zeroOf);
  if (type.type === "bool") return false;
  if (type.type === "bytes") return "0x";
  return type.type === "address" ? ZeroAddress : type.type.startsWith("bytes") ? ZERO_HASH : 0;
}

async function refusingWorld() {
  const market = await deployMarket();
  const refusing = await ethers.deployContract("RefusingToken");
  for (const customer of [market.alice, market.stranger]) {
    await refusing.transfer(customer.address, tokens(1000));
    await refusing.connect(customer).approve(market.book, MaxUint256);
  }
  return { ...market, refusing, paid: await payIn(market, refusing) };
}

async function reentrantWorld() {
  const market = await deployMarket();
  const reentrant = await ethers.deployContract("ReentrantToken");
  await reentrant.transfer(market.alice.address, tokens(1000));
  await reentrant.connect(market.alice).approve(market.book, MaxUint256);
  return { ...market, reentrant, paid: await payIn(market, reentrant) };
}

async function feeWorld() {
  const market = await deployMarket();
  const fee = await ethers.deployContract("FeeToken");
  await fee.transfer(market.alice.address, tokens(1000));
  await fee.connect(market.alice).approve(market.book, MaxUint256);
  return { ...market, fee, paid: await payIn(market, fee) };
}

async function silentWorld() {
  const market = await deployMarket();
  const silent = await ethers.deployContract("SilentToken");
  return { ...market, silent, paid: await payIn(market, silent) };
}

describe("Hostile payment tokens", () => {
  it("a token that takes a fee is refused: what it credits is what would be booked", async () => {
    const { orderBook, alice, fee, paid } = await loadFixture(feeWorld);
    await expect(orderBook.connect(alice).placeWorkflow(paid.workflow()))
      .to.be.revertedWithCustomError(orderBook, "CreditedLess")
      .withArgs(await fee.getAddress(), tokens(20), tokens("19.8"));
  });

  it("a token that takes a fee replenishes no order either", async () => {
    const { orderBook, alice, machineOwner, addSlot, place, fee, paid } = await loadFixture(feeWorld);
    const slot = await addSlot(paid.compute, machineOwner, { cpu: 100 }, 0n, 0);
    const { basket, ...workflow } = paid.workflow();
    const order = await place({ ...workflow, deposit: 0n, basket: { ...basket, machines: [{ ...basket.machines[0]!, slot }], parts: [] } });
    await expect(orderBook.connect(alice).replenishOrder(order, 100))
      .to.be.revertedWithCustomError(orderBook, "CreditedLess")
      .withArgs(await fee.getAddress(), 100, 99);
  });

  it("a token that answers false instead of failing buys nothing", async () => {
    const { orderBook, alice, refusing, paid } = await loadFixture(refusingWorld);
    await refusing.setSilent(true);
    await refusing.setBlocked(alice.address, true);
    await expect(orderBook.connect(alice).placeWorkflow(paid.workflow())).to.be.revertedWithCustomError(orderBook, "SafeERC20FailedOperation").withArgs(await refusing.getAddress());
  });

  it("a token that answers nothing, as old ones do, works from placing to claim", async () => {
    const { orderBook, admin, silent, dataOwner, paid, book } = await loadFixture(silentWorld);
    await silent.approve(book, MaxUint256);
    const order = await paid.run(admin);
    await expect(paid.finish(order)).to.changeTokenBalance(silent, admin, tokens(17));
    await expect(orderBook.claim([order + 1n])).to.changeTokenBalance(silent, dataOwner.receiver, tokens("1.94"));
  });

  for (const silent of [false, true]) {
    describe(`given a customer on the token's block-list (${silent ? "answered with false" : "refused with an error"})`, () => {
      it("the order still ends, the providers are paid, the refund waits and can be sent elsewhere", async () => {
        const { orderBook, alice, spare, refusing, dataOwner, paid } = await loadFixture(refusingWorld);
        const order = await paid.run();
        await refusing.setSilent(silent);
        await refusing.setBlocked(alice.address, true);
        const rest = tokens(20) - tokens(3);
        await expect(paid.finish(order)).to.emit(orderBook, "RefundOwed").withArgs(alice.address, paid.tokenId, rest);
        expect(await orderBook.owedTo(alice.address, paid.tokenId)).to.equal(rest);
        await expect(orderBook.claim([order + 1n])).to.changeTokenBalance(refusing, dataOwner.receiver, tokens("1.94"));

        await expect(orderBook.connect(alice).withdrawOwed(paid.tokenId, alice.address)).to.be.reverted;
        const elsewhere = spare[4]?.address ?? "";
        await expect(orderBook.connect(alice).withdrawOwed(paid.tokenId, elsewhere)).to.changeTokenBalance(refusing, elsewhere, rest);
        await expect(orderBook.connect(alice).withdrawOwed(paid.tokenId, elsewhere)).to.be.revertedWithCustomError(orderBook, "NothingOwed").withArgs(alice.address, paid.tokenId);
      });

      it("cancelling works too", async () => {
        const { orderBook, alice, refusing, paid } = await loadFixture(refusingWorld);
        const order = await paid.place();
        await refusing.setSilent(silent);
        await refusing.setBlocked(alice.address, true);
        await orderBook.connect(alice).cancelOrder(order);
        expect(await orderBook.owedTo(alice.address, paid.tokenId)).to.equal(tokens(20));
      });
    });

    it(`a blocked provider (${silent ? "false" : "error"}) stops nobody but itself, and may name another receiver`, async () => {
      const { orderBook, registry, bob, alice, refusing, dataOwner, machineOwner, book, paid } = await loadFixture(refusingWorld);
      const order = await paid.run();
      await refusing.setSilent(silent);
      await refusing.setBlocked(dataOwner.receiver, true);
      await expect(paid.finish(order)).to.changeTokenBalance(refusing, alice, tokens(17));
      await expect(orderBook.claim([order + 1n])).to.be.reverted;
      await expect(orderBook.claim([order])).to.changeTokenBalance(refusing, machineOwner.receiver, tokens("0.97"));
      await registry.connect(bob).updateProvider(dataOwner.provider, bob.address, bob.address, book);
      await expect(orderBook.claim([order + 1n])).to.changeTokenBalance(refusing, bob, tokens("1.94"));
    });
  }

  describe("given a token that calls back in the middle of a transfer", () => {
    it("no verb can be entered a second time", async () => {
      const { orderBook, reentrant, alice, paid } = await loadFixture(reentrantWorld);
      const book: Interface = orderBook.interface;
      await paid.run();
      const verbs: FunctionFragment[] = [];
      book.forEachFunction((verb) => {
        if (!verb.constant && !UNGUARDED.has(verb.name)) verbs.push(verb);
      });
      expect(verbs).to.have.length(28);
      for (const verb of verbs) {
        // The guard asks before anything is looked at, so arguments of zeros will do.
        await reentrant.plan(await orderBook.getAddress(), book.encodeFunctionData(verb, verb.inputs.map(zeroOf)));
        await paid.place(alice);
        expect([await reentrant.called(), await reentrant.succeeded(), await reentrant.answer()], verb.name).to.deep.equal([true, false, book.getError("ReentrancyGuardReentrantCall")?.selector]);
      }
    });

    it("a refund and a claim cannot be drawn twice", async () => {
      const { orderBook, reentrant, dataOwner, paid, book } = await loadFixture(reentrantWorld);
      const order = await paid.run();
      await reentrant.plan(await orderBook.getAddress(), orderBook.interface.encodeFunctionData("claim", [[order + 1n]]));
      await paid.finish(order);
      expect(await reentrant.succeeded()).to.equal(false);
      await reentrant.plan(await orderBook.getAddress(), orderBook.interface.encodeFunctionData("claim", [[order + 1n]]));
      await expect(orderBook.claim([order + 1n])).to.changeTokenBalance(reentrant, dataOwner.receiver, tokens("1.94"));
      expect(await reentrant.succeeded()).to.equal(false);
      await orderBook.claim([order]);
      expect(await reentrant.balanceOf(book)).to.equal(await orderBook.commissionOf(paid.tokenId));
    });
  });

  it("refuses a claim of two tokens at once", async () => {
    const { orderBook, paid, run, finish } = await loadFixture(refusingWorld);
    const [one, other] = [await run(), await paid.run()];
    await finish(one);
    await paid.finish(other);
    await expect(orderBook.claim([one + 1n, other + 1n])).to.be.revertedWithCustomError(orderBook, "MixedClaim").withArgs(other + 1n);
  });

  it("refuses an order whose parts are priced in two tokens", async () => {
    const { orderBook, catalog, alice, data, dataSlot, paid } = await loadFixture(refusingWorld);
    const mixed = paid.workflow();
    mixed.basket.parts = [{ offer: data, version: 0, slot: dataSlot }];
    await expect(orderBook.connect(alice).placeWorkflow(mixed)).to.be.revertedWithCustomError(catalog, "OtherToken").withArgs(data, paid.tokenId, 1);
  });
});
