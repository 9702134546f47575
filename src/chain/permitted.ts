// SPDX-License-Identifier: Apache-2.0
import { actingAccount, type Market } from "./market";
import { blockTime, signPermit } from "./orders";
import { tokenAt } from "./paymentTokens";
import { read, type Receipt, send } from "./send";

/** Seconds for which a permit may wait for its transaction. */
const PERMIT_SECONDS = 600;

/** A verb of the order book that pulls token units from the caller; where the allowance is short, a permit rides in the same transaction. */
export async function sendPermitted(given: Market, token: bigint, amount: bigint, call: string): Promise<Receipt> {
  const account = actingAccount(given);
  const { orderBook, address } = given;
  const market = tokenAt(given, await read(orderBook.tokenAddressOf(token)));
  const allowance = await read(market.token.allowance(account, address.contracts.orderBook));
  const abi = orderBook.interface;
  const before = allowance >= amount ? [] : [abi.encodeFunctionData("usePermit", [token, await signPermit(market, account, amount, (await blockTime(market, await market.provider.getBlockNumber())) + PERMIT_SECONDS)])];
  return send(orderBook.multicall([...before, call]));
}
