// SPDX-License-Identifier: Apache-2.0
import * as v from "valibot";

import { changeOffer, type OfferChanges } from "../../chain/offerChanges";
import type { Market } from "../../chain/market";
import type { OfferView } from "../../chain/offers";
import { CloisterError, isCloisterError } from "../../core/errors";
import { teeOfferInfoSchema, valueOfferInfoSchema } from "../../core/offerInfo";
import { readJson, readShape } from "../../core/schema";
import { parseId } from "../connect";
import type { Context } from "../context";
import { readJsonObject } from "../files/resourceFile";
import { readTextFile } from "../files/textFile";
import { wrongUsage } from "../command";
import { type Kind, offerOf } from "./view";
import { teeInfoOf } from "./infoFiles";

/** What became of one of several offers. */
export type OfferOutcome =
  | { readonly id: bigint; readonly done: true; readonly transactions: readonly string[]; readonly gasUsed: bigint }
  | { readonly id: bigint; readonly done: false; readonly code: string; readonly reason: string; readonly fix?: string };

/** Info files of which every field may be left out. */
const changedValueOffer = v.partial(valueOfferInfoSchema);
const changedTeeOffer = v.partial(teeOfferInfoSchema);

/** Changes offers one after the other; a refusal of one does not stop the others. */
export async function updateOffers(context: Context, kind: Kind, given: readonly string[], { path, configuration }: { path?: string; configuration?: string }): Promise<OfferOutcome[]> {
  if (path === undefined && configuration === undefined) throw wrongUsage("Nothing is to be changed: --path or --configuration is missing.");
  if (kind === "tee" && configuration !== undefined) throw wrongUsage("--configuration is of value offers: a machine takes none.");
  const ids = given.map((id) => parseId(id, "an offer"));
  const schema = configuration === undefined ? {} : { configuration: await readJsonObject(context.path(configuration)) };
  const text = path === undefined ? "{}" : await readTextFile(context.path(path));
  const change = kind === "tee" ? readTee(text, path ?? "") : readValue(text, path ?? "");
  const market = await context.market("account");
  const outcomes: OfferOutcome[] = [];
  for (const id of ids) {
    try {
      const offer = await offerOf(market, kind, id);
      const changes = await change(market, offer);
      const receipts = await changeOffer(market, offer, { ...changes, texts: { ...changes.texts, ...schema } });
      outcomes.push({ id, done: true, transactions: receipts.map(({ transaction }) => transaction), gasUsed: receipts.reduce((sum, { gasUsed }) => sum + gasUsed, 0n) });
    } catch (error) {
      if (!isCloisterError(error)) throw error;
      outcomes.push({ id, done: false, code: error.code, reason: error.message, fix: error.fix });
    }
  }
  return outcomes;
}

type Change = (market: Market, offer: OfferView) => Promise<OfferChanges>;

function readValue(text: string, name: string): Change {
  const reading = { what: name, code: "OfferInfoInvalid", fix: "Correct the field in the file." };
  const { version: _, approval, restrictions, allowedAccounts, offerType, cancelable, ...texts } = readShape(changedValueOffer, readJson(text, reading), reading);
  return async (_market, offer) => {
    if (offerType !== undefined && offerType !== offer.offerType) throw neverChanges(offer.id, "offerType");
    if (cancelable !== undefined && cancelable !== offer.cancelable) throw neverChanges(offer.id, "cancelable");
    return { texts, approval, restrictions, allowedAccounts };
  };
}

function readTee(text: string, name: string): Change {
  const reading = { what: name, code: "OfferInfoInvalid", fix: "Correct the field in the file." };
  const { hardwareInfo, compensation, ...texts } = readShape(changedTeeOffer, readJson(text, reading), reading);
  return async (market, offer) => {
    const now = (await teeInfoOf(market, offer)) as { hardwareInfo: { slotInfo: object; optionInfo: object }; compensation: string };
    if (compensation !== undefined && compensation !== now.compensation) throw neverChanges(offer.id, "compensation");
    if (hardwareInfo !== undefined && !(same(hardwareInfo.slotInfo, now.hardwareInfo.slotInfo) && same(hardwareInfo.optionInfo, now.hardwareInfo.optionInfo))) throw neverChanges(offer.id, "hardwareInfo");
    return { texts };
  };
}

function same(given: object, now: object): boolean {
  return Object.entries(given).every(([name, value]) => (now as Record<string, unknown>)[name] === value);
}

function neverChanges(offer: bigint, field: string): CloisterError {
  return new CloisterError("OfferFieldFixed", `The field "${field}" of offer ${offer} never changes.`, "Leave it out, or create another offer and disable this one.", { offer, field });
}
