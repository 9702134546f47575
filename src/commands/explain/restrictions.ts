// SPDX-License-Identifier: Apache-2.0
import type { Market } from "../../chain/market";
import { allowanceFor, restrictionsOf, sellsTo } from "../../chain/offerDetails";
import { getOffer } from "../../chain/offers";
import { OfferType, offerTypeName } from "../../core/offerType";
import { Approval } from "../../core/resources";
import { type Finding, nameOf, type Bought, type Request } from "./request";

/** What the order's parts demand of one another and of the customer, demand by demand, as the catalog checks it. */
export async function checkRestrictions(market: Market, customer: string, request: Request): Promise<Finding[]> {
  const all = [request.machine, ...request.parts];
  const findings: Finding[] = [];
  for (const { offer } of all) {
    findings.push(finding(offer.enabled, `${nameOf(offer)} is on the market`, offer.enabled ? "it is" : "its owner took it off", "OfferDisabled"));
    const { token } = request.machine.offer;
    if (offer.token !== token) findings.push(finding(false, `${nameOf(offer)} is priced in the machine's token ${token}`, `in token ${offer.token}`, "OtherToken"));
    const sold = await sellsTo(market, offer.id, customer);
    if (!sold || offer.id === request.machine.offer.id) findings.push(finding(sold, `${nameOf(offer)} sells to ${customer}`, sold ? "it does" : "it does not", "AccountNotAllowed"));
  }
  for (const part of request.parts) findings.push(...(await demandsOf(market, part, request)));
  return findings;
}

async function demandsOf(market: Market, { offer }: Bought, request: Request): Promise<Finding[]> {
  const { types, offers, largest } = await restrictionsOf(market, offer.id);
  const { ownSolutions, ownData } = request.basket;
  const own = (type: number): number => (type === OfferType.Solution ? ownSolutions : type === OfferType.Data ? ownData : 0);
  const count = (type: number): number => own(type) + (type === OfferType.TeeOffer ? 1 : request.parts.filter((part) => part.offer.offerType === type).length);
  const who = nameOf(offer);
  const required = types.map((type) => {
    const others = count(type) - (offer.offerType === type ? 1 : 0);
    return finding(others > 0, `${who} requires another part of type ${offerTypeName(type)}`, `there are ${others}`, "TypeRequired");
  });
  const bounded = Object.entries(largest).map(([type, most]) =>
    finding(count(Number(type)) <= most, `${who} takes at most ${most} of type ${offerTypeName(Number(type))}`, `there are ${count(Number(type))}`, "TooManyOfType"),
  );
  const listedTypes = new Set((await Promise.all(offers.map(({ id }) => getOffer(market, id)))).map(({ offerType }) => offerType));
  const listed = [...listedTypes].flatMap((type) => {
    const name = offerTypeName(type);
    const uploads = own(type) === 0 ? [] : [finding(false, `${who} takes listed offers only as ${name}`, `${own(type)} own uploads`, "OwnUploadRefused")];
    const bought = [request.machine, ...request.parts].filter((part) => part.offer.id !== offer.id && part.offer.offerType === type);
    return [
      ...uploads,
      ...bought.map((part) => {
        const passed = offers.some(({ id, version }) => id === part.offer.id && (version === 0 || version === part.version));
        return finding(passed, `${who} takes listed offers only as ${name}`, `${nameOf(part.offer)}${part.version === 0 ? "" : ` version ${part.version}`} is ${passed ? "" : "not "}listed`, "OfferNotListed");
      }),
    ];
  });
  return [...required, ...bounded, ...listed];
}

/** Who has to approve what before the machine may begin. */
export async function approvalsOf(market: Market, { parts }: Request, solutionHash: string): Promise<string[]> {
  const said = await Promise.all(parts.map(async ({ offer }) => {
    if (offer.offerType === OfferType.Storage || offer.approval === Approval.Automatic) return [];
    if (offer.approval !== Approval.Policy) return [`The owner of ${nameOf(offer)} has to approve the solution; the order is Blocked until then.`];
    const { usesLeft } = await allowanceFor(market, offer.id, solutionHash);
    return [`${nameOf(offer)} approves by policy, which ${usesLeft > 0 ? `accepts this solution ${usesLeft} times more` : "does not accept this solution"}; the order is Blocked until then.`];
  }));
  return said.flat();
}

function finding(passed: boolean, demand: string, found: string, code: string): Finding {
  return { passed, demand, found, ...(!passed && { code }) };
}
