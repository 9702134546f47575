// SPDX-License-Identifier: Apache-2.0
import { CloisterError } from "../core/errors";
import { OfferType } from "../core/offerType";
import { Approval, packResources, resourcesOfSlot, slotOfResources, type SlotResources } from "../core/resources";
import type { OptionFile, SlotFile, TeeOfferInfo, ValueOfferInfo } from "../core/offerInfo";
import { eventArgument, eventsOf } from "./events";
import type { Market } from "./market";
import { read, type Receipt, send } from "./send";

/** A slot or an option as tools show it, in the units of slot-info.json. */
export interface SlotView extends Required<SlotResources> {
  readonly id: bigint;
  readonly active: boolean;
  readonly usage: { readonly price: bigint; readonly priceType: number; readonly minTimeMinutes: number; readonly maxTimeMinutes: number };
  /** The word of the contract. */
  readonly resources: bigint;
}

/** An offer as tools show it. `info` is the JSON document of its texts. */
export interface OfferView {
  readonly id: bigint;
  readonly offerType: number;
  readonly provider: bigint;
  readonly enabled: boolean;
  readonly token: bigint;
  readonly approval: number;
  readonly cancelable: boolean;
  readonly latestVersion: number;
  /** Block in which its texts were set last. */
  readonly textBlock: number;
  readonly info: Record<string, unknown> & { readonly name?: string; readonly description?: string };
}

/** Creates a value offer with its first version. `contentHash` (hex) is that of the resource file; storage offers have none. */
export async function createValueOffer(
  market: Market,
  provider: bigint,
  info: ValueOfferInfo & { readonly configuration?: unknown },
  contentHash?: string,
): Promise<Receipt & { offer: bigint }> {
  const { restrictions, allowedAccounts, version, approval, ...texts } = info;
  if (info.offerType !== OfferType.Storage && contentHash === undefined) {
    throw new CloisterError("ContentHashMissing", "The offer needs the hash of its content.", "Give the resource file with --result.");
  }
  const token = await read(market.orderBook.tokenIdOf(market.address.contracts.token));
  const receipt = await send(
    market.catalog.createValueOffer({
      provider,
      book: market.address.contracts.orderBook,
      token,
      offerType: info.offerType,
      approval: approvalOf(info),
      cancelable: info.cancelable,
      restrictions: restrictionsArgument(restrictions),
      allowedAccounts,
      info: JSON.stringify(texts),
    }),
  );
  const offer = eventArgument<bigint>(receipt.logs, "OfferCreated", "offer");
  if (info.offerType !== OfferType.Storage && contentHash !== undefined) await addVersion(market, offer, contentHash, { ...version.info });
  return { ...receipt, offer };
}

/** Restrictions as the contract takes them. */
export function restrictionsArgument({ types, largest, offers }: ValueOfferInfo["restrictions"]) {
  return {
    requiredTypes: types.reduce((mask, type) => mask | (1 << type), 0),
    mostStorage: largest["1"] ?? 0,
    mostSolutions: largest["2"] ?? 0,
    mostData: largest["3"] ?? 0,
    offers: offers.map(({ id, version }) => ({ offer: id, version })),
  };
}

/** Adds a version of a value offer's content. */
export async function addVersion(market: Market, offer: bigint, contentHash: string, info: object): Promise<Receipt & { version: number }> {
  const receipt = await send(market.catalog.addVersion(offer, `0x${contentHash}`, JSON.stringify(info)));
  return { ...receipt, version: Number(eventArgument<bigint>(receipt.logs, "VersionAdded", "version")) };
}

