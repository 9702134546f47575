// SPDX-License-Identifier: Apache-2.0
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";

import { type Market, openMarket } from "../../src/chain/market";
import { addSlot, createComputeOffer, createValueOffer, getOffer, setOfferEnabled } from "../../src/chain/offers";
import { approveDeposits, completeSuborder, getOrder, type OrderView } from "../../src/chain/orders";
import { depositSecurity, providerOf, registerProvider } from "../../src/chain/providers";
import { verifyMachine } from "../../src/commands/machine";
import { makeRelease, readRequest } from "../../src/commands/orders/release";
import { fetchResult } from "../../src/commands/orders/result";
import { placeOrder, type WorkflowRequest } from "../../src/commands/workflows/place";
import { parseSlotFile, parseTeeOfferInfo, parseValueOfferInfo, type SlotFile } from "../../src/core/offerInfo";
import { isFinal, orderStatusName, OrderStatus } from "../../src/core/orderStatus";
import { isCloisterError } from "../../src/core/errors";
import { parseResource, type Resource } from "../../src/core/resource";
import { parseTrustFile } from "../../src/core/trust";
import { newIdentity } from "../../src/crypto/ageKeys";
import { seal } from "../../src/crypto/seal";
import { openTrust, type Trust } from "../../src/evidence/trust";
import { openStore } from "../../src/store/openStore";
import { upload } from "../../src/store/upload";
import { packImage } from "../../src/tee/image/pack";
import { readTree, signalIfThere } from "../../src/tee/runner/processes";
import { ACTORS, type ActorName } from "./actors";
import { MACHINE, MACHINE_SLOT } from "./machine";
import type { LocalNetwork } from "./network";
import type { Service } from "./service";

const TOKEN = 10n ** 18n;

/** A slot for trials: no minimum time, so that a small deposit ends soon. Price in tokens an hour. */
export function trialSlot(price = 3n, info: Partial<SlotFile["info"]> = {}): object {
  return { ...MACHINE_SLOT, info: { ...MACHINE_SLOT.info, ...info }, usage: { ...MACHINE_SLOT.usage, minTimeMinutes: 0, price: String(price * TOKEN) } };
}

/** A machine of a local network that is started, killed and started again. */
export class TrialMachine {
  readonly lines: string[] = [];
  private service: Service | undefined;

  constructor(
    private readonly network: LocalNetwork,
    readonly offer: bigint,
    readonly slots: readonly bigint[],
    private readonly onLine: (line: string) => void,
  ) {}

  get process(): Service {
    if (this.service === undefined) throw new Error(`the machine of offer ${this.offer} was not started`);
    return this.service;
  }

  /** `kill -9` of the controller, or of the loader alone; returns when both are gone. */
  async kill(which: "controller" | "loader"): Promise<void> {
    const { pid } = this.process;
    if (pid === undefined) throw new Error("the machine has no process");
    const { pids } = readTree(pid);
    if (which === "controller") signalIfThere(pid, "SIGKILL");
    else for (const child of pids) if (commandOf(child).includes("tee-loader.js")) signalIfThere(child, "SIGKILL");
    await this.process.over();
    for (const until = Date.now() + 20_000; pids.some((child) => commandOf(child) !== ""); await new Promise((later) => setTimeout(later, 50))) {
      if (Date.now() > until) throw new Error(`processes of the machine of offer ${this.offer} are left: ${pids.map(commandOf).filter((command) => command !== "").join("; ")}`);
    }
  }

  async start(...options: readonly string[]): Promise<this> {
    this.service = await this.network.startMachine("carol", this.offer, (line) => {
      this.lines.push(line);
      this.onLine(line);
    }, options);
    return this;
  }
}

/** Command line of a process; empty where it is gone. */
function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
  } catch (error) {
    if (["ENOENT", "ESRCH"].includes((error as NodeJS.ErrnoException).code ?? "")) return "";
    throw error;
  }
}

