// SPDX-License-Identifier: Apache-2.0
import { CloisterError, isCloisterError } from "../core/errors";
import { actingAccount, type Market } from "./market";
import { read, type Receipt, send } from "./send";

/** What an account holds. Amounts in the smallest units. */
export interface Balance {
  readonly account: string;
  /** Symbol of the market's token. */
  readonly symbol: string;
  readonly tokens: bigint;
  /** The chain's coin, which pays for gas. */
  readonly coins: bigint;
  /** How much the order book may take for deposits without asking again. */
  readonly allowance: bigint;
}

/** Balances of an account: the market's token and the chain's coin. */
export async function balanceOf(market: Market, account: string): Promise<Balance> {
  const [symbol, tokens, coins, allowance] = await Promise.all([
    read(market.token.symbol()),
    read(market.token.balanceOf(account)),
    read(market.provider.getBalance(account)),
    read(market.token.allowance(account, market.address.contracts.orderBook)),
  ]);
  return { account, symbol, tokens, coins, allowance };
}

/**
 * Asks the token's faucet, which local and test networks have.
 *
 * @returns what the acting account got, in units.
 * @throws CloisterError `FaucetPause` or `FaucetMissing`.
 */
export async function requestTokens(market: Market): Promise<Receipt & { amount: bigint }> {
  const amount = await withFaucet(market, read(market.token.FAUCET_AMOUNT()));
  actingAccount(market);
  return { ...(await send(market.token.request())), amount };
}

async function withFaucet<Value>(market: Market, call: Promise<Value>): Promise<Value> {
  return call.catch((error: unknown) => {
    // A token without a faucet answers nothing, or refuses without a reason.
    if (!isCloisterError(error, "TransactionFailed") && (error as { code?: string }).code !== "BAD_DATA") throw error;
    const { token } = market.address.contracts;
    throw new CloisterError("FaucetMissing", `The token ${token} has no faucet.`, "Get tokens from somebody who has some; only test networks give them away.", { token }, { cause: error });
  });
}
