// SPDX-License-Identifier: Apache-2.0
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { openMarket, type Market } from "../../src/chain/market";
import { addSlot, createValueOffer } from "../../src/chain/offers";
import { getOrder } from "../../src/chain/orders";
import { registerProvider } from "../../src/chain/providers";
import { parseSlotFile, parseValueOfferInfo } from "../../src/core/offerInfo";
import { OrderStatus, orderStatusName } from "../../src/core/orderStatus";
import { parseResource, type Resource } from "../../src/core/resource";
import { ACTORS, type ActorName } from "../../scripts/localnet/actors";
import { registerMachine } from "../../scripts/localnet/machine";
import { ROOT, startLocalNetwork, type LocalNetwork } from "../../scripts/localnet/network";
import type { Service } from "../../scripts/localnet/service";
import { Actor, type Said } from "../../scripts/story/actor";
import { DATA_OFFER, DATA_SLOT } from "../../scripts/story/offerFiles";

/** A local network on which a scenario is played, with silent actors. */
export class Stage {
  readonly alice: Actor;
  readonly bob: Actor;
  readonly carol: Actor;

  private constructor(
    readonly directory: string,
    readonly network: LocalNetwork,
    readonly compute: bigint,
    readonly machine: Service,
  ) {
    const actor = (name: ActorName) => new Actor(name, network.homes[name], () => undefined);
    [this.alice, this.bob, this.carol] = [actor("alice"), actor("bob"), actor("carol")];
  }

