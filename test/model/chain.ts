// SPDX-License-Identifier: Apache-2.0
import { Interface, type InterfaceAbi, type Result } from "ethers";
import { ethers, network } from "hardhat";

import { orderBookAbi } from "../../src/chain/orderBook";
import type { Books, Who } from "./terms";
import type { ModelWorld } from "./world";

/** A call of a contract, by name. */
export interface Call {
  readonly by: Who;
  readonly to: "book" | "registry" | "catalog" | "token" | "pool" | "attestation";
  readonly name: string;
  readonly args: readonly unknown[];
}

/** Far more than any verb takes, and little enough that code which never ends is soon stopped. */
const GAS = "0x400000";
const GAS_OF_READING = "0xffffff";

/** The contracts as walks use them: calls at a second, refusals by name, and everything that they say about money. */
export class Chain {
  private readonly interfaces: Record<Call["to"], Interface>;
  private readonly to: Record<Call["to"], string>;
  private readonly errors: readonly Interface[];

  private constructor(readonly world: ModelWorld, targets: Record<Call["to"], string>) {
    const of = (abi: InterfaceAbi) => new Interface(abi);
    const [registry, catalog, token, attestation] = [world.registry.interface, world.catalog.interface, world.token.interface, world.attestation.interface].map(({ fragments }) => of(fragments)) as [Interface, Interface, Interface, Interface];
    this.interfaces = { book: of(orderBookAbi), registry, catalog, token: of([...token.fragments, "function setBlocked(address account, bool value)"]), pool: world.pool.interface, attestation };
    this.to = targets;
    this.errors = [...Object.values(this.interfaces), of(["error Blocked(address account)", "error IllegalTransition(uint48 order, uint8 from, uint8 to)"])];
  }

  static async of(world: ModelWorld): Promise<Chain> {
    const { book = "", registry = "", pool = "" } = world.addresses;
    return new Chain(world, { book, registry, pool, catalog: await world.catalog.getAddress(), token: await world.token.getAddress(), attestation: await world.attestation.getAddress() });
  }

  /** @returns undefined where the call was taken, the name of the contract's error where it was refused. */
  async send(call: Call, second: bigint): Promise<string | undefined> {
    await network.provider.send("evm_setNextBlockTimestamp", [Number(second)]);
    const data = this.interfaces[call.to].encodeFunctionData(call.name, call.args);
    try {
      await network.provider.send("eth_sendTransaction", [{ from: this.world.addresses[call.by], to: this.to[call.to], data, gas: GAS }]);
      return undefined;
    } catch (error) {
      return this.refusalOf(error);
    }
  }

  private refusalOf(error: unknown): string {
    const { data } = error as { data?: string | { data?: string } };
    const bytes = typeof data === "string" ? data : data?.data;
    if (bytes === undefined) throw error;
    for (const known of this.errors) {
      const found = known.parseError(bytes);
      if (found !== null) return found.name;
    }
    throw error;
  }

  async read(to: Call["to"], name: string, args: readonly unknown[]): Promise<Result> {
    const data = this.interfaces[to].encodeFunctionData(name, args);
    return this.interfaces[to].decodeFunctionResult(name, (await network.provider.send("eth_call", [{ to: this.to[to], data, gas: GAS_OF_READING }, "latest"])) as string);
  }

  /** Answers of the book to many questions, in one call. */
  private async ask(questions: readonly (readonly [string, readonly unknown[]])[]): Promise<Result[]> {
    const { book } = this.interfaces;
    const [answers] = (await this.read("book", "multicall", [questions.map(([name, args]) => book.encodeFunctionData(name, args))])) as unknown as [string[]];
    return questions.map(([name], index) => book.decodeFunctionResult(name, answers[index]!));
  }

