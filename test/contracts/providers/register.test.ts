// SPDX-License-Identifier: Apache-2.0
import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ZeroAddress } from "ethers";

import { deployMarket } from "../../world/market";

describe("ProviderRegistry: joining", () => {
  it("registers the caller once, with its accounts and texts", async () => {
    const { registry, stranger, alice, bob, book } = await loadFixture(deployMarket);
    const sent = registry.connect(stranger).registerProvider(alice.address, bob.address, book, "Name", "Description", "{}");
    await expect(sent).to.emit(registry, "ProviderRegistered").withArgs(5, stranger.address, alice.address, bob.address, book);
    await expect(sent).to.emit(registry, "ProviderDescribed").withArgs(5, "Name", "Description", "{}", 0);
    expect(await registry.providerOf(stranger.address)).to.equal(5n);
    expect(await registry.actionAccountOf(5)).to.equal(alice.address);
    expect(await registry.tokenReceiverOf(5)).to.equal(bob.address);
    await expect(registry.connect(stranger).registerProvider(alice.address, bob.address, book, "", "", "")).to.be.revertedWithCustomError(registry, "AlreadyRegistered").withArgs(stranger.address, 5);
  });

  it("needs both accounts and short texts", async () => {
    const { registry, stranger, book, dataOwner, bob } = await loadFixture(deployMarket);
    const own = registry.connect(stranger);
    for (const [action, receiver] of [[ZeroAddress, stranger.address], [stranger.address, ZeroAddress]] as const) {
      await expect(own.registerProvider(action, receiver, book, "", "", "")).to.be.revertedWithCustomError(registry, "AccountMissing");
      await expect(registry.connect(bob).updateProvider(dataOwner.provider, action, receiver, book)).to.be.revertedWithCustomError(registry, "AccountMissing");
    }
    for (const texts of [["x".repeat(16_384), "y", ""], ["x", "", "y".repeat(16_384)]] as const) {
      await expect(own.registerProvider(stranger.address, stranger.address, book, ...texts)).to.be.revertedWithCustomError(registry, "TextTooLong").withArgs(16_385, 16_384);
    }
    await own.registerProvider(stranger.address, stranger.address, book, "x".repeat(16_000), "y".repeat(300), "z".repeat(84));
  });

  it("stops while paused; changing and leaving go on", async () => {
    const { registry, stranger, carol, machineOwner, book } = await loadFixture(deployMarket);
    await expect(registry.setPaused(true)).to.emit(registry, "RegistrationPaused").withArgs(true);
    await expect(registry.connect(stranger).registerProvider(stranger.address, stranger.address, book, "", "", "")).to.be.revertedWithCustomError(registry, "RegistrationIsPaused");
    await registry.connect(carol).updateProvider(machineOwner.provider, carol.address, carol.address, book);
    await registry.connect(carol).withdrawSecurity(machineOwner.provider, 1);
  });

  it("is changed by its authority alone", async () => {
    const { registry, bob, stranger, dataOwner, book } = await loadFixture(deployMarket);
    for (const call of [
      () => registry.connect(stranger).updateProvider(dataOwner.provider, stranger.address, stranger.address, book),
      () => registry.connect(stranger).describeProvider(dataOwner.provider, "", "", ""),
      () => registry.connect(stranger).withdrawSecurity(dataOwner.provider, 0),
    ]) {
      await expect(call()).to.be.revertedWithCustomError(registry, "NotAuthority").withArgs(dataOwner.provider, stranger.address);
    }
    const before = (await registry.getProvider(dataOwner.provider)).textBlock;
    await expect(registry.connect(bob).describeProvider(dataOwner.provider, "B", "", "")).to.emit(registry, "ProviderDescribed").withArgs(dataOwner.provider, "B", "", "", before);
    expect((await registry.getProvider(dataOwner.provider)).textBlock).to.equal(await time.latestBlock());
  });

  it("gets other accounts from its authority", async () => {
    const { registry, bob, alice, spare, dataOwner, book } = await loadFixture(deployMarket);
    const receiver = spare[0]!.address;
    await expect(registry.connect(bob).updateProvider(dataOwner.provider, alice.address, receiver, book)).to.emit(registry, "ProviderUpdated").withArgs(dataOwner.provider, alice.address, receiver, book);
    expect([await registry.actionAccountOf(dataOwner.provider), await registry.tokenReceiverOf(dataOwner.provider)]).to.deep.equal([alice.address, receiver]);
  });

  it("knows only who registered", async () => {
    const { registry, alice } = await loadFixture(deployMarket);
    await expect(registry.getProvider(9)).to.be.revertedWithCustomError(registry, "ProviderNotFound").withArgs(9);
    expect(await registry.providerOf(alice.address)).to.equal(0n);
  });
});