  static async open(): Promise<Stage> {
    const directory = await mkdtemp(join(tmpdir(), "cloister-scenario-"));
    const network = await startLocalNetwork({ directory, chainPort: 0, authorityPort: 0, log: () => undefined });
    try {
      const { offer } = await registerMachine(network, "carol");
      return new Stage(directory, network, offer, await network.startMachine("carol", offer));
    } catch (error) {
      await network.stop();
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.network.stop();
    await rm(this.directory, { recursive: true, force: true });
  }

  /** A connection that acts as somebody. The caller closes it. */
  as(name: ActorName): Promise<Market> {
    return openMarket(this.network.address, { privateKey: ACTORS[name].privateKey });
  }

  /** Packs a program of one file on the Node base and uploads it; returns its resource file's name in Alice's home. */
  async solution(name: string, source: string): Promise<string> {
    const directory = join(this.alice.home, name);
    await mkdir(directory);
    await writeFile(join(directory, "main.js"), source);
    await this.alice.types("spctl", ["solutions", "pack", directory, "--base", "node", "--entrypoint", "main.js", "--output", `${name}.tar.gz`]);
    await this.alice.types("spctl", ["files", "upload", `${name}.tar.gz`, "--output", `${name}.resource.json`]);
    return `${name}.resource.json`;
  }

  /** The example solution of the checkout, packed and uploaded. */
  async exampleSolution(): Promise<string> {
    await this.alice.types("spctl", ["solutions", "pack", join(ROOT, "examples", "linear-regression"), "--base", "node", "--output", "solution.tar.gz"]);
    await this.alice.types("spctl", ["files", "upload", "solution.tar.gz", "--output", "solution.resource.json"]);
    return "solution.resource.json";
  }

  /** Bob's data set: uploaded, offered, manual approval. Returns offer and slot. */
  async offerData(name: string, files: Readonly<Record<string, string>>): Promise<{ offer: bigint; slot: bigint; resource: string }> {
    const directory = join(this.bob.home, name);
    await mkdir(directory);
    for (const [file, content] of Object.entries(files)) await writeFile(join(directory, file), content);
    await this.bob.types("spctl", ["files", "upload", name, "--output", `${name}.resource.json`]);
    return this.sell(`${name}.resource.json`);
  }

  /** Bob offers the content of a resource file in his home, on the terms of `info`; a public one with its resource in clear. */
  async sell(resource: string, { open = false, ...info }: Record<string, unknown> & { open?: boolean } = {}): Promise<{ offer: bigint; slot: bigint; resource: string }> {
    const text = await readFile(join(this.bob.home, resource), "utf8");
    const market = await this.as("bob");
    try {
      const provider = (await market.registry.providerOf(ACTORS.bob.address)) || (await registerProvider(market, { name: "Bob", description: "" })).provider;
      const offerInfo = { ...DATA_OFFER, ...(open && { resultResource: text }), ...info };
      const { offer } = await createValueOffer(market, provider, parseValueOfferInfo(JSON.stringify(offerInfo)), parseResource(text).hash.hash);
      const { slot } = await addSlot(market, offer, parseSlotFile(JSON.stringify(DATA_SLOT)));
      return { offer, slot, resource };
    } finally {
      market.close();
    }
  }

  async resource(actor: Actor, name: string): Promise<Resource> {
    return parseResource(await readFile(join(actor.home, name), "utf8"));
  }

  /** Alice places an order; returns its id. */
  async place(solution: string, data: readonly { offer: bigint; slot: bigint }[], more: readonly string[] = []): Promise<bigint> {
    const flags = data.flatMap(({ offer, slot }) => ["--data", `${offer},${slot}`]);
    const { stdout } = await this.alice.types("spctl", ["workflows", "create", "--json", "--solution", solution, "--tee", String(this.compute), ...flags, ...more]);
    return BigInt((JSON.parse(stdout) as { orders: string[] }).orders[0]!);
  }

  /** Bob approves a suborder with a hash. */
  approve(suborder: bigint, resource: string, solutionHash: string): Promise<Said> {
    return this.bob.tries("spctl", ["orders", "complete", String(suborder), "--result", resource, "--status", "done", "--solution-hash", solutionHash]);
  }

  async status(order: bigint): Promise<string> {
    return orderStatusName((await getOrder(this.network.market, order)).status);
  }

  /** Moves the chain's clock on. */
  async passes(seconds: number): Promise<void> {
    const chain = this.network.market.provider as unknown as { send(method: string, parameters: unknown[]): Promise<unknown> };
    for (const [method, ...parameters] of [["evm_increaseTime", seconds], ["evm_mine"]] as const) await chain.send(method, parameters);
  }

  /** Waits until the order has ended; returns how. */
  async ended(order: bigint): Promise<string> {
    for (const until = Date.now() + 60_000; Date.now() < until; ) {
      const { status } = await getOrder(this.network.market, order);
      if (status === OrderStatus.Done || status === OrderStatus.Error || status === OrderStatus.Canceled) return orderStatusName(status);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    return this.status(order);
  }

  /** What Alice finds in the order's result: the log, and the named file of the output. */
  async resultOf(order: bigint): Promise<{ log: string; file: (name: string) => Promise<string> }> {
    const archive = join(this.alice.home, `result-${order}.tar.gz`);
    await this.alice.types("spctl", ["orders", "download-result", String(order), "--save-to", archive]);
    const { execFile } = await import("node:child_process");
    const { promisify } = await import("node:util");
    const file = async (name: string) => (await promisify(execFile)("tar", ["-xzOf", archive, name])).stdout;
    return { log: await file("log.txt"), file: (name) => file(`output/${name}`) };
  }

  /** Path of an object in the store. */
  objectPath({ resource }: Resource): string {
    if (resource.type !== "STORAGE_PROVIDER" || resource.storageType !== "DIRECTORY") throw new Error("not in a directory store");
    return join(resource.credentials.path, resource.filepath.slice(0, 2), resource.filepath.slice(2));
  }

  async balance(name: ActorName): Promise<bigint> {
    return this.network.market.token.balanceOf(ACTORS[name].address);
  }
}

/** Changes one byte of a file. */
export async function flipByte(path: string, at: number): Promise<void> {
  const bytes = await readFile(path);
  bytes[at] = bytes[at]! ^ 1;
  await rm(path);
  await writeFile(path, bytes);
}
