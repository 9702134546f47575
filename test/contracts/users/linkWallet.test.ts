// SPDX-License-Identifier: Apache-2.0
import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ZeroAddress } from "ethers";
import { ethers } from "hardhat";

import { deployUsers } from "./world";

describe("Users: linking a wallet", () => {
  it("takes the signatures of both, carried by anybody", async () => {
    const { registry, alice, phone, stranger, user, deadline, sign } = await loadFixture(deployUsers);
    const signatures = [await sign(alice, phone.address), await sign(phone, phone.address)] as const;
    const sent = registry.connect(stranger).linkWallet(user, phone.address, deadline, ...signatures);
    await expect(sent).to.emit(registry, "WalletLinked").withArgs(user, phone.address);
    await expect(sent).not.to.emit(registry, "WalletUnlinked");
    expect([await registry.userOf(phone.address), await registry.walletCountOf(user), await registry.firstWalletOf(user)]).to.deep.equal([user, 2n, alice.address]);
  });

  it("needs no signature of whoever sends it", async () => {
    const { registry, alice, phone, laptop, user, deadline, sign } = await loadFixture(deployUsers);
    await registry.connect(alice).linkWallet(user, phone.address, deadline, "0x", await sign(phone, phone.address));
    await registry.connect(laptop).linkWallet(user, laptop.address, deadline, await sign(alice, laptop.address), "0x");
    expect(await registry.walletCountOf(user)).to.equal(3n);
  });

  it("needs the signature of everybody else", async () => {
    const { registry, alice, phone, stranger, user, deadline, sign } = await loadFixture(deployUsers);
    const [byAlice, byPhone] = [await sign(alice, phone.address), await sign(phone, phone.address)];
    const refused = async (caller: typeof alice, first: string, second: string, signer: typeof alice) =>
      expect(registry.connect(caller).linkWallet(user, phone.address, deadline, first, second)).to.be.revertedWithCustomError(registry, "LinkNotSigned").withArgs(signer.address);
    await refused(stranger, "0x", byPhone, alice);
    await refused(stranger, byAlice, "0x", phone);
    await refused(alice, "0x", "0x", phone);
    await refused(phone, "0x", "0x", alice);
    await refused(stranger, byPhone, byAlice, alice);
    await refused(stranger, byAlice, byAlice, phone);
    // Who sends it may leave its signature out, not bring a wrong one.
    await refused(alice, byPhone, byPhone, alice);
    await refused(alice, "0x", `${byPhone.slice(0, -2)}ff`, phone);
  });

  it("counts for this user, wallet, nonce, time, chain and registry alone", async () => {
    const { registry, alice, phone, laptop, user, deadline, address, access, token, sign } = await loadFixture(deployUsers);
    const elsewhere = await ethers.deployContract("ProviderRegistry", [await access.getAddress(), await token.getAddress()]);
    const signed = {
      user: await sign(alice, phone.address, { user: user + 1n }),
      wallet: await sign(alice, laptop.address),
      nonce: await sign(alice, phone.address, { nonce: 1n }),
      deadline: await sign(alice, phone.address, { deadline: deadline + 1 }),
      chain: await sign(alice, phone.address, { chainId: 1n }),
      registry: await sign(alice, phone.address, { registry: await elsewhere.getAddress() }),
    };
    for (const [what, signature] of Object.entries(signed)) {
      await expect(registry.connect(phone).linkWallet(user, phone.address, deadline, signature, "0x"), what).to.be.revertedWithCustomError(registry, "LinkNotSigned").withArgs(alice.address);
    }
    await elsewhere.enroll(alice.address);
    await elsewhere.connect(phone).linkWallet(1, phone.address, deadline, await sign(alice, phone.address, { user: 1n, registry: await elsewhere.getAddress() }), "0x");
    expect(await registry.userOf(phone.address)).to.equal(0n);
    expect(address).not.to.equal(await elsewhere.getAddress());
  });

  it("counts once: not again after the wallet has left", async () => {
    const { registry, alice, phone, stranger, user, deadline, sign } = await loadFixture(deployUsers);
    const [byAlice, byPhone] = [await sign(alice, phone.address), await sign(phone, phone.address)];
    await registry.connect(stranger).linkWallet(user, phone.address, deadline, byAlice, byPhone);
    expect(await registry.linkNonceOf(phone.address)).to.equal(1n);
    const early = await sign(alice, phone.address);
    await registry.connect(phone).unlinkWallet(phone.address);
    for (const old of [byAlice, early]) {
      await expect(registry.connect(phone).linkWallet(user, phone.address, deadline, old, "0x")).to.be.revertedWithCustomError(registry, "LinkNotSigned").withArgs(alice.address);
    }
    await registry.connect(phone).linkWallet(user, phone.address, deadline, await sign(alice, phone.address), "0x");
  });

  it("counts up to its deadline, that second included", async () => {
    const { registry, alice, phone, user, deadline, sign } = await loadFixture(deployUsers);
    const signature = await sign(alice, phone.address);
    const send = () => registry.connect(phone).linkWallet(user, phone.address, deadline, signature, "0x");
    await time.setNextBlockTimestamp(deadline);
    await send();
    await registry.connect(phone).unlinkWallet(phone.address);
    await time.setNextBlockTimestamp(deadline + 10);
    await expect(send()).to.be.revertedWithCustomError(registry, "LinkExpired").withArgs(deadline, deadline + 10);
  });

  it("needs a wallet and a user that is there", async () => {
    const { registry, phone, user, deadline } = await loadFixture(deployUsers);
    await expect(registry.linkWallet(user, ZeroAddress, deadline, "0x", "0x")).to.be.revertedWithCustomError(registry, "WalletMissing");
    for (const absent of [0n, user + 1n]) {
      await expect(registry.linkWallet(absent, phone.address, deadline, "0x", "0x")).to.be.revertedWithCustomError(registry, "UserNotFound").withArgs(absent);
    }
  });

  it("takes a wallet that is a user of its own, and leaves that user empty", async () => {
    const { registry, alice, phone, user, deadline, link, sign } = await loadFixture(deployUsers);
    await registry.enroll(phone.address);
    const own = await registry.userOf(phone.address);
    const sent = link(phone);
    await expect(sent).to.emit(registry, "WalletUnlinked").withArgs(own, phone.address);
    await expect(sent).to.emit(registry, "WalletLinked").withArgs(user, phone.address);
    expect([await registry.userOf(phone.address), await registry.firstWalletOf(own), await registry.walletCountOf(own)]).to.deep.equal([user, ZeroAddress, 0n]);
    // The empty user is nobody's, and its number is not given again.
    await expect(registry.connect(alice).linkWallet(own, phone.address, deadline, "0x", await sign(phone, phone.address, { user: own }))).to.be.revertedWithCustomError(registry, "UserNotFound").withArgs(own);
    await registry.connect(phone).unlinkWallet(phone.address);
    await registry.enroll(phone.address);
    expect(await registry.userOf(phone.address)).to.equal(own + 1n);
  });

  it("leaves wallets where they are: another user's, one's own again, a first one with others", async () => {
    const { registry, alice, phone, laptop, other, user, deadline, link, sign } = await loadFixture(deployUsers);
    await link(phone);
    await registry.enroll(other.address);
    const second = await registry.userOf(other.address);
    await expect(registry.connect(other).linkWallet(second, phone.address, deadline, "0x", await sign(phone, phone.address, { user: second }))).to.be.revertedWithCustomError(registry, "WalletTaken").withArgs(phone.address, user);
    await expect(link(phone)).to.be.revertedWithCustomError(registry, "WalletTaken").withArgs(phone.address, user);
    await expect(link(alice)).to.be.revertedWithCustomError(registry, "WalletTaken").withArgs(alice.address, user);
    await expect(registry.connect(other).linkWallet(second, alice.address, deadline, "0x", await sign(alice, alice.address, { user: second }))).to.be.revertedWithCustomError(registry, "FirstWalletOfUser").withArgs(alice.address, user);
    await link(laptop);
    expect(await registry.walletCountOf(user)).to.equal(3n);
  });

  it("takes the word of wallets that are contracts (ERC-1271), on either side", async () => {
    const { registry, alice, phone, laptop, stranger, user, address, deadline, sign, link } = await loadFixture(deployUsers);
    await link(phone);
    const safe = await ethers.deployContract("SigningWallet", [laptop.address]);
    const safeAddress = await safe.getAddress();
    // As the wallet that joins.
    const byAlice = await sign(alice, safeAddress);
    await expect(registry.connect(stranger).linkWallet(user, safeAddress, deadline, byAlice, await sign(stranger, safeAddress))).to.be.revertedWithCustomError(registry, "LinkNotSigned").withArgs(safeAddress);
    await registry.connect(stranger).linkWallet(user, safeAddress, deadline, byAlice, await sign(laptop, safeAddress));
    expect(await registry.isSameUser(safeAddress, phone.address)).to.equal(true);
    // It leaves by calling, and becomes the first wallet of a user of its own.
    await safe.connect(laptop).call(address, registry.interface.encodeFunctionData("unlinkWallet", [safeAddress]));
    await registry.enroll(safeAddress);
    const own = await registry.userOf(safeAddress);
    await registry.connect(laptop).linkWallet(own, laptop.address, deadline, await sign(laptop, laptop.address, { user: own }), "0x");
    expect([await registry.firstWalletOf(own), await registry.walletCountOf(own)]).to.deep.equal([safeAddress, 2n]);
  });

  it("gives no right over a provider's accounts", async () => {
    const { registry, alice, carol, machineOwner, book, deadline, sign } = await loadFixture(deployUsers);
    await registry.enroll(carol.address);
    const carols = await registry.userOf(carol.address);
    await registry.connect(carol).linkWallet(carols, alice.address, deadline, "0x", await sign(alice, alice.address, { user: carols }));
    expect(await registry.isSameUser(alice.address, carol.address)).to.equal(true);
    const own = registry.connect(alice);
    for (const call of [
      () => own.updateProvider(machineOwner.provider, alice.address, alice.address, book),
      () => own.describeProvider(machineOwner.provider, "", "", ""),
      () => own.withdrawSecurity(machineOwner.provider, 1),
    ]) {
      await expect(call()).to.be.revertedWithCustomError(registry, "NotAuthority").withArgs(machineOwner.provider, alice.address);
    }
    expect(await registry.providerOf(alice.address)).to.equal(0n);
  });
});
