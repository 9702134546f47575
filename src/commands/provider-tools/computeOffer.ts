// SPDX-License-Identifier: Apache-2.0
import { actingAccount } from "../../chain/market";
import { createComputeOffer } from "../../chain/offers";
import { machineOf } from "../../chain/offerDetails";
import { depositSecurity } from "../../chain/providers";
import { CloisterError } from "../../core/errors";
import { parseOptionFile, parseSlotFile, parseTeeOfferInfo, type SlotFile } from "../../core/offerInfo";
import { OfferType, offerTypeName, PriceType } from "../../core/offerType";
import { RESOURCE_LANES, resourcesOfSlot, type SlotResources } from "../../core/resources";
import { formatTokens, parseTokens } from "../amounts";
import type { Context } from "../context";
import { providerAccounts } from "../providers/accounts";
import { addToOffer, existingOffer, moreSlotsQuestion, SLOT_QUESTIONS } from "./additions";
import type { GivenAnswers } from "./offerOptions";
import type { Registered } from "./printing";
import { carryOutProvider, planProvider, type ProviderPlan } from "./provider";
import { Questions } from "./questions";
import { remember } from "./record";

/** Answers given as options to `register tee`. */
export interface GivenMachine extends GivenAnswers {
  readonly optionInfo: readonly string[];
  readonly securityDeposit?: string;
}

/** Registers a machine: all questions first, then the transactions. */
export async function registerComputeOffer(context: Context, given: GivenMachine): Promise<Registered> {
  const accounts = await providerAccounts(context);
  const market = accounts.action;
  const questions = new Questions(context);

  const providerPlan = await planProvider(questions, accounts, given);
  const existing = await existingOffer(questions, market, OfferType.TeeOffer, providerPlan.existing?.id, given);
  const file = existing === undefined ? await questions.file("Please specify a path to the offer info json file", given.offerInfo, "./tee-offer-info.json", parseTeeOfferInfo) : undefined;
  const machine = existing && (await machineOf(market, existing.id));
  const total: SlotResources = machine?.total ?? { info: file!.value.hardwareInfo.slotInfo, option: file!.value.hardwareInfo.optionInfo };
  const first = existing && (await moreSlotsQuestion(market, existing));
  const slots = await questions.files({ first, ...SLOT_QUESTIONS, noMore: given.noMoreSlots }, given.slotInfo, "./tee-slot-info.json", readerWithin(total));
  const wantsOptions = given.optionInfo.length > 0 || questions.asked;
  const optionQuestions = { first: "Do you want to add an option?", another: "Do you want to add another option?", question: "Please specify a path to the option info json file" };
  const options = wantsOptions ? await questions.files(optionQuestions, given.optionInfo, "./tee-option-info.json", parseOptionFile) : [];
  const compensation = machine?.compensation ?? BigInt(file!.value.compensation);
  const deposit = await planDeposit(context, questions, providerPlan, compensation, given.securityDeposit);

  const { provider, existing: providerExisted } = await carryOutProvider(context, accounts, providerPlan);
  if (deposit > 0n) {
    context.message(`Adding ${formatTokens(deposit)} tokens to the security deposit`);
    await depositSecurity(market, provider.id, deposit);
  }
  if (file) context.message("Creating the offer");
  const offer = existing?.id ?? (await createComputeOffer(market, provider.id, file!.value)).offer;
  const added = await addToOffer(context, market, offer, { slots, options });
  const name = file?.value.name ?? existing?.info.name ?? "";
  const record = await remember(context, { account: actingAccount(market), provider: provider.id, offer, type: offerTypeName(OfferType.TeeOffer), name, ...added });
  return {
    provider,
    providerExisted,
    offer,
    offerExisted: existing !== undefined,
    ...added,
    ...(deposit > 0n && { securityDeposit: formatTokens(deposit) }),
    record,
    next: [`Next: name it in the configuration, "machine": {"offer": "${offer}", …}, and start the machine: \`spctl tee run --offer ${offer}\`.`, `See what it sells: \`spctl offers get tee ${offer}\`.`],
  };
}

/** Reads a slot file that the contract would accept for this machine. */
function readerWithin(total: SlotResources): (content: string, path: string) => SlotFile {
  return (content, path) => {
    const slot = parseSlotFile(content, path);
    if (slot.usage.priceType !== PriceType.PerHour) {
      throw new CloisterError("SlotInfoInvalid", `${path}: field "usage.priceType" must be "0" (per hour) for a machine.`, "Correct the field in the file.", { field: "usage.priceType" });
    }
    const wanted = resourcesOfSlot(slot, "sold");
    const limit = resourcesOfSlot(total, "sold");
    const lane = RESOURCE_LANES.find((name) => wanted[name] > limit[name]);
    if (lane === undefined) return slot;
    throw new CloisterError("SlotTooLarge", `${path} sells more ${lane} than the machine has.`, "Make the slot smaller, or correct hardwareInfo of the offer info file.", { resource: lane, given: wanted[lane], limit: limit[lane] });
  };
}

/** Token units to add to the security deposit, so that it answers for at least one order. */
async function planDeposit(context: Context, questions: Questions, plan: ProviderPlan, compensation: bigint, given?: string): Promise<bigint> {
  if (given !== undefined) return parseTokens(given);
  const free = plan.existing ? plan.existing.deposit - plan.existing.reserved : 0n;
  if (free >= compensation) return 0n;
  const need = `Each running order reserves ${formatTokens(compensation)} tokens of your security deposit, of which ${formatTokens(free)} are free.`;
  if (questions.asked) return parseTokens(await questions.text(`${need} How many tokens do you want to add?`, undefined, formatTokens(compensation - free)));
  context.message(`Warning: ${need} The machine gets no orders until you add to it: \`spctl providers deposit <tokens>\`.`);
  return 0n;
}

