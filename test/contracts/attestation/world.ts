// SPDX-License-Identifier: Apache-2.0
import { time } from "@nomicfoundation/hardhat-network-helpers";
import { getBytes, hexlify } from "ethers";
import { ethers } from "hardhat";
import { signDigest } from "../../../src/crypto/keys";
import { type Authority, days, makeAuthority, makeDevice, type TestDevice } from "./chains";

export const HARDWARE = 0;
export const SIMULATED = 1;
export const OFFER = 7;

/** A deployed Attestation with one simulated root, and offers 7 and 8 of provider 3, offer 9 of provider 4. */
export async function deployAttestation() {
  const [admin, carol, dave, mallory] = await ethers.getSigners();
  if (!admin || !carol || !dave || !mallory) throw new Error("The test network has too few accounts.");
  const manager = await ethers.deployContract("@openzeppelin/contracts/access/manager/AccessManager.sol:AccessManager", [admin.address]);
  const catalog = await ethers.deployContract("FixedOfferOwners");
  for (const [offer, provider, account] of [[OFFER, 3, carol], [8, 3, carol], [9, 4, dave]] as const) {
    await catalog.setOwner(offer, provider, account.address);
  }
  const attestation = await ethers.deployContract("Attestation", [await manager.getAddress(), await catalog.getAddress()]);
  const start = (await time.latest()) - 60;
  const authority = await makeAuthority(start);
  await attestation.addRoot(authority.root.der, SIMULATED);

  /** Certifies a new device of the authority, valid for `count` days. */
  const device = (from: Authority = authority, count = 30) => makeDevice(from, days(start, count));

  /** Registers a device with its own signature, as the provider's account does. */
  const register = async (item: TestDevice, offer = OFFER, account = carol, signedOffer = offer) => {
    const { r, s } = signDigest(item.key, getBytes(await attestation.deviceRegistrationDigest(signedOffer, item.id)));
    return attestation.connect(account).registerDevice(offer, item.chain, r, s);
  };
  return { admin, carol, dave, mallory, manager, catalog, attestation, authority, start, device, register };
}

/** A digest to be signed in tests. */
export const DIGEST = ethers.id("a report");

/** Arguments of `checkDeviceSignature` for a device that signs the digest. */
export function signedBy(item: TestDevice, offer = OFFER, digest = DIGEST): [string, string, number, string, string, string] {
  const { x, y, r, s } = signDigest(item.key, getBytes(digest));
  return [x, y, offer, digest, r, s];
}

/** Bytes as the contract's errors print them. */
export function hexOf(bytes: Uint8Array): string {
  return hexlify(bytes);
}
