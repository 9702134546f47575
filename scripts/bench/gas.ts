// SPDX-License-Identifier: Apache-2.0
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { mine } from "@nomicfoundation/hardhat-network-helpers";
import { type ContractTransactionResponse, getBytes, hexlify, id, keccak256, sha256 } from "ethers";
import { artifacts } from "hardhat";

import { deviceRegistrationDigest, finishDigest, reportDigest } from "../../src/chain/digests";
import { keyId, signDigest } from "../../src/crypto/keys";
import { fixedKey } from "../../test/contracts/attestation/chains";
import { deployMarket, type Market, RESULT_HASH, SOLUTION_HASH, tokens } from "../../test/world/market";
import { Approval, OfferType, PriceType } from "../../test/world/offers";
import { measureCrowds } from "./crowd";
import { type Goal, GOALS } from "./goals";

/**
 * What every step of an order costs, as whole-transaction `gasUsed`: one transaction a block (all storage cold), infinite
 * allowance, steady state (a whole order ran before, so no word goes from zero but the new order's own). Keys, contents and
 * certificates are fixed, so the numbers repeat to the unit.
 *
 * Run with `npx hardhat run scripts/bench/gas.ts`; writes bench/gas.json, bench/crowd.json and bench/sizes.json.
 */

const BENCH = join(__dirname, "..", "..", "bench");
const SEALED_ARGUMENTS = 800;
const KEY_RELEASE = 600;
const ENVELOPE = 850;
const ORDER_CERTIFICATE = 550;
const CONTRACTS = ["OrderBook", "OrderAnnex", "OrderReader", "OfferCatalog", "ProviderRegistry", "Attestation", "RewardPool", "MarketplaceLens", "MarketToken"];

/** One measured row beside its goal. */
export interface GasRow extends Goal {
  readonly gas: number;
}

/** Bytes without a pattern, as ciphertext has: the same ones in every run. */
function noise(length: number, seed: string): string {
  const blocks: number[] = [];
  for (let at = id(seed); blocks.length < length; at = keccak256(at)) blocks.push(...getBytes(at));
  return hexlify(Uint8Array.from(blocks.slice(0, length)));
}

async function gasOf(sent: Promise<ContractTransactionResponse>): Promise<number> {
  const receipt = await (await sent).wait();
  if (!receipt) throw new Error("The transaction has no receipt.");
  return Number(receipt.gasUsed);
}

/** The steps of an order with texts of real size, each measured. */
function stepsOf(market: Market) {
  const { orderBook, alice, bob, carol, spare, device, domain, compute } = market;
  const carrier = spare[0] ?? alice;
  const sealed = { sealedArguments: noise(SEALED_ARGUMENTS, "sealed arguments") };

  const place = async (workflow: ReturnType<Market["workflow"]>) => {
    const order = (await orderBook.lastOrder()) + 1n;
    return { order, gas: await gasOf(orderBook.connect(alice).placeWorkflow(workflow)) };
  };
  const approve = (suborder: bigint) =>
    gasOf(orderBook.connect(bob).completeSuborder(suborder, 4, SOLUTION_HASH, noise(KEY_RELEASE, "key release")));
  const accept = (order: bigint) => gasOf(orderBook.connect(carol).acceptOrder(order));
  const report = (order: bigint, texts = true) => {
    const payload = texts ? noise(ENVELOPE, "statement") : "0x";
    const payloadHash = texts ? sha256(payload) : id("payload");
    const record = { solutionHash: SOLUTION_HASH, argumentsHash: id("arguments"), runtimeInfoHash: id("runtime"), payloadHash, startedAt: 1_900_000_001 };
    const signature = market.signatureOf(device, reportDigest(domain, { order, offer: compute, ...record }));
    const carried = texts ? [payload, noise(64, "signature"), noise(ORDER_CERTIFICATE, "certificate")] as const : ["0x", "0x", "0x"] as const;
    return gasOf(orderBook.connect(carrier).publishReport(order, record, signature, ...carried));
  };
  const finish = (order: bigint) => {
    const record = { status: 4, fault: 0, resultHash: RESULT_HASH, usedSeconds: 0x01010101 };
    return gasOf(orderBook.connect(carrier).finishOrder(order, record, market.signatureOf(device, finishDigest(domain, { order, ...record })), "0x"));
  };
  const claim = (...parts: bigint[]) => gasOf(orderBook.connect(carrier).claim(parts));

  /** A whole order of `workflow`, every part claimed by its own transaction. */
  const whole = async (workflow: ReturnType<Market["workflow"]>, dataPosition: bigint) => {
    const { order, gas: placed } = await place(workflow);
    const approved = await approve(order + dataPosition);
    const storage = workflow.basket.parts.length === 3;
    // The store's answer is its own transaction; no figure of the design counts it.
    const accepted = await accept(order);
    const reported = await report(order);
    if (storage) await orderBook.connect(market.keeper).receiveStorage(order + 3n, RESULT_HASH, 100, "0x");
    await mine(601, { interval: 60 });
    const finished = await finish(order);
    const claims: number[] = [];
    for (let part = order; part <= order + BigInt(workflow.basket.parts.length); part++) claims.push(await claim(part));
    const sum = [placed, approved, accepted, reported, finished, ...claims].reduce((a, b) => a + b, 0);
    return { order, placed, approved, accepted, reported, finished, claims, sum };
  };
  return { sealed, place, approve, accept, report, finish, claim, whole };
}

