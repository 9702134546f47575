// SPDX-License-Identifier: Apache-2.0
import { actingAccount, type Market } from "../../chain/market";
import { addVersion, createValueOffer, type OfferView, versionHash } from "../../chain/offers";
import { CloisterError } from "../../core/errors";
import { parseSlotFile, parseValueOfferInfo, type SlotFile, type ValueOfferInfo } from "../../core/offerInfo";
import { OfferType, offerTypeName } from "../../core/offerType";
import { parseResource, type Resource } from "../../core/resource";
import { Approval } from "../../core/resources";
import type { Context } from "../context";
import { loadResource } from "../files/resourceFile";
import { providerAccounts } from "../providers/accounts";
import { addToOffer, existingOffer, moreSlotsQuestion, SLOT_QUESTIONS } from "./additions";
import type { GivenAnswers } from "./offerOptions";
import type { Registered } from "./printing";
import { carryOutProvider, planProvider } from "./provider";
import { type Answered, Questions } from "./questions";
import { remember } from "./record";

/** Answers given as options to `register data` and `register solution`. */
export interface GivenContent extends GivenAnswers {
  readonly result: string;
  readonly yes: boolean;
}

/** Registers a content: all questions first, then the transactions. */
export async function registerContentOffer(context: Context, kind: "data" | "solution", given: GivenContent): Promise<Registered> {
  const type = kind === "data" ? OfferType.Data : OfferType.Solution;
  const resource = await loadResource(context.path(given.result));
  const accounts = await providerAccounts(context);
  const market = accounts.action;
  const questions = new Questions(context);

  const providerPlan = await planProvider(questions, accounts, given);
  const existing = await existingOffer(questions, market, type, providerPlan.existing?.id, given);
  const file = existing === undefined ? await questions.file("Please specify a path to the offer info json file", given.offerInfo, "./offer-info.json", readerOf(type, resource)) : undefined;
  const isPublic = existing === undefined ? file?.value.resultResource !== "" : Boolean(existing.info.resultResource);
  if (resource.encryption === undefined && !isPublic) await acceptUnencrypted(questions, given);
  const newVersion = existing !== undefined && (await wantsVersion(questions, market, existing, resource, given.yes));
  const first = existing && (await moreSlotsQuestion(market, existing));
  const slots = await questions.files({ first, ...SLOT_QUESTIONS, noMore: given.noMoreSlots }, given.slotInfo, "./slot-info.json", parseSlotFile);
  for (const slot of slots) warnOfSize(context, slot, resource);

  const { provider, existing: providerExisted } = await carryOutProvider(context, accounts, providerPlan);
  if (file) context.message("Creating the offer");
  const offer = existing?.id ?? (await createValueOffer(market, provider.id, file!.value, resource.hash.hash)).offer;
  const version = newVersion ? (await addVersion(market, offer, resource.hash.hash, {})).version : undefined;
  const added = await addToOffer(context, market, offer, { slots });
  const name = file?.value.name ?? existing?.info.name ?? "";
  const record = await remember(context, { account: actingAccount(market), provider: provider.id, offer, type: offerTypeName(type), name, resourceFile: context.path(given.result), slots: added.slots });
  const byHand = file ? approvalIsByHand(file.value) : existing?.approval !== Approval.Automatic;
  return { provider, providerExisted, offer, offerExisted: existing !== undefined, version, slots: added.slots, record, next: nextSteps(kind, offer, added.slots[0], byHand, given.result) };
}

/** Reads an offer info file that has to be for this type and this content. */
function readerOf(type: number, resource: Resource): (content: string, path: string) => ValueOfferInfo {
  return (content, path) => {
    const info = parseValueOfferInfo(content, path);
    const refuse = (field: string, reason: string): never => {
      throw new CloisterError("OfferInfoInvalid", `${path}: field "${field}" ${reason}.`, "Correct the field in the file.", { field });
    };
    if (info.offerType !== type) refuse("offerType", `must be "${type}" (${offerTypeName(type).toLowerCase()})`);
    const named = info.version.info.hash?.hash;
    if (named !== undefined && named !== resource.hash.hash) refuse("version.info.hash", "is not the hash in the resource file");
    if (info.resultResource !== "" && parseResource(info.resultResource, `${path}: resultResource`).hash.hash !== resource.hash.hash) {
      refuse("resultResource", "is of another content than the resource file");
    }
    return info;
  };
}

/** Whoever reads the store reads the content: that is asked for twice. */
async function acceptUnencrypted(questions: Questions, { yes, result }: GivenContent): Promise<void> {
  const warning = `The content of ${result} is stored without encryption, although the offer is not public: whoever reads the store can read it.`;
  if (yes || (await questions.confirm(`${warning} Register it all the same?`))) return;
  throw new CloisterError("ResourceNotEncrypted", warning, "Upload it again without --skip-encryption.", { resource: result });
}

/** Whether the content becomes a new version of an offer that sells another one. */
async function wantsVersion(questions: Questions, market: Market, { id, latestVersion }: OfferView, resource: Resource, yes: boolean): Promise<boolean> {
  if (latestVersion !== 0 && (await versionHash(market, id, latestVersion)) === resource.hash.hash) return false;
  const sells = latestVersion === 0 ? "has no version for sale" : `sells another content as version ${latestVersion}`;
  return yes || questions.confirm(`Offer ${id} ${sells}. Do you want to add this content as a new version?`);
}

function warnOfSize(context: Context, { path, value }: Answered<SlotFile>, { size }: Resource): void {
  if (value.info.diskUsage >= size) return;
  context.message(`Warning: diskUsage in ${path} is ${value.info.diskUsage} bytes, the content has ${size}: machines may have too little room for it.`);
}

function approvalIsByHand({ approval, resultResource }: ValueOfferInfo): boolean {
  return approval === undefined ? resultResource === "" : approval !== "automatic";
}

function nextSteps(kind: "data" | "solution", offer: bigint, slot: bigint | undefined, byHand: boolean, result: string): [string, string] {
  const ids = slot === undefined ? String(offer) : `${offer},${slot}`;
  return [
    `Next: give your customers the offer and slot ids; they order with \`spctl workflows create --${kind} ${ids}\`.`,
    byHand
      ? `An order then waits for you: \`spctl orders complete <suborder> --result ${result} --status done --solution-hash <hash>\`.`
      : "Its content is public: orders go on without you.",
  ];
}
