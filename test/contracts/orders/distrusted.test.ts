// SPDX-License-Identifier: Apache-2.0
import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";

import { keyId } from "../../../src/crypto/keys";
import { deployMarket, HOUR, type Market, tokens } from "../../world/market";
import { days, fixedKey, makeDevice } from "../attestation/chains";

type Act = (market: Market) => Promise<unknown>;

/** What the administration can do to a machine's device; after each no device of the offer is left. */
const ACTS: Record<string, Act> = {
  "banned the device": ({ attestation, device }) => attestation.banDevice(device.id),
  "revoked its CA": ({ attestation, authority }) => attestation.revokeAuthority(keyId(authority.caKey.publicKey)),
  "removed its root": ({ attestation, authority }) => attestation.removeRoot(keyId(authority.rootKey.publicKey)),
};

/** An accepted order, and what its machine's owner has to lose. */
async function accepted(market: Market, placed = market.workflow()) {
  const order = await market.place(placed);
  await market.approve(order);
  await market.accept(order);
  return order;
}

const securityOf = async ({ registry, machineOwner }: Market) => {
  const { deposit, reserved } = await registry.getProvider(machineOwner.provider);
  return { deposit, reserved };
};
const UNTOUCHED = { deposit: tokens(1000), reserved: 0n };

