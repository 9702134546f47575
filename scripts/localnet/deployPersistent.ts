// SPDX-License-Identifier: Apache-2.0
import hre from "hardhat";

import MarketModule from "../../deploy/modules/Market";
import { addressesOf } from "./deployed";

/** Deploys the market into the chain of `--network`; prints one JSON line, `{rpcUrl, chainId, contracts, lens, rewardPool}`. */
async function main(): Promise<void> {
  const deployed = await hre.ignition.deploy(MarketModule, { deploymentId: process.env.CLOISTER_DEPLOYMENT, config: { requiredConfirmations: 1, blockPollingInterval: 50 } });
  process.stdout.write(`${JSON.stringify({ rpcUrl: process.env.CLOISTER_CHAIN_URL, chainId: 31337, ...(await addressesOf(deployed)) })}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exit(1);
});
