// SPDX-License-Identifier: Apache-2.0
import type { Market } from "./market";
import { type Receipt, send } from "./send";

/** Kinds of certification roots, as the contract numbers them. */
export const ROOT_KIND = { Hardware: 0, Simulated: 1 } as const;

/** Lists a certification root (DER) for good with its kind. Only an administrator. */
export async function addRoot(market: Market, certificate: Uint8Array, kind: keyof typeof ROOT_KIND): Promise<Receipt> {
  return send(market.attestation.addRoot(certificate, ROOT_KIND[kind]));
}
