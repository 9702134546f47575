// SPDX-License-Identifier: Apache-2.0
import type { Market } from "./market";
import { inParallel } from "./parallel";
import { read } from "./send";

/** What the contracts say as of one block, to compare books with. Amounts in units. */
export interface BookState {
  /** What an order's compute part and its suborders (by id) have earned and nobody claimed. */
  claimable(ids: readonly bigint[]): Promise<bigint[]>;
  commissionOf(token: bigint): Promise<bigint>;
  /** Refunds that wait for these accounts because a token refused them, together. */
  owedByBook(token: bigint, accounts: readonly string[]): Promise<bigint>;
  owedByRegistry(accounts: readonly string[]): Promise<bigint>;
  balance(token: string, holder: "orderBook" | "registry"): Promise<bigint>;
  security(provider: bigint): Promise<{ deposit: bigint; reserved: bigint }>;
}

/** Reads the state as of a block, so that a chain that goes on makes no difference. */
export function bookStateAt(market: Market, block: number): BookState {
  const { orderBook, registry, token, address } = market;
  const at = { blockTag: block };
  const sum = (amounts: readonly bigint[]): bigint => amounts.reduce((total, amount) => total + amount, 0n);
  return {
    claimable: (ids) => inParallel(ids, (id) => read(orderBook.claimable(id, at))),
    commissionOf: (id) => read(orderBook.commissionOf(id, at)),
    owedByBook: async (id, accounts) => sum(await inParallel(accounts, (account) => read(orderBook.owedTo(account, id, at)))),
    owedByRegistry: async (accounts) => sum(await inParallel(accounts, (account) => read(registry.owedTo(account, at)))),
    balance: (tokenAddress, holder) => read((token.attach(tokenAddress) as typeof token).balanceOf(address.contracts[holder], at)),
    security: async (provider) => {
      const { deposit, reserved } = await read(registry.getProvider(provider, at));
      return { deposit, reserved };
    },
  };
}

/** Address of the token of all security deposits. */
export async function securityToken(market: Market): Promise<string> {
  return (await read(market.registry.securityToken())).toLowerCase();
}
