// SPDX-License-Identifier: Apache-2.0
import type { Market } from "../../src/chain/market";
import { formatTokens } from "../../src/commands/amounts";
import { ACTORS } from "../localnet/actors";

/** Whose tokens a story follows. */
const NAMES = ["alice", "bob", "carol"] as const;

/** Watches a market between the steps of a story: which transactions came, what they cost, whose tokens moved. */
export class Ledger {
  private block = 0;
  private balances: Record<string, bigint> = {};

  private constructor(
    private readonly market: Market,
    private readonly print: (line: string) => void,
  ) {}

  static async open(market: Market, print: (line: string) => void): Promise<Ledger> {
    const ledger = new Ledger(market, print);
    ledger.block = await market.provider.getBlockNumber();
    ledger.balances = await ledger.read();
    return ledger;
  }

  /** Prints the transactions since the last step with their gas, and the tokens that moved. Returns the gas. */
  async step(): Promise<bigint> {
    const latest = await this.market.provider.getBlockNumber();
    let gas = 0n;
    for (let number = this.block + 1; number <= latest; number++) {
      const block = await this.market.provider.getBlock(number);
      for (const hash of block?.transactions ?? []) {
        const receipt = await this.market.provider.getTransactionReceipt(hash);
        const transaction = await this.market.provider.getTransaction(hash);
        if (!receipt || !transaction) continue;
        gas += receipt.gasUsed;
        this.print(`    transaction ${hash.slice(0, 10)}… ${this.verb(transaction.to, transaction.data)} by ${nameOf(transaction.from)}: gas ${receipt.gasUsed.toLocaleString("en")}`);
      }
    }
    this.block = latest;
    const now = await this.read();
    const moved = Object.keys(now).filter((name) => now[name] !== this.balances[name]);
    if (moved.length > 0) {
      this.print(`    money: ${moved.map((name) => `${name} ${signed(now[name]! - this.balances[name]!)}`).join(", ")}`);
    }
    this.balances = now;
    return gas;
  }

  /** Everybody's tokens now. */
  async read(): Promise<Record<string, bigint>> {
    const { token, address } = this.market;
    const accounts: [string, string][] = [...NAMES.map((name): [string, string] => [name, ACTORS[name].address]), ["order escrow", address.contracts.orderBook], ["security deposits", address.contracts.registry]];
    return Object.fromEntries(await Promise.all(accounts.map(async ([name, account]) => [name, await token.balanceOf(account)] as const)));
  }

  private verb(to: string | null, data: string): string {
    const { registry, catalog, orderBook, attestation, token } = this.market;
    for (const contract of [orderBook, catalog, registry, attestation, token]) {
      const call = contract.interface.parseTransaction({ data });
      if (call && to !== null) return call.name;
    }
    return "unknown call";
  }
}

function nameOf(account: string): string {
  return Object.entries(ACTORS).find(([, { address }]) => address.toLowerCase() === account.toLowerCase())?.[0] ?? account;
}

function signed(units: bigint): string {
  return `${units < 0n ? "-" : "+"}${formatTokens(units < 0n ? -units : units)}`;
}
