// SPDX-License-Identifier: Apache-2.0
import type { ValueOfferInfo } from "../core/offerInfo";
import { CloisterError } from "../core/errors";
import { Approval } from "../core/resources";
import type { Market } from "./market";
import { restrictionsOf } from "./offerDetails";
import { type OfferView, restrictionsArgument } from "./offers";
import { type Receipt, send } from "./send";

/** What is changed of a value offer: fields that are absent stay. `texts` are those of its info file, and its configuration's schema. */
export interface OfferChanges {
  readonly texts: Readonly<Record<string, unknown>>;
  readonly approval?: ValueOfferInfo["approval"];
  readonly restrictions?: ValueOfferInfo["restrictions"];
  readonly allowedAccounts?: readonly string[];
}

const APPROVALS = { automatic: Approval.Automatic, manual: Approval.Manual, policy: Approval.Policy } as const;

/** Changes an offer, one transaction for each kind of change that makes a difference. Orders that are placed keep what they were sold. */
export async function changeOffer(market: Market, offer: OfferView, { texts, approval, restrictions, allowedAccounts }: OfferChanges): Promise<Receipt[]> {
  const { catalog } = market;
  const { id } = offer;
  const accounts = allowedAccounts === undefined ? undefined : await accountChanges(market, id, allowedAccounts);
  const receipts: Receipt[] = [];
  const changed = { ...offer.info, ...texts };
  if (JSON.stringify(changed) !== JSON.stringify(offer.info)) receipts.push(await send(catalog.describeOffer(id, JSON.stringify(changed))));
  if (approval !== undefined && APPROVALS[approval] !== offer.approval) receipts.push(await send(catalog.setApproval(id, APPROVALS[approval])));
  if (restrictions !== undefined && (await differs(market, id, restrictions))) receipts.push(await send(catalog.setRestrictions(id, restrictionsArgument(restrictions))));
  if (accounts && accounts.added.length > 0) receipts.push(await send(catalog.setAllowed(id, accounts.added, true)));
  if (accounts && accounts.removed.length > 0) receipts.push(await send(catalog.setAllowed(id, accounts.removed, false)));
  return receipts;
}

async function differs(market: Market, id: bigint, { types, offers, largest }: ValueOfferInfo["restrictions"]): Promise<boolean> {
  const before = await restrictionsOf(market, id);
  const shown = (what: { types: readonly number[]; offers: readonly { id: bigint | string; version: number }[]; largest: object }) =>
    JSON.stringify([[...what.types].sort(), what.offers.map(({ id: listed, version }) => [String(listed), version]), Object.entries(what.largest).sort()]);
  return shown(before) !== shown({ types: [...new Set(types)], offers, largest });
}

async function accountChanges(market: Market, id: bigint, wanted: readonly string[]): Promise<{ added: string[]; removed: string[] }> {
  const before = (await restrictionsOf(market, id)).allowedAccounts;
  if (before !== undefined && wanted.length === 0) {
    throw new CloisterError("AllowedAccountsStay", `Offer ${id} lists the accounts that may order; with an empty list nobody could.`, "Keep at least one account, or create another offer that is open to everybody.", { offer: id });
  }
  const has = (accounts: readonly string[], account: string): boolean => accounts.some((one) => one.toLowerCase() === account.toLowerCase());
  return { added: wanted.filter((account) => !has(before ?? [], account)), removed: (before ?? []).filter((account) => !has(wanted, account)) };
}