/** Customers, owners and machines of a local network in one process: what tests of many orders act with. */
export class Fleet {
  readonly machines: TrialMachine[] = [];
  private readonly markets: Market[] = [];

  private constructor(
    readonly network: LocalNetwork,
    readonly alice: Market,
    readonly bob: Market,
    readonly carol: Market,
    /** Opens Alice's results. */
    readonly identity: string,
    private readonly trust: Trust,
    private readonly work: string,
  ) {
    this.markets.push(alice, bob, carol);
  }

  static async open(network: LocalNetwork): Promise<Fleet> {
    const as = (name: ActorName) => openMarket(network.address, { privateKey: ACTORS[name].privateKey });
    const [alice, bob, carol] = [await as("alice"), await as("bob"), await as("carol")];
    await approveDeposits(alice);
    const trust = openTrust(parseTrustFile(await readFile(join(network.homes.alice, "trust.json"), "utf8"), "trust.json"));
    const work = join(network.directory, "fleet");
    await mkdir(work);
    return new Fleet(network, alice, bob, carol, await newIdentity(), trust, work);
  }

  close(): void {
    for (const market of this.markets) market.close();
  }

  /** Offers a machine of Carol's; it is not started yet. */
  async machine(slots: readonly object[] = [trialSlot()], info: object = {}, onLine: (line: string) => void = () => undefined): Promise<TrialMachine> {
    const provider = await this.provider(this.carol, "Carol");
    await depositSecurity(this.carol, provider, 50n * TOKEN);
    const { offer } = await createComputeOffer(this.carol, provider, parseTeeOfferInfo(JSON.stringify({ ...MACHINE, ...info })));
    const ids: bigint[] = [];
    for (const slot of slots) ids.push((await addSlot(this.carol, offer, parseSlotFile(JSON.stringify(slot)))).slot);
    const machine = new TrialMachine(this.network, offer, ids, onLine);
    this.machines.push(machine);
    return machine;
  }

  /** A configuration of Carol's whose chain is reached at another URL; returns its path. */
  async configuration(name: string, rpcUrl: string): Promise<string> {
    const config = JSON.parse(await readFile(join(this.network.homes.carol, "config.json"), "utf8")) as { blockchain: { rpcUrl: string } };
    config.blockchain.rpcUrl = rpcUrl;
    const path = join(this.network.homes.carol, name);
    await writeFile(path, JSON.stringify(config), { mode: 0o600 });
    return path;
  }

  /** Packs a program of one file on the Node base and uploads it; returns the path of its resource file. */
  async solution(name: string, source: string): Promise<string> {
    const directory = join(this.work, name);
    await mkdir(directory);
    await writeFile(join(directory, "main.js"), source);
    const { output } = await packImage({ directory, base: "node", output: join(this.work, `${name}.tar.gz`) });
    return this.upload(name, output);
  }

  /** Uploads a file or directory, encrypted; returns the path of its resource file. */
  async upload(name: string, source: string): Promise<string> {
    const store = openStore({ type: "DIRECTORY", path: this.network.store });
    const { resource } = await upload({ source, store, stateDirectory: join(this.work, "state") });
    const path = join(this.work, `${name}.resource.json`);
    await writeFile(path, JSON.stringify(resource));
    return path;
  }

  async resource(path: string): Promise<Resource> {
    return parseResource(await readFile(path, "utf8"));
  }

  /** A value offer of Bob's with one content and a slot that costs `price` tokens an hour. */
  async offer(resource: string, info: object, price = 1n): Promise<{ offer: bigint; slot: bigint; resource: string }> {
    const provider = await this.provider(this.bob, "Bob");
    const content = (await this.resource(resource)).hash.hash;
    const { offer } = await createValueOffer(this.bob, provider, parseValueOfferInfo(JSON.stringify({ name: "offer", description: "", cancelable: true, restrictions: { offers: [], types: [] }, ...info })), content);
    const { slot } = await addSlot(this.bob, offer, parseSlotFile(JSON.stringify({ ...(trialSlot(price)), info: { cpuCores: 0, gpuCores: 0, ram: 0, vram: 0, diskUsage: 1048576 } })));
    return { offer, slot, resource };
  }

