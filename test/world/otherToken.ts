// SPDX-License-Identifier: Apache-2.0
import type { BaseContract } from "ethers";

import { days, makeDevice } from "../contracts/attestation/chains";
import { finishDigest, reportDigest } from "../../src/chain/digests";
import { type Market, RESULT_HASH, SOLUTION_HASH, tokens } from "./market";
import { Approval, OfferType, packResources, PriceType } from "./offers";

/** A second payment token in a market: a machine of Carol's and data of Bob's priced in it, and the steps of an order paid in it. */
export async function payIn(market: Market, token: BaseContract) {
  const { orderBook, catalog, admin, bob, carol, machineOwner, book, domain } = market;
  const tokenAddress = await token.getAddress();
  await orderBook.connect(admin).listToken(tokenAddress, 300, true);
  const tokenId = await orderBook.tokenIdOf(tokenAddress);

  await catalog.connect(carol).createComputeOffer(machineOwner.provider, book, tokenId, packResources({ cpu: 800, ram: 16384, disk: 100_000 }), tokens(5), "{}");
  const compute = await catalog.offerCount();
  const slot = await market.addSlot(compute, machineOwner, { cpu: 100, ram: 2048, disk: 10_000 }, tokens(6), PriceType.PerHour, 10);
  const data = await market.addValueOffer(market.dataOwner, OfferType.Data, Approval.Manual, { token: tokenId });
  const dataSlot = await market.addSlot(data, market.dataOwner, {}, tokens(2), PriceType.Fixed);
  const device = await makeDevice(market.authority, days(market.start, 30));
  await market.registerDevice(device, compute);

  const workflow = () => market.workflow({}, { compute, slot, parts: [{ offer: data, version: 0, slot: dataSlot }] });
  const place = (customer = market.alice) => market.place(workflow(), customer);
  const run = async (customer = market.alice) => {
    const order = await place(customer);
    await orderBook.connect(bob).completeSuborder(order + 1n, 4, SOLUTION_HASH, "0x");
    await orderBook.connect(carol).acceptOrder(order);
    const record = await market.reportOf(order);
    await orderBook.publishReport(order, record, market.signatureOf(device, reportDigest(domain, { order, offer: compute, ...record })), "0x", "0x", "0x");
    return order;
  };
  const finish = (order: bigint, usedSeconds = 0) => {
    const record = { status: 4, fault: 0, resultHash: RESULT_HASH, usedSeconds };
    return orderBook.finishOrder(order, record, market.signatureOf(device, finishDigest(domain, { order, ...record })), "0x");
  };
  return { tokenId, compute, data, workflow, place, run, finish };
}
