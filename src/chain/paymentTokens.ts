// SPDX-License-Identifier: Apache-2.0
import { CloisterError } from "../core/errors";
import type { Market } from "./market";
import { inParallel } from "./parallel";
import { read } from "./send";

/** A token that the order book ever took. */
export interface PaymentToken {
  readonly id: bigint;
  readonly address: string;
  readonly symbol: string;
  /** What the protocol keeps of an earning, in hundredths of a percent. */
  readonly commission: number;
  /** Whether orders are taken in it now. */
  readonly listed: boolean;
}

/** All tokens of a market's order book, the first listed first. */
export async function paymentTokens(market: Market): Promise<PaymentToken[]> {
  const events = await market.orderBook.queryFilter(market.orderBook.filters.TokenListed());
  const ids = [...new Set(events.map(({ args }) => args.token))];
  return inParallel(ids, async (id) => {
    const { token: address, commission, listed } = await read(market.orderBook.getToken(id));
    const symbol = await read((market.token.attach(address) as typeof market.token).symbol());
    return { id, address, symbol, commission: Number(commission), listed };
  });
}

/**
 * The market with another of its tokens, by symbol or address; the configuration's where none is named.
 *
 * @throws CloisterError `TokenUnknown` where it is none of the market's, or several have the symbol.
 */
export async function withToken(market: Market, given: string | undefined): Promise<Market> {
  if (given === undefined) return market;
  const tokens = await paymentTokens(market);
  const [found, ...others] = tokens.filter(({ symbol, address }) => symbol === given || address.toLowerCase() === given.toLowerCase());
  if (found === undefined || others.length > 0) {
    const known = tokens.map(({ symbol, address }) => `${symbol} ${address}`).join(", ");
    throw new CloisterError("TokenUnknown", found === undefined ? `The market has no token ${given}; it has ${known}.` : `Several tokens are called ${given}: ${known}.`, "Give the symbol or the address of one; see `tokens list`.", { given });
  }
  return tokenAt(market, found.address);
}

/** The market with the token at an address as its own. */
export function tokenAt(market: Market, token: string): Market {
  const { address } = market;
  return { ...market, address: { ...address, contracts: { ...address.contracts, token } }, token: market.token.attach(token) as typeof market.token };
}
