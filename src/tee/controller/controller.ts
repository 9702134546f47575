// SPDX-License-Identifier: Apache-2.0
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";

import type { Market } from "../../chain/market";
import { deviceIds, isDeviceValid } from "../../chain/running";
import { read } from "../../chain/send";
import type { ObjectStore } from "../../store/objectStore";
import type { DeviceRequestMessage } from "../certificationClient";
import { type Patience, steadily } from "./carry";
import { certifyDevice, keepCertified } from "./certifying";
import { LoaderProcess, type LoaderProcessOptions } from "./loaderProcess";
import { OrderDesk } from "./orderDesk";
import { watchOrders } from "./orderWatch";
import { OwnDevices } from "./ownDevices";

/** A machine of a provider: one compute offer, one loader. */
export interface MachineOptions extends Omit<LoaderProcessOptions, "onLog"> {
  readonly market: Market;
  readonly offer: bigint;
  readonly store: ObjectStore;
  readonly work: string;
  /** Asks the certification authority; returns the chain as PEM, root first. */
  readonly certify: (request: DeviceRequestMessage) => Promise<string>;
  /** Takes the machine's directory for this process. @throws where another process serves the offer from it. */
  readonly claim: () => Promise<void>;
  /** Its event `renew` asks for a renewal of the certificate now. */
  readonly renewNow?: EventTarget;
  /** Milliseconds between two looks at the chain. */
  readonly interval: number;
  /** Seconds between two checkpoints of a service, where the market allows so many. */
  readonly checkpointSeconds: number;
  /** Seconds that running orders get to end by themselves when the machine is stopped. */
  readonly drainSeconds: number;
  /** Milliseconds in which a store must move something. */
  readonly stallMilliseconds: number;
  /** Revoke the offer's other devices, whoever's they are, and end what they ran. */
  readonly takeOver: boolean;
  readonly signal: AbortSignal;
  readonly log: (line: string) => void;
}

/** How long a chain that does not answer is waited for when the machine is stopped, in milliseconds. */
const FAREWELL = 30_000;

/**
 * The execution controller: starts the loader, has its device certified and registered, and takes orders until it is stopped. It is
 * not trusted: all it can do is carry what the loader signed, or not. When the loader ends, it ends: whatever starts it again finds
 * on chain what has to be ended.
 */
export async function runMachine(options: MachineOptions, onReady: (device: string) => void): Promise<void> {
  const { market, offer, signal, log } = options;
  let stopped = Infinity;
  signal.addEventListener("abort", () => (stopped = Date.now()), { once: true });
  const patience = { log, over: () => Date.now() > stopped + options.drainSeconds * 1000 + FAREWELL };
  const { provider } = await steadily(() => read(market.catalog.getOffer(offer)), patience);
  const { loader, hello } = await LoaderProcess.start({ ...options, onLog: log });
  const { device } = hello;
  let endRenewal: () => void = () => undefined;
  const ended = new AbortController();
  let refuse: (error: Error) => void = () => undefined;
  const refused = new Promise<never>((_, reject) => (refuse = reject));
  refused.catch(() => undefined); // Where nobody waits for it any more, the machine is ending anyway.
  try {
    log(`loader ready: runner ${hello.runner.name} (${hello.runner.isolation}); ${hello.runner.found}`);
    const certifying = { market, offer, loader, provider, certify: options.certify, patience, renewNow: options.renewNow };
    endRenewal = keepCertified(certifying, await certifyDevice({ ...certifying, certified: () => succeed(options, device, patience) }), refuse);
    onReady(device);
    await Promise.race([takeOrders({ ...options, signal: AbortSignal.any([signal, ended.signal]) }, loader, device, patience.over), loader.died, refused]);
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    endRenewal();
    ended.abort();
    await loader.stop();
  }
}

/** Takes the place of this machine's earlier loaders: their files go, and their devices are revoked. */
async function succeed({ market, offer, work, takeOver, claim, log }: MachineOptions, device: string, patience: Patience): Promise<void> {
  await claim();
  // Ciphertexts of a machine that was killed.
  await rm(work, { recursive: true, force: true });
  await mkdir(work, { recursive: true, mode: 0o700 });
  const own = new OwnDevices(join(work, "..", "devices.json"));
  await own.remember(device);
  const revoked = await own.revokeOthers(market, offer, device, takeOver, patience);
  if (revoked > 0) log(`${revoked} earlier device(s) of offer ${offer} revoked`);
}

async function takeOrders(options: MachineOptions, loader: LoaderProcess, device: string, over: () => boolean): Promise<void> {
  const { market, offer } = options;
  const others = async () => (await Promise.all((await deviceIds(market, offer)).filter((id) => id !== device).map((id) => isDeviceValid(market, id)))).includes(true);
  let revoke: (error: Error) => void = () => undefined;
  const revoked = new Promise<never>((_, reject) => (revoke = reject));
  const desk = new OrderDesk({ ...options, loader, device, over }, others, revoke);
  const watch = async () => {
    for await (const seen of watchOrders(options)) await desk.see(seen);
  };
  try {
    await Promise.race([watch(), revoked]);
  } finally {
    // Where the device is revoked nothing that still runs can be ended by it: a new loader does.
    const seconds = options.signal.aborted ? options.drainSeconds : 0;
    await Promise.race([desk.close(seconds), loader.died]);
  }
}