describe("Orders whose machine the administration no longer trusts", () => {
  for (const [name, act] of Object.entries(ACTS)) {
    it(`ends by anybody before its report when it ${name}: all goes back, nobody compensates`, async () => {
      const market = await loadFixture(deployMarket);
      const { orderBook, catalog, token, alice, stranger, compute } = market;
      const order = await accepted(market);
      await expect(orderBook.connect(stranger).expireOrder(order)).to.be.revertedWithCustomError(orderBook, "DeadlineNotReached");
      await act(market);
      const lost = await time.latest();
      const sent = orderBook.connect(stranger).expireOrder(order);
      await expect(sent).to.changeTokenBalance(token, alice, tokens(20));
      await expect(sent).to.emit(orderBook, "MachineDistrusted").withArgs(order, lost);
      expect((await orderBook.getOrder(order)).status).to.equal(5n);
      expect(await securityOf(market)).to.deep.equal(UNTOUCHED);
      const { room, total, failures } = await catalog.getMachine(compute);
      expect([room & total, failures]).to.deep.equal([total, 0n]);
    });

    it(`ends after its report when it ${name}: compute and data are paid up to that moment, nobody compensates`, async () => {
      const market = await loadFixture(deployMarket);
      const { orderBook, alice, run, workflow } = market;
      const order = await run();
      const reported = (await orderBook.getOrder(order)).since;
      await time.increaseTo(reported + 1800n);
      await act(market);
      const used = BigInt(await time.latest()) - reported;
      // However late it is ended.
      await time.increase(500 * HOUR);
      const { charge } = await orderBook.quote(alice.address, workflow().basket, used);
      await expect(orderBook.expireOrder(order)).to.emit(orderBook, "OrderSettled").withArgs(order, used, charge, tokens(20) - charge);
      expect((await orderBook.claimable(order)) + (await orderBook.claimable(order + 1n))).to.equal(charge);
      expect((await orderBook.getOrder(order)).status).to.equal(5n);
      expect(await securityOf(market)).to.deep.equal(UNTOUCHED);
    });
  }

  it("a service keeps what its last checkpoint says, and is paid up to that moment", async () => {
    const market = await loadFixture(deployMarket);
    const { orderBook, attestation, device, run, checkpoint } = market;
    const order = await run(market.workflow({ service: true }));
    const reported = Number((await orderBook.getOrder(order)).since);
    await time.increaseTo(reported + 600);
    await checkpoint(order, 500);
    await time.setNextBlockTimestamp(reported + 900);
    await attestation.banDevice(device.id);
    await orderBook.stopOrder(order);
    expect((await orderBook.getOrder(order)).since).to.equal(900n);
    expect(await securityOf(market)).to.deep.equal(UNTOUCHED);
  });

  it("a canceled one is charged up to the cancel, if that came first", async () => {
    for (const [cancelAt, banAt, charged] of [[700, 900, 700n], [900, 700, 700n]] as const) {
      const market = await loadFixture(deployMarket);
      const { orderBook, attestation, alice, device, run } = market;
      const order = await run();
      const reported = Number((await orderBook.getOrder(order)).since);
      const acts = [[cancelAt, () => orderBook.connect(alice).cancelOrder(order)], [banAt, () => attestation.banDevice(device.id)]] as const;
      for (const [at, act] of [...acts].sort(([a], [b]) => a - b)) {
        await time.setNextBlockTimestamp(reported + at);
        await act();
      }
      await orderBook.expireOrder(order);
      const { status, since } = await orderBook.getOrder(order);
      expect([status, since]).to.deep.equal([3n, charged]);
      expect(await orderBook.claimable(order)).to.equal((tokens(6) * charged) / 3600n > tokens(1) ? (tokens(6) * charged) / 3600n : tokens(1));
    }
  });

  it("goes on while another device of the offer counts", async () => {
    const market = await loadFixture(deployMarket);
    const { orderBook, attestation, authority, start, device, registerDevice, finish } = market;
    const second = await makeDevice(authority, days(start, 30), undefined, fixedKey(2));
    await registerDevice(second);
    const order = await market.run();
    await attestation.banDevice(device.id);
    await expect(orderBook.expireOrder(order)).to.be.revertedWithCustomError(orderBook, "DeadlineNotReached");
    await finish(order, {}, second);
    expect((await orderBook.getOrder(order)).status).to.equal(4n);
  });

  it("is no way out for a provider: what it revoked itself, or let end, it answers for", async () => {
    for (const banned of [false, true]) {
      const market = await loadFixture(deployMarket);
      const { orderBook, attestation, authority, start, carol, device, registerDevice, compensation } = market;
      if (banned) {
        const second = await makeDevice(authority, days(start, 30), undefined, fixedKey(2));
        await registerDevice(second);
        await attestation.banDevice(second.id);
      }
      const name = banned ? "after another was banned" : "alone";
      const order = await accepted(market);
      await attestation.connect(carol).revokeDevice(device.id);
      await expect(orderBook.expireOrder(order), name).to.be.revertedWithCustomError(orderBook, "DeadlineNotReached");
      await time.increase(2 * HOUR);
      await orderBook.expireOrder(order);
      expect((await securityOf(market)).deposit, name).to.equal(tokens(1000) - compensation);
    }
  });

  it("is no way out either when one device was banned and the provider revoked or outlived the other", async () => {
    const market = await loadFixture(deployMarket);
    const { orderBook, attestation, authority, start, carol, device, registerDevice } = market;
    const second = await makeDevice(authority, days(start, 30), undefined, fixedKey(2));
    await registerDevice(second);
    const order = await accepted(market);
    await attestation.banDevice(second.id);
    await attestation.connect(carol).revokeDevice(device.id);
    expect(await attestation.distrustedSince(market.compute, 0, true)).to.equal(0n);
    await expect(orderBook.expireOrder(order)).to.be.revertedWithCustomError(orderBook, "DeadlineNotReached");
  });

  it("counts in the last second in which an order is not overdue", async () => {
    const market = await loadFixture(deployMarket);
    const { orderBook, attestation, device } = market;
    const order = await accepted(market);
    await time.setNextBlockTimestamp(await orderBook.deadlineOf(order));
    await attestation.banDevice(device.id);
    await orderBook.expireOrder(order);
    expect(await securityOf(market)).to.deep.equal(UNTOUCHED);
  });

  it("comes too late for what was overdue before: that machine compensates", async () => {
    const market = await loadFixture(deployMarket);
    const { orderBook, attestation, device, compensation } = market;
    const order = await accepted(market);
    await time.increaseTo((await orderBook.deadlineOf(order)) + 1n);
    await attestation.banDevice(device.id);
    await orderBook.expireOrder(order);
    expect((await securityOf(market)).deposit).to.equal(tokens(1000) - compensation);
  });

  it("devices whose certificates ended are their owner's matter, also where a root is removed later", async () => {
    const market = await loadFixture(deployMarket);
    const { attestation, authority, compute, start } = market;
    await time.increaseTo(start + 31 * 24 * HOUR);
    expect(await attestation.distrustedSince(compute, 0, true)).to.equal(0n);
    await attestation.removeRoot(keyId(authority.rootKey.publicKey));
    expect(await attestation.distrustedSince(compute, 0, true)).to.equal(0n);
  });

  it("simulated devices count only where they may serve", async () => {
    const market = await loadFixture(deployMarket);
    const { attestation, device, compute } = market;
    const before = await time.latest();
    await attestation.banDevice(device.id);
    const lost = await time.latest();
    expect(await attestation.distrustedSince(compute, before, true)).to.equal(lost);
    expect(await attestation.distrustedSince(compute, before, false)).to.equal(0n);
    expect(await attestation.distrustedSince(compute, lost + 1, true)).to.equal(0n);
    expect(await attestation.distrustedSince(99, before, true)).to.equal(0n);
  });

  it("counts from the last of several devices, in whatever order they went", async () => {
    for (const firstGoes of [0, 1]) {
      const market = await loadFixture(deployMarket);
      const { attestation, authority, compute, device, registerDevice, start } = market;
      const second = await makeDevice(authority, days(start, 30), undefined, fixedKey(2));
      await registerDevice(second);
      const ids = [device.id, second.id];
      await attestation.banDevice(ids[firstGoes]!);
      expect(await attestation.distrustedSince(compute, 0, true)).to.equal(0n);
      await attestation.banDevice(ids[1 - firstGoes]!);
      expect(await attestation.distrustedSince(compute, 0, true)).to.equal(await time.latest());
      expect(await attestation.isDeviceValid(device.id)).to.equal(false);
      expect(await attestation.isDeviceValid(`0x${"11".repeat(32)}`)).to.equal(false);
    }
  });

  it("a root that is listed again, or a new device, brings the machine back", async () => {
    const market = await loadFixture(deployMarket);
    const { attestation, authority, compute, device, registerDevice, start } = market;
    await attestation.removeRoot(keyId(authority.rootKey.publicKey));
    expect(await attestation.distrustedSince(compute, 0, true)).not.to.equal(0n);
    await attestation.addRoot(authority.root.der, 1);
    expect(await attestation.distrustedSince(compute, 0, true)).to.equal(0n);
    await attestation.banDevice(device.id);
    expect(await attestation.distrustedSince(compute, 0, true)).not.to.equal(0n);
    await registerDevice(await makeDevice(authority, days(start, 30), undefined, fixedKey(2)));
    expect(await attestation.distrustedSince(compute, 0, true)).to.equal(0n);
  });
});

