// SPDX-License-Identifier: Apache-2.0
import type { Market } from "./market";
import { type Receipt, send } from "./send";

/** Declares a device's key unusable for good, whoever's it is. Only an administrator. @param device keccak256 of its public key, 0x-hex. */
export async function banDevice(market: Market, device: string): Promise<Receipt> {
  return send(market.attestation.banDevice(device));
}

/** Declares a sub CA's key unusable for good: nothing under it counts any more. Only an administrator. */
export async function revokeAuthority(market: Market, authority: string): Promise<Receipt> {
  return send(market.attestation.revokeAuthority(authority));
}

/** Removes a certification root: at once nothing under it counts any more. Only an administrator. */
export async function removeRoot(market: Market, root: string): Promise<Receipt> {
  return send(market.attestation.removeRoot(root));
}