  /** Carol puts a machine on the market, also one that the contract took off because it failed too often, or takes it off. */
  async setEnabled(offer: bigint, enabled: boolean): Promise<void> {
    // Her machines send with the same account: whose transaction comes second is sent again, as she would.
    for (let tries = 0; (await getOffer(this.carol, offer)).enabled !== enabled; tries++) {
      try {
        await setOfferEnabled(this.carol, offer, enabled);
      } catch (error) {
        if (!isCloisterError(error, "NonceTaken") || tries === 20) throw error;
        await delay(250);
      }
    }
  }

  /** Alice places an order at a machine; returns its id. */
  async place(machine: { readonly offer: bigint; readonly slots: readonly bigint[] }, request: Partial<WorkflowRequest> & { solutions: readonly string[] }, slot = 0): Promise<bigint> {
    await this.setEnabled(machine.offer, true);
    const { order } = await placeOrder(
      {
        market: this.alice,
        resultIdentity: this.identity,
        resultStore: { type: "DIRECTORY", path: this.network.store },
        recipients: async (offer) => (await verifyMachine(this.alice, this.trust, offer, { at: new Date() })).recipients,
        simulatedAllowed: true,
        path: (path) => path,
        now: () => new Date(),
      },
      { tee: `${machine.offer},${machine.slots[slot]}`, options: [], optionCounts: [], data: [], ...request },
    );
    return order;
  }

  /** Bob releases the key of a content for a suborder. */
  async approve(suborder: bigint, resource: string, solution: string): Promise<void> {
    const request = await readRequest(this.bob, suborder);
    const { hash } = await this.resource(solution);
    const release = await makeRelease(this.bob, request, await this.resource(resource), hash.hash, { acceptArguments: true, notAfter: Math.floor(Date.now() / 1000) + 3600 });
    const { recipients } = await verifyMachine(this.bob, this.trust, request.order.offer, { at: new Date() });
    await completeSuborder(this.bob, suborder, OrderStatus.Done, hash.hash, await seal(release, recipients));
  }

  /** Waits until an order satisfies something. */
  async until(order: bigint, is: (view: OrderView) => boolean, milliseconds = 60_000): Promise<OrderView> {
    for (const end = Date.now() + milliseconds; ; ) {
      const view = await getOrder(this.network.market, order);
      if (is(view)) return view;
      if (Date.now() > end) throw new Error(`Order ${order} is ${orderStatusName(view.status)}${view.reported ? ", reported" : ""} after ${milliseconds / 1000} s`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** How an order ended. */
  async ended(order: bigint, milliseconds?: number): Promise<string> {
    return orderStatusName((await this.until(order, ({ status }) => isFinal(status), milliseconds)).status);
  }

  /** Waits until an order is Done. @throws what its log says where it ends otherwise. */
  async done(order: bigint, milliseconds?: number): Promise<void> {
    const end = await this.ended(order, milliseconds);
    if (end === "Done") return;
    const log = await this.result(order).then((result) => result.log, (error: unknown) => String(error));
    throw new Error(`Order ${order} ended as ${end}, not Done. Its log: ${log}`);
  }

  /** The log and a file of the output that an order's last result holds. */
  async result(order: bigint): Promise<{ log: string; file: (name: string) => Promise<string> }> {
    const archive = join(this.work, `result-${order}.tar.gz`);
    await fetchResult(this.alice, order, this.identity, archive, true);
    const file = async (name: string) => (await promisify(execFile)("tar", ["-xzOf", archive, name])).stdout;
    const log = await file("log.txt");
    return { log, file: (name) => file(`output/${name}`) };
  }

  private async provider(market: Market, name: string): Promise<bigint> {
    return (await providerOf(market, market.account!)) ?? (await registerProvider(market, { name, description: "A provider of the local network" })).provider;
  }
}