  /** Everything that the contracts say about money, by label; the model has the same labels ({@link ./figures.ts}). */
  async figures({ orders, providers, revenue, budgets }: Books, without: ReadonlySet<string>): Promise<Map<string, bigint>> {
    const { world } = this;
    const figures = new Map<string, bigint>();
    const people = Object.entries(world.addresses);
    for (const [who, address] of people) figures.set(`balance of ${who}`, ((await this.read("token", "balanceOf", [address])) as unknown as [bigint])[0]);
    for (const who of ["alice", "dave"]) figures.set(`compensation owed to ${who}`, (await this.read("registry", "owedTo", [world.addresses[who]]))[0] as bigint);
    for (const index of providers.keys()) {
      const provider = (await this.read("registry", "getProvider", [world.sellers[index]!.provider]))[0] as Result;
      figures.set(`security of ${index}`, provider.getValue("deposit") as bigint);
      figures.set(`reserved of ${index}`, provider.getValue("reserved") as bigint);
    }
    const machine = (await this.read("catalog", "getMachine", [world.compute]))[0] as Result;
    figures.set("room", ((machine.getValue("room") as bigint) & 0x7fffffffn) / 100n);
    for (const name of ["waiting", "failures"]) figures.set(name, machine.getValue(name) as bigint);
    figures.set("enabled", BigInt(((await this.read("catalog", "getOffer", [world.compute]))[0] as Result).getValue("enabled") as boolean));
    for (const epoch of Object.keys(budgets)) {
      const budget = (await this.read("pool", "budgetOf", [epoch, 1]))[0] as Result;
      for (const name of ["funded", "left"]) figures.set(`${name} for ${epoch}`, budget.getValue(name) as bigint);
      for (const index of providers.keys()) figures.set(`reward of ${epoch} ${index}`, (await this.read("pool", "rewardOf", [epoch, 1, world.sellers[index]!.provider]))[0] as bigint);
    }

    const questions: [string, readonly unknown[]][] = [["commissionOf", [1]], ["lastOrder", []]];
    const labels: ((answer: Result) => void)[] = [({ 0: value }) => figures.set("commission", value as bigint), ({ 0: value }) => figures.set("last order", value as bigint)];
    const question = (name: string, args: readonly unknown[], take: (answer: Result) => void) => {
      questions.push([name, args]);
      labels.push(take);
    };
    const number = (label: string, name: string, args: readonly unknown[]) => question(name, args, ({ 0: value }) => figures.set(label, value as bigint));
    for (const who of ["alice", "dave", "admin", "treasury"]) number(`owed to ${who}`, "owedTo", [world.addresses[who], 1]);
    for (const key of Object.keys(revenue)) {
      const [epoch, index] = key.split(" ");
      question("revenueOf", [epoch, 1, world.sellers[Number(index)]!.provider], ([earned, commission]) => figures.set(`earned ${key}`, earned as bigint).set(`commission ${key}`, commission as bigint));
      number(`revenue of ${epoch}`, "totalRevenueOf", [epoch, 1]);
    }
    for (const [id, order] of Object.entries(orders)) {
      if (without.has(id)) continue;
      question("getOrder", [id], ([details]) => this.takeFields(figures, `order ${id}`, details as Result, ["status", "deposit", "since", "leaseMinutes", "claimed", "reported"]));
      for (const name of ["claimable", "deadlineOf", "paidUntil"]) number(`order ${id} ${name}`, name, [id]);
      for (const index of order.parts.keys()) {
        const part = BigInt(id) + BigInt(index) + 1n;
        question("getSuborder", [part], ([details]) => this.takeFields(figures, `part ${part}`, details as Result, ["status", "minMinutes", "since", "claimed", "price"]));
        number(`part ${part} claimable`, "claimable", [part]);
      }
    }
    for (const [index, answer] of (await this.ask(questions)).entries()) labels[index]!(answer);
    return figures;
  }

  private takeFields(figures: Map<string, bigint>, label: string, details: Result, fields: readonly string[]): void {
    for (const field of fields) figures.set(`${label} ${field}`, BigInt(details.getValue(field) as bigint | boolean));
  }

  static async latest(): Promise<bigint> {
    return BigInt((await ethers.provider.getBlock("latest"))!.timestamp);
  }
}
