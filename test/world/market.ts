// SPDX-License-Identifier: Apache-2.0
import { time } from "@nomicfoundation/hardhat-network-helpers";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/signers";
import { dataSlice, getAddress, hexlify, id, MaxUint256, type Overrides } from "ethers";
import hre, { ethers } from "hardhat";

import MarketModule from "../../deploy/modules/Market";
import { abortDigest, checkpointDigest, deviceRegistrationDigest, finishDigest, reportDigest } from "../../src/chain/digests";
import { Approval, packResources, OfferType, PriceType } from "./offers";
import { connectOrderBook } from "../../src/chain/orderBook";
import { signDigest } from "../../src/crypto/keys";
import type {
  AccessManager,
  Attestation,
  MarketToken,
  OfferCatalog,
  IOrderBook,
  ProviderRegistry,
} from "../../typechain-types";
import { readBuildInfoOnce } from "./buildInfo";
import { type Authority, days, fixedKey, makeAuthority, makeDevice, type TestDevice } from "../contracts/attestation/chains";

readBuildInfoOnce();

export const HOUR = 3600;
export const tokens = (text: string | number) => ethers.parseEther(String(text));
export const NO_RESTRICTIONS = { requiredTypes: 0, mostStorage: 0, mostSolutions: 0, mostData: 0, offers: [] };
export const SOLUTION_HASH = id("the solution");
export const RESULT_HASH = id("the result");
export const ZERO_HASH = `0x${"00".repeat(32)}`;

/** One provider of the test market and what it sells. */
export interface Seller {
  readonly provider: bigint;
  readonly authority: HardhatEthersSigner;
  readonly action: HardhatEthersSigner;
  readonly receiver: string;
}

/** What a test changes of the basket: its one machine, field by field, or anything else as the contract takes it. */
interface BasketChange extends Record<string, unknown> {
  readonly compute?: bigint;
  readonly slot?: bigint;
  readonly slotCount?: number;
  readonly options?: { option: bigint; count: number }[];
}

/** A market as the real deployment makes it, with a machine, a device, and one offer of each type; see {@link deployMarket}. */
export type Market = Awaited<ReturnType<typeof deployMarket>>;

async function contractsOf() {
  const { access, token, registry, catalog, attestation, orderBook } = await hre.ignition.deploy(MarketModule);
  return {
    access: access as unknown as AccessManager,
    token: token as unknown as MarketToken,
    registry: registry as unknown as ProviderRegistry,
    catalog: catalog as unknown as OfferCatalog,
    attestation: attestation as unknown as Attestation,
    orderBook: connectOrderBook(await (orderBook as unknown as IOrderBook).getAddress(), (await ethers.getSigners())[0]!),
  };
}

