// SPDX-License-Identifier: Apache-2.0
import type { ProviderView } from "../../chain/providers";
import type { Printer } from "../printer";

/** What a registration did. */
export interface Registered {
  readonly provider: Pick<ProviderView, "id" | "name" | "authority" | "actionAccount">;
  readonly providerExisted: boolean;
  readonly offer: bigint;
  readonly offerExisted: boolean;
  /** Version of the content that was added, if one was. */
  readonly version?: number;
  readonly slots: readonly bigint[];
  readonly options?: readonly bigint[];
  /** Tokens added to the security deposit. */
  readonly securityDeposit?: string;
  /** Where it was noted. */
  readonly record: string;
  readonly next: readonly [string, string];
}

/** The lines that people and guides look for. */
export function printRegistered({ provider, providerExisted, offer, offerExisted, version, slots, options = [], securityDeposit, next }: Registered, out: Printer): void {
  if (providerExisted) out.line("Existed provider was found");
  out.line(`Here is your provider: ${provider.name}, id ${provider.id}, address ${provider.authority}`);
  if (securityDeposit !== undefined) out.line(`${securityDeposit} tokens were added to its security deposit`);
  if (!offerExisted) out.line(`Offer ${offer} has been created successfully`);
  else if (version !== undefined) out.line(`Version ${version} of offer ${offer} has been added successfully`);
  for (const slot of slots) out.line(`Slot ${slot} for offer ${offer} has been created successfully`);
  for (const option of options) out.line(`Option ${option} for offer ${offer} has been created successfully`);
  for (const line of next) out.line(line);
}
