// SPDX-License-Identifier: Apache-2.0
import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { MaxUint256 } from "ethers";
import { ethers } from "hardhat";

import { deployMarket, tokens } from "../../world/market";

/** A registry with a provider of Carol's whose books are plain accounts, so that a test can be the book. */
async function twoBooks() {
  const market = await deployMarket();
  const { registry, carol, machineOwner, stranger, spare } = market;
  const [first, second] = [stranger, spare[0] ?? stranger];
  await registry.connect(carol).updateProvider(machineOwner.provider, carol.address, carol.address, first.address);
  const use = (book: typeof first) => registry.connect(carol).updateProvider(machineOwner.provider, carol.address, carol.address, book.address);
  const stateOf = async () => {
    const { deposit, reserved, away } = await registry.getProvider(machineOwner.provider);
    return [deposit, reserved, away];
  };
  return { ...market, provider: machineOwner.provider, first, second, use, stateOf };
}

async function refusingSecurity() {
  const market = await deployMarket();
  const refusing = await ethers.deployContract("RefusingToken");
  const registry = await ethers.deployContract("ProviderRegistry", [await market.access.getAddress(), await refusing.getAddress()]);
  await registry.registerProvider(market.admin.address, market.admin.address, market.stranger.address, "", "", "");
  await refusing.approve(await registry.getAddress(), MaxUint256);
  await registry.depositSecurity(1, 100);
  await registry.connect(market.stranger).reserve(1, market.admin.address, 50);
  return { ...market, refusing, registry };
}

