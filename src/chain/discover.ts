// SPDX-License-Identifier: Apache-2.0
import { Contract, type JsonRpcProvider, ZeroAddress } from "ethers";

import { CloisterError } from "../core/errors";
import { type MarketAddress, throughUrl } from "./market";
import { connectOrderBook } from "./orderBook";
import { addressOf } from "./wallets";

/** The token that a book listed first. */
const FIRST_TOKEN = 1n;

/** Contracts beside a market that the order book does not know: they know it. */
export type Beside = Partial<Record<"lens" | "rewardPool", string>>;

/** What people call them. */
const NAMES = { lens: "lens", rewardPool: "reward pool" } as const;

/**
 * The whole address of a market, from its chain and its order book, which knows the other contracts; the token is the one that was
 * listed first. Lens and reward pool are not known to it; those that are given are checked.
 *
 * @throws CloisterError `AddressInvalid`, `ChainUnreachable`, `MarketNotFound`, `OtherMarket`.
 */
export async function discoverMarket(rpcUrl: string, orderBook: string, beside: Beside = {}): Promise<MarketAddress & Beside> {
  const address = addressOf(orderBook);
  // Which chain it is is the first question; until then its number does not matter.
  const { provider, close } = throughUrl(rpcUrl, 0);
  try {
    const chainId = await chainIdOf(provider, rpcUrl);
    const contracts = await contractsOf(provider, address, chainId);
    const { lens, rewardPool } = beside;
    return {
      rpcUrl,
      chainId,
      contracts,
      ...(lens !== undefined && { lens: await ofBook(provider, address, "lens", lens) }),
      ...(rewardPool !== undefined && { rewardPool: await ofBook(provider, address, "rewardPool", rewardPool) }),
    };
  } finally {
    close();
  }
}

/** The address of a contract that reads or rewards this order book and no other. */
async function ofBook(provider: JsonRpcProvider, orderBook: string, kind: keyof Beside, given: string): Promise<string> {
  const address = addressOf(given);
  const contract = new Contract(address, ["function orderBook() view returns (address)"], provider);
  const found = await (contract.getFunction("orderBook")() as Promise<string>).catch(() => undefined); // no contract, or another kind of one
  if (found === orderBook) return address;
  const is = found === undefined ? `is no ${NAMES[kind]}` : `belongs to the order book ${found}`;
  throw new CloisterError("OtherMarket", `What is at ${address} ${is}, not the ${NAMES[kind]} of ${orderBook}.`, "Ask the market's operator for its address, or leave it out.", { [kind]: address, orderBook, found });
}

async function chainIdOf(provider: JsonRpcProvider, rpcUrl: string): Promise<number> {
  try {
    return Number(BigInt(String(await provider.send("eth_chainId", []))));
  } catch (error) {
    throw new CloisterError("ChainUnreachable", `No chain answers at ${rpcUrl}.`, "Check the URL, and that the node runs (`npm run devnet` starts a local one).", { rpcUrl }, { cause: error });
  }
}

async function contractsOf(provider: JsonRpcProvider, orderBook: string, chainId: number): Promise<MarketAddress["contracts"]> {
  const book = connectOrderBook(orderBook, provider);
  try {
    const [registry, catalog, attestation, { token }] = await Promise.all([book.registry(), book.catalog(), book.attestation(), book.getToken(FIRST_TOKEN)]);
    // The contracts that hold the order book's further code answer too, but they keep no state: nothing is listed there.
    if (token === ZeroAddress) throw new Error(`${orderBook} lists no token`);
    return { registry, catalog, orderBook, attestation, token };
  } catch (error) {
    throw new CloisterError("MarketNotFound", `What is at ${orderBook} on chain ${chainId} does not answer like an order book that sells.`, "Ask the market's operator for the address of its order book, and for the chain that it is on.", { orderBook, chainId }, { cause: error });
  }
}