async function measureOrders(market: Market, gas: Record<string, number>): Promise<void> {
  const { sealed, place, approve, accept, report, claim, whole } = stepsOf(market);
  const { orderBook, alice, spare } = market;
  const four = market.fullWorkflow(sealed);
  const collaboration = market.workflow(sealed);

  // Steady state: every balance and counter was used before.
  await whole(four, 2n);
  await whole(collaboration, 1n);
  await orderBook.claimCommission(1);
  await whole(four, 2n);

  const large = await whole(four, 2n);
  gas.placeWorkflow = large.placed;
  gas.completeSuborder = large.approved;
  gas.acceptOrder = large.accepted;
  gas.publishReport = large.reported;
  gas.finishOrder = large.finished;
  gas.claimOne = large.claims[2] ?? 0;
  gas.wholeOfFour = large.sum;
  const small = await whole(collaboration, 1n);
  gas.placeCollaboration = small.placed;
  gas.finishCollaboration = small.finished;
  gas.collaboration = small.sum;

  const fifth = { ...four, basket: { ...four.basket, parts: [...four.basket.parts, await otherData(market)] } };
  gas.addedSuborder = (await place(fifth)).gas - large.placed;
  gas.placeByPointer = (await place({ ...four, sealedArguments: noise(100, "pointer") })).gas;

  gas.placeChosen = (await place(await amongSixteen(market, { ...four, sealedArguments: noise(100, "pointer") }))).gas;

  const running = await place(collaboration);
  await approve(running.order + 1n);
  await accept(running.order);
  gas.publishReportByPointer = await report(running.order, false);

  const waiting = await place(four);
  await approve(waiting.order + 2n);
  gas.cancelOrder = await gasOf(orderBook.connect(alice).cancelOrder(waiting.order));
  const late = await place(four);
  await mine(2, { interval: 4321 * 60 });
  gas.expireOrder = await gasOf(orderBook.connect(spare[0] ?? alice).expireOrder(late.order));

  // Ten suborders of one owner in ten orders.
  const finished: bigint[] = [];
  for (let count = 0; count < 10; count++) finished.push((await finishUnclaimed(market)) + 1n);
  gas.claimTen = await claim(...finished);
}

async function finishUnclaimed(market: Market): Promise<bigint> {
  const order = await market.run();
  await market.finish(order);
  return order;
}

/** A data offer of a fifth provider, with no restrictions of its own. */
async function otherData(market: Market) {
  const owner = await market.join(market.spare[1] ?? market.stranger, "Dora");
  const offer = await market.addValueOffer(owner, OfferType.Data, Approval.Manual);
  return { offer, version: 0, slot: await market.addSlot(offer, owner, { disk: 10 }, tokens(2), PriceType.Fixed, 15_000) };
}

/** The workflow with sixteen machines to choose from, the present one last and cheapest: every one is looked at. */
async function amongSixteen(market: Market, workflow: ReturnType<Market["workflow"]>): Promise<ReturnType<Market["workflow"]>> {
  const { catalog, carol, machineOwner, book, compute, computeSlot } = market;
  const { total } = await catalog.getMachine(compute);
  const machines = [];
  for (let count = 1; count < 16; count++) {
    await catalog.connect(carol).createComputeOffer(machineOwner.provider, book, 1, total, tokens(5), "{}");
    const offer = await catalog.offerCount();
    machines.push({ offer, slot: await market.addSlot(offer, machineOwner, { cpu: 100, ram: 2048, disk: 10_000 }, tokens(7) + BigInt(count), PriceType.PerHour, 10), slotCount: 1, options: [] });
  }
  return { ...workflow, basket: { ...workflow.basket, machines: [...machines, { offer: compute, slot: computeSlot, slotCount: 1, options: [] }] } };
}

