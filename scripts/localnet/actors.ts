// SPDX-License-Identifier: Apache-2.0
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { newPhrase } from "../../src/crypto/mnemonic";

/**
 * Who acts on a local network, with the keys that every development chain publishes. They are worth nothing: configurations that hold
 * them say `"devnet": true`, and are refused on any other chain.
 */
export const ACTORS = {
  operator: { address: "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266", privateKey: "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80" },
  alice: { address: "0x70997970C51812dc3A010C7d01b50e0d17dc79C8", privateKey: "0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d" },
  bob: { address: "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC", privateKey: "0x5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a" },
  carol: { address: "0x90F79bf6EB2c4f870365E785982E1f101E93b906", privateKey: "0x7c852118294e51e653712a81e05800f419141751be58f605c371e15141b007a6" },
} as const;
export type ActorName = keyof typeof ACTORS;

/** What all identities of a network share. */
export interface SharedConfig {
  readonly blockchain: { readonly rpcUrl: string; readonly chainId: number; readonly contracts: Readonly<Record<string, string>> };
  readonly storage: string;
  readonly executables: string;
}

/**
 * Makes an actor's home: config.json with its key, a passphrase for results, and `./spctl` and `./provider-tools`, so that the
 * guide's lines run there letter for letter.
 */
export async function makeHome(directory: string, name: ActorName, shared: SharedConfig, more: object = {}): Promise<string> {
  const home = join(directory, name);
  await mkdir(home, { recursive: true, mode: 0o700 });
  const config = {
    devnet: true,
    blockchain: { ...shared.blockchain, accountPrivateKey: ACTORS[name].privateKey },
    storage: { type: "DIRECTORY", path: shared.storage },
    workflow: (await earlierConfig(home)).workflow ?? { resultEncryption: { algo: "age", phrase: newPhrase() } },
    trust: "./trust.json",
    ...more,
  };
  await writeFile(join(home, "config.json"), `${JSON.stringify(config, null, 2)}\n`, { mode: 0o600 });
  for (const tool of ["spctl", "provider-tools"]) {
    const path = join(home, tool);
    await writeFile(path, `#!/bin/sh\nexec "${process.execPath}" "${join(shared.executables, `${tool}.js`)}" "$@"\n`);
    await chmod(path, 0o755);
  }
  return home;
}

/** The configuration of an earlier start: its passphrase opens earlier results. */
async function earlierConfig(home: string): Promise<{ workflow?: unknown }> {
  try {
    return JSON.parse(await readFile(join(home, "config.json"), "utf8")) as { workflow?: unknown };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return {};
    throw error;
  }
}
