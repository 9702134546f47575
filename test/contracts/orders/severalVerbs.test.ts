// SPDX-License-Identifier: Apache-2.0
import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { Signature } from "ethers";
import { ethers } from "hardhat";

import { deployMarket, HOUR, tokens } from "../../world/market";

describe("Several verbs in one transaction", () => {
  it("places n workflows at once, or none", async () => {
    const { orderBook, token, alice, workflow } = await loadFixture(deployMarket);
    const call = (deposit: bigint) => orderBook.interface.encodeFunctionData("placeWorkflow", [workflow({ deposit })]);
    await expect(orderBook.connect(alice).multicall([call(tokens(20)), call(tokens(30)), call(tokens(10))])).to.changeTokenBalance(token, alice, -tokens(60));
    const last = await orderBook.lastOrder();
    expect((await orderBook.getOrder(last - 1n)).customer).to.equal(alice.address);
    await expect(orderBook.connect(alice).multicall([call(tokens(20)), call(0n)])).to.be.revertedWithCustomError(orderBook, "DepositTooSmall");
    expect(await orderBook.lastOrder()).to.equal(last);
  });

  it("replenishes with a permit in the same call", async () => {
    const { orderBook, token, bob, book, chainId, place } = await loadFixture(deployMarket);
    const order = await place();
    const types = { Permit: ["owner address", "spender address", "value uint256", "nonce uint256", "deadline uint256"].map((field) => ({ name: field.split(" ")[0]!, type: field.split(" ")[1]! })) };
    const domain = { name: await token.name(), version: "1", chainId, verifyingContract: await token.getAddress() };
    const permit = { owner: bob.address, spender: book, value: tokens(7), nonce: await token.nonces(bob.address), deadline: 2 ** 39 };
    const { v, r, s } = Signature.from(await bob.signTypedData(domain, types, permit));
    const { interface: abi } = orderBook;
    const calls = [abi.encodeFunctionData("usePermit", [1, { value: permit.value, deadline: permit.deadline, v, r, s }]), abi.encodeFunctionData("replenishOrder", [order, tokens(7)])];
    await expect(orderBook.connect(bob).multicall(calls)).to.changeTokenBalance(token, bob, -tokens(7));
    // A permit that was used already does no harm.
    await token.connect(bob).approve(book, tokens(7));
    await orderBook.connect(bob).multicall(calls);
    await expect(orderBook.usePermit(9, { value: 1, deadline: 1, v, r, s })).to.be.revertedWithCustomError(orderBook, "TokenNotListed").withArgs(9);
  });

  it("knows no other verb, and its other contracts hold and do nothing by themselves", async () => {
    const { orderBook, alice, book, token } = await loadFixture(deployMarket);
    await expect(alice.sendTransaction({ to: book, data: "0x12345678" })).to.be.reverted;
    await expect(alice.sendTransaction({ to: book, value: 1n })).to.be.reverted;
    const annex = await ethers.getContractAt("OrderAnnex", await orderBook.continuation());
    expect(await token.balanceOf(await annex.getAddress())).to.equal(0n);
    await expect(annex.connect(alice).replenishOrder(1, 1)).to.be.revertedWithCustomError(orderBook, "OrderNotFound").withArgs(1);
    const reader = await ethers.getContractAt("OrderReader", await annex.continuation());
    expect(await reader.lastOrder()).to.equal(0n);
  });
});

describe("The protocol's share", () => {
  async function shared() {
    const market = await deployMarket();
    const order = await market.run();
    await market.finish(order);
    return { ...market, order };
  }

  it("goes to its recipients by their shares, the last taking what rounding leaves, whoever asks", async () => {
    const { orderBook, token, stranger, spare, order } = await loadFixture(shared);
    const [first, second, third] = spare.slice(3);
    const shares = [first, second, third].map((account, index) => ({ recipient: account!.address, share: [3333, 3333, 3334][index]! }));
    await expect(orderBook.setCommissionShares(shares)).to.emit(orderBook, "CommissionSharesSet");
    expect((await orderBook.getCommissionShares()).map(({ share }) => share)).to.deep.equal([3333n, 3333n, 3334n]);
    await orderBook.claim([order]);
    await orderBook.claim([order + 1n]);
    const all = await orderBook.commissionOf(1);
    const part = (all * 3333n) / 10_000n;
    await expect(orderBook.connect(stranger).claimCommission(1)).to.changeTokenBalances(token, [first!, second!, third!], [part, part, all - 2n * part]);
    expect(await orderBook.commissionOf(1)).to.equal(0n);
  });

  it("is refused where the shares do not add up, or there are more than eight", async () => {
    const { orderBook, alice } = await loadFixture(shared);
    const share = (basisPoints: number) => ({ recipient: alice.address, share: basisPoints });
    await expect(orderBook.setCommissionShares([share(9999)])).to.be.revertedWithCustomError(orderBook, "SharesMalformed").withArgs(1, 9999);
    await expect(orderBook.setCommissionShares([])).to.be.revertedWithCustomError(orderBook, "SharesMalformed").withArgs(0, 0);
    await expect(orderBook.setCommissionShares([...Array(8).fill(share(1000)), share(2000)])).to.be.revertedWithCustomError(orderBook, "SharesMalformed").withArgs(9, 10_000);
  });

  it("is counted by epoch, with what its providers earned, for those who reward them", async () => {
    const { orderBook, order, dataOwner, machineOwner, token, run, finish } = await loadFixture(shared);
    const week = await orderBook.EPOCH_SECONDS();
    const epoch = BigInt(await time.latest()) / week;
    await orderBook.claim([order + 1n]);
    expect(await orderBook.revenueOf(epoch, 1, dataOwner.provider)).to.deep.equal([tokens(2), tokens("0.06")]);
    expect(await orderBook.totalRevenueOf(epoch, 1)).to.equal(tokens(2));
    await time.increase(week);
    expect(await orderBook.totalRevenueOf(epoch, 1)).to.equal(tokens(2));
    expect(await orderBook.totalRevenueOf(epoch + 1n, 1)).to.equal(0n);
    await orderBook.claim([order]);
    const machine = (await orderBook.revenueOf(epoch + 1n, 1, machineOwner.provider))[0];
    expect(await orderBook.totalRevenueOf(epoch + 1n, 1)).to.equal(machine);
    // The old epoch's total was kept when the new one began.
    expect(await orderBook.totalRevenueOf(epoch, 1)).to.equal(tokens(2));
    await time.increase(Number(week) * 3);
    const later = await run();
    await time.increase(HOUR);
    await finish(later);
    await orderBook.claim([later + 1n]);
    expect(await orderBook.totalRevenueOf(epoch + 1n, 1)).to.equal(machine);
    expect(await orderBook.tokenAddressOf(1)).to.equal(await token.getAddress());
  });
});