/** Deploys the market through its Ignition module and fills it: four providers, a machine of 8 cores, a device, slots. */
export async function deployMarket() {
  const contracts = await contractsOf();
  const { token, registry, catalog, attestation, orderBook } = contracts;
  const [admin, alice, carol, bob, solver, keeper, stranger, ...spare] = await ethers.getSigners();
  if (!admin || !alice || !carol || !bob || !solver || !keeper || !stranger) throw new Error("The test network has too few accounts.");
  const book = await orderBook.getAddress();
  const chainId = (await ethers.provider.getNetwork()).chainId;

  for (const account of [alice, carol, bob, solver, keeper]) await token.transfer(account.address, tokens(10_000));
  for (const account of [alice, carol]) {
    await token.connect(account).approve(book, MaxUint256);
    await token.connect(account).approve(await registry.getAddress(), MaxUint256);
  }

  const join = async (authority: HardhatEthersSigner, name: string): Promise<Seller> => {
    // Fixed, like the device key below: gas depends on the digits of addresses and keys.
    const receiver = getAddress(dataSlice(id(`receiver of ${name}`), 12));
    await registry.connect(authority).registerProvider(authority.address, receiver, book, name, "", "");
    return { provider: await registry.providerCount(), authority, action: authority, receiver };
  };
  const machineOwner = await join(carol, "Carol");
  const dataOwner = await join(bob, "Bob");
  const solutionOwner = await join(solver, "Solver");
  const storeOwner = await join(keeper, "Keeper");
  await registry.connect(carol).depositSecurity(machineOwner.provider, tokens(1000));

  const compensation = tokens(5);
  await catalog
    .connect(carol)
    .createComputeOffer(machineOwner.provider, book, 1, packResources({ cpu: 800, ram: 16384, disk: 100_000, bandwidth: 1000, externalPort: 4 }), compensation, "{}");
  const compute = await catalog.offerCount();
  const addSlot = async (offer: bigint, owner: Seller, resources: Parameters<typeof packResources>[0], price: bigint, priceType: number, minMinutes = 0, maxMinutes = 0) => {
    await catalog.connect(owner.action).addSlot(offer, { price, priceType, minMinutes, maxMinutes, resources: packResources(resources) });
    return catalog.slotCount();
  };
  const computeSlot = await addSlot(compute, machineOwner, { cpu: 100, ram: 2048, disk: 10_000 }, tokens(6), PriceType.PerHour, 10);

  const addValueOffer = async (owner: Seller, offerType: number, approval: number, overrides: Record<string, unknown> = {}) => {
    await catalog.connect(owner.action).createValueOffer({
      provider: owner.provider,
      book,
      token: 1,
      offerType,
      approval,
      cancelable: false,
      restrictions: NO_RESTRICTIONS,
      allowedAccounts: [],
      info: "{}",
      ...overrides,
    });
    const offer = await catalog.offerCount();
    if (offerType !== OfferType.Storage) await catalog.connect(owner.action).addVersion(offer, id(`content of ${offer}`), "{}");
    return offer;
  };
  const data = await addValueOffer(dataOwner, OfferType.Data, Approval.Manual);
  const dataSlot = await addSlot(data, dataOwner, { disk: 10 }, tokens(2), PriceType.Fixed, 15_000);
  const solution = await addValueOffer(solutionOwner, OfferType.Solution, Approval.Automatic);
  const solutionSlot = await addSlot(solution, solutionOwner, { cpu: 50, ram: 512 }, tokens(3), PriceType.PerHour);
  const storage = await addValueOffer(storeOwner, OfferType.Storage, Approval.Manual);
  const storageSlot = await addSlot(storage, storeOwner, {}, tokens("0.1"), PriceType.PerHour);

  // The device of Carol's machine, certified by a simulated root.
  const start = (await time.latest()) - 60;
  const authority: Authority = await makeAuthority(start);
  await attestation.addRoot(authority.root.der, 1);
  const attestationDomain = { chainId, verifyingContract: await attestation.getAddress() };
  const registerDevice = async (device: TestDevice, offer = compute, owner = machineOwner) => {
    const { r, s } = signDigest(device.key, deviceRegistrationDigest(attestationDomain, { offer, provider: owner.provider, device: device.id }));
    return attestation.connect(owner.action).registerDevice(offer, device.chain, r, s);
  };
  const device = await makeDevice(authority, days(start, 30), undefined, fixedKey(1));
  await registerDevice(device);

  const domain = { chainId, verifyingContract: book };
  const signatureOf = (signer: TestDevice, digest: Uint8Array) => signDigest(signer.key, digest);

  /** The seed's collaboration: own solution, Bob's data, Carol's machine, one hour. */
  const workflow = (overrides: Record<string, unknown> = {}, { compute: machine = compute, slot = computeSlot, slotCount = 1, options = [], ...basket }: BasketChange = {}) => ({
    basket: {
      machines: [{ offer: machine, slot, slotCount, options }],
      parts: [{ offer: data, version: 0, slot: dataSlot }],
      ownSolutions: 1,
      ownData: 0,
      leaseMinutes: 60,
      retentionMinutes: 0,
      ...basket,
    },
    service: false,
    simulatedAllowed: true,
    deposit: tokens(20),
    priceCeiling: tokens(100),
    deadline: 2 ** 39,
    createdBy: 0,
    solutionHash: SOLUTION_HASH,
    inputsHash: id("inputs"),
    argumentsHash: ZERO_HASH,
    resultRecipient: id("recipient"),
    sealedArguments: "0x",
    ...overrides,
  });
  /** Compute, solution, data and storage of four providers. */
  const fullWorkflow = (overrides: Record<string, unknown> = {}) =>
    workflow({ deposit: tokens(30), ...overrides }, {
      parts: [
        { offer: solution, version: 0, slot: solutionSlot },
        { offer: data, version: 0, slot: dataSlot },
        { offer: storage, version: 0, slot: storageSlot },
      ],
      ownSolutions: 0,
      retentionMinutes: 600,
    });

  const place = async (placed = workflow(), customer = alice) => {
    const order = (await orderBook.lastOrder()) + 1n;
    await orderBook.connect(customer).placeWorkflow(placed);
    return order;
  };
  /** Approves every open data and solution suborder of an order. */
  const approve = async (order: bigint, solutionHash = SOLUTION_HASH) => {
    const { parts } = await orderBook.getOrder(order);
    for (let suborder = order + 1n; suborder <= order + parts; suborder++) {
      const part = await orderBook.getSuborder(suborder);
      if (part.status !== 0n || part.offerType === BigInt(OfferType.Storage)) continue;
      const owner = part.offerType === BigInt(OfferType.Data) ? bob : solver;
      await orderBook.connect(owner).completeSuborder(suborder, 4, solutionHash, "0x1234");
    }
  };
  const accept = (order: bigint) => orderBook.connect(carol).acceptOrder(order);
  const reportOf = async (order: bigint, overrides: Partial<Record<"solutionHash" | "argumentsHash" | "runtimeInfoHash" | "payloadHash", string>> = {}) => ({
    solutionHash: SOLUTION_HASH,
    argumentsHash: ZERO_HASH,
    runtimeInfoHash: id("runtime info"),
    payloadHash: id("payload"),
    startedAt: await time.latest(),
    ...overrides,
  });
  const report = async (order: bigint, signer = device, sending: Overrides = {}) => {
    const record = await reportOf(order);
    return orderBook.publishReport(order, record, signatureOf(signer, reportDigest(domain, { order, offer: compute, ...record })), "0x", "0x", "0x", sending);
  };
  const finish = async (order: bigint, overrides: Partial<{ status: number; fault: number; usedSeconds: number }> = {}, signer = device, sending: Overrides = {}) => {
    const record = { status: 4, fault: 0, resultHash: RESULT_HASH, usedSeconds: 2 ** 32 - 1, ...overrides };
    return orderBook.finishOrder(order, record, signatureOf(signer, finishDigest(domain, { order, ...record })), "0x", sending);
  };
  const abort = async (order: bigint, fault = 3, signer = device) =>
    orderBook.abortOrder(order, fault, RESULT_HASH, signatureOf(signer, abortDigest(domain, { order, fault, resultHash: RESULT_HASH })), "0x");
  const checkpoint = async (order: bigint, usedSeconds: number, signer = device) =>
    orderBook.checkpoint(order, usedSeconds, RESULT_HASH, signatureOf(signer, checkpointDigest(domain, { order, usedSeconds, resultHash: RESULT_HASH })), "0x");
  /** An order up to its report. */
  const run = async (placed = workflow()) => {
    const order = await place(placed);
    await approve(order);
    await accept(order);
    await report(order);
    return order;
  };

  return {
    ...contracts, admin, alice, carol, bob, solver, keeper, stranger, spare, book, chainId, domain, compensation,
    machineOwner, dataOwner, solutionOwner, storeOwner, compute, computeSlot, data, dataSlot, solution, solutionSlot, storage, storageSlot,
    authority, start, device, registerDevice, signatureOf, addSlot, addValueOffer, join,
    workflow, fullWorkflow, place, approve, accept, reportOf, report, finish, abort, checkpoint, run, hexlify,
  };
}