/** Creates a compute offer. */
export async function createComputeOffer(market: Market, provider: bigint, info: TeeOfferInfo): Promise<Receipt & { offer: bigint }> {
  const { hardwareInfo, compensation, ...texts } = info;
  const total = packResources(resourcesOfSlot({ info: hardwareInfo.slotInfo, option: hardwareInfo.optionInfo }, "sold"));
  const token = await read(market.orderBook.tokenIdOf(market.address.contracts.token));
  const receipt = await send(
    market.catalog.createComputeOffer(provider, market.address.contracts.orderBook, token, total, BigInt(compensation), JSON.stringify(texts)),
  );
  return { ...receipt, offer: eventArgument<bigint>(receipt.logs, "OfferCreated", "offer") };
}

/** Adds a slot: of a compute offer what is sold (rounded down), of a value offer what is needed (rounded up). */
export async function addSlot(market: Market, offer: bigint, file: SlotFile): Promise<Receipt & { slot: bigint }> {
  const { offerType } = await getOffer(market, offer);
  const resources = packResources(resourcesOfSlot(file, offerType === OfferType.TeeOffer ? "sold" : "need"));
  const receipt = await send(market.catalog.addSlot(offer, { ...pricesOf(file.usage), resources }));
  return { ...receipt, slot: eventArgument<bigint>(receipt.logs, "SlotAdded", "slot") };
}

/** Adds an option of a compute offer. */
export async function addOption(market: Market, offer: bigint, file: OptionFile): Promise<Receipt & { option: bigint }> {
  const nothing = { cpuCores: 0, gpuCores: 0, diskUsage: 0, ram: 0, vram: 0 };
  const resources = packResources(resourcesOfSlot({ info: nothing, option: file.info }, "sold"));
  const receipt = await send(market.catalog.addOption(offer, { ...pricesOf(file.usage), resources }));
  return { ...receipt, option: eventArgument<bigint>(receipt.logs, "OptionAdded", "option") };
}

/** Puts an offer on the market or takes it off; open orders go on. */
export async function setOfferEnabled(market: Market, offer: bigint, enabled: boolean): Promise<Receipt> {
  return send(market.catalog.setEnabled(offer, enabled));
}

/** Ends the sale of a slot; orders that have it keep it. */
export async function retireSlot(market: Market, offer: bigint, slot: bigint): Promise<Receipt> {
  return send(market.catalog.retireSlot(offer, slot));
}

/** Ends the sale of an option; orders that have it keep it. */
export async function retireOption(market: Market, offer: bigint, option: bigint): Promise<Receipt> {
  return send(market.catalog.retireOption(offer, option));
}

/** Ends the sale of a version; the latest falls back to the newest that is left. */
export async function deleteVersion(market: Market, offer: bigint, version: number): Promise<Receipt> {
  return send(market.catalog.deleteVersion(offer, version));
}

/** An offer with its texts. @throws CloisterError `OfferNotFound`. */
export async function getOffer(market: Market, id: bigint): Promise<OfferView> {
  const offer = await read(market.catalog.getOffer(id));
  const block = Number(offer.textBlock);
  return {
    id,
    offerType: Number(offer.offerType),
    provider: offer.provider,
    enabled: offer.enabled,
    token: offer.token,
    approval: Number(offer.approval),
    cancelable: offer.cancelable,
    latestVersion: Number(offer.latestVersion),
    textBlock: block,
    info: await offerTexts(market, id, block),
  };
}

/** The texts of an offer, which were set last in this block. */
export async function offerTexts(market: Market, id: bigint, block: number): Promise<OfferView["info"]> {
  const logs = await market.provider.getLogs({
    address: market.address.contracts.catalog,
    topics: await market.catalog.filters.OfferDescribed(id).getTopicFilter(),
    fromBlock: block,
    toBlock: block,
  });
  return parseTexts(eventsOf(logs, "OfferDescribed").at(-1)?.args.info as string | undefined);
}

/** All offers whose type is accepted, oldest first. */
export async function listOffers(market: Market, accepts: (offerType: number) => boolean): Promise<OfferView[]> {
  const count = Number(await read(market.catalog.offerCount()));
  const offers = await Promise.all(Array.from({ length: count }, (_, index) => getOffer(market, BigInt(index + 1))));
  return offers.filter(({ offerType }) => accepts(offerType));
}

