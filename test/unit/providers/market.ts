// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TASK_NODE_CREATE_SERVER } from "hardhat/builtin-tasks/task-names";
import type { JsonRpcServer } from "hardhat/types";
import { readBuildInfoOnce } from "../../world/buildInfo";
import { type Market, type MarketAddress, openMarket } from "../../../src/chain/market";
import { send } from "../../../src/chain/send";
import type { AnyCommand } from "../../../src/commands/command";
import { providerToolsCommands, spctlCommands } from "../../../src/commands/catalogue";
import { type Outcome, spctl } from "../command/stage";

/** Keys that every development chain publishes. */
const KEYS = [
  "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80",
  "0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d",
  "0x5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a",
  "0x7c852118294e51e653712a81e05800f419141751be58f605c371e15141b007a6",
] as const;

/** A market of its own on a chain of this process, and people who use it from the command line. */
export interface TestMarket {
  readonly address: MarketAddress;
  /** Whoever deployed it, with all the tokens. */
  readonly operator: Market;
  /** A person with a directory, a configuration and an account; `authority` is the key number of another account of the same person. */
  person(key: number, authority?: number): Promise<Person>;
  close(): Promise<void>;
}

export interface Person {
  readonly home: string;
  readonly market: Market;
  /** Runs a command line of either executable; `answers` are lines on stdin, which with `atTerminal` is one. */
  run(line: string, answers?: readonly string[], atTerminal?: boolean): Promise<Outcome>;
  /** As {@link run} with `--json`; the value that was printed. */
  json<Value = Record<string, never>>(line: string, answers?: readonly string[]): Promise<Value>;
  write(name: string, value: unknown): Promise<void>;
}

type Contracts = MarketAddress["contracts"];

/** Deploys a market with its Ignition module on a fresh chain of this process, and serves it. */
export async function openTestMarket(): Promise<TestMarket> {
  const { default: hre } = await import("hardhat");
  const { default: MarketModule } = await import("../../../deploy/modules/Market");
  await hre.network.provider.send("hardhat_reset", []);
  readBuildInfoOnce();
  const deployed = await hre.ignition.deploy(MarketModule);
  const names = ["registry", "catalog", "orderBook", "attestation", "token"] as const;
  const entries = await Promise.all(names.map(async (name) => [name, await deployed[name].getAddress()] as const));
  return serveMarket(Object.fromEntries(entries) as unknown as Contracts);
}

/** The market of the contract tests, filled with providers, offers and a device. */
export type World = Awaited<ReturnType<typeof import("../../world/market").deployMarket>>;

/** Deploys the market of the contract tests on a fresh chain of this process, and serves it. Person 1 is Alice, 2 Carol, 3 Bob. */
export async function serveWorld(): Promise<{ world: World; market: TestMarket }> {
  const { default: hre } = await import("hardhat");
  await hre.network.provider.send("hardhat_reset", []);
  const world = await (await import("../../world/market")).deployMarket();
  const { registry, catalog, orderBook, attestation, token } = world;
  const names = { registry, catalog, orderBook, attestation, token };
  const entries = await Promise.all(Object.entries(names).map(async ([name, contract]) => [name, await contract.getAddress()] as const));
  return { world, market: await serveMarket(Object.fromEntries(entries) as unknown as Contracts) };
}

/** Serves a market on the chain of this process over HTTP. */
export async function serveMarket(contracts: Contracts): Promise<TestMarket> {
  const { default: hre } = await import("hardhat");
  const server = (await hre.run(TASK_NODE_CREATE_SERVER, { hostname: "127.0.0.1", port: 0, provider: hre.network.provider })) as JsonRpcServer;
  const { address: host, port } = await server.listen();
  const address: MarketAddress = { rpcUrl: `http://${host}:${port}`, chainId: 31337, contracts };
  const operator = await openMarket(address, { privateKey: KEYS[0] });
  const endings: (() => unknown)[] = [() => operator.close(), () => server.close()];

  const person = async (key: number, authority?: number): Promise<Person> => {
    const home = await mkdtemp(join(tmpdir(), "cloister-person-"));
    const market = await openMarket(address, { privateKey: KEYS[key]! });
    endings.unshift(() => market.close(), () => rm(home, { recursive: true, force: true }));
    await send(operator.token.transfer(market.account!, 1000n * 10n ** 18n));
    const write = (name: string, value: unknown) => writeFile(join(home, name), typeof value === "string" ? value : JSON.stringify(value));
    const authorityAccountPrivateKey = authority === undefined ? undefined : KEYS[authority];
    await write("config.json", { devnet: true, blockchain: { ...address, accountPrivateKey: KEYS[key], authorityAccountPrivateKey } });
    const run = (line: string, answers?: readonly string[], atTerminal?: boolean): Promise<Outcome> => {
      const words = line.split(" ");
      const commands: readonly AnyCommand[] = words[0] === "register" ? providerToolsCommands : spctlCommands;
      return spctl(words, { cwd: home, commands, answers, atTerminal, at: new Date() });
    };
    return {
      home,
      market,
      write,
      run,
      json: async <Value>(line: string, answers?: readonly string[]) => {
        const { stdout } = await run(`${line} --json`, answers);
        return JSON.parse(stdout) as Value;
      },
    };
  };
  return {
    address,
    operator,
    person,
    close: async () => {
      for (const end of endings) await end();
    },
  };
}
