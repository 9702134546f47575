// SPDX-License-Identifier: Apache-2.0
import { actingAccount, type Market } from "../../chain/market";
import { blockTime } from "../../chain/orders";
import { completeLink, enroll, signHalfLink } from "../../chain/users";
import { addressOf } from "../../chain/wallets";
import { CloisterError } from "../../core/errors";
import { Context } from "../context";
import { readTextFile, writeJsonFile } from "../files/textFile";
import { invitationOf, parseInvitation } from "./invitation";

/** What came of a link: it is there, or an invitation was written. */
export type Linking =
  | { readonly linked: true; readonly user: bigint; readonly wallet: string; readonly transaction: string; readonly gasUsed: bigint }
  | { readonly linked: false; readonly user: bigint; readonly wallet: string; readonly output: string; readonly validUntil: string };

/** Writes the acting account's half of a link with a wallet whose key is elsewhere; an account without a user becomes one. */
export async function invite(context: Context, wallet: string, validHours: number, output: string): Promise<Linking> {
  const market = await context.market("account");
  const invited = addressOf(wallet);
  refuseOwn(actingAccount(market), invited);
  const user = await enroll(market);
  const deadline = await deadlineIn(market, context, validHours);
  const half = await signHalfLink(market, user, invited, deadline);
  await writeJsonFile(context.path(output), invitationOf(half));
  return { linked: false, user, wallet: invited, output, validUntil: new Date(Number(deadline) * 1000).toISOString() };
}

/** Completes a link that the other one has signed. */
export async function accept(context: Context, path: string): Promise<Linking> {
  const half = parseInvitation(await readTextFile(context.path(path)), path);
  const { transaction, gasUsed } = await completeLink(await context.market("account"), half);
  return { linked: true, user: BigInt(half.user), wallet: half.wallet, transaction, gasUsed };
}

/** Links the account of another configuration: it signs, the acting account sends. */
export async function linkAtOnce(context: Context, other: string, validHours: number): Promise<Linking> {
  const market = await context.market("account");
  // The environment's keys are the acting account's; the other's are its configuration's.
  const { CLOISTER_PRIVATE_KEY: _, CLOISTER_AUTHORITY_PRIVATE_KEY: __, ...env } = context.surroundings.env;
  const beside = new Context({ ...context.surroundings, env }, { configPath: context.path(other), signal: context.signal, provider: context.provider });
  context.onEnd(() => beside.end());
  const theirs = await beside.market("account");
  const wallet = actingAccount(theirs);
  refuseOwn(actingAccount(market), wallet);
  const user = await enroll(market);
  const half = await signHalfLink(theirs, user, wallet, await deadlineIn(market, context, validHours));
  const { transaction, gasUsed } = await completeLink(market, half);
  return { linked: true, user, wallet, transaction, gasUsed };
}

function refuseOwn(account: string, wallet: string): void {
  if (account !== wallet) return;
  throw new CloisterError("LinkToItself", `${wallet} is the acting account itself.`, "Name the other wallet, or its configuration.", { wallet });
}

/** Unix seconds; a chain's clock may be ahead of ours. */
async function deadlineIn(market: Market, context: Context, hours: number): Promise<bigint> {
  const now = await blockTime(market, await market.provider.getBlockNumber());
  return BigInt(Math.max(now, Math.floor(context.now().getTime() / 1000)) + hours * 3600);
}
