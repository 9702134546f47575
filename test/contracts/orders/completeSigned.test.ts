// SPDX-License-Identifier: Apache-2.0
import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { encodeBytes32String, MaxUint256, sha256, ZeroAddress, ZeroHash } from "ethers";
import { ethers } from "hardhat";

import { deployMarket, SOLUTION_HASH } from "../../world/market";
import { Approval, OfferType, PriceType } from "../../world/offers";

const RELEASE = "0x1234";

const APPROVAL = [
  ["offer", "uint32"], ["offerVersion", "uint16"], ["solutionHash", "bytes32"], ["inputsHash", "bytes32"], ["argumentsHash", "bytes32"],
  ["customer", "address"], ["releaseHash", "bytes32"], ["uses", "uint32"], ["nonce", "uint256"], ["notAfter", "uint40"],
].map(([name = "", type = ""]) => ({ name, type }));

async function blocked() {
  const market = await deployMarket();
  const order = await market.place();
  const domain = { name: "Cloister", version: "1", chainId: market.chainId, verifyingContract: market.book };
  const approval = (overrides: Record<string, unknown> = {}) => ({
    offer: market.data, offerVersion: 0, solutionHash: SOLUTION_HASH, inputsHash: ZeroHash, argumentsHash: ZeroHash, customer: ZeroAddress,
    releaseHash: sha256(RELEASE), uses: 1, nonce: 0, notAfter: 2 ** 39, ...overrides,
  });
  const sign = (value: ReturnType<typeof approval>, signer = market.bob, changed: Record<string, unknown> = {}) => signer.signTypedData({ ...domain, ...changed }, { SignedApproval: APPROVAL }, value);
  /** Signs by Bob and carries by a stranger. */
  const carry = async (suborder: bigint, value = approval(), signer = market.bob, changed = {}) =>
    market.orderBook.connect(market.stranger).completeSigned(suborder, value, await sign(value, signer, changed), RELEASE);
  return { ...market, order, approval, sign, carry };
}

