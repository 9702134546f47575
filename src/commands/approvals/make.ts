// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from "node:crypto";

import { signApproval } from "../../chain/approvals";
import type { Market } from "../../chain/market";
import { actingAccount } from "../../chain/market";
import { getOffer, versionHash } from "../../chain/offers";
import { read } from "../../chain/send";
import { approvalOf, type ApprovalFile } from "../../core/approval";
import { CloisterError } from "../../core/errors";
import { inputsHash } from "../../core/inputs";
import { OfferType, offerTypeName } from "../../core/offerType";
import type { Resource } from "../../core/resource";
import { approvedRelease } from "../../core/sealed";
import { sha256Hex } from "../../crypto/hash";
import { seal } from "../../crypto/seal";
import { checkContent } from "../orders/release";

/** What an owner lets its content be used for, before there is an order. Hashes are 64 hex digits. */
export interface ApprovalTerms {
  readonly offer: bigint;
  /** The offer's latest where absent. */
  readonly version?: number;
  readonly resource: Resource;
  readonly solutionHash: string;
  /** An account, or `any`. */
  readonly customer: string;
  /** Who results are sealed to: an age recipient, or `any`. */
  readonly recipient: string;
  /** Of all inputs of the order, or `any`; where absent the one own solution, and this content alone. */
  readonly inputsHash?: string;
  readonly argumentsHash: string;
  readonly uses: number;
  /** Unix seconds. */
  readonly notAfter: number;
}

/**
 * Signs an approval, with the release of the content's key sealed to the devices.
 *
 * @throws CloisterError `OfferTypeMismatch`, `NotActionAccount`, those of {@link checkContent}, `VersionNotFound`.
 */
export async function makeApproval(market: Market, terms: ApprovalTerms, devices: readonly { readonly device: string; readonly ageRecipient: string }[]): Promise<Omit<ApprovalFile, "kind">> {
  const { offer, resource, solutionHash, customer, recipient, argumentsHash, uses, notAfter } = terms;
  const { version, type } = await checkOffer(market, terms);
  await checkContent(market, { offer, version, type }, resource);
  const kind = type === OfferType.Data ? ("data" as const) : ("solution" as const);
  const alone = inputsHash([
    ...(kind === "data" ? [{ kind: "solution" as const, offer: "own", version: 0, hash: solutionHash }] : []),
    { kind, offer: String(offer), version, hash: await versionHash(market, offer, version) },
  ]);
  const { chainId, contracts } = market.address;
  const release = approvedRelease({
    chainId,
    orderBook: contracts.orderBook,
    offer: String(offer),
    offerVersion: version,
    solutionHash,
    inputsHash: terms.inputsHash ?? alone,
    argumentsHash,
    resultRecipient: recipient,
    notAfter,
    resource,
    approval: { customer, uses, nonce: BigInt(`0x${randomBytes(32).toString("hex")}`).toString() },
  });
  const sealed = await seal(release, devices.map(({ ageRecipient }) => ageRecipient));
  const approval = approvalOf(release, sha256Hex(sealed));
  return {
    chainId,
    orderBook: contracts.orderBook.toLowerCase(),
    approval,
    signature: await signApproval(market, approval),
    release: Buffer.from(sealed).toString("base64"),
    devices: devices.map(({ device }) => device),
  };
}

/** The contract would find the same only when the approval is carried, after the customer relied on it. */
async function checkOffer(market: Market, { offer, version }: ApprovalTerms): Promise<{ version: number; type: number }> {
  const found = await getOffer(market, offer);
  if (found.offerType !== OfferType.Data && found.offerType !== OfferType.Solution) {
    throw new CloisterError("OfferTypeMismatch", `Offer ${offer} is of type ${offerTypeName(found.offerType)}: there is no content to approve.`, "Name an offer of data or of a solution.", { offer });
  }
  const owner = await read(market.registry.actionAccountOf(found.provider));
  const account = actingAccount(market);
  if (owner.toLowerCase() !== account.toLowerCase()) {
    throw new CloisterError("NotActionAccount", `${account} is not the action account of provider ${found.provider}, who sells offer ${offer}.`, "Use the configuration of the provider that owns the offer (--config).", { provider: found.provider, account });
  }
  return { version: version ?? found.latestVersion, type: found.offerType };
}