describe("What else the administration and providers change under running orders", () => {
  it("a token taken off the list takes no new orders; those placed go on to the last claim", async () => {
    const market = await loadFixture(deployMarket);
    const { orderBook, token, alice, dataOwner, place, run, finish, workflow } = market;
    const [running, waiting] = [await run(), await place()];
    await orderBook.listToken(await token.getAddress(), 300, false);
    await expect(orderBook.connect(alice).placeWorkflow(workflow())).to.be.revertedWithCustomError(orderBook, "TokenNotListed").withArgs(1);
    await orderBook.connect(alice).replenishOrder(running, 5);
    await finish(running, { usedSeconds: 0 });
    await expect(orderBook.claim([running + 1n])).to.changeTokenBalance(token, dataOwner.receiver, tokens("1.94"));
    await expect(orderBook.connect(alice).cancelOrder(waiting)).to.changeTokenBalance(token, alice, tokens(20));
  });

  it("pausing stops new orders alone: approving, accepting, reporting, finishing, replenishing, claiming and leaving go on", async () => {
    const market = await loadFixture(deployMarket);
    const { orderBook, catalog, registry, token, alice, carol, place, approve, accept, report, finish, workflow, machineOwner, registerDevice, authority, start } = market;
    const [order, other] = [await place(), await place()];
    for (const contract of [orderBook, catalog, registry]) await contract.setPaused(true);
    await expect(orderBook.connect(alice).placeWorkflow(workflow())).to.be.revertedWithCustomError(orderBook, "PlacingIsPaused");
    await approve(order);
    await accept(order);
    await report(order);
    await registerDevice(await makeDevice(authority, days(start, 30), undefined, fixedKey(2)));
    await orderBook.connect(alice).replenishOrder(order, 1);
    await finish(order);
    await orderBook.claim([order]);
    await expect(orderBook.connect(alice).cancelOrder(other)).to.changeTokenBalance(token, alice, tokens(20));
    await expect(registry.connect(carol).withdrawSecurity(machineOwner.provider, tokens(1000))).to.changeTokenBalance(token, carol, tokens(1000));
  });

  it("a provider that moves to another book leaves its accepted orders with the old one; those not accepted can only end, with all their money", async () => {
    const market = await loadFixture(deployMarket);
    const { orderBook, catalog, registry, token, alice, carol, stranger, machineOwner, place, approve, run, finish, compute } = market;
    const [running, waiting] = [await run(), await place()];
    await approve(waiting);
    await catalog.enrollBook(stranger.address);
    await registry.connect(carol).updateProvider(machineOwner.provider, carol.address, machineOwner.receiver, stranger.address);
    await expect(orderBook.connect(carol).acceptOrder(waiting)).to.be.revertedWithCustomError(registry, "NotProvidersBook");
    // The book that took the share and the reservation releases them.
    await finish(running);
    expect(await securityOf(market)).to.deep.equal(UNTOUCHED);
    await time.increaseTo((await orderBook.deadlineOf(waiting)) + 1n);
    await expect(orderBook.connect(stranger).expireOrder(waiting)).to.changeTokenBalance(token, alice, tokens(20));
    expect((await catalog.getMachine(compute)).waiting).to.equal(0n);
  });
});
