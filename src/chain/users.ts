// SPDX-License-Identifier: Apache-2.0
import { isHexString, type Signer, type TypedDataField, verifyTypedData } from "ethers";

import { CloisterError } from "../core/errors";
import { eventArgument } from "./events";
import { actingAccount, type Market } from "./market";
import { read, type Receipt, send } from "./send";

/** A user of the market. A wallet without one has user 0 and counts as itself. */
export interface UserView {
  readonly account: string;
  /** 0: no user yet; the first order makes one. */
  readonly user: bigint;
  readonly firstWallet?: string;
  readonly wallets: bigint;
}

/** What both wallets sign: EIP-712 `LinkWallet`. */
export interface LinkMessage {
  readonly user: bigint | number;
  readonly wallet: string;
  /** The wallet's link nonce; every link and unlink takes one. */
  readonly nonce: bigint | number;
  /** Unix seconds. */
  readonly deadline: bigint | number;
}

/** The signature of one of the two, to be carried to the other: plain JSON, nothing secret. */
export interface HalfLink {
  readonly chainId: number;
  readonly registry: string;
  readonly user: string;
  readonly wallet: string;
  readonly nonce: string;
  readonly deadline: string;
  readonly signer: string;
  readonly signature: string;
}

export const LINK_WALLET: Record<string, TypedDataField[]> = {
  LinkWallet: [
    { name: "user", type: "uint32" },
    { name: "wallet", type: "address" },
    { name: "nonce", type: "uint256" },
    { name: "deadline", type: "uint256" },
  ],
};

/** The EIP-712 domain of a registry. */
export function linkDomain(chainId: bigint | number, registry: string) {
  return { name: "Cloister", version: "1", chainId, verifyingContract: registry };
}

/** Signs a link. */
export function signLink(signer: Signer, chainId: bigint | number, registry: string, message: LinkMessage): Promise<string> {
  return signer.signTypedData(linkDomain(chainId, registry), LINK_WALLET, message);
}

/** The user of an account, and how many wallets it has. */
export async function getUser(market: Market, account: string): Promise<UserView> {
  const user = await read(market.registry.userOf(account));
  if (user === 0n) return { account, user, wallets: 1n };
  const [firstWallet, wallets] = await Promise.all([read(market.registry.firstWalletOf(user)), read(market.registry.walletCountOf(user))]);
  return { account, user, firstWallet, wallets };
}

/** Makes the acting account a user of its own where it has none. */
export async function enroll(market: Market): Promise<bigint> {
  const account = actingAccount(market);
  const known = await read(market.registry.userOf(account));
  if (known !== 0n) return known;
  const receipt = await send(market.registry.enroll(account));
  return eventArgument<bigint>(receipt.logs, "UserRegistered", "user");
}

/**
 * The acting account's half of a link between `wallet` and `user`.
 *
 * @throws CloisterError `LinkNotYours` where the acting account is neither the wallet nor the user's first wallet.
 */
export async function signHalfLink(market: Market, user: bigint, wallet: string, deadline: bigint): Promise<HalfLink> {
  const account = actingAccount(market);
  const [first, nonce] = await Promise.all([read(market.registry.firstWalletOf(user)), read(market.registry.linkNonceOf(wallet))]);
  if (account !== wallet && account !== first) {
    throw new CloisterError("LinkNotYours", `${account} is neither the wallet ${wallet} nor the first wallet of user ${user}.`, "Sign with one of the two (--config).", { account, wallet, user });
  }
  const { chainId, contracts } = market.address;
  const signature = await signLink(market.signer!, chainId, contracts.registry, { user, wallet, nonce, deadline });
  return { chainId, registry: contracts.registry, user: String(user), wallet, nonce: String(nonce), deadline: String(deadline), signer: account, signature };
}

/**
 * Completes a link: the acting account is the one of the two that has not signed. It signs by sending.
 *
 * @throws CloisterError `LinkOfOtherMarket`, `LinkTampered` or `LinkNotYours`, and what the registry refuses: `LinkExpired`,
 *   `LinkNotSigned`, `WalletTaken`, `FirstWalletOfUser`, `UserNotFound`.
 */
export async function completeLink(market: Market, half: HalfLink): Promise<Receipt> {
  const account = actingAccount(market);
  const { chainId, contracts } = market.address;
  if (half.chainId !== chainId || half.registry.toLowerCase() !== contracts.registry.toLowerCase()) {
    throw new CloisterError("LinkOfOtherMarket", `This half was signed for registry ${half.registry} on chain ${half.chainId}, not for ${contracts.registry} on ${chainId}.`, "Use a configuration of that market, or sign again for this one.", { given: half.registry, expected: contracts.registry });
  }
  const user = BigInt(half.user);
  const first = await read(market.registry.firstWalletOf(user));
  if (account !== half.wallet && account !== first) {
    throw new CloisterError("LinkNotYours", `${account} is neither the wallet ${half.wallet} nor the first wallet of user ${user}.`, "Complete the link with the one of the two that has not signed (--config).", { account, wallet: half.wallet, user });
  }
  // A wallet that is a contract cannot be checked here; the registry asks it.
  const plain = isHexString(half.signature, 65) && (await market.provider.getCode(half.signer)) === "0x";
  if (plain && verifyTypedData(linkDomain(chainId, half.registry), LINK_WALLET, { user, wallet: half.wallet, nonce: half.nonce, deadline: half.deadline }, half.signature) !== half.signer) {
    throw new CloisterError("LinkTampered", `${half.signer} did not sign this link.`, "Have it signed again and carry it unchanged.", { signer: half.signer });
  }
  const [userSignature, walletSignature] = half.signer === half.wallet ? ["0x", half.signature] : [half.signature, "0x"];
  return send(market.registry.linkWallet(user, half.wallet, BigInt(half.deadline), userSignature, walletSignature));
}

/** Takes a wallet off its user; the acting account is the wallet or its user's first. */
export async function unlinkWallet(market: Market, wallet: string): Promise<Receipt> {
  actingAccount(market);
  return send(market.registry.unlinkWallet(wallet));
}
