// SPDX-License-Identifier: Apache-2.0
import { getAddress } from "ethers";

import { CloisterError } from "../core/errors";
import type { Market } from "./market";
import { inParallel } from "./parallel";
import { read } from "./send";

/** The wallets that are linked to a user now, its first one first. */
export async function walletsOf(market: Market, user: bigint): Promise<string[]> {
  const { filters } = market.registry;
  const [registered, linked] = await Promise.all([market.registry.queryFilter(filters.UserRegistered(user)), market.registry.queryFilter(filters.WalletLinked(user))]);
  const ever = [...new Set([...registered, ...linked].map(({ args }) => args.wallet))];
  const users = await inParallel(ever, (wallet) => read(market.registry.userOf(wallet)));
  return ever.filter((_, index) => users[index] === user);
}

/** An address as the chain's tools spell it. @throws CloisterError `AddressInvalid` where it is none, or its spelling shows a slip. */
export function addressOf(given: string): string {
  try {
    return getAddress(given);
  } catch (error) {
    throw new CloisterError("AddressInvalid", `"${given}" is no address: its capital letters do not belong to its digits, or it is not 0x and 40 hex digits.`, "Copy it again, or write it in lower case.", { given }, { cause: error });
  }
}
