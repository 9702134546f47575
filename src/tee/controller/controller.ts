// SPDX-License-Identifier: Apache-2.0
import { mkdir } from "node:fs/promises";

import { registerDevice } from "../../chain/devices";
import type { Market } from "../../chain/market";
import { CloisterError, isCloisterError } from "../../core/errors";
import { chainFromPem } from "../../crypto/certificateContents";
import type { ObjectStore } from "../../store/objectStore";
import type { DeviceRequestMessage } from "../certificationClient";
import type { LoaderMessage } from "../loader/protocol";
import { LoaderProcess, type LoaderProcessOptions } from "./loaderProcess";
import { newOrders } from "./queue";
import { OrderJob } from "./orderJob";

/** A machine of a provider: one compute offer, one loader. */
export interface MachineOptions extends Omit<LoaderProcessOptions, "onLog"> {
  readonly market: Market;
  readonly offer: bigint;
  readonly store: ObjectStore;
  readonly work: string;
  /** Asks the certification authority; returns the chain as PEM, root first. */
  readonly certify: (request: DeviceRequestMessage) => Promise<string>;
  /** Milliseconds between two looks at the chain. */
  readonly interval: number;
  readonly signal: AbortSignal;
  readonly log: (line: string) => void;
}

/**
 * The execution controller: starts the loader, has its device certified and registered, and takes orders until it is stopped. It is
 * not trusted: all it can do is carry what the loader signed, or not.
 */
export async function runMachine(options: MachineOptions, onReady: (device: string) => void): Promise<void> {
  const { market, offer, signal, log } = options;
  await mkdir(options.work, { recursive: true, mode: 0o700 });
  const { provider } = await market.catalog.getOffer(offer);
  const { loader, hello } = await LoaderProcess.start({ ...options, onLog: log });
  try {
    log(`loader ready: runner ${hello.runner.name} (${hello.runner.isolation}); ${hello.runner.found}`);
    const renewal = await certify(options, loader, provider);
    onReady(hello.device);
    const timer = setInterval(() => void renewIfDue(options, loader, provider, renewal).catch((error: unknown) => log(`renewal failed: ${reasonOf(error)}`)), 60_000);
    const running = new Map<bigint, Promise<void>>();
    try {
      await Promise.race([takeOrders(options, loader, hello.device, running), loader.died]);
    } finally {
      clearInterval(timer);
    }
    await Promise.allSettled(running.values());
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    await loader.stop();
  }
}

async function takeOrders(options: MachineOptions, loader: LoaderProcess, device: string, running: Map<bigint, Promise<void>>): Promise<void> {
  const { market, offer, store, work, interval, signal, log } = options;
  for await (const id of newOrders(market, offer, interval, signal)) {
    const job = new OrderJob(id, { market, loader, device, store, work, log })
      .run()
      .catch((error: unknown) => log(`order ${id}: ${reasonOf(error)}`))
      .finally(() => running.delete(id));
    running.set(id, job);
  }
}

/** Certifies the device and registers it on chain; returns when the certificate ends, in milliseconds. */
async function certify(options: MachineOptions, loader: LoaderProcess, provider: bigint): Promise<{ due: number }> {
  const { market, offer, log } = options;
  const request = await loader.ask({ type: "quote" }, (message): message is Extract<LoaderMessage, { type: "deviceRequest" }> => message.type === "deviceRequest");
  const chain = await options.certify(request);
  const installed = await loader.ask({ type: "install", chain }, (message): message is Extract<LoaderMessage, { type: "installed" }> => message.type === "installed");
  const attestation = market.address.contracts.attestation.toLowerCase();
  const registration = await loader.ask(
    { type: "register", chainId: market.address.chainId, attestation, offer: String(offer), provider: String(provider) },
    (message): message is Extract<LoaderMessage, { type: "registration" }> => message.type === "registration",
  );
  const [, subCa, device] = chainFromPem(chain);
  if (!subCa || !device) throw new CloisterError("ChainLengthWrong", "The certification authority sent no device certificate.", "See its log.");
  const { gasUsed } = await registerDevice(market, offer, [subCa.der, device.der], registration.signature);
  log(`device ${installed.device} registered to offer ${offer} until ${new Date(installed.validUntil * 1000).toISOString()}, gas ${gasUsed}`);
  return { due: dueOf(installed.validUntil) };
}

/** Renews at two thirds of the certificate's life; running orders keep their keys. */
async function renewIfDue(options: MachineOptions, loader: LoaderProcess, provider: bigint, renewal: { due: number }): Promise<void> {
  if (Date.now() < renewal.due) return;
  renewal.due = Number.MAX_SAFE_INTEGER;
  try {
    renewal.due = (await certify(options, loader, provider)).due;
  } catch (error) {
    renewal.due = Date.now() + 60_000;
    throw error;
  }
}

function dueOf(validUntil: number): number {
  const now = Date.now();
  return now + ((validUntil * 1000 - now) * 2) / 3;
}

function reasonOf(error: unknown): string {
  if (isCloisterError(error)) return `${error.code}: ${error.message}`;
  return error instanceof Error ? error.message : String(error);
}
