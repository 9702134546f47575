// SPDX-License-Identifier: Apache-2.0
import type { Market } from "../../chain/market";
import { isCloisterError } from "../../core/errors";
import type { Account, Context } from "../context";

/** The market as a provider's two accounts reach it; the same connection where one account is both. */
export interface ProviderAccounts {
  /** Registers, changes the record, withdraws. */
  readonly authority: Market;
  /** Creates offers and answers orders. */
  readonly action: Market;
}

/**
 * The accounts of a provider as the configuration has them: where it has only one of the two, that one is both.
 *
 * @throws CloisterError `PrivateKeyMissing` where it has neither, and those of `Context.market`.
 */
export async function providerAccounts(context: Context): Promise<ProviderAccounts> {
  const authority = await whereKeyed(context, "authorityAccount");
  if (authority === undefined) {
    const market = await context.market("account");
    return { authority: market, action: market };
  }
  return { authority, action: (await whereKeyed(context, "account")) ?? authority };
}

/** The market of an account that the configuration may lack. */
async function whereKeyed(context: Context, account: Account): Promise<Market | undefined> {
  return context.market(account).catch((error: unknown) => {
    if (isCloisterError(error, "PrivateKeyMissing")) return undefined;
    throw error;
  });
}
