// SPDX-License-Identifier: Apache-2.0
import { actingAccount } from "../../chain/market";
import { actingProvider, getProvider, providerOf, type ProviderView, registerProvider } from "../../chain/providers";
import { CloisterError } from "../../core/errors";
import type { ProviderInfo } from "../../core/offerInfo";
import type { Context } from "../context";
import { writeJsonFile } from "../files/textFile";
import type { ProviderAccounts } from "../providers/accounts";
import type { Questions } from "./questions";

/** The provider that there is, or what a new one will say. */
export type ProviderPlan = { readonly existing: ProviderView } | { readonly existing?: undefined; readonly info: ProviderInfo; readonly saveTo?: string };

/**
 * Finds the provider that the configuration's accounts belong to, or asks what a new one is called. Sends nothing.
 *
 * @throws CloisterError `ActionAccountDiffers` where the authority has a provider that another account acts for.
 */
export async function planProvider(
  questions: Questions,
  { authority, action }: ProviderAccounts,
  given: { readonly providerName?: string; readonly providerDescription?: string; readonly saveProvider?: string; readonly noSave: boolean },
): Promise<ProviderPlan> {
  const found = await actingProvider(action);
  if (found !== undefined) return { existing: await getProvider(action, found) };
  const owned = await providerOf(authority, actingAccount(authority));
  if (owned !== undefined) {
    const { actionAccount } = await getProvider(authority, owned);
    throw new CloisterError("ActionAccountDiffers", `Provider ${owned} acts through ${actionAccount}, your configuration's account is ${actingAccount(action)}.`, "Use that account's key, or name yours as actionAccount with `spctl providers update`.", { provider: owned, actionAccount });
  }
  const name = await questions.text("Please enter provider name:", given.providerName);
  if (name === "") throw new CloisterError("ProviderInfoInvalid", "A provider needs a name.", "Answer with one, or give --provider-name.", { field: "name" });
  const description = await questions.text("Please enter provider description:", given.providerDescription);
  const info = { name, description, metadata: "", actionAccount: actingAccount(action), tokenReceiver: actingAccount(authority) };
  if (given.saveProvider !== undefined) return { info, saveTo: given.saveProvider };
  if (given.noSave || !questions.asked || !(await questions.confirm("Do you want to save provider info into a file?"))) return { info };
  return { info, saveTo: await questions.text("Please enter the filename:", undefined, "./providerInfo.json") };
}

/** Registers the provider unless it exists. */
export async function carryOutProvider(context: Context, { authority }: ProviderAccounts, plan: ProviderPlan): Promise<{ provider: ProviderView; existing: boolean }> {
  if (plan.existing) return { provider: plan.existing, existing: true };
  if (plan.saveTo !== undefined) {
    await writeJsonFile(context.path(plan.saveTo), plan.info);
    context.message(`Provider info was saved to ${plan.saveTo}`);
  }
  context.message("Registering the provider");
  const { provider } = await registerProvider(authority, plan.info);
  return { provider: await getProvider(authority, provider), existing: false };
}
