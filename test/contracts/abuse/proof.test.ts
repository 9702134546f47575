// SPDX-License-Identifier: Apache-2.0
import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { id, sha256, ZeroAddress, ZeroHash } from "ethers";
import { ethers } from "hardhat";

import { finishDigest, reportDigest } from "../../../src/chain/digests";
import { deployMarket, type Market, RESULT_HASH, SOLUTION_HASH } from "../../world/market";
import { Approval } from "../../world/offers";
import { days, makeAuthority, makeDevice } from "../attestation/chains";

const APPROVAL = [
  ["offer", "uint32"], ["offerVersion", "uint16"], ["solutionHash", "bytes32"], ["inputsHash", "bytes32"], ["argumentsHash", "bytes32"],
  ["customer", "address"], ["releaseHash", "bytes32"], ["uses", "uint32"], ["nonce", "uint256"], ["notAfter", "uint40"],
].map(([name = "", type = ""]) => ({ name, type }));

async function accepted(market: Market) {
  const order = await market.place();
  await market.approve(order);
  await market.accept(order);
  return order;
}

describe("Abuse 9: the solution's hash", () => {
  it("wrong, empty or another order's approves nothing, on chain or by the policy", async () => {
    const { orderBook, catalog, bob, data, place, workflow } = await loadFixture(deployMarket);
    const other = id("another solution");
    const [order, second] = [await place(), await place(workflow({ solutionHash: other }))];
    for (const wrong of [other, ZeroHash, sha256(SOLUTION_HASH)]) {
      await expect(orderBook.connect(bob).completeSuborder(order + 1n, 4, wrong, "0x")).to.be.revertedWithCustomError(orderBook, "SolutionHashMismatch").withArgs(order + 1n, SOLUTION_HASH, wrong);
    }
    // The approval of one order is not that of another with another solution.
    await expect(orderBook.connect(bob).completeSuborder(second + 1n, 4, SOLUTION_HASH, "0x")).to.be.revertedWithCustomError(orderBook, "SolutionHashMismatch").withArgs(second + 1n, other, SOLUTION_HASH);
    expect((await orderBook.getOrder(order)).status).to.equal(6n);
    await catalog.connect(bob).setApproval(data, Approval.Policy);
    await catalog.connect(bob).setAllowance(data, SOLUTION_HASH, 2 ** 39, 1);
    const third = await place(workflow({ solutionHash: other }));
    await expect(orderBook.connect(bob).completeSuborder(third + 1n, 4, other, "0x")).to.be.revertedWithCustomError(catalog, "PolicyRefuses").withArgs(data, other);
  });

  it("cannot be swapped after the placing: the report must name it again, signed", async () => {
    const market = await loadFixture(deployMarket);
    const { orderBook, alice, device, domain, compute, reportOf, signatureOf, workflow } = market;
    await expect(orderBook.connect(alice).placeWorkflow(workflow({ solutionHash: ZeroHash }))).to.be.revertedWithCustomError(orderBook, "SolutionMissing");
    const order = await accepted(market);
    const other = id("swapped");
    const record = await reportOf(order, { solutionHash: other });
    const signature = signatureOf(device, reportDigest(domain, { order, offer: compute, ...record }));
    await expect(orderBook.publishReport(order, record, signature, "0x", "0x", "0x")).to.be.revertedWithCustomError(orderBook, "SolutionHashMismatch").withArgs(order, SOLUTION_HASH, other);
  });
});

describe("Abuse 15: signed approvals", () => {
  async function signing() {
    const market = await deployMarket();
    const order = await market.place();
    const domain = { name: "Cloister", version: "1", chainId: market.chainId, verifyingContract: market.book };
    const approval = { offer: market.data, offerVersion: 0, solutionHash: SOLUTION_HASH, inputsHash: ZeroHash, argumentsHash: ZeroHash, customer: ZeroAddress, releaseHash: sha256("0x1234"), uses: 1, nonce: 0, notAfter: 2 ** 39 };
    const sign = (changed: Record<string, unknown> = {}, signer = market.bob) => signer.signTypedData({ ...domain, ...changed }, { SignedApproval: APPROVAL }, approval);
    const carry = (suborder: bigint, signature: string) => market.orderBook.connect(market.stranger).completeSigned(suborder, approval, signature, "0x1234");
    return { ...market, order, approval, sign, carry };
  }

  it("of another chain, version or contract, or by another signer, are none", async () => {
    const { orderBook, alice, order, sign, carry, token } = await loadFixture(signing);
    for (const signature of [await sign({ chainId: 1 }), await sign({ version: "2" }), await sign({ verifyingContract: await token.getAddress() }), await sign({ name: "Cloister2" }), await sign({}, alice), "0x", `0x${"11".repeat(65)}`]) {
      await expect(carry(order + 1n, signature)).to.be.revertedWithCustomError(orderBook, "ApprovalNotSigned");
    }
    await carry(order + 1n, await sign());
  });

  it("serve once, not again after use, cancel or revocation", async () => {
    const { orderBook, alice, bob, order, place, approval, sign, carry } = await loadFixture(signing);
    const signature = await sign();
    await carry(order + 1n, signature);
    await expect(carry(order + 1n, signature)).to.be.revertedWithCustomError(orderBook, "SuborderNotOpen");
    const next = await place();
    await expect(carry(next + 1n, signature)).to.be.revertedWithCustomError(orderBook, "ApprovalUsedUp");
    await orderBook.connect(alice).cancelOrder(next);
    await expect(carry(next + 1n, signature)).to.be.revertedWithCustomError(orderBook, "SuborderNotOpen");
    const other = { ...approval, nonce: 7 };
    await orderBook.connect(bob).revokeApproval(other);
    expect((await orderBook.approvalUses(other)).used).to.equal(2n ** 256n - 1n);
  });

  it("of a wallet that is a contract are asked of the contract (ERC-1271)", async () => {
    const { orderBook, registry, bob, dataOwner, order, sign, carry, book } = await loadFixture(signing);
    const wallet = await ethers.deployContract("SigningWallet", [bob.address]);
    await registry.connect(bob).updateProvider(dataOwner.provider, await wallet.getAddress(), dataOwner.receiver, book);
    await expect(carry(order + 1n, await sign({}, dataOwner.authority === bob ? (await ethers.getSigners())[1]! : bob))).to.be.revertedWithCustomError(orderBook, "ApprovalNotSigned");
    await carry(order + 1n, await sign());
  });
});

