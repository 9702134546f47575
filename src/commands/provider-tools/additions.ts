// SPDX-License-Identifier: Apache-2.0
import type { Market } from "../../chain/market";
import { addOption, addSlot, getOffer, type OfferView, slotsOf } from "../../chain/offers";
import { CloisterError, isCloisterError } from "../../core/errors";
import type { OptionFile, SlotFile } from "../../core/offerInfo";
import { offerTypeName } from "../../core/offerType";
import { parseId } from "../connect";
import type { Context } from "../context";
import type { Answered, Questions } from "./questions";

export const SLOT_QUESTIONS = { question: "Please specify a path to the slot info json file", another: "Do you want to add another slot?" };

/** The offer that the person has already, or undefined where a new one is wanted. @throws CloisterError `OfferTypeMismatch`, `OfferOfOtherProvider`. */
export async function existingOffer(
  questions: Questions,
  market: Market,
  type: number,
  provider: bigint | undefined,
  given: { readonly offer?: string; readonly offerInfo?: string },
): Promise<OfferView | undefined> {
  const name = offerTypeName(type).replace("Offer", "");
  const has = given.offer !== undefined || (given.offerInfo === undefined && (await questions.confirm(`Have you already created a ${name.toUpperCase()} offer?`)));
  if (!has) return undefined;
  const offer = await getOffer(market, parseId(await questions.text("Please specify the offer id:", given.offer), "an offer"));
  if (offer.offerType !== type) throw new CloisterError("OfferTypeMismatch", `Offer ${offer.id} is of type ${offerTypeName(offer.offerType)}, not ${offerTypeName(type)}.`, "See `spctl offers list value` and `spctl offers list tee`.", { offer: offer.id });
  if (offer.provider !== provider) throw new CloisterError("OfferOfOtherProvider", `Offer ${offer.id} is of provider ${offer.provider}, not yours.`, "Create your own, or use that provider's configuration.", { offer: offer.id, provider: offer.provider });
  return offer;
}

/** The question before more slots are added to an offer that has some. */
export async function moreSlotsQuestion(market: Market, offer: OfferView): Promise<string> {
  const slots = await slotsOf(market, offer.id);
  return `The current offer has the following slots: [${slots.map(({ id }) => id).join(", ")}]. Do you want anymore?`;
}

/**
 * Adds slots and options to an offer, one after the other.
 *
 * @throws CloisterError what the contract refuses; its fix says how to go on with the offer that exists by then.
 */
export async function addToOffer(
  context: Context,
  market: Market,
  offer: bigint,
  { slots, options = [] }: { readonly slots: readonly Answered<SlotFile>[]; readonly options?: readonly Answered<OptionFile>[] },
): Promise<{ slots: bigint[]; options: bigint[] }> {
  const added = { slots: [] as bigint[], options: [] as bigint[] };
  try {
    for (const { path, value } of slots) {
      context.message(`Adding the slot of ${path}`);
      added.slots.push((await addSlot(market, offer, value)).slot);
    }
    for (const { path, value } of options) {
      context.message(`Adding the option of ${path}`);
      added.options.push((await addOption(market, offer, value)).option);
    }
    return added;
  } catch (error) {
    if (!isCloisterError(error)) throw error;
    const done = added.slots.length === 0 ? "" : `, with the new slots ${added.slots.join(", ")}`;
    throw new CloisterError(error.code, error.message, `${error.fix ?? ""} Offer ${offer} exists by now${done}: go on with --offer ${offer}.`.trim(), error.details, { cause: error });
  }
}
