// SPDX-License-Identifier: Apache-2.0
import type { Market } from "../../chain/market";
import { getSlot, type SlotView, slotsOf } from "../../chain/offers";
import { storagePrice } from "../../chain/storing";
import { CloisterError } from "../../core/errors";
import { OfferType } from "../../core/offerType";
import { parseId } from "../connect";
import { readPart } from "../workflows/inputs";

/** Minutes that storage is bought for where nobody says how long. */
const A_DAY = 1440;

/** The slot of a storage offer and the retention: as given, else the cheapest that sells it, for its minimum or a day. */
export async function chooseStorage(market: Market, offer: bigint, slot: string | undefined, minutes: number | undefined): Promise<{ slot: SlotView; retentionMinutes: number }> {
  await readPart(market, OfferType.Storage, offer, slot);
  const retentionOf = ({ usage }: SlotView): number => minutes ?? (usage.minTimeMinutes || A_DAY);
  if (slot !== undefined) {
    const named = await getSlot(market, offer, parseId(slot, "a slot"));
    return { slot: named, retentionMinutes: retentionOf(named) };
  }
  const sold = (await slotsOf(market, offer)).filter((one) => {
    const { minTimeMinutes, maxTimeMinutes } = one.usage;
    return retentionOf(one) >= minTimeMinutes && (maxTimeMinutes === 0 || retentionOf(one) <= maxTimeMinutes);
  });
  const [cheapest] = sold.sort((a, b) => (storagePrice(a, retentionOf(a)) < storagePrice(b, retentionOf(b)) ? -1 : 1));
  if (cheapest === undefined) throw new CloisterError("RetentionNotSold", `No slot of storage offer ${offer} sells a retention of ${minutes} minutes.`, `See \`offers get value ${offer} --fields slots\`.`, { offer, minutes });
  return { slot: cheapest, retentionMinutes: retentionOf(cheapest) };
}
