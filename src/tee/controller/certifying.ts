// SPDX-License-Identifier: Apache-2.0
import { registerDevice } from "../../chain/devices";
import type { Market } from "../../chain/market";
import { isDeviceValid } from "../../chain/running";
import { CloisterError, isCloisterError } from "../../core/errors";
import { chainFromPem } from "../../crypto/certificateContents";
import type { DeviceRequestMessage } from "../certificationClient";
import type { LoaderMessage } from "../loader/protocol";
import { carry, type Patience, reasonOf } from "./carry";
import type { LoaderProcess } from "./loaderProcess";

/** What certifying a device needs. */
export interface Certifying {
  readonly market: Market;
  readonly offer: bigint;
  readonly loader: LoaderProcess;
  readonly provider: bigint;
  /** Asks the certification authority; returns the chain as PEM, root first. */
  readonly certify: (request: DeviceRequestMessage) => Promise<string>;
  readonly patience: Patience;
  /** Its event `renew` asks for a renewal now. */
  readonly renewNow?: EventTarget;
  /** What has to be done once the authority has certified the device, before the chain knows it. */
  readonly certified?: (device: string) => Promise<void>;
}

type Of<Type extends LoaderMessage["type"]> = Extract<LoaderMessage, { type: Type }>;
const is =
  <Type extends LoaderMessage["type"]>(type: Type) =>
  (message: LoaderMessage): message is Of<Type> =>
    message.type === type;

/** Certifies the device and registers it on chain; the same device again is a renewal. Returns from when to when it is valid, in milliseconds. */
export async function certifyDevice({ market, offer, loader, provider, certify, patience, certified }: Certifying): Promise<{ from: number; until: number }> {
  const chain = await certify(await loader.ask({ type: "quote" }, is("deviceRequest")));
  const installed = await loader.ask({ type: "install", chain }, is("installed"));
  await certified?.(installed.device);
  const attestation = market.address.contracts.attestation.toLowerCase();
  const registration = await loader.ask({ type: "register", chainId: market.address.chainId, attestation, offer: String(offer), provider: String(provider) }, is("registration"));
  const [, subCa, device] = chainFromPem(chain);
  if (!subCa || !device) throw new CloisterError("ChainLengthWrong", "The certification authority sent no device certificate.", "See its log.");
  const done = async () => (await isDeviceValid(market, installed.device)) && Number((await market.attestation.getDevice(installed.device)).validUntil) === installed.validUntil;
  const receipt = await carry({ what: "the registration", done, send: () => registerDevice(market, offer, [subCa.der, device.der], registration.signature), ownCertificate: true }, patience);
  patience.log(`device ${installed.device} registered to offer ${offer} until ${device.validUntil.toISOString()}${receipt ? `, gas ${receipt.gasUsed}` : ""}`);
  return { from: Date.now(), until: device.validUntil.getTime() };
}

/** Refusals after which the same key is not tried again. */
const FINAL = new Set(["KeyRevoked", "DeviceRevoked", "RootNotListed"]);
/** Timers of Node count no further than 24.8 days. */
const LONGEST_WAIT = 2 ** 31 - 1;

/**
 * Renews a device's certificate at two thirds of its life; running orders keep their keys and get new certificates. A renewal that
 * fails is tried again, ever closer to the end and beyond it.
 *
 * @param onRefused told when this device will never be certified again: a new loader may be.
 * @returns ends it.
 */
export function keepCertified(around: Certifying, first: { readonly from: number; readonly until: number }, onRefused: (error: Error) => void): () => void {
  let timer: NodeJS.Timeout;
  let stopped = false;
  let { until } = first;
  const plan = (at: number) => {
    if (stopped) return;
    timer = setTimeout(() => (Date.now() < at ? plan(at) : void renew()), Math.min(Math.max(0, at - Date.now()), LONGEST_WAIT));
  };
  const renew = async () => {
    try {
      const life = await certifyDevice(around);
      until = life.until;
      plan(dueOf(life));
    } catch (error) {
      if (stopped) return;
      if (isCloisterError(error) && FINAL.has(error.code)) return onRefused(error);
      around.patience.log(`renewal failed: ${reasonOf(error)}`);
      plan(Date.now() + Math.max(1000, Math.min(60_000, (until - Date.now()) / 4)));
    }
  };
  plan(dueOf(first));
  const now = () => {
    clearTimeout(timer);
    void renew();
  };
  around.renewNow?.addEventListener("renew", now);
  return () => {
    stopped = true;
    clearTimeout(timer);
    around.renewNow?.removeEventListener("renew", now);
  };
}

function dueOf({ from, until }: { readonly from: number; readonly until: number }): number {
  return from + ((until - from) * 2) / 3;
}
