// SPDX-License-Identifier: Apache-2.0
import type { ContractTransactionResponse } from "ethers";
import { artifacts, ethers, network } from "hardhat";

import { deployMarket, type Market, tokens } from "../../test/world/market";
import { packResources, PriceType } from "../../test/world/offers";

/**
 * Whether an order costs the same however many there are: the steps of the seed's collaboration at a machine that has 1, 100 and
 * 10,000 open orders waiting, in a catalog with as many offers and as many slots at that machine.
 */

/** How many orders wait, offers are on sale and slots the machine has. */
export const CROWDS = [1, 100, 10_000] as const;

/** Gas of each step in a crowd. */
export type CrowdRow = Readonly<Record<"place" | "approve" | "accept" | "report" | "finish" | "cancel" | "claim", number>>;

/** Orders that one user may have waiting at a machine, and calls of one transaction while the crowd gathers. */
const AT_ONCE = 32;
/** Gas of a transaction that makes as many calls: below what EIP-7825 allows. */
const GAS = 16_000_000;

/** The same steps in one growing market, so that nothing but the crowd differs. */
export async function measureCrowds(say: (line: string) => void): Promise<Record<string, CrowdRow>> {
  const market = await deployMarket();
  // Every word that the steps only update was written before.
  await stepsOf(market);
  const rows: Record<string, CrowdRow> = {};
  const free = await market.addSlot(market.compute, market.machineOwner, { cpu: 1 }, 0n, PriceType.PerHour);
  let present = 0;
  for (const crowd of CROWDS) {
    say(`gathering ${crowd} open orders, offers and slots`);
    await gather(market, free, present, crowd);
    present = crowd;
    rows[crowd] = await stepsOf(market);
  }
  return rows;
}

async function gasOf(sent: Promise<ContractTransactionResponse>): Promise<number> {
  return Number((await (await sent).wait())?.gasUsed);
}

async function stepsOf(market: Market): Promise<CrowdRow> {
  const { orderBook, alice, bob, carol, workflow, finish, report } = market;
  const placed = workflow();
  const place = async () => ({ order: (await orderBook.lastOrder()) + 1n, gas: await gasOf(orderBook.connect(alice).placeWorkflow(placed)) });
  const { order, gas: placing } = await place();
  const approve = await gasOf(orderBook.connect(bob).completeSuborder(order + 1n, 4, placed.solutionHash, "0x1234"));
  const accept = await gasOf(orderBook.connect(carol).acceptOrder(order));
  const reporting = await gasOf(report(order));
  const finishing = await gasOf(finish(order, { usedSeconds: 1 }));
  const claim = await gasOf(orderBook.claim([order]));
  const other = await place();
  const cancel = await gasOf(orderBook.connect(alice).cancelOrder(other.order));
  return { place: placing, approve, accept, report: reporting, finish: finishing, cancel, claim };
}

/** Adds offers, slots and orders of the slot that is free of charge, from `present` up to `wanted`. */
async function gather(market: Market, free: bigint, present: number, wanted: number): Promise<void> {
  const { catalog, orderBook, carol, machineOwner, book, compute, workflow } = market;
  const offer = catalog.interface.encodeFunctionData("createComputeOffer", [machineOwner.provider, book, 1, packResources({ cpu: 100 }), 0, "{}"]);
  const slot = catalog.interface.encodeFunctionData("addSlot", [compute, { price: tokens(1), priceType: PriceType.PerHour, minMinutes: 0, maxMinutes: 0, resources: packResources({ cpu: 1 }) }]);
  const order = orderBook.interface.encodeFunctionData("placeWorkflow", [workflow({ deposit: 0n }, { slot: free, parts: [] })]);
  const seller = await catalog.getAddress();
  for (let at = present; at < wanted; at += AT_ONCE) {
    const times = Math.min(AT_ONCE, wanted - at);
    await repeat(carol.address, seller, offer, times);
    await repeat(carol.address, seller, slot, times);
    await repeat(customer(at), book, order, times);
  }
}

/** A customer's account, made from the number of its first order. */
function customer(number: number): string {
  return `0x${(0xc0ffee0000 + number).toString(16).padStart(40, "0")}`;
}

/** Lets an account make the same call many times in one transaction: it is lent code for that, and is without any before and after. */
async function repeat(account: string, target: string, data: string, times: number): Promise<void> {
  await network.provider.send("hardhat_setCode", [account, (await artifacts.readArtifact("Repeating")).deployedBytecode]);
  await (await (await ethers.getContractAt("Repeating", account)).repeat(target, data, times, { gasLimit: GAS })).wait();
  await network.provider.send("hardhat_setCode", [account, "0x"]);
}
