// SPDX-License-Identifier: Apache-2.0
import type { Market } from "../../chain/market";
import { allowanceFor } from "../../chain/offerDetails";
import { getOffer } from "../../chain/offers";
import { sellingProvider } from "../../chain/providers";
import { CloisterError } from "../../core/errors";
import { OfferType, offerTypeName } from "../../core/offerType";
import { Approval } from "../../core/resources";
import type { Context } from "../context";
import { loadResource } from "../files/resourceFile";
import { checkContent } from "../orders/release";
import { provisionerAllow } from "../provisioner/allow";
import { provisionerRun } from "../provisioner/run";
import { type ContentDeployment, readContentDeployment } from "./deployConfig";
import { defaultsOf } from "./deployMachine";

/** What was set up. */
export interface DeployedRobot {
  readonly offers: readonly bigint[];
  /** Allowances that were added to the policy. */
  readonly allowed: number;
  /** The line that runs it. */
  readonly run: string;
  readonly stopped: boolean;
}

/** Offers, policy, robot, in this order. */
export async function deployRobot(context: Context, kind: "data" | "solution", path: string, prepare: boolean): Promise<DeployedRobot> {
  const plan = await readContentDeployment(context, path);
  const market = await context.market("account");
  context.message("1. The offers and their contents");
  const offers: bigint[] = [];
  for (const content of plan.contents) offers.push(await checkOffer(context, market, kind, content));
  context.message("2. The policy on chain");
  let allowed = 0;
  for (const offer of offers) for (const allowance of plan.allow) allowed += await allow(context, market, offer, allowance);
  const results = plan.contents.map(({ result }) => result);
  const { acceptArguments, validMinutes, interval } = plan;
  const run = ["spctl provisioner run", ...results.flatMap((result) => ["--result", result]), ...(acceptArguments ? ["--accept-arguments"] : []), "--valid-minutes", String(validMinutes), "--config", context.configPath].join(" ");
  if (!prepare) {
    context.message(`3. ${run}`);
    await provisionerRun.run(context, { ...defaultsOf(provisionerRun), result: results, acceptArguments, validMinutes, interval });
  }
  return { offers, allowed, run, stopped: !prepare };
}

/** @throws CloisterError `OfferTypeMismatch`, `OfferOfOtherProvider`, `OfferNotByPolicy`, those of {@link checkContent}. */
async function checkOffer(context: Context, market: Market, kind: "data" | "solution", { offer: given, result }: ContentDeployment["contents"][number]): Promise<bigint> {
  const type = kind === "data" ? OfferType.Data : OfferType.Solution;
  const offer = await getOffer(market, BigInt(given));
  if (offer.offerType !== type) throw new CloisterError("OfferTypeMismatch", `Offer ${offer.id} is of type ${offerTypeName(offer.offerType)}, not ${offerTypeName(type)}.`, "See `spctl offers list value`.", { offer: offer.id });
  const provider = await sellingProvider(market);
  if (offer.provider !== provider) throw new CloisterError("OfferOfOtherProvider", `Offer ${offer.id} is of provider ${offer.provider}, not yours.`, "Create your own, or use that provider's configuration.", { offer: offer.id, provider: offer.provider });
  if (offer.approval !== Approval.Policy) throw new CloisterError("OfferNotByPolicy", `Offer ${offer.id} is not approved by policy: a robot has nothing to do there.`, "Register one whose info file says \"approval\": \"policy\".", { offer: offer.id });
  await checkContent(market, { offer: offer.id, version: offer.latestVersion, type }, await loadResource(context.path(result)));
  return offer.id;
}

/** Adds an allowance unless the policy has one, used up or not: what the owner set by hand since then stays. */
async function allow(context: Context, market: Market, offer: bigint, { solutionHash, uses, validMinutes }: ContentDeployment["allow"][number]): Promise<number> {
  const { usesLeft, notAfter } = await allowanceFor(market, offer, solutionHash);
  if (usesLeft !== 0 || notAfter !== 0) {
    context.message(`Solution ${solutionHash} is known to the policy of offer ${offer} (${usesLeft} uses left): nothing was changed`);
    return 0;
  }
  await provisionerAllow.run(context, { hash: solutionHash, offer: String(offer), uses, validMinutes });
  context.message(`Solution ${solutionHash} is allowed ${uses} times for offer ${offer}`);
  return 1;
}
