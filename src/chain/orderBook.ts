// SPDX-License-Identifier: Apache-2.0
import { Contract, type ContractRunner, Interface, type JsonFragment } from "ethers";

import { type IOrderBook, OrderAnnex__factory, OrderBook__factory, OrderReader__factory } from "../../typechain-types";

/** What the three parts of an order book's code say together: every verb, event and error, each once. */
export const orderBookAbi: readonly JsonFragment[] = unique([...OrderBook__factory.abi, ...OrderAnnex__factory.abi, ...OrderReader__factory.abi]);

/** The order book at an address: its code lies in three contracts, its state and its money in this one. */
export function connectOrderBook(address: string, runner: ContractRunner | null): IOrderBook {
  return new Contract(address, orderBookAbi, runner) as unknown as IOrderBook;
}

function unique(fragments: readonly JsonFragment[]): JsonFragment[] {
  const known = new Map<string, JsonFragment>();
  for (const fragment of fragments) {
    if (fragment.type === "constructor" || fragment.type === "fallback") continue;
    known.set(new Interface([fragment]).fragments[0]!.format("sighash") + String(fragment.type), fragment);
  }
  return [...known.values()];
}
