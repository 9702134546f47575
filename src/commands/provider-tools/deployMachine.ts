// SPDX-License-Identifier: Apache-2.0
import { OfferType, offerTypeName } from "../../core/offerType";
import { getOffer } from "../../chain/offers";
import { CloisterError } from "../../core/errors";
import { parseOptionFile, parseSlotFile, parseTeeOfferInfo } from "../../core/offerInfo";
import { parseTokens } from "../amounts";
import { type AnyCommand, parseParameter } from "../command";
import { parseId } from "../connect";
import type { Context } from "../context";
import { readTextFile, writeJsonFile } from "../files/textFile";
import { teeInit } from "../tee/init";
import { teeRun } from "../tee/run";
import { registerComputeOffer } from "./computeOffer";
import { readTeeDeployment, type TeeDeployment } from "./deployConfig";

/** What was set up. */
export interface DeployedMachine {
  readonly offer: bigint;
  readonly registered: boolean;
  readonly measurement: string;
  readonly evidenceRoot: string;
  /** The line that runs it. */
  readonly run: string;
  readonly stopped: boolean;
}

/** Platform, offer, machine, in this order: what can be refused without spending anything comes first. */
export async function deployMachine(context: Context, path: string, prepare: boolean): Promise<DeployedMachine> {
  const plan = await readTeeDeployment(context, path);
  const offerFound = plan.offer === undefined ? undefined : await existing(context, plan.offer);
  if (plan.offer === undefined) await checkRegistering(context, path, plan);
  context.message("1. The platform of this host (SIMULATED), and its sandbox");
  const { measurement, evidenceRoot } = (await teeInit.run(context, { runner: plan.runner ?? "auto" })) as { measurement: string; evidenceRoot: string };
  context.message("2. The offer");
  const offer = offerFound ?? (await register(context, path, plan));
  const more = [...(plan.runner === undefined ? [] : ["--runner", plan.runner]), ...(plan.drainSeconds === undefined ? [] : ["--drain-seconds", String(plan.drainSeconds)])];
  const run = ["spctl tee run", "--offer", String(offer), ...more, "--config", context.configPath].join(" ");
  if (!prepare) {
    context.message(`3. ${run}`);
    await teeRun.run(context, { ...defaultsOf(teeRun), offer: String(offer), ...(plan.runner && { runner: plan.runner }), ...(plan.drainSeconds !== undefined && { drainSeconds: plan.drainSeconds }) });
  }
  return { offer, registered: plan.offer === undefined, measurement, evidenceRoot, run, stopped: !prepare };
}

/** What a command's `run` gets where nothing was said. */
export function defaultsOf({ options = {} }: AnyCommand): Record<string, unknown> {
  return Object.fromEntries(Object.entries(options).map(([name, option]) => [name, parseParameter(name, { ...option, settings: { ...option.settings, required: false } }, undefined)]));
}

/** Whether all that a new offer needs is there and can be read: before the platform is made. */
async function checkRegistering(context: Context, path: string, { offerInfo, slotInfo, optionInfo, securityDeposit }: TeeDeployment): Promise<void> {
  if (offerInfo === undefined || slotInfo.length === 0) {
    throw new CloisterError("DeployConfigInvalid", `${path} names neither an offer nor the files of a new one (offerInfo and slotInfo).`, "Add \"offer\", or both of them.", { field: "offerInfo" });
  }
  const read = async (file: string) => readTextFile(context.path(file));
  parseTeeOfferInfo(await read(offerInfo), offerInfo);
  for (const file of slotInfo) parseSlotFile(await read(file), file);
  for (const file of optionInfo) parseOptionFile(await read(file), file);
  if (securityDeposit !== undefined) parseTokens(securityDeposit);
}

async function register(context: Context, path: string, plan: TeeDeployment): Promise<bigint> {
  const { offer } = await registerComputeOffer(context, {
    providerName: plan.provider?.name,
    providerDescription: plan.provider?.description,
    noSave: true,
    offerInfo: plan.offerInfo,
    slotInfo: plan.slotInfo,
    noMoreSlots: true,
    optionInfo: plan.optionInfo,
    securityDeposit: plan.securityDeposit,
  });
  // Written at once: a second call must not register a second offer.
  await writeJsonFile(context.path(path), { offer: String(offer), ...plan });
  context.message(`Offer ${offer} was noted in ${path}`);
  return offer;
}

async function existing(context: Context, given: string): Promise<bigint> {
  const offer = await getOffer(await context.market(), parseId(given, "a compute offer"));
  if (offer.offerType === OfferType.TeeOffer) return offer.id;
  throw new CloisterError("OfferTypeMismatch", `Offer ${offer.id} is of type ${offerTypeName(offer.offerType)}, not ${offerTypeName(OfferType.TeeOffer)}.`, "See `spctl offers list tee`.", { offer: offer.id });
}
