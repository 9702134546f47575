// SPDX-License-Identifier: Apache-2.0
import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { artifacts, ethers } from "hardhat";

import { deployMarket, tokens } from "../../world/market";

describe("Abuse 18: the administrator cannot touch money", () => {
  it("no contract can be replaced: none has a proxy's slots, an upgrade, a self-destruct or an initialiser", async () => {
    const market = await loadFixture(deployMarket);
    const slots = ["eip1967.proxy.implementation", "eip1967.proxy.admin", "eip1967.proxy.beacon"].map((name) => ethers.toBeHex(BigInt(ethers.id(name)) - 1n, 32));
    for (const contract of [market.orderBook, market.catalog, market.registry, market.attestation]) {
      const address = await contract.getAddress();
      for (const slot of slots) expect(BigInt(await ethers.provider.getStorage(address, slot))).to.equal(0n);
    }
    for (const name of ["OrderBook", "OrderAnnex", "OrderReader", "OfferCatalog", "ProviderRegistry", "Attestation", "RewardPool"]) {
      const { abi } = await artifacts.readArtifact(name);
      const names = (abi as { name?: string }[]).map((item) => item.name ?? "");
      expect(names.filter((item) => /upgrade|initiali[sz]e|rescue|sweep|destroy|implementation|withdrawAll|mint/i.test(item)), name).to.deep.equal([]);
    }
  });

  it("what restricted functions there are is known, and each leaves every balance as it was", async () => {
    const market = await loadFixture(deployMarket);
    const { orderBook, catalog, registry, attestation, token, admin, alice, book, device, authority, run, place } = market;
    const [running] = [await run(), await place()];
    const acts: Record<string, () => Promise<unknown>> = {
      listToken: async () => orderBook.connect(admin).listToken(await token.getAddress(), 2000, false),
      setDeadlines: () => orderBook.connect(admin).setDeadlines({ approval: 5, accept: 5, report: 5, grace: 5, cancel: 5, checkpoint: 5, receipt: 5 }),
      setCommissionShares: () => orderBook.connect(admin).setCommissionShares([{ recipient: admin.address, share: 10_000 }]),
      "setPaused (book)": () => orderBook.connect(admin).setPaused(true),
      "setPaused (catalog)": () => catalog.connect(admin).setPaused(true),
      "setPaused (registry)": () => registry.connect(admin).setPaused(true),
      setCompensationLimit: () => catalog.connect(admin).setCompensationLimit(0),
      banDevice: () => attestation.connect(admin).banDevice(device.id),
      revokeAuthority: () => attestation.connect(admin).revokeAuthority(ethers.keccak256(authority.caKey.publicKey.subarray(1))),
      removeRoot: () => attestation.connect(admin).removeRoot(ethers.keccak256(authority.rootKey.publicKey.subarray(1))),
      addRoot: () => attestation.connect(admin).addRoot(authority.root.der, 1),
    };
    const balances = async () => [await token.balanceOf(book), await token.balanceOf(await registry.getAddress()), await token.balanceOf(admin.address), await token.balanceOf(alice.address)];
    const before = await balances();
    for (const [name, act] of Object.entries(acts)) {
      await act();
      expect(await balances(), name).to.deep.equal(before);
    }
    // After all of it everybody still gets out.
    await expect(orderBook.connect(alice).cancelOrder(running + 2n)).to.changeTokenBalance(token, alice, tokens(20));
    await orderBook.connect(alice).cancelOrder(running);
    expect((await orderBook.getOrder(running)).status).to.equal(2n);
  });

  it("lists every function that asks the administration's leave: a new one must be put into the test above", async () => {
    const restricted: string[] = [];
    for (const name of ["orders/BookAdministration.sol", "OfferCatalog.sol", "ProviderRegistry.sol", "Attestation.sol", "attestation/Authorities.sol", "RewardPool.sol", "MarketplaceLens.sol", "OrderBook.sol"]) {
      const source = await import("node:fs/promises").then(({ readFile }) => readFile(`contracts/${name}`, "utf8"));
      for (const [, found] of source.matchAll(/function (\w+)\([^{;]*?\brestricted\b/g)) restricted.push(found!);
    }
    expect([...new Set(restricted)].sort()).to.deep.equal(["addRoot", "banDevice", "listToken", "removeRoot", "revokeAuthority", "setCommissionShares", "setCompensationLimit", "setDeadlines", "setPaused"]);
  });
});
