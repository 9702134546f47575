// SPDX-License-Identifier: Apache-2.0
import { existsSync } from "node:fs";

import type { Market } from "../../chain/market";
import { signatureKeyOf } from "../../chain/offerDetails";
import { getOffer, slotsOf, versionHash } from "../../chain/offers";
import { CloisterError } from "../../core/errors";
import { OfferType, offerTypeName } from "../../core/offerType";
import type { SealedArguments } from "../../core/sealed";
import { wrongUsage } from "../command";
import { parseId } from "../connect";
import { loadResource } from "../files/resourceFile";

/** One solution or data set of a workflow, as sealed and as bought. */
export interface WorkflowInput {
  readonly sealed: SealedArguments["inputs"][number];
  /** Undefined for an own upload: it makes no suborder. */
  readonly part?: { readonly offer: bigint; readonly version: number; readonly slot: bigint };
}

/**
 * Reads what `--solution` or `--data` names: `7` or `7,12` is an offer with its slot (the cheapest where none is named), anything
 * else the path of a resource file.
 *
 * @throws CloisterError `OfferTypeMismatch`, `OfferHasNoSlot`, `OfferHasNoVersion`, `ResourceInvalid`, `FileMissing`.
 */
export async function readInput(market: Market, kind: "solution" | "data", given: string, path: (given: string) => string): Promise<WorkflowInput> {
  const ids = /^(\d+)(?:,(\d+))?$/.exec(given);
  if (!ids) {
    if (given.includes(",") && !existsSync(path(given))) throw wrongUsage(`--${kind} ${given} is neither a file nor <offer>,<slot>.`, "Write an offer as 7 or 7,12, and give --data once for each.");
    const resource = await loadResource(path(given));
    return { sealed: { kind, offer: "own", version: 0, hash: resource.hash.hash, resource } };
  }
  const offer = parseId(ids[1]!, `a ${kind} offer`);
  const part = await readPart(market, kind === "solution" ? OfferType.Solution : OfferType.Data, offer, ids[2]);
  const signatureKeyHash = kind === "solution" ? await signatureKeyOf(market, offer, part.version) : undefined;
  return { part, sealed: { kind, offer: String(offer), version: part.version, hash: await versionHash(market, offer, part.version), ...(signatureKeyHash !== undefined && { signatureKeyHash }) } };
}

/** A value offer to be bought: its latest version, and the slot given or its cheapest. */
export async function readPart(market: Market, type: number, offer: bigint, slot?: string): Promise<{ offer: bigint; version: number; slot: bigint }> {
  const found = await getOffer(market, offer);
  if (found.offerType !== type) {
    throw new CloisterError("OfferTypeMismatch", `Offer ${offer} is of type ${offerTypeName(found.offerType)}, not ${offerTypeName(type)}.`, `See \`offers list value\`.`, { offer, expected: offerTypeName(type), actual: offerTypeName(found.offerType) });
  }
  if (type !== OfferType.Storage && found.latestVersion === 0) {
    throw new CloisterError("OfferHasNoVersion", `Offer ${offer} has no version for sale.`, "Ask its owner to add one.", { offer });
  }
  if (slot !== undefined) return { offer, version: found.latestVersion, slot: parseId(slot, "a slot") };
  const [cheapest] = (await slotsOf(market, offer)).sort((a, b) => (a.usage.price < b.usage.price ? -1 : a.usage.price > b.usage.price ? 1 : 0));
  if (!cheapest) throw new CloisterError("OfferHasNoSlot", `Offer ${offer} has no slot for sale.`, "Ask its owner to add one.", { offer });
  return { offer, version: found.latestVersion, slot: cheapest.id };
}
