// SPDX-License-Identifier: Apache-2.0
import { connect } from "node:net";
import { join } from "node:path";

import { registerMachine } from "./localnet/machine";
import { ROOT, startLocalNetwork } from "./localnet/network";

const CHAIN_PORT = 8545;
const AUTHORITY_PORT = 8547;

/** A local market to try things on: it runs until Ctrl-C and writes an identity for each actor below .cloister/. */
async function main(): Promise<void> {
  if (process.argv.length > 2) {
    console.log(`npm run devnet takes no options. It runs a chain on port ${CHAIN_PORT}, a certification authority on port ${AUTHORITY_PORT}, a store and a
machine, all SIMULATED, until Ctrl-C, and writes an identity for each actor below .cloister/.`);
    process.exitCode = process.argv.slice(2).every((given) => ["--help", "-h", "help"].includes(given)) ? 0 : 2;
    return;
  }
  for (const port of [CHAIN_PORT, AUTHORITY_PORT]) {
    if (await answers(port)) throw new Error(`Port ${port} is taken: another devnet may be running. Stop it first.`);
  }
  const directory = join(ROOT, ".cloister");
  const network = await startLocalNetwork({ directory, chainPort: CHAIN_PORT, authorityPort: AUTHORITY_PORT, log: (line) => console.log(line) });
  let stopping = false;
  const stop = () => {
    if (stopping) return;
    stopping = true;
    console.log("\nStopping");
    void network.stop().then(() => process.exit(0));
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  const { offer, slot } = await registerMachine(network, "carol");
  console.log("Starting Carol's machine");
  const machine = await network.startMachine("carol", offer, (line) => console.log(`machine | ${line}`));
  console.log(`
The local market is ready. Everything here is SIMULATED and worth nothing; its keys are published.

  chain       ${network.address.rpcUrl}   (chain id ${network.address.chainId})
  order book  ${network.address.contracts.orderBook}
  token       ${network.address.contracts.token}
  store       ${network.store}
  authority   ${network.authorityUrl}
  machine     compute offer ${offer}, slots ${slot} and ${slot + 1n}, process ${machine.pid}
  logs        ${join(directory, "logs")}

Identities, each with config.json, ./spctl and ./provider-tools:

  ${network.homes.alice}   customer
  ${network.homes.bob}     data owner
  ${network.homes.carol}   machine owner

Try:  npx spctl orders list --config .cloister/alice/config.json
or:   cd .cloister/alice && ./spctl --help

Ctrl-C stops everything.`);
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error));
  process.exit(1);
});
