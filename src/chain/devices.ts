// SPDX-License-Identifier: Apache-2.0
import { getBytes } from "ethers";

import { CloisterError } from "../core/errors";
import type { Market } from "./market";
import { read, type Receipt, send } from "./send";
import { eventArgument } from "./events";
import type { DeviceSignature } from "./orders";

/** A registered device as the chain knows it. */
export interface DeviceView {
  readonly device: string;
  readonly offer: bigint;
  /** Unix seconds. */
  readonly validUntil: number;
  readonly revoked: boolean;
  /** Id of the root's key. */
  readonly root: string;
  /** DER: sub CA, device; from the newest registration. */
  readonly chain: readonly Uint8Array[];
}

/** Devices of a compute offer with their certificates, revoked and expired ones included. */
export async function devicesOf(market: Market, offer: bigint): Promise<DeviceView[]> {
  const ids = await read(market.attestation.devicesOf(offer));
  return Promise.all(ids.map((id) => getDevice(market, id)));
}

/** A registered device with its certificates. @throws CloisterError `DeviceNotFound`. */
export async function getDevice(market: Market, id: string): Promise<DeviceView> {
  const [record, { chain }] = await Promise.all([read(market.attestation.getDevice(id)), deviceChainAt(market, id)]);
  return { device: id, offer: record.offer, validUntil: Number(record.validUntil), revoked: record.revoked, root: record.root, chain };
}

/** The certificates (DER: sub CA, device) that a device was last registered with, or at or before a block: what was valid when it signed. */
export async function deviceChainAt(market: Market, id: string, block?: number): Promise<{ chain: Uint8Array[]; root: string }> {
  const events = await market.attestation.queryFilter(market.attestation.filters.DeviceRegistered(id), 0, block);
  const last = events.at(-1);
  if (!last) throw new CloisterError("DeviceNotFound", `The device ${id} is not registered.`, "Register it: `tee run` does so by itself.", { device: id });
  const chain = last.args.chain.length > 0 ? last.args.chain : await chainOfTransaction(market, last.transactionHash);
  return { chain: chain.map((der) => getBytes(der)), root: last.args.root };
}

/** An account that calls directly spares itself the event's bytes: the certificates are the transaction's own argument. */
async function chainOfTransaction(market: Market, hash: string): Promise<readonly string[]> {
  const transaction = await market.provider.getTransaction(hash);
  const call = transaction && market.attestation.interface.parseTransaction({ data: transaction.data });
  if (call?.name === "registerDevice") return [...(call.args.chain as string[])];
  throw new CloisterError("CertificatesMissing", `Transaction ${hash} does not show the certificates it registered.`, "Ask the machine's owner to register its device directly.", { transaction: hash });
}

/** Registers (or renews) a device to a compute offer. `chain`: DER, sub CA first, device last. */
export async function registerDevice(market: Market, offer: bigint, chain: readonly Uint8Array[], signature: Pick<DeviceSignature, "r" | "s">): Promise<Receipt & { device: string }> {
  const receipt = await send(market.attestation.registerDevice(offer, chain as Uint8Array[], signature.r, signature.s));
  return { ...receipt, device: eventArgument<string>(receipt.logs, "DeviceRegistered", "device") };
}
