// SPDX-License-Identifier: Apache-2.0
import "@nomicfoundation/hardhat-toolbox";
import { TASK_COMPILE_SOLIDITY_GET_SOLC_BUILD } from "hardhat/builtin-tasks/task-names";
import { type HardhatUserConfig, subtask } from "hardhat/config";

import "./tasks";

/** The compiler is the npm package of the lock file: nothing is downloaded, every machine compiles the same bytes. */
subtask(TASK_COMPILE_SOLIDITY_GET_SOLC_BUILD, async ({ solcVersion }: { solcVersion: string }) => ({
  compilerPath: require.resolve("solc/soljson.js"),
  isSolcJs: true,
  version: solcVersion,
  longVersion: (require("solc") as { version(): string }).version().replace(/\.Emscripten\.clang$/, ""),
}));

const config: HardhatUserConfig = {
  solidity: {
    version: "0.8.34",
    settings: {
      evmVersion: "cancun",
      optimizer: { enabled: true, runs: 800 },
      viaIR: true,
    },
  },
  networks: {
    hardhat: { hardfork: "osaka", chainId: 31337, allowUnlimitedContractSize: false },
    localhost: { url: process.env.CLOISTER_CHAIN_URL ?? "http://127.0.0.1:8545" },
  },
  paths: { tests: "test/contracts", ignition: "deploy" },
  // Types are made of the real contracts, not of those instrumented to measure coverage.
  typechain: { outDir: "typechain-types", target: "ethers-v6", dontOverrideCompile: process.argv.includes("coverage") },
  mocha: { timeout: 60_000 },
};

export default config;
