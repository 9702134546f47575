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
  /** Block in which its texts were set last. */
  readonly textBlock: number;
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
  const { authority, actionAccount, tokenReceiver, deposit, reserved, textBlock } = await read(market.registry.getProvider(id));
  return withTexts(market, { id, authority, actionAccount, tokenReceiver, deposit, reserved, textBlock: Number(textBlock) });
}

/** A provider's record together with its texts, which were set last in its block. */
export async function withTexts(market: Market, record: Omit<ProviderView, "name" | "description" | "metadata">): Promise<ProviderView> {
  const { id, textBlock: block } = record;
  const logs = await market.provider.getLogs({
    address: market.address.contracts.registry,
    topics: await market.registry.filters.ProviderDescribed(id).getTopicFilter(),
    fromBlock: block,
    toBlock: block,
  });
  const texts = eventsOf(logs, "ProviderDescribed").at(-1)?.args;
  return { ...record, name: String(texts?.name ?? ""), description: String(texts?.description ?? ""), metadata: String(texts?.metadata ?? "") };
}

/** Id of the provider whose authority is `account`; undefined where it is none. */
export async function providerOf(market: Market, account: string): Promise<bigint | undefined> {
  const id = await read(market.registry.providerOf(account));
  return id === 0n ? undefined : id;
}

/** Changes a provider's texts. Only its authority. */
export async function describeProvider(market: Market, provider: bigint, { name, description, metadata }: Pick<ProviderView, "name" | "description" | "metadata">): Promise<Receipt> {
  return send(market.registry.describeProvider(provider, name, description, metadata));
}

/** Changes a provider's accounts; it goes on selling through the market's order book. Only its authority. */
export async function updateProvider(market: Market, provider: bigint, { actionAccount, tokenReceiver }: Pick<ProviderView, "actionAccount" | "tokenReceiver">): Promise<Receipt> {
  return send(market.registry.updateProvider(provider, actionAccount, tokenReceiver, market.address.contracts.orderBook));
}

/** Adds to a provider's security deposit; lets the registry take the amount first. Anyone may. */
export async function depositSecurity(market: Market, provider: bigint, amount: bigint): Promise<Receipt> {
  const account = actingAccount(market);
  const { registry } = market.address.contracts;
  const token = market.token.attach(await read(market.registry.securityToken())) as typeof market.token;
  if ((await read(token.allowance(account, registry))) < amount) await send(token.approve(registry, amount));
  return send(market.registry.depositSecurity(provider, amount));
}

/** Takes back security deposit that answers for nothing. Only the authority, which gets it. */
export async function withdrawSecurity(market: Market, provider: bigint, amount: bigint): Promise<Receipt> {
  return send(market.registry.withdrawSecurity(provider, amount));
}

/** Ids of all providers run from 1 to this number. */
export async function providerCount(market: Market): Promise<number> {
  return Number(await read(market.registry.providerCount()));
}

/** All providers, oldest first. */
export async function listProviders(market: Market): Promise<ProviderView[]> {
  return Promise.all(Array.from({ length: await providerCount(market) }, (_, index) => getProvider(market, BigInt(index + 1))));
}

/**
 * The provider that the acting account sells for: the one it is the authority and action account of, else one that named it as
 * its action account.
 */
export async function actingProvider(market: Market): Promise<bigint | undefined> {
  const account = actingAccount(market);
  const own = await providerOf(market, account);
  if (own !== undefined && (await actsFor(market, own, account))) return own;
  const count = await providerCount(market);
  for (let id = 1n; id <= count; id++) {
    if (await actsFor(market, id, account)) return id;
  }
  return undefined;
}

async function actsFor(market: Market, id: bigint, account: string): Promise<boolean> {
  return (await read(market.registry.actionAccountOf(id))).toLowerCase() === account.toLowerCase();
}

/** The provider that the acting account is the authority of. @throws CloisterError `ProviderMissing`. */
export async function ownProvider(market: Market): Promise<bigint> {
  return (await providerOf(market, actingAccount(market))) ?? missing(actingAccount(market), "registered as a provider");
}

/** The provider whose offers the acting account may create and change. @throws CloisterError `ProviderMissing`. */
export async function sellingProvider(market: Market): Promise<bigint> {
  return (await actingProvider(market)) ?? missing(actingAccount(market), "the action account of a provider");
}

function missing(account: string, what: string): never {
  throw new CloisterError("ProviderMissing", `${account} is not ${what}.`, "Register it: `providers create`, or `provider-tools register`.", { account });
}
