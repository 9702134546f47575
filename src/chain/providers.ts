// SPDX-License-Identifier: Apache-2.0
import { CloisterError } from "../core/errors";
import { eventArgument, eventsOf } from "./events";
import { actingAccount, type Market } from "./market";
import { read, type Receipt, send } from "./send";

/** A provider as tools show it. Amounts in units of the security token. */
export interface ProviderView {
  readonly id: bigint;
  readonly name: string;
  readonly description: string;
  readonly metadata: string;
  readonly authority: string;
  readonly actionAccount: string;
  readonly tokenReceiver: string;
  readonly deposit: bigint;
  readonly reserved: bigint;
}

export interface RegisterProviderParameters {
  readonly actionAccount?: string;
  readonly tokenReceiver?: string;
  readonly name: string;
  readonly description: string;
  readonly metadata?: string;
}

/** Registers the acting account as the authority of a new provider that sells through the market's order book. */
export async function registerProvider(market: Market, parameters: RegisterProviderParameters): Promise<Receipt & { provider: bigint }> {
  const account = actingAccount(market);
  const receipt = await send(
    market.registry.registerProvider(
      parameters.actionAccount ?? account,
      parameters.tokenReceiver ?? account,
      market.address.contracts.orderBook,
      parameters.name,
      parameters.description,
      parameters.metadata ?? "",
    ),
  );
  return { ...receipt, provider: eventArgument<bigint>(receipt.logs, "ProviderRegistered", "provider") };
}

/** The provider with its texts. @throws CloisterError `ProviderNotFound`. */
export async function getProvider(market: Market, id: bigint): Promise<ProviderView> {
  const record = await read(market.registry.getProvider(id));
  const block = Number(record.textBlock);
  const logs = await market.provider.getLogs({
    address: market.address.contracts.registry,
    topics: await market.registry.filters.ProviderDescribed(id).getTopicFilter(),
    fromBlock: block,
    toBlock: block,
  });
  const texts = eventsOf(logs, "ProviderDescribed").at(-1)?.args;
  return {
    id,
    name: String(texts?.name ?? ""),
    description: String(texts?.description ?? ""),
    metadata: String(texts?.metadata ?? ""),
    authority: record.authority,
    actionAccount: record.actionAccount,
    tokenReceiver: record.tokenReceiver,
    deposit: record.deposit,
    reserved: record.reserved,
  };
}

/** Id of the provider whose authority is `account`; undefined where it is none. */
export async function providerOf(market: Market, account: string): Promise<bigint | undefined> {
  const id = await read(market.registry.providerOf(account));
  return id === 0n ? undefined : id;
}

/** Adds to a provider's security deposit; allows the registry to take the amount first. */
export async function depositSecurity(market: Market, provider: bigint, amount: bigint): Promise<Receipt> {
  const account = actingAccount(market);
  const { registry } = market.address.contracts;
  if ((await read(market.token.allowance(account, registry))) < amount) await send(market.token.approve(registry, amount));
  return send(market.registry.depositSecurity(provider, amount));
}

/** All providers, oldest first. */
export async function listProviders(market: Market): Promise<ProviderView[]> {
  const count = await read(market.registry.providerCount());
  return Promise.all(Array.from({ length: Number(count) }, (_, index) => getProvider(market, BigInt(index + 1))));
}

/** The provider that the acting account is the authority of. @throws CloisterError `ProviderMissing`. */
export async function ownProvider(market: Market): Promise<bigint> {
  const account = actingAccount(market);
  const id = await providerOf(market, account);
  if (id !== undefined) return id;
  throw new CloisterError("ProviderMissing", `${account} is not registered as a provider.`, "Register it: `providers create`, or `provider-tools register`.", { account });
}
