// SPDX-License-Identifier: Apache-2.0
import { TASK_NODE_CREATE_SERVER } from "hardhat/builtin-tasks/task-names";
import hre from "hardhat";

import MarketModule from "../../deploy/modules/Market";
import { addressesOf } from "./deployed";

/**
 * A local chain with the market deployed, as one process: `hardhat run scripts/localnet/chain.ts`. The port is CLOISTER_CHAIN_PORT
 * (0 takes a free one). It prints one JSON line, `{rpcUrl, chainId, contracts, lens, rewardPool}`, and serves until it is stopped or its parent ends.
 */
async function main(): Promise<void> {
  // Otherwise every block is a second later than the one before, and the chain's clock runs ahead of this machine's.
  hre.config.networks.hardhat.allowBlocksWithSameTimestamp = true;
  const server = await hre.run(TASK_NODE_CREATE_SERVER, {
    hostname: "127.0.0.1",
    port: Number(process.env.CLOISTER_CHAIN_PORT ?? 8545),
    provider: hre.network.provider,
  });
  const { address, port } = await server.listen();
  const deployed = await hre.ignition.deploy(MarketModule);
  process.stdout.write(`${JSON.stringify({ rpcUrl: `http://${address}:${port}`, chainId: 31337, ...(await addressesOf(deployed)) })}\n`);
  // The parent holds our stdin open: when it is gone, so are we.
  process.stdin.resume();
  process.stdin.once("end", () => process.exit(0));
  await server.waitUntilClosed();
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exit(1);
});
