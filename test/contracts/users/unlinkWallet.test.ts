// SPDX-License-Identifier: Apache-2.0
import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ZeroAddress } from "ethers";

import { deployUsers } from "./world";

describe("Users: unlinking a wallet", () => {
  it("is done by the wallet itself or by the first wallet of its user", async () => {
    const { registry, alice, phone, laptop, user, link } = await loadFixture(deployUsers);
    await link(phone);
    await link(laptop);
    await expect(registry.connect(phone).unlinkWallet(phone.address)).to.emit(registry, "WalletUnlinked").withArgs(user, phone.address);
    await expect(registry.connect(alice).unlinkWallet(laptop.address)).to.emit(registry, "WalletUnlinked").withArgs(user, laptop.address);
    for (const wallet of [phone, laptop]) expect(await registry.userOf(wallet.address)).to.equal(0n);
    expect([await registry.walletCountOf(user), await registry.firstWalletOf(user), await registry.userOf(alice.address)]).to.deep.equal([1n, alice.address, user]);
  });

  it("is not done by other wallets of the user, nor by strangers", async () => {
    const { registry, phone, laptop, stranger, user, link } = await loadFixture(deployUsers);
    await link(phone);
    await link(laptop);
    for (const caller of [laptop, stranger]) {
      await expect(registry.connect(caller).unlinkWallet(phone.address)).to.be.revertedWithCustomError(registry, "NotUsersWallet").withArgs(user, caller.address);
    }
  });

  it("waits for the first wallet until it is the last", async () => {
    const { registry, alice, phone, user, link } = await loadFixture(deployUsers);
    await link(phone);
    await expect(registry.connect(alice).unlinkWallet(alice.address)).to.be.revertedWithCustomError(registry, "FirstWalletOfUser").withArgs(alice.address, user);
    await registry.connect(phone).unlinkWallet(phone.address);
    await registry.connect(alice).unlinkWallet(alice.address);
    expect([await registry.userOf(alice.address), await registry.firstWalletOf(user), await registry.walletCountOf(user)]).to.deep.equal([0n, ZeroAddress, 0n]);
    await registry.enroll(alice.address);
    expect(await registry.userOf(alice.address)).to.equal(user + 1n);
  });

  it("needs a linked wallet", async () => {
    const { registry, phone } = await loadFixture(deployUsers);
    await expect(registry.connect(phone).unlinkWallet(phone.address)).to.be.revertedWithCustomError(registry, "WalletNotLinked").withArgs(phone.address);
  });

  it("lets a wallet that left join another user", async () => {
    const { registry, phone, other, deadline, link, sign } = await loadFixture(deployUsers);
    await link(phone);
    await registry.connect(phone).unlinkWallet(phone.address);
    await registry.enroll(other.address);
    const user = await registry.userOf(other.address);
    await registry.connect(phone).linkWallet(user, phone.address, deadline, await sign(other, phone.address, { user }), "0x");
    expect(await registry.userOf(phone.address)).to.equal(user);
  });
});