describe("ProviderRegistry: security deposits", () => {
  it("are paid in by anybody and taken back, as far as free, by the authority", async () => {
    const { registry, token, alice, carol, provider, stateOf } = await loadFixture(twoBooks);
    const address = await registry.getAddress();
    const paid = registry.connect(alice).depositSecurity(provider, 7);
    await expect(paid).to.changeTokenBalances(token, [alice, address], [-7, 7]);
    await expect(paid).to.emit(registry, "SecurityDeposited").withArgs(provider, alice.address, 7, tokens(1000) + 7n);
    await expect(registry.connect(carol).withdrawSecurity(provider, tokens(1000) + 8n)).to.be.revertedWithCustomError(registry, "SecurityTooSmall").withArgs(provider, tokens(1000) + 8n, tokens(1000) + 7n);
    const taken = registry.connect(carol).withdrawSecurity(provider, tokens(1000) + 7n);
    await expect(taken).to.changeTokenBalance(token, carol, tokens(1000) + 7n);
    await expect(taken).to.emit(registry, "SecurityWithdrawn").withArgs(provider, tokens(1000) + 7n, 0);
    expect(await stateOf()).to.deep.equal([0n, 0n, 0n]);
    await expect(registry.depositSecurity(99, 1)).to.be.revertedWithCustomError(registry, "ProviderNotFound");
  });

  it("answer for orders: what is reserved cannot be withdrawn or reserved again", async () => {
    const { registry, carol, first, provider, stateOf } = await loadFixture(twoBooks);
    await registry.connect(first).reserve(provider, carol.address, tokens(600));
    expect(await stateOf()).to.deep.equal([tokens(1000), tokens(600), 0n]);
    await expect(registry.connect(carol).withdrawSecurity(provider, tokens(401))).to.be.revertedWithCustomError(registry, "SecurityTooSmall").withArgs(provider, tokens(401), tokens(400));
    await expect(registry.connect(first).reserve(provider, carol.address, tokens(401))).to.be.revertedWithCustomError(registry, "SecurityTooSmall").withArgs(provider, tokens(401), tokens(400));
    expect(await registry.freeSecurityOf(provider)).to.equal(tokens(400));
    await registry.connect(first).release(provider, tokens(600));
    expect(await stateOf()).to.deep.equal([tokens(1000), 0n, 0n]);
  });

  it("are reserved to the last unit, and from the first", async () => {
    const { registry, carol, first, provider, stateOf } = await loadFixture(twoBooks);
    await registry.connect(first).reserve(provider, carol.address, 1);
    expect(await stateOf()).to.deep.equal([tokens(1000), 1n, 0n]);
    await registry.connect(first).reserve(provider, carol.address, tokens(1000) - 1n);
    expect(await registry.freeSecurityOf(provider)).to.equal(0n);
    await expect(registry.connect(first).reserve(provider, carol.address, 1)).to.be.revertedWithCustomError(registry, "SecurityTooSmall").withArgs(provider, 1, 0);
  });

  it("stay reserved when accounts are changed and the book is not", async () => {
    const { registry, carol, first, provider, use, stateOf } = await loadFixture(twoBooks);
    await registry.connect(first).reserve(provider, carol.address, 100);
    await use(first);
    expect(await stateOf()).to.deep.equal([tokens(1000), 100n, 0n]);
  });

  it("are reserved for the provider's action account by the provider's book, also for nothing", async () => {
    const { registry, alice, carol, first, second, provider } = await loadFixture(twoBooks);
    await expect(registry.connect(first).reserve(provider, alice.address, 0)).to.be.revertedWithCustomError(registry, "NotActionAccount").withArgs(provider, alice.address);
    await expect(registry.connect(second).reserve(provider, carol.address, 0)).to.be.revertedWithCustomError(registry, "NotProvidersBook").withArgs(provider, second.address);
    await registry.connect(first).reserve(provider, carol.address, 0);
  });

  it("are released and drawn by the book that reserved, no further", async () => {
    const { registry, token, alice, carol, first, second, provider, stateOf } = await loadFixture(twoBooks);
    await registry.connect(first).reserve(provider, carol.address, 100);
    for (const [caller, amount, reserved] of [[first, 101, 100], [second, 1, 0], [alice, 1, 0]] as const) {
      await expect(registry.connect(caller).release(provider, amount)).to.be.revertedWithCustomError(registry, "NotReserved").withArgs(provider, amount, reserved);
      await expect(registry.connect(caller).compensate(provider, alice.address, amount)).to.be.revertedWithCustomError(registry, "NotReserved").withArgs(provider, amount, reserved);
    }
    const drawn = registry.connect(first).compensate(provider, alice.address, 40);
    await expect(drawn).to.changeTokenBalance(token, alice, 40);
    await expect(drawn).to.emit(registry, "CompensationPaid").withArgs(provider, alice.address, 40, tokens(1000) - 40n);
    expect(await stateOf()).to.deep.equal([tokens(1000) - 40n, 60n, 0n]);
    await registry.connect(alice).release(provider, 0);
    await expect(registry.connect(alice).compensate(provider, alice.address, 0)).to.not.emit(registry, "CompensationPaid");
  });

  describe("when the provider moves to another book", () => {
    async function moved() {
      const world = await twoBooks();
      await world.registry.connect(world.first).reserve(world.provider, world.carol.address, 100);
      await world.use(world.second);
      await world.registry.connect(world.second).reserve(world.provider, world.carol.address, 30);
      return world;
    }

    it("what the former book reserved stays reserved, and stays its", async () => {
      const { registry, carol, first, second, provider, stateOf } = await loadFixture(moved);
      expect(await stateOf()).to.deep.equal([tokens(1000), 130n, 100n]);
      await expect(registry.connect(first).reserve(provider, carol.address, 1)).to.be.revertedWithCustomError(registry, "NotProvidersBook");
      await expect(registry.connect(second).release(provider, 31)).to.be.revertedWithCustomError(registry, "NotReserved").withArgs(provider, 31, 30);
      await expect(registry.connect(first).release(provider, 101)).to.be.revertedWithCustomError(registry, "NotReserved").withArgs(provider, 101, 100);
      await expect(registry.connect(carol).withdrawSecurity(provider, tokens(1000) - 129n)).to.be.revertedWithCustomError(registry, "SecurityTooSmall").withArgs(provider, tokens(1000) - 129n, tokens(1000) - 130n);
    });

    it("the former book releases and draws what it holds", async () => {
      const { registry, token, alice, first, provider, stateOf } = await loadFixture(moved);
      await registry.connect(first).release(provider, 60);
      expect(await stateOf()).to.deep.equal([tokens(1000), 70n, 40n]);
      await expect(registry.connect(first).compensate(provider, alice.address, 40)).to.changeTokenBalance(token, alice, 40);
      expect(await stateOf()).to.deep.equal([tokens(1000) - 40n, 30n, 0n]);
      await expect(registry.connect(first).release(provider, 1)).to.be.revertedWithCustomError(registry, "NotReserved").withArgs(provider, 1, 0);
    });

    it("and back, each book has its own again", async () => {
      const { registry, first, second, provider, use, stateOf } = await loadFixture(moved);
      await use(first);
      expect(await stateOf()).to.deep.equal([tokens(1000), 130n, 30n]);
      await registry.connect(second).release(provider, 30);
      await registry.connect(first).release(provider, 100);
      expect(await stateOf()).to.deep.equal([tokens(1000), 0n, 0n]);
    });
  });

  it("a customer whom the security token refuses keeps the claim, and sends it elsewhere", async () => {
    const { registry, refusing, alice, spare, stranger } = await loadFixture(refusingSecurity);
    await refusing.setBlocked(alice.address, true);
    await expect(registry.connect(stranger).compensate(1, alice.address, 50)).to.emit(registry, "CompensationOwed").withArgs(alice.address, 50);
    expect(await registry.owedTo(alice.address)).to.equal(50n);
    const elsewhere = spare[5]?.address ?? "";
    await expect(registry.connect(alice).withdrawOwed(elsewhere)).to.changeTokenBalance(refusing, elsewhere, 50);
    await expect(registry.connect(alice).withdrawOwed(elsewhere)).to.changeTokenBalance(refusing, elsewhere, 0);
  });

  it("a token that takes a fee is refused", async () => {
    const { access, admin } = await loadFixture(deployMarket);
    const fee = await ethers.deployContract("FeeToken");
    const registry = await ethers.deployContract("ProviderRegistry", [await access.getAddress(), await fee.getAddress()]);
    await registry.registerProvider(admin.address, admin.address, admin.address, "", "", "");
    await fee.approve(await registry.getAddress(), MaxUint256);
    await expect(registry.depositSecurity(1, 1000)).to.be.revertedWithCustomError(registry, "CreditedLess").withArgs(await fee.getAddress(), 1000, 990);
  });

  it("a token that calls back enters no verb a second time", async () => {
    const { access, admin, stranger } = await loadFixture(deployMarket);
    const token = await ethers.deployContract("ReentrantToken");
    const registry = await ethers.deployContract("ProviderRegistry", [await access.getAddress(), await token.getAddress()]);
    await registry.registerProvider(admin.address, admin.address, stranger.address, "", "", "");
    await token.approve(await registry.getAddress(), MaxUint256);
    const attacks = [
      registry.interface.encodeFunctionData("depositSecurity", [1, 1]),
      registry.interface.encodeFunctionData("withdrawSecurity", [1, 1]),
      registry.interface.encodeFunctionData("compensate", [1, admin.address, 1]),
      registry.interface.encodeFunctionData("withdrawOwed", [admin.address]),
    ];
    for (const attack of attacks) {
      await token.plan(await registry.getAddress(), attack);
      await registry.depositSecurity(1, 10);
      expect([await token.called(), await token.succeeded()]).to.deep.equal([true, false]);
      expect(await token.answer()).to.equal(registry.interface.getError("ReentrancyGuardReentrantCall")?.selector);
    }
  });
});
