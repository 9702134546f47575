// SPDX-License-Identifier: Apache-2.0
import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ZeroAddress } from "ethers";

import { deployUsers } from "./world";

describe("Users: enrolling", () => {
  it("makes a wallet a user of its own, with the next number", async () => {
    const { registry, phone, user } = await loadFixture(deployUsers);
    expect([await registry.userOf(phone.address), await registry.userCount()]).to.deep.equal([0n, user]);
    await expect(registry.enroll(phone.address)).to.emit(registry, "UserRegistered").withArgs(user + 1n, phone.address);
    expect([await registry.userOf(phone.address), await registry.userCount()]).to.deep.equal([user + 1n, user + 1n]);
    expect([await registry.firstWalletOf(user + 1n), await registry.walletCountOf(user + 1n)]).to.deep.equal([phone.address, 1n]);
  });

  it("changes nothing for a wallet that has a user", async () => {
    const { registry, alice, phone, user, link } = await loadFixture(deployUsers);
    await link(phone);
    for (const wallet of [alice, phone]) {
      expect(await registry.enroll.staticCall(wallet.address)).to.equal(user);
      await expect(registry.enroll(wallet.address)).not.to.emit(registry, "UserRegistered");
      expect(await registry.userOf(wallet.address)).to.equal(user);
    }
    expect(await registry.userCount()).to.equal(user);
  });

  it("needs a wallet", async () => {
    const { registry } = await loadFixture(deployUsers);
    await expect(registry.enroll(ZeroAddress)).to.be.revertedWithCustomError(registry, "WalletMissing");
  });

  it("knows which wallets are one user", async () => {
    const { registry, alice, phone, laptop, other, stranger, link } = await loadFixture(deployUsers);
    await link(phone);
    await registry.enroll(laptop.address);
    expect(await registry.isSameUser(alice.address, phone.address)).to.equal(true);
    expect(await registry.isSameUser(other.address, other.address)).to.equal(true);
    // Two that have no user are not the same one.
    for (const [a, b] of [[alice, laptop], [alice, other], [other, alice], [other, stranger]] as const) {
      expect(await registry.isSameUser(a.address, b.address), `${a.address} ${b.address}`).to.equal(false);
    }
  });

  it("costs a customer who has a user the gas of one cold word", async () => {
    const { registry, alice, phone } = await loadFixture(deployUsers);
    const gasOf = async (wallet: string) => (await (await registry.enroll(wallet)).wait())?.gasUsed ?? 0n;
    const first = await gasOf(phone.address);
    const again = await gasOf(alice.address);
    // 21,000 of a transaction, its calldata, and words: one read; two new and a counter.
    expect(Number(again)).to.be.below(21_000 + 450 + 2_100 + 1_000);
    expect(Number(first)).to.be.below(21_000 + 450 + 2 * 22_100 + 5_000 + 4_500);
  });
});