describe("OrderBook.completeSigned", () => {
  it("lets an order go on at once with an approval that its owner signed before", async () => {
    const { orderBook, order, approval, carry } = await loadFixture(blocked);
    const { id, used } = await orderBook.approvalUses(approval());
    expect(used).to.equal(0n);
    const sent = carry(order + 1n);
    await expect(sent).to.emit(orderBook, "ApprovalUsed").withArgs(id, order + 1n, 1);
    await expect(sent).to.emit(orderBook, "OrderStatusChanged").withArgs(order, 6, 0);
    expect((await orderBook.approvalUses(approval())).used).to.equal(1n);
  });

  it("counts its uses over all orders", async () => {
    const { orderBook, order, approval, place, carry } = await loadFixture(blocked);
    const twice = approval({ uses: 2 });
    await carry(order + 1n, twice);
    const second = await place();
    await carry(second + 1n, twice);
    const third = await place();
    const { id } = await orderBook.approvalUses(twice);
    await expect(carry(third + 1n, twice)).to.be.revertedWithCustomError(orderBook, "ApprovalUsedUp").withArgs(id, 2);
    expect((await orderBook.getOrder(third)).status).to.equal(6n);
    // Another nonce is another approval.
    await carry(third + 1n, approval({ nonce: 1 }));
  });

  it("is revoked by its owner, also before anybody saw it", async () => {
    const { orderBook, bob, stranger, order, approval, carry, dataOwner } = await loadFixture(blocked);
    await expect(orderBook.connect(stranger).revokeApproval(approval())).to.be.revertedWithCustomError(orderBook, "NotActionAccount").withArgs(dataOwner.provider, stranger.address);
    const { id } = await orderBook.approvalUses(approval());
    await expect(orderBook.connect(bob).revokeApproval(approval())).to.emit(orderBook, "ApprovalRevoked").withArgs(id, dataOwner.provider);
    await expect(carry(order + 1n)).to.be.revertedWithCustomError(orderBook, "ApprovalUsedUp").withArgs(id, 1);
    expect((await orderBook.approvalUses(approval())).used).to.equal(MaxUint256);
  });

  it("holds to its last second and not after", async () => {
    const { orderBook, order, approval, carry, sign, stranger } = await loadFixture(blocked);
    const notAfter = (await time.latest()) + 100;
    const value = approval({ notAfter });
    const signature = await sign(value);
    await time.setNextBlockTimestamp(notAfter + 1);
    await expect(orderBook.connect(stranger).completeSigned(order + 1n, value, signature, RELEASE)).to.be.revertedWithCustomError(orderBook, "ApprovalExpired").withArgs(notAfter, notAfter + 1);
    await carry(order + 1n, approval());
  });

  it("serves one customer with all its wallets, where it names one", async () => {
    const { orderBook, alice, bob, order, approval, carry } = await loadFixture(blocked);
    await expect(carry(order + 1n, approval({ customer: bob.address }))).to.be.revertedWithCustomError(orderBook, "ApprovalMismatch").withArgs(order + 1n, encodeBytes32String("customer"));
    await carry(order + 1n, approval({ customer: alice.address }));
  });

  it("refuses another offer, version, solution or release than it names", async () => {
    const { orderBook, order, approval, carry, solution, sign, stranger } = await loadFixture(blocked);
    for (const [field, value] of [["offer", solution], ["offerVersion", 7], ["releaseHash", sha256("0x99")]] as const) {
      await expect(carry(order + 1n, approval({ [field]: value }))).to.be.revertedWithCustomError(orderBook, "ApprovalMismatch").withArgs(order + 1n, encodeBytes32String(field));
    }
    await expect(carry(order + 1n, approval({ solutionHash: sha256("0x77") }))).to.be.revertedWithCustomError(orderBook, "SolutionHashMismatch").withArgs(order + 1n, SOLUTION_HASH, sha256("0x77"));
    const value = approval();
    await expect(orderBook.connect(stranger).completeSigned(order + 1n, value, await sign(value), `0x${"00".repeat(4097)}`)).to.be.revertedWithCustomError(orderBook, "TooLong").withArgs(4097, 4096);
    await carry(order + 1n, approval({ offerVersion: 1 }));
  });

  it("is worth nothing unsigned, signed by another, for another chain, book or version of the domain, or changed after signing", async () => {
    const { orderBook, order, approval, carry, sign, stranger, alice, bob } = await loadFixture(blocked);
    const { id } = await orderBook.approvalUses(approval());
    for (const changed of [{ chainId: 1n }, { verifyingContract: stranger.address }, { version: "2" }]) {
      await expect(carry(order + 1n, approval(), bob, changed)).to.be.revertedWithCustomError(orderBook, "ApprovalNotSigned").withArgs(id, bob.address);
    }
    await expect(carry(order + 1n, approval(), alice)).to.be.revertedWithCustomError(orderBook, "ApprovalNotSigned");
    await expect(orderBook.completeSigned(order + 1n, approval(), "0x", RELEASE)).to.be.revertedWithCustomError(orderBook, "ApprovalNotSigned");
    const signature = await sign(approval());
    for (const change of [{ uses: 9 }, { notAfter: 2 ** 39 - 1 }, { nonce: 5 }, { inputsHash: sha256("0x01") }, { argumentsHash: sha256("0x01") }]) {
      await expect(orderBook.completeSigned(order + 1n, approval(change), signature, RELEASE)).to.be.revertedWithCustomError(orderBook, "ApprovalNotSigned");
    }
  });

  it("of an owner that is a contract is checked by the contract (ERC-1271)", async () => {
    const { orderBook, registry, bob, order, approval, sign, stranger, dataOwner, book } = await loadFixture(blocked);
    const wallet = await ethers.deployContract("SigningWallet", [bob.address]);
    await registry.connect(bob).updateProvider(dataOwner.provider, await wallet.getAddress(), bob.address, book);
    const value = approval();
    await expect(orderBook.connect(stranger).completeSigned(order + 1n, value, await sign(value, stranger), RELEASE)).to.be.revertedWithCustomError(orderBook, "ApprovalNotSigned");
    await orderBook.connect(stranger).completeSigned(order + 1n, value, await sign(value), RELEASE);
  });

  it("spends the owner's policy where the offer has one: signing is no way around it", async () => {
    const { orderBook, catalog, bob, dataOwner, addValueOffer, addSlot, workflow, place, approval, carry } = await loadFixture(blocked);
    const offer = await addValueOffer(dataOwner, OfferType.Data, Approval.Policy);
    const slot = await addSlot(offer, dataOwner, {}, 1n, PriceType.Fixed);
    const order = await place(workflow({}, { parts: [{ offer, version: 0, slot }] }));
    await expect(carry(order + 1n, approval({ offer }))).to.be.revertedWithCustomError(catalog, "PolicyRefuses").withArgs(offer, SOLUTION_HASH);
    await catalog.connect(bob).setAllowance(offer, SOLUTION_HASH, 2 ** 39, 1);
    await carry(order + 1n, approval({ offer }));
    expect((await catalog.getAllowance(offer, SOLUTION_HASH)).usesLeft).to.equal(0n);
    expect((await orderBook.getOrder(order)).status).to.equal(0n);
  });

  it("completes nothing that is complete, or storage", async () => {
    const { orderBook, order, carry, approval, place, fullWorkflow } = await loadFixture(blocked);
    await carry(order + 1n);
    await expect(carry(order + 1n, approval({ nonce: 2 }))).to.be.revertedWithCustomError(orderBook, "SuborderNotOpen").withArgs(order + 1n, 4, 0);
    const four = await place(fullWorkflow());
    await expect(carry(four + 3n)).to.be.revertedWithCustomError(orderBook, "IsStoragePart").withArgs(four + 3n);
  });
});
