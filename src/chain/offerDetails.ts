// SPDX-License-Identifier: Apache-2.0
import { signatureKeyIn } from "../core/offerInfo";
import { OfferType } from "../core/offerType";
import { slotOfResources, type SlotResources } from "../core/resources";
import type { Market } from "./market";
import { read } from "./send";

/** The machine behind a compute offer. Resources in the units of slot-info.json. */
export interface MachineView {
  readonly total: Required<SlotResources>;
  readonly free: Required<SlotResources>;
  /** The word of the contract for what is free. */
  readonly room: bigint;
  /** Units of the security token owed for an order that the machine lets down. */
  readonly compensation: bigint;
  /** Orders placed and not yet accepted. */
  readonly waiting: number;
}

/** A version of a value offer's content. */
export interface VersionView {
  readonly version: number;
  /** sha-256 of the content, hex. */
  readonly hash: string;
  readonly deleted: boolean;
  /** What its owner said about it. */
  readonly info: string;
}

/** What a value offer demands of the other parts of an order; types are numbers of {@link OfferType}. */
export interface RestrictionsView {
  readonly types: readonly number[];
  readonly offers: readonly { readonly id: bigint; readonly version: number }[];
  /** Largest count in an order, by offer type. */
  readonly largest: Readonly<Record<number, number>>;
  /** The only accounts that may order; undefined where everybody may. */
  readonly allowedAccounts?: readonly string[];
}

/** Ids of the offers of these types, oldest first. */
export async function offerIds(market: Market, types: readonly number[]): Promise<bigint[]> {
  const events = await Promise.all(types.map((type) => market.catalog.queryFilter(market.catalog.filters.OfferCreated(undefined, undefined, type))));
  return events.flat().map(({ args }) => args.offer).sort((a, b) => (a < b ? -1 : 1));
}

/** Ids of everything that a provider ever offered, oldest first. */
export async function offersOfProvider(market: Market, provider: bigint): Promise<bigint[]> {
  const events = await market.catalog.queryFilter(market.catalog.filters.OfferCreated(undefined, provider));
  return events.map(({ args }) => args.offer);
}

/** Capacity and queue of a compute offer. */
export async function machineOf(market: Market, offer: bigint): Promise<MachineView> {
  const { total, room, compensation, waiting } = await read(market.catalog.getMachine(offer));
  return machineFrom({ total, room, compensation, waiting: Number(waiting) });
}

/** Word of all the resources that a machine has, free or not; they never change. */
export async function machineTotal(market: Market, offer: bigint): Promise<bigint> {
  return (await read(market.catalog.getMachine(offer))).total;
}

/** A machine as tools show it, from the contract's words. */
export function machineFrom({ total, room, compensation, waiting }: { total: bigint; room: bigint; compensation: bigint; waiting: number }): MachineView {
  return { total: slotOfResources(total), free: slotOfResources(room), room, compensation, waiting };
}

/** All versions of a value offer, oldest first. */
export async function versionsOf(market: Market, offer: bigint): Promise<VersionView[]> {
  const events = await market.catalog.queryFilter(market.catalog.filters.VersionAdded(offer));
  return Promise.all(
    events.map(async ({ args: { version, contentHash, info } }) => {
      const { deleted } = await read(market.catalog.getVersion(offer, version));
      return { version: Number(version), hash: contentHash.slice(2), deleted, info };
    }),
  );
}

/** The hash of the key that must have signed a version's content, as its owner names it; undefined where none is named. */
export async function signatureKeyOf(market: Market, offer: bigint, version: number): Promise<string | undefined> {
  const events = await market.catalog.queryFilter(market.catalog.filters.VersionAdded(offer));
  return signatureKeyIn(events.find(({ args }) => Number(args.version) === version)?.args.info ?? "");
}

/** The restrictions of a value offer, and who may order it. */
export async function restrictionsOf(market: Market, offer: bigint): Promise<RestrictionsView> {
  const record = await read(market.catalog.getOffer(offer));
  const listed = record.listed === 0n ? [] : await read(market.catalog.getListedOffers(offer));
  const largest = { [OfferType.Storage]: record.mostStorage, [OfferType.Solution]: record.mostSolutions, [OfferType.Data]: record.mostData };
  return {
    types: Object.values(OfferType).filter((type) => (Number(record.requiredTypes) & (1 << type)) !== 0),
    offers: listed.map(({ offer: id, version }) => ({ id, version: Number(version) })),
    largest: Object.fromEntries(Object.entries(largest).filter(([, most]) => most !== 0n).map(([type, most]) => [type, Number(most)])),
    ...(record.allowListed && { allowedAccounts: await allowedAccounts(market, offer) }),
  };
}

/** Whether an offer sells to an account. */
export async function sellsTo(market: Market, offer: bigint, account: string): Promise<boolean> {
  const { allowListed } = await read(market.catalog.getOffer(offer));
  return !allowListed || (await read(market.catalog.isAllowed(offer, account)));
}

/** How often an owner's policy still accepts a solution (64 hex digits), and until when (Unix seconds). */
export async function allowanceFor(market: Market, offer: bigint, solutionHash: string): Promise<{ usesLeft: number; notAfter: number }> {
  const { usesLeft, notAfter } = await read(market.catalog.getAllowance(offer, `0x${solutionHash}`));
  return { usesLeft: Number(usesLeft), notAfter: Number(notAfter) };
}

async function allowedAccounts(market: Market, offer: bigint): Promise<string[]> {
  const events = await market.catalog.queryFilter(market.catalog.filters.AccountsAllowed(offer));
  const accounts = new Set<string>();
  for (const { args } of events) {
    for (const account of args.accounts) {
      if (args.allowed) accounts.add(account);
      else accounts.delete(account);
    }
  }
  return [...accounts];
}
