// SPDX-License-Identifier: Apache-2.0
import { setCode, time } from "@nomicfoundation/hardhat-network-helpers";
import { MaxUint256 } from "ethers";
import { artifacts, ethers } from "hardhat";

import { days, fixedKey, makeAuthority, makeDevice } from "../contracts/attestation/chains";
import { deployMarket, type Seller, tokens } from "../world/market";
import { Approval, OfferType, packResources, PriceType } from "../world/offers";
import type { Books, Price, ValueOffer, Who } from "./terms";

/** The market that walks go through, the same in the contracts and in the model: odd prices, so that nothing divides evenly. */
export type ModelWorld = Awaited<ReturnType<typeof deployModelWorld>>;

const price = (amount: bigint, fixed = false, least = 0n, most = 0n): Price => ({ amount, fixed, least, most });
const ROOM = 6n;
const SLOT = price(tokens(6) + 7n, false, 10n, 600n);
const OPTIONS = [price(tokens("0.7") + 1n, false, 20n, 0n), price(tokens("0.31") + 11n, true, 0n, 500n)];
const COMPENSATION = tokens(5) + 3n;

/** Providers: Carol 0, Bob 1, Solver 2, Keeper 3. */
const OFFERS: readonly (ValueOffer & { readonly kind: "data" | "solution" | "storage" })[] = [
  { kind: "data", provider: 1, storage: false, automatic: false, cancelable: false, slots: [price(tokens(2) + 5n, true, 15_000n)] },
  { kind: "data", provider: 1, storage: false, automatic: false, cancelable: true, slots: [price(tokens("1.3") + 1n, false, 15n, 400n)] },
  { kind: "data", provider: 2, storage: false, automatic: false, cancelable: false, slots: [price(1009n, false, 30n)] },
  { kind: "solution", provider: 2, storage: false, automatic: true, cancelable: true, slots: [price(tokens(3) + 1n, false, 25n)] },
  { kind: "solution", provider: 0, storage: false, automatic: true, cancelable: false, slots: [price(tokens("0.9") + 13n, true, 0n, 500n)] },
  {
    kind: "storage", provider: 3, storage: true, automatic: false, cancelable: true,
    slots: [price(tokens("0.1") + 3n, false, 60n, 1200n), price(tokens("0.1") + 3n), price(tokens("0.2"), false), price(tokens(1), true)],
  },
  { kind: "storage", provider: 3, storage: true, automatic: false, cancelable: true, slots: [price(tokens("0.5") + 1n, true, 0n, 2000n), price(tokens("0.1"), false)] },
  { kind: "storage", provider: 2, storage: true, automatic: false, cancelable: false, slots: [price(tokens("0.2") + 9n, false, 10n, 900n)] },
];
const KINDS = { data: OfferType.Data, solution: OfferType.Solution, storage: OfferType.Storage } as const;

/** When walks begin, in seconds: always the same, so that a seed decides everything. Far enough that no clock has passed it. */
const BEGINNING = 3_000_000_000;

export async function deployModelWorld() {
  await time.increaseTo(BEGINNING - 100_000);
  const market = await deployMarket();
  const { catalog, registry, orderBook, attestation, token, admin, alice, carol, bob, solver, keeper, stranger, book, machineOwner, spare } = market;
  const dave = spare[0]!;
  const sellers: readonly Seller[] = [machineOwner, market.dataOwner, market.solutionOwner, market.storeOwner];

  // The market's token gets a block-list: its balances and allowances lie where RefusingToken has its own.
  await setCode(await token.getAddress(), (await artifacts.readArtifact("RefusingToken")).deployedBytecode);
  const pool = await ethers.deployContract("RewardPool", [book, await registry.getAddress()]);
  await token.connect(admin).transfer(dave.address, tokens(10_000));
  for (const account of [alice, carol, dave]) for (const spender of [book, await registry.getAddress(), await pool.getAddress()]) await token.connect(account).approve(spender, MaxUint256);

  const terms = ({ amount, fixed, least, most }: Price, resources = 0n) => ({ price: amount, priceType: fixed ? PriceType.Fixed : PriceType.PerHour, minMinutes: least, maxMinutes: most, resources });
  await catalog.connect(carol).createComputeOffer(machineOwner.provider, book, 1, packResources({ cpu: 100 * Number(ROOM) }), COMPENSATION, "{}");
  const compute = await catalog.offerCount();
  await catalog.connect(carol).addSlot(compute, terms(SLOT, packResources({ cpu: 100 })));
  const computeSlot = await catalog.slotCount();
  const options: bigint[] = [];
  for (const option of OPTIONS) {
    await catalog.connect(carol).addOption(compute, terms(option));
    options.push(await catalog.optionCount());
  }
  const offers: { readonly offer: bigint; readonly slots: bigint[] }[] = [];
  for (const { kind, provider, automatic, cancelable, slots } of OFFERS) {
    const offer = await market.addValueOffer(sellers[provider]!, KINDS[kind], automatic ? Approval.Automatic : Approval.Manual, { cancelable });
    const ids: bigint[] = [];
    for (const slot of slots) {
      await catalog.connect(sellers[provider]!.action).addSlot(offer, terms(slot));
      ids.push(await catalog.slotCount());
    }
    offers.push({ offer, slots: ids });
  }

  // Walks last for years.
  const start = (await time.latest()) - 60;
  const authority = await makeAuthority(start, "Lasting", 7000, 7000);
  await attestation.addRoot(authority.root.der, 1);
  const device = await makeDevice(authority, days(start, 7000), undefined, fixedKey(2));
  await market.registerDevice(device, compute);

  const addresses: Record<Who, string> = {
    alice: alice.address, dave: dave.address, carol: carol.address, bob: bob.address, solver: solver.address, keeper: keeper.address, stranger: stranger.address,
    admin: admin.address, treasury: spare[1]!.address, book, registry: await registry.getAddress(), pool: await pool.getAddress(),
  };
  for (const [index, { receiver }] of sellers.entries()) addresses[`receiver ${index}`] = receiver;

  const balances: Record<Who, bigint> = {};
  for (const [who, address] of Object.entries(addresses)) balances[who] = await token.balanceOf(address);
  const { approval, accept, report, grace, cancel, checkpoint, receipt } = await orderBook.getDeadlines(1);
  const names = ["carol", "bob", "solver", "keeper"];
  const books: Books = {
    balances,
    blocked: {},
    owed: {},
    compensationOwed: {},
    providers: await Promise.all(sellers.map(async ({ provider }, index) => ({
      authority: names[index]!, action: names[index]!, receiver: `receiver ${index}`, security: (await registry.getProvider(provider)).deposit, reserved: 0n, here: true,
    }))),
    machine: { provider: 0, slot: SLOT, options: OPTIONS, compensation: COMPENSATION, room: ROOM, waiting: 0n, failures: 0n, enabled: true, distrusted: 0n },
    offers: OFFERS.map(({ kind: _, ...offer }) => offer),
    orders: {},
    patience: { approval, accept, report, grace, cancel, checkpoint, receipt },
    lastOrder: await orderBook.lastOrder(),
    rate: 300n,
    shares: [{ who: "admin", share: 10_000n }],
    commission: 0n,
    revenue: {},
    budgets: {},
    rewarded: {},
    endings: {},
  };
  await time.increaseTo(BEGINNING);
  return { ...market, pool, authority, device, addresses, books, compute, computeSlot, options, offers, sellers };
}