/** Joining: what a provider pays once. The certificates are files, because their serial numbers are random when made. */
async function measureJoining(market: Market, gas: Record<string, number>): Promise<void> {
  const { registry, catalog, attestation, carol, spare, book, machineOwner, compute, chainId } = market;
  const newcomer = spare[2] ?? market.stranger;
  gas.registerProvider = await gasOf(registry.connect(newcomer).registerProvider(newcomer.address, newcomer.address, book, "Nina", "Machines", "{}"));
  const provider = await registry.providerCount();
  const { total } = await catalog.getMachine(compute);
  gas.createComputeOffer = await gasOf(
    catalog.connect(newcomer).createComputeOffer(provider, book, 1, total, tokens(5), `{"name":"Nina's machine"}`),
  );
  const slot = await catalog.getSlot(market.computeSlot);
  const terms = { price: slot.price, priceType: slot.priceType, minMinutes: slot.minMinutes, maxMinutes: slot.maxMinutes, resources: slot.resources };
  gas.addSlot = await gasOf(catalog.connect(newcomer).addSlot(await catalog.offerCount(), terms));

  const fixture = JSON.parse(readFileSync(join(BENCH, "deviceChains.json"), "utf8")) as Record<"root" | "subCa" | "warmUp" | "device" | "deviceWithQuote", string>;
  await attestation.addRoot(fixture.root, 1);
  const attestationDomain = { chainId, verifyingContract: await attestation.getAddress() };
  /** The first device of another machine of Carol's. */
  const register = async (certificate: string, keyNumber: number) => {
    await catalog.connect(carol).createComputeOffer(machineOwner.provider, book, 1, total, tokens(5), "{}");
    const offer = await catalog.offerCount();
    const key = fixedKey(keyNumber);
    const { r, s } = signDigest(key, deviceRegistrationDigest(attestationDomain, { offer, provider: machineOwner.provider, device: keyId(key.publicKey) }));
    return gasOf(attestation.connect(carol).registerDevice(offer, [fixture.subCa, certificate], r, s));
  };
  await register(fixture.warmUp, 10);
  gas.registerDevice = await register(fixture.device, 11);
  gas.registerDeviceWithQuote = await register(fixture.deviceWithQuote, 12);
}

/** Measures everything on a fresh market. */
export async function measureGas(): Promise<Record<string, GasRow>> {
  const market = await deployMarket();
  const gas: Record<string, number> = {};
  await measureOrders(market, gas);
  await measureJoining(market, gas);
  const rows: Record<string, GasRow> = {};
  for (const [name, goal] of Object.entries(GOALS)) {
    const measured = gas[name];
    if (measured === undefined) throw new Error(`Nothing was measured for ${name}.`);
    rows[name] = { what: goal.what, gas: measured, target: goal.target, floor: goal.floor, peers: goal.peers };
  }
  return rows;
}

/** Bytes of the code that each contract leaves on chain. */
export async function measureSizes(): Promise<Record<string, { bytes: number; limit: number }>> {
  const sizes: Record<string, { bytes: number; limit: number }> = {};
  for (const name of CONTRACTS) {
    const { deployedBytecode } = await artifacts.readArtifact(name);
    sizes[name] = { bytes: (deployedBytecode.length - 2) / 2, limit: 24_000 };
  }
  return sizes;
}

function write(name: string, value: unknown): void {
  writeFileSync(join(BENCH, name), `${JSON.stringify(value, null, 2)}\n`);
}

/** The ledger: our figure, the target, the floor and the nearest peer, as times of ours. */
function ledger(rows: Record<string, GasRow>): string[] {
  const line = (...cells: (string | number)[]) => cells.map((cell, index) => (index === 0 ? String(cell).padEnd(26) : String(cell).padStart(9))).join(" ");
  return [
    `${line("step", "gas", "target", "floor")}   nearest peer`,
    ...Object.entries(rows).map(([name, { gas, target, floor, peers }]) => {
      const [peer, price] = Object.entries(peers ?? {}).sort(([, a], [, b]) => a - b)[0] ?? [];
      const above = target !== undefined && gas > target ? `  (${gas - target} above the target)` : "";
      return `${line(name, gas, target ?? "-", floor ?? "-")}   ${peer === undefined || price === undefined ? "-" : `${peer} ${price}, ${(price / gas).toFixed(2)} x ours`}${above}`;
    }),
  ];
}

async function main(): Promise<void> {
  const rows = await measureGas();
  const sizes = await measureSizes();
  for (const text of ledger(rows)) console.log(text);
  for (const [name, size] of Object.entries(sizes)) console.log(`${name.padEnd(26)} ${String(size.bytes).padStart(9)} bytes of ${size.limit}`);
  write("gas.json", rows);
  write("sizes.json", sizes);
  const crowds = await measureCrowds((text) => console.log(text));
  for (const [crowd, row] of Object.entries(crowds)) console.log(`${crowd.padStart(6)} open orders, offers, slots: ${Object.entries(row).map(([step, gas]) => `${step} ${gas}`).join(", ")}`);
  write("crowd.json", crowds);
}

if (require.main === module) {
  main().catch((error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  });
}