describe("Abuse 21: reports that prove nothing", () => {
  it("by an unknown, an expired, a revoked or another offer's device, or with another's signature: refused", async () => {
    const market = await loadFixture(deployMarket);
    const { orderBook, attestation, catalog, carol, device, domain, compute, reportOf, signatureOf, machineOwner, book, start, authority, registerDevice } = market;
    const order = await accepted(market);
    const record = await reportOf(order);
    const digest = reportDigest(domain, { order, offer: compute, ...record });
    const publish = (signature: ReturnType<typeof signatureOf>) => orderBook.publishReport(order, record, signature, "0x", "0x", "0x");
    const unknown = await makeDevice(authority, days(start, 30));
    await expect(publish(signatureOf(unknown, digest))).to.be.revertedWithCustomError(attestation, "DeviceNotFound").withArgs(unknown.id);
    // A device of another machine of the same provider.
    await catalog.connect(carol).createComputeOffer(machineOwner.provider, book, 1, 1, 0, "{}");
    const other = await makeDevice(authority, days(start, 30));
    await registerDevice(other, await catalog.offerCount());
    await expect(publish(signatureOf(other, digest))).to.be.revertedWithCustomError(attestation, "DeviceNotOfOffer");
    // A right key with a wrong signature, and the signature of another order.
    const { r, s } = signatureOf(unknown, digest);
    await expect(publish({ ...signatureOf(device, digest), r, s })).to.be.revertedWithCustomError(attestation, "WrongDeviceSignature").withArgs(device.id);
    await expect(publish(signatureOf(device, reportDigest(domain, { order: order + 2n, offer: compute, ...record })))).to.be.revertedWithCustomError(attestation, "WrongDeviceSignature");
    await attestation.connect(carol).revokeDevice(device.id);
    await expect(publish(signatureOf(device, digest))).to.be.revertedWithCustomError(attestation, "KeyRevoked").withArgs(device.id);
  });

  it("self-signed, in another order, with a certificate more, or under an unlisted root: no device is registered", async () => {
    const market = await loadFixture(deployMarket);
    const { attestation, carol, compute, authority, start } = market;
    const item = await makeDevice(authority, days(start, 30));
    const register = (chain: readonly Uint8Array[]) => attestation.connect(carol).registerDevice(compute, chain.map((der) => ethers.hexlify(der)), ZeroHash, ZeroHash);
    const [subCa, leaf] = item.chain as [Uint8Array, Uint8Array];
    await expect(register([leaf, leaf])).to.be.revertedWithCustomError(attestation, "RootNotListed");
    await expect(register([leaf, subCa])).to.be.revertedWithCustomError(attestation, "RootNotListed");
    await expect(register([authority.root.der, subCa, leaf])).to.be.revertedWithCustomError(attestation, "ChainLengthWrong").withArgs(2, 3);
    const foreign = await makeDevice(await makeAuthority(start, "Foreign"), days(start, 30));
    await expect(register(foreign.chain)).to.be.revertedWithCustomError(attestation, "RootNotListed");
    // Another's device cannot be registered: it did not agree to serve here.
    await expect(register(item.chain)).to.be.revertedWithCustomError(attestation, "WrongDeviceSignature").withArgs(item.id);
  });

  it("a finish of another order, with other words than were signed, or twice, ends nothing", async () => {
    const market = await loadFixture(deployMarket);
    const { orderBook, attestation, device, domain, run, signatureOf, finish } = market;
    const [order, other] = [await run(), await run()];
    const record = { status: 4, fault: 0, resultHash: RESULT_HASH, usedSeconds: 5 };
    const signature = signatureOf(device, finishDigest(domain, { order, ...record }));
    await expect(orderBook.finishOrder(other, record, signature, "0x")).to.be.revertedWithCustomError(attestation, "WrongDeviceSignature");
    for (const changed of [{ usedSeconds: 6 }, { resultHash: ZeroHash }]) await expect(orderBook.finishOrder(order, { ...record, ...changed }, signature, "0x")).to.be.revertedWithCustomError(attestation, "WrongDeviceSignature");
    await orderBook.finishOrder(order, record, signature, "0x");
    await expect(orderBook.finishOrder(order, record, signature, "0x")).to.be.revertedWithCustomError(orderBook, "IllegalTransition");
    await finish(other);
  });
});
