// SPDX-License-Identifier: Apache-2.0
import { defineCommand, list, text } from "../command";

export const accountsGenerate = defineCommand({
  noun: "accounts",
  verb: "generate",
  summary: "Make accounts with new keys, in encrypted keystore files",
  role: "operator",
  listed: false,
  example: "accounts generate --directory ./keys --names authority,action",
  notes: "The password comes from CLOISTER_KEYSTORE_PASSWORD or is asked for. Keys are never printed. Name the files as accountKeystore and authorityAccountKeystore in the configuration, and send each account some of the chain's coin.",
  options: {
    directory: text("where the keystore files are written, one <name>.json each", { default: "keys", placeholder: "path" }),
    names: list("names of the accounts, by default account"),
  },
  async run(context, { directory, names }) {
    const { join } = await import("node:path");
    const { newKeystores } = await import("./keystores");
    const password = context.surroundings.env.CLOISTER_KEYSTORE_PASSWORD ?? (await context.ask("Password for the new keystores:", { secret: true, elsewhere: "set CLOISTER_KEYSTORE_PASSWORD" }));
    const made = await newKeystores(context.path(directory), names.length === 0 ? ["account"] : names, password);
    return made.map(({ name, address }) => ({ name, address, keystore: join(context.path(directory), `${name}.json`) }));
  },
  print(accounts, out) {
    for (const { name, address, keystore } of accounts) out.line(`${name}: ${address} in ${keystore}`);
  },
});
