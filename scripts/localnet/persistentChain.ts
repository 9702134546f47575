// SPDX-License-Identifier: Apache-2.0
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { copyFile, mkdir, open, readFile, rm, stat } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

import type { MarketAddress } from "../../src/chain/market";
import { ROOT } from "../check/files";

const ANVIL = join(ROOT, "node_modules", "@foundry-rs", "anvil-linux-amd64", "bin", "anvil");
const HARDHAT = join(ROOT, "node_modules", "hardhat", "internal", "cli", "bootstrap.js");
/** Seconds between two writings of the chain's data. */
const WRITTEN_EVERY = 1;
const LONGEST_START = 20_000;

/** Whether the chain has a program for this processor. */
export function hasPersistentChain(): boolean {
  return existsSync(ANVIL);
}

/**
 * A local chain whose data lie on the disk, so that its process can be killed and started again: Foundry's anvil, since Hardhat's node keeps
 * everything in memory. It writes its data every second; what it took since then is lost with a kill.
 */
export class PersistentChain {
  private child: ChildProcess | undefined;

  private constructor(
    private readonly directory: string,
    readonly port: number,
  ) {}

  static async open(directory: string): Promise<PersistentChain> {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const chain = new PersistentChain(directory, await freePort());
    await chain.start();
    return chain;
  }

  get rpcUrl(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Starts the process, from its data where there are some; from the last whole ones where a kill left half a file. */
  async start(): Promise<void> {
    if (existsSync(this.data) && !(await isWhole(this.data))) await copyFile(this.whole, this.data);
    const log = await open(join(this.directory, "chain.log"), "a", 0o600);
    const args = ["--host", "127.0.0.1", "--port", String(this.port), "--chain-id", "31337", "--hardfork", "osaka", "--state", this.data, "--state-interval", String(WRITTEN_EVERY), "--preserve-historical-states"];
    // Its caches would else lie in the person's home.
    const child = spawn(ANVIL, args, { cwd: this.directory, env: { ...process.env, HOME: this.directory }, stdio: ["ignore", log.fd, log.fd] });
    await log.close();
    this.child = child;
    for (const until = Date.now() + LONGEST_START; ; await sleep(50)) {
      if (child.exitCode !== null || child.signalCode !== null) throw new Error(`the chain ended (${child.exitCode ?? child.signalCode}), see ${this.directory}/chain.log`);
      if (await answers(this.rpcUrl)) return;
      if (Date.now() > until) throw new Error(`the chain does not answer after ${LONGEST_START / 1000} s`);
    }
  }

  /** Ends the process: SIGKILL gives it no time to write anything. */
  async end(signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    const { child } = this;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill(signal);
    await ended;
  }

  /** Waits until everything that the chain took by now is written. */
  async written(): Promise<void> {
    const from = Date.now();
    for (const until = from + 15_000; ; await sleep(50)) {
      const found = await stat(this.data).catch(() => undefined);
      // A writing that began before now may miss the last block: the next one has it.
      if (found !== undefined && found.mtimeMs > from + WRITTEN_EVERY * 1000) {
        await copyFile(this.data, this.whole);
        if (await isWhole(this.whole)) return;
      }
      if (Date.now() > until) throw new Error("the chain does not write its data");
    }
  }

  /** Deploys the contracts into it. */
  async deploy(): Promise<MarketAddress> {
    const id = `persistent-${this.port}`;
    const env = { ...process.env, CLOISTER_CHAIN_URL: this.rpcUrl, CLOISTER_DEPLOYMENT: id, HARDHAT_DISABLE_TELEMETRY_PROMPT: "true" };
    try {
      const { stdout } = await promisify(execFile)(process.execPath, [HARDHAT, "run", "--no-compile", "--network", "localhost", join(ROOT, "scripts", "localnet", "deployPersistent.ts")], { cwd: ROOT, env });
      const line = stdout.split("\n").find((text) => text.startsWith("{"));
      return JSON.parse(line ?? "") as MarketAddress;
    } finally {
      await rm(join(ROOT, "deploy", "deployments", id), { recursive: true, force: true });
    }
  }

  private get data(): string {
    return join(this.directory, "chain.json");
  }

  private get whole(): string {
    return join(this.directory, "chain.whole.json");
  }
}

async function isWhole(path: string): Promise<boolean> {
  try {
    JSON.parse(await readFile(path, "utf8"));
    return true;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

async function answers(url: string): Promise<boolean> {
  return fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body: '{"jsonrpc":"2.0","id":1,"method":"eth_blockNumber","params":[]}' }).then(({ ok }) => ok, () => false);
}