/** A slot. @throws CloisterError `SlotNotOfOffer` where it is not the offer's. */
export async function getSlot(market: Market, offer: bigint, id: bigint): Promise<SlotView> {
  const slot = await read(market.catalog.getSlot(id));
  if (slot.offer !== offer) throw new CloisterError("SlotNotOfOffer", `Slot ${id} is not of offer ${offer}.`, `See \`offers get tee ${offer}\` or \`offers get value ${offer}\`.`, { offer, slot: id });
  return slotViewOf(id, slot);
}

/** An option. @throws CloisterError `OptionNotOfOffer` where it is not the offer's. */
export async function getOption(market: Market, offer: bigint, id: bigint): Promise<SlotView> {
  const option = await read(market.catalog.getOption(id));
  if (option.offer !== offer) throw new CloisterError("OptionNotOfOffer", `Option ${id} is not of offer ${offer}.`, `See \`offers get tee ${offer}\`.`, { offer, option: id });
  return slotViewOf(id, option);
}

/** Slots of an offer that are still sold, oldest first. */
export async function slotsOf(market: Market, offer: bigint): Promise<SlotView[]> {
  const events = await market.catalog.queryFilter(market.catalog.filters.SlotAdded(offer));
  const slots = await Promise.all(events.map(({ args }) => getSlot(market, offer, args.slot)));
  return slots.filter(({ active }) => active);
}

/** Options of a compute offer that are still sold, oldest first. */
export async function optionsOf(market: Market, offer: bigint): Promise<SlotView[]> {
  const events = await market.catalog.queryFilter(market.catalog.filters.OptionAdded(offer));
  const options = await Promise.all(events.map(async ({ args }) => slotViewOf(args.option, await read(market.catalog.getOption(args.option)))));
  return options.filter(({ active }) => active);
}

/** sha-256 (hex) of a version's content. @throws CloisterError `VersionNotFound`. */
export async function versionHash(market: Market, offer: bigint, version: number): Promise<string> {
  const { contentHash } = await read(market.catalog.getVersion(offer, version));
  if (/^0x0+$/.test(contentHash)) throw new CloisterError("VersionNotFound", `Offer ${offer} has no version ${version}.`, `See \`offers get value ${offer}\`.`, { offer, version });
  return contentHash.slice(2);
}

function approvalOf({ approval, resultResource }: ValueOfferInfo): number {
  if (approval === "automatic") return Approval.Automatic;
  if (approval === "policy") return Approval.Policy;
  return approval === undefined && resultResource !== "" ? Approval.Automatic : Approval.Manual;
}

function pricesOf(usage: SlotFile["usage"]) {
  return { price: BigInt(usage.price), priceType: usage.priceType, minMinutes: usage.minTimeMinutes, maxMinutes: usage.maxTimeMinutes };
}

interface SlotRecord {
  readonly active: boolean;
  readonly price: bigint;
  readonly priceType: bigint | number;
  readonly minMinutes: bigint | number;
  readonly maxMinutes: bigint | number;
  readonly resources: bigint;
}

/** A slot or option as tools show it, from the contract's record or a row of the lens. */
export function slotViewOf(id: bigint, slot: SlotRecord): SlotView {
  return {
    id,
    active: slot.active,
    ...slotOfResources(slot.resources),
    usage: { price: slot.price, priceType: Number(slot.priceType), minTimeMinutes: Number(slot.minMinutes), maxTimeMinutes: Number(slot.maxMinutes) },
    resources: slot.resources,
  };
}

/** Texts are what their owner wrote: not JSON is shown as a name. */
function parseTexts(info: string | undefined): OfferView["info"] {
  if (info === undefined) return {};
  try {
    const parsed: unknown = JSON.parse(info);
    if (parsed !== null && typeof parsed === "object" && !Array.isArray(parsed)) return parsed as OfferView["info"];
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  return { name: info };
}
