// SPDX-License-Identifier: Apache-2.0
import { BrowserProvider, type Eip1193Provider, FetchRequest, JsonRpcProvider, Network, type Provider, type Signer } from "ethers";

import { CloisterError } from "../core/errors";
import { QueuedWallet } from "./queuedWallet";
import {
  Attestation__factory,
  MarketplaceLens__factory,
  MarketToken__factory,
  OfferCatalog__factory,
  ProviderRegistry__factory,
  type Attestation,
  type IOrderBook,
  type MarketplaceLens,
  type MarketToken,
  type OfferCatalog,
  type ProviderRegistry,
} from "../../typechain-types";
import { connectOrderBook } from "./orderBook";

/** Where a market is: chain and contracts. */
export interface MarketAddress {
  readonly rpcUrl: string;
  readonly chainId: number;
  readonly contracts: {
    readonly registry: string;
    readonly catalog: string;
    readonly orderBook: string;
    readonly attestation: string;
    readonly token: string;
  };
  /** Reads in pages, where the market has it: much fewer calls. */
  readonly lens?: string;
  /** Where the market splits budgets over its providers. */
  readonly rewardPool?: string;
}

export interface OpenMarketOptions {
  /** 0x-hex; without it the market can only be read. */
  readonly privateKey?: string;
  /** An EIP-1193 provider to use instead of `rpcUrl` (the Hardhat door, a browser wallet). */
  readonly provider?: Eip1193Provider;
}

/** A connection to one marketplace: its contracts, typed, and who acts. */
export interface Market {
  readonly address: MarketAddress;
  readonly provider: Provider;
  /** Undefined where nobody acts: reading only. */
  readonly signer?: Signer;
  readonly account?: string;
  readonly registry: ProviderRegistry;
  readonly catalog: OfferCatalog;
  readonly orderBook: IOrderBook;
  readonly attestation: Attestation;
  readonly token: MarketToken;
  /** Undefined where the configuration names none. */
  readonly lens?: MarketplaceLens;
  /** Closes the connection; pending polls end. */
  close(): void;
}

/** How often a local chain is asked for a receipt, and any other, in milliseconds. */
const POLLING = { local: 40, other: 1000 } as const;

/**
 * Connects to a market and checks that the chain is the one its configuration names.
 *
 * @throws CloisterError `ChainUnreachable`, `WrongChain` or `MarketNotFound`.
 */
export async function openMarket(address: MarketAddress, options: OpenMarketOptions = {}): Promise<Market> {
  const { provider, close } = await connect(address, options.provider);
  const signer = options.privateKey === undefined ? undefined : new QueuedWallet(options.privateKey, provider);
  const runner = signer ?? provider;
  const { contracts } = address;
  return {
    address,
    provider,
    signer,
    account: signer?.address,
    registry: ProviderRegistry__factory.connect(contracts.registry, runner),
    catalog: OfferCatalog__factory.connect(contracts.catalog, runner),
    orderBook: connectOrderBook(contracts.orderBook, runner),
    attestation: Attestation__factory.connect(contracts.attestation, runner),
    token: MarketToken__factory.connect(contracts.token, runner),
    ...(address.lens !== undefined && { lens: MarketplaceLens__factory.connect(address.lens, provider) }),
    close,
  };
}

async function connect(address: MarketAddress, given?: Eip1193Provider): Promise<{ provider: Provider; close(): void }> {
  const { provider, close } = given ? throughWallet(given) : throughUrl(address.rpcUrl, address.chainId);
  let chainId: bigint;
  let code: string;
  try {
    chainId = BigInt(await provider.send("eth_chainId", []));
    code = (await provider.send("eth_getCode", [address.contracts.orderBook, "latest"])) as string;
  } catch (error) {
    close();
    throw new CloisterError(
      "ChainUnreachable",
      `The chain at ${address.rpcUrl} does not answer.`,
      "Start it (`npm run devnet` for a local one), or correct blockchain.rpcUrl in the configuration.",
      { rpcUrl: address.rpcUrl },
      { cause: error },
    );
  }
  if (chainId !== BigInt(address.chainId)) {
    close();
    throw new CloisterError("WrongChain", `The chain at ${address.rpcUrl} is ${chainId}, the configuration says ${address.chainId}.`, "Correct blockchain.rpcUrl or blockchain.chainId.", { given: chainId, expected: address.chainId });
  }
  if (code === "0x") {
    close();
    throw new CloisterError("MarketNotFound", `There is no order book at ${address.contracts.orderBook} on chain ${chainId}.`, "Correct blockchain.contracts; a devnet that was restarted wrote new ones.", { orderBook: address.contracts.orderBook });
  }
  return { provider, close };
}

/** One request a call (a batch waits for its slowest), no network detection, receipts asked for often enough. */
export function throughUrl(rpcUrl: string, chainId: number): { provider: JsonRpcProvider; close(): void } {
  const network = Network.from(chainId);
  const request = new FetchRequest(rpcUrl);
  request.timeout = 30_000;
  const local = /^https?:\/\/(?:127\.|localhost|\[::1\])/.test(rpcUrl);
  const provider = new JsonRpcProvider(request, network, {
    staticNetwork: network,
    batchMaxCount: 1,
    pollingInterval: local ? POLLING.local : POLLING.other,
    cacheTimeout: -1,
  });
  return { provider, close: () => provider.destroy() };
}

function throughWallet(given: Eip1193Provider): { provider: BrowserProvider; close(): void } {
  const provider = new BrowserProvider(given, undefined, { cacheTimeout: -1, polling: true });
  provider.pollingInterval = POLLING.local;
  return { provider, close: () => provider.destroy() };
}

/** The account that acts. @throws CloisterError `AccountMissing` where the market was opened for reading only. */
export function actingAccount(market: Market): string {
  if (market.account !== undefined) return market.account;
  throw new CloisterError("AccountMissing", "This needs an account that signs transactions.", "Set CLOISTER_PRIVATE_KEY, or blockchain.accountPrivateKey in the configuration.");
}
