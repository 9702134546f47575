// SPDX-License-Identifier: Apache-2.0
import { time } from "@nomicfoundation/hardhat-network-helpers";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/signers";

import { signLink } from "../../../src/chain/users";
import { deployMarket } from "../../world/market";

/** A market in which Alice is user 1, with one wallet; `phone` and `laptop` are accounts without a user. */
export async function deployUsers() {
  const market = await deployMarket();
  const { registry, alice, spare, chainId } = market;
  const [phone, laptop, other] = spare;
  if (!phone || !laptop || !other) throw new Error("The test network has too few accounts.");
  await registry.enroll(alice.address);
  const user = await registry.userOf(alice.address);
  const address = await registry.getAddress();
  const deadline = (await time.latest()) + 3600;

  /** A signature of a link of `wallet` to `user`, as the wallet's nonce is now. */
  const sign = async (signer: HardhatEthersSigner, wallet: string, overrides: Partial<{ user: bigint; nonce: bigint; deadline: number; chainId: bigint; registry: string }> = {}) =>
    signLink(signer, overrides.chainId ?? chainId, overrides.registry ?? address, {
      user: overrides.user ?? user,
      wallet,
      nonce: overrides.nonce ?? (await registry.linkNonceOf(wallet)),
      deadline: overrides.deadline ?? deadline,
    });
  /** Links a wallet to Alice, sent by the wallet. */
  const link = async (wallet: HardhatEthersSigner) => registry.connect(wallet).linkWallet(user, wallet.address, deadline, await sign(alice, wallet.address), "0x");
  return { ...market, phone, laptop, other, user, address, deadline, sign, link };
}
