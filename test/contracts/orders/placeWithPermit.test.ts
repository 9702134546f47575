// SPDX-License-Identifier: Apache-2.0
import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { Signature } from "ethers";

import { deployMarket, type Market, tokens } from "../../world/market";

async function permitOf(market: Market, value = tokens(20)) {
  const { token, bob, book, chainId } = market;
  const message = { owner: bob.address, spender: book, value, nonce: await token.nonces(bob.address), deadline: 2n ** 40n };
  const types = { Permit: ["owner address", "spender address", "value uint256", "nonce uint256", "deadline uint256"].map((field) => ({ name: field.split(" ")[0] ?? "", type: field.split(" ")[1] ?? "" })) };
  const domain = { name: "Cloister Market Token", version: "1", chainId, verifyingContract: await token.getAddress() };
  const { v, r, s } = Signature.from(await bob.signTypedData(domain, types, message));
  return { value, deadline: message.deadline, v, r, s };
}

// Bob has tokens and has approved nothing.
describe("OrderBook.placeWorkflowWithPermit", () => {
  it("places with the permit in the same call", async () => {
    const market = await loadFixture(deployMarket);
    const { orderBook, token, bob, book, workflow } = market;
    await expect(orderBook.connect(bob).placeWorkflowWithPermit(workflow(), await permitOf(market))).to.changeTokenBalances(token, [bob, book], [-tokens(20), tokens(20)]);
  });

  it("places although somebody carried the permit before", async () => {
    const market = await loadFixture(deployMarket);
    const { orderBook, token, bob, stranger, book, workflow } = market;
    const permit = await permitOf(market);
    await token.connect(stranger).permit(bob.address, book, permit.value, permit.deadline, permit.v, permit.r, permit.s);
    await orderBook.connect(bob).placeWorkflowWithPermit(workflow(), permit);
    expect((await orderBook.getOrder(1)).customer).to.equal(bob.address);
  });

  it("refuses for want of allowance when the permit is not the customer's or is too small", async () => {
    const market = await loadFixture(deployMarket);
    const { orderBook, token, bob, stranger, workflow } = market;
    await expect(orderBook.connect(bob).placeWorkflowWithPermit(workflow(), await permitOf(market, tokens(19)))).to.be.revertedWithCustomError(token, "ERC20InsufficientAllowance");
    await expect(orderBook.connect(stranger).placeWorkflowWithPermit(workflow(), await permitOf(market))).to.be.revertedWithCustomError(token, "ERC20InsufficientAllowance");
  });

  it("names the token when the book never listed it", async () => {
    const market = await loadFixture(deployMarket);
    const { orderBook, catalog, bob, carol, machineOwner, book, workflow } = market;
    await catalog.connect(carol).createComputeOffer(machineOwner.provider, book, 9, 1, 0, "{}");
    const compute = await catalog.offerCount();
    await expect(orderBook.connect(bob).placeWorkflowWithPermit(workflow({}, { compute }), await permitOf(market)))
      .to.be.revertedWithCustomError(orderBook, "TokenNotListed")
      .withArgs(9);
  });

  it("refuses an offer that does not exist", async () => {
    const market = await loadFixture(deployMarket);
    const { orderBook, catalog, bob, workflow } = market;
    await expect(orderBook.connect(bob).placeWorkflowWithPermit(workflow({}, { compute: 99n }), await permitOf(market))).to.be.revertedWithCustomError(catalog, "OfferNotFound");
  });
});
