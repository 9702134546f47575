// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { ROOT } from "../check/files";
import { sourcesOf } from "../prove/properties";

/** Where the analyser looks for what Hardhat builds; slither.config.json names it too. */
export const WORK = ".cloister/analyze";

interface Output {
  readonly errors?: readonly { readonly severity: string; readonly formattedMessage: string }[];
  readonly contracts: Record<string, Record<string, { evm: Record<string, unknown> }>>;
}

/**
 * Compiles the contracts as far as an analyser needs them (syntax trees, no bytecode: seconds instead of half a minute) with the
 * compiler of the lock file, and writes them as Hardhat does. Contracts of tests are left out.
 */
export function buildForAnalysis(): void {
  const sources: Record<string, { content: string }> = {};
  for (const file of readdirSync(join(ROOT, "contracts"), { recursive: true, encoding: "utf8" }).sort()) {
    if (file.endsWith(".sol") && !file.startsWith("test/")) sourcesOf(`contracts/${file}`, sources);
  }
  const placed = Object.fromEntries(Object.entries(sources).map(([path, source]) => [path.startsWith("@") ? `node_modules/${path}` : path, source]));
  const input = {
    language: "Solidity",
    sources: placed,
    settings: {
      remappings: ["@openzeppelin/=node_modules/@openzeppelin/"],
      evmVersion: "cancun",
      outputSelection: { "*": { "*": ["abi", "devdoc", "userdoc", "evm.methodIdentifiers"], "": ["ast"] } },
    },
  };
  const { stdout, status } = spawnSync(process.execPath, [join(ROOT, "test", "invariant", "solc"), "--standard-json"], { cwd: ROOT, input: JSON.stringify(input), maxBuffer: 2 ** 30 });
  if (status !== 0) throw new Error(`The compiler ended with ${status}.`);
  const output = JSON.parse(stdout.toString("utf8")) as Output;
  const errors = (output.errors ?? []).filter(({ severity }) => severity === "error");
  if (errors.length > 0) throw new Error(errors.map(({ formattedMessage }) => formattedMessage).join("\n"));
  const none = { object: "", sourceMap: "", linkReferences: {} };
  for (const contract of Object.values(output.contracts).flatMap((file) => Object.values(file))) Object.assign(contract.evm, { bytecode: none, deployedBytecode: none });

  rmSync(join(ROOT, WORK, "build-info"), { recursive: true, force: true });
  mkdirSync(join(ROOT, WORK, "build-info"), { recursive: true });
  writeFileSync(join(ROOT, WORK, "build-info", "contracts.json"), JSON.stringify({ solcVersion: "0.8.34", input, output }));
}
