// SPDX-License-Identifier: Apache-2.0
import type { Market } from "../../chain/market";
import { machineOf, restrictionsOf, versionsOf } from "../../chain/offerDetails";
import type { OfferView, SlotView } from "../../chain/offers";
import { nameOf } from "../../core/offerType";
import { Approval } from "../../core/resources";

/** Texts of an info file that an offer keeps as its owner wrote them. */
const TEXTS = { tee: ["name", "description", "teeType", "subType", "properties", "argsPublicKey"], value: ["name", "group", "description", "input", "output", "allowedArgs", "argsPublicKey", "resultResource", "subType"] } as const;

/** A slot in the shape of slot-info.json. */
export function slotFileOf({ id, info, option, usage }: SlotView): object {
  return { id: String(id), info, usage: usageOf(usage), option };
}

/** An option in the shape of its file. */
export function optionFileOf({ option, usage }: SlotView): object {
  return { info: option, usage: usageOf(usage) };
}

/** A compute offer in the shape of its info file. */
export async function teeInfoOf(market: Market, offer: OfferView): Promise<object> {
  const { total, compensation } = await machineOf(market, offer.id);
  return { ...textsOf("tee", offer), hardwareInfo: { slotInfo: total.info, optionInfo: total.option }, compensation: String(compensation) };
}

/** A value offer in the shape of offer-info.json, with its latest version. */
export async function valueInfoOf(market: Market, offer: OfferView): Promise<object> {
  const [{ types, offers, largest, allowedAccounts = [] }, versions] = await Promise.all([restrictionsOf(market, offer.id), versionsOf(market, offer.id)]);
  const latest = versions.find(({ version }) => version === offer.latestVersion);
  return {
    ...textsOf("value", offer),
    offerType: String(offer.offerType),
    cancelable: offer.cancelable,
    restrictions: { offers: offers.map(({ id, version }) => ({ id: String(id), version })), types: types.map(String), largest },
    allowedAccounts,
    approval: nameOf(Approval, offer.approval).toLowerCase(),
    ...(latest && { version: { version: latest.version, status: "0", info: { hash: { algo: "sha256", hash: latest.hash, encoding: "hex" }, metadata: metadataOf(latest.info) } } }),
  };
}

function textsOf(kind: keyof typeof TEXTS, { info }: OfferView): Record<string, unknown> {
  return Object.fromEntries(TEXTS[kind].flatMap((name) => (info[name] === undefined ? [] : [[name, typeof info[name] === "number" ? String(info[name]) : info[name]]])));
}

function usageOf({ price, priceType, minTimeMinutes, maxTimeMinutes }: SlotView["usage"]): object {
  return { maxTimeMinutes, minTimeMinutes, price: String(price), priceType: String(priceType) };
}

/** What an owner wrote about a version is free text: what has no metadata has none. */
function metadataOf(info: string): object {
  try {
    const { metadata } = JSON.parse(info) as { metadata?: unknown };
    return typeof metadata === "object" && metadata !== null && !Array.isArray(metadata) ? metadata : {};
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return {};
    throw error;
  }
}
