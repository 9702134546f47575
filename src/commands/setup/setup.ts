// SPDX-License-Identifier: Apache-2.0
import { defineCommand, flag, text } from "../command";

export const setupCommand = defineCommand({
  noun: "setup",
  verb: "",
  summary: "Make a configuration, step by step",
  role: "customer",
  listed: false,
  example: "setup --order-book 0x5FC8d32690cc91D4c39d9d3abcBD16989F875707",
  notes: `Writes the file that --config names (./config.json), readable by you alone. What no option says is asked for; with --yes it gets its default
instead. The chain tells the other addresses of the market. The password of a new account comes from CLOISTER_KEYSTORE_PASSWORD or is asked for.
Results are sealed to new words, which stand in the file and nowhere else: keep a copy. Trust file and storage may be there later. Machines need
more: see docs/running-a-machine.md.`,
  options: {
    rpcUrl: text("URL of a node of the market's chain (asked for; default http://127.0.0.1:8545)", { placeholder: "url" }),
    orderBook: text("address of the market's order book (asked for)", { placeholder: "address" }),
    lens: text("address of its lens, which makes lists faster", { placeholder: "address" }),
    rewardPool: text("address of its reward pool", { placeholder: "address" }),
    keystore: text("keystore file of your account (without it a new account or a key is asked for; with --yes there is none, for reading)", { placeholder: "path" }),
    newAccount: flag("make a new account, as keys/account.json beside the configuration"),
    authorityKeystore: text("keystore file of a provider's authority account", { placeholder: "path" }),
    storage: text("directory that contents are stored in (asked for; default ./store)", { placeholder: "path" }),
    trust: text("trust file that the market's operator publishes (asked for; default ./trust.json)", { placeholder: "path" }),
    yes: flag("ask nothing"),
    force: flag("replace a configuration; the one before is kept beside it"),
  },
  async run(context, given) {
    const { setUp } = await import("./configuration");
    return setUp(context, given);
  },
  print({ config, chainId, account, keystore, kept }, out) {
    if (kept !== undefined) out.line(`The configuration before was kept as ${kept}`);
    if (account !== undefined) out.line(`New account ${account} in ${keystore ?? ""}: send it some of the chain's coin and of the market's tokens`);
    out.line(`Configuration for chain ${chainId} was written to ${config}`);
    out.line("Results are sealed to 12 words that stand in it and nowhere else: keep a copy");
  },
});
