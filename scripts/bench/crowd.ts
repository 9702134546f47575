// SPDX-License-Identifier: Apache-2.0
import { type ContractTransactionResponse, MaxUint256, toQuantity } from "ethers";
import { network } from "hardhat";

import { deployMarket, type Market, tokens } from "../../test/world/market";
import { packResources, PriceType } from "../../test/world/offers";

/**
 * Whether an order costs the same however many there are: the steps of the seed's collaboration at a machine that has 1, 100 and
 * 1,000 open orders waiting, in a catalog with as many offers and as many slots at that machine.
 */

/** How many orders wait, offers are on sale and slots the machine has. */
export const CROWDS = [1, 100, 1_000] as const;

/** Gas of each step in a crowd. */
export type CrowdRow = Readonly<Record<"place" | "approve" | "accept" | "report" | "finish" | "cancel" | "claim", number>>;

/** Orders that one user may have waiting at a machine. */
const MOST_WAITING = 32;
/** Transactions of one block while the crowd gathers. */
const AT_ONCE = 100;
const GAS = toQuantity(1_500_000);

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

/** Adds orders of the slot that is free of charge, offers and slots from `present` up to `wanted`, a hundred transactions a block. */
async function gather(market: Market, free: bigint, present: number, wanted: number): Promise<void> {
  const { catalog, orderBook, carol, machineOwner, book, compute, workflow } = market;
  const offer = catalog.interface.encodeFunctionData("createComputeOffer", [machineOwner.provider, book, 1, packResources({ cpu: 100 }), 0, "{}"]);
  const slot = catalog.interface.encodeFunctionData("addSlot", [compute, { price: tokens(1), priceType: PriceType.PerHour, minMinutes: 0, maxMinutes: 0, resources: packResources({ cpu: 1 }) }]);
  const order = orderBook.interface.encodeFunctionData("placeWorkflow", [workflow({ deposit: 0n }, { slot: free, parts: [] })]);
  const catalogAddress = await catalog.getAddress();
  const calls: { from: string; to: string; data: string }[] = [];
  for (let index = present; index < wanted; index++) {
    calls.push({ from: carol.address, to: catalogAddress, data: offer }, { from: carol.address, to: catalogAddress, data: slot });
    calls.push({ from: customer(Math.floor(index / MOST_WAITING)), to: book, data: order });
  }
  for (let at = 0; at < calls.length; at += AT_ONCE) await inOneBlock(calls.slice(at, at + AT_ONCE));
}

/** A customer's account, made from its number. */
function customer(number: number): string {
  return `0x${(0xc0ffee0000 + number).toString(16).padStart(40, "0")}`;
}

async function inOneBlock(calls: readonly { from: string; to: string; data: string }[]): Promise<void> {
  const send = (method: string, parameters: unknown[]) => network.provider.send(method, parameters);
  for (const from of new Set(calls.map((call) => call.from))) {
    await send("hardhat_impersonateAccount", [from]);
    await send("hardhat_setBalance", [from, toQuantity(MaxUint256 >> 64n)]);
  }
  await send("evm_setAutomine", [false]);
  const hashes: unknown[] = [];
  for (const call of calls) hashes.push(await send("eth_sendTransaction", [{ ...call, gas: GAS }]));
  await send("evm_setBlockGasLimit", [toQuantity(300_000_000)]);
  await send("evm_mine", []);
  await send("evm_setAutomine", [true]);
  for (const hash of hashes) {
    const receipt = (await send("eth_getTransactionReceipt", [hash])) as { status: string } | null;
    if (receipt?.status !== "0x1") throw new Error(`Transaction ${String(hash)} of the crowd failed.`);
  }
}
