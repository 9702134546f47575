// SPDX-License-Identifier: Apache-2.0
import { constants } from "node:fs";
import { access, copyFile, rename, rm } from "node:fs/promises";
import { dirname, join, relative } from "node:path";

import { discoverMarket } from "../../chain/discover";
import { parseConfig } from "../../core/config";
import { CloisterError } from "../../core/errors";
import { newPhrase, phraseToKey } from "../../crypto/mnemonic";
import { newKeystores } from "../accounts/keystores";
import { wrongUsage } from "../command";
import type { Context } from "../context";
import { checkWritable } from "../files/resourceFile";
import { readTextFile } from "../files/textFile";
import { writeSecretFile } from "../secretFile";

/** What the options of `setup` say. */
export interface SetupOptions {
  readonly rpcUrl?: string;
  readonly orderBook?: string;
  readonly lens?: string;
  readonly rewardPool?: string;
  readonly keystore?: string;
  readonly newAccount: boolean;
  readonly authorityKeystore?: string;
  readonly storage?: string;
  readonly trust?: string;
  readonly yes: boolean;
  readonly force: boolean;
}

/** What was made. Paths are absolute. */
export interface SetUp {
  readonly config: string;
  readonly chainId: number;
  readonly orderBook: string;
  /** The account that was made, and its keystore. */
  readonly account?: string;
  readonly keystore?: string;
  /** Where the configuration that was there before is. */
  readonly kept?: string;
}

/** How the account's key is named in the configuration. */
interface AccountSettings {
  readonly accountKeystore?: string;
  readonly accountPrivateKey?: string;
}

/** Name of a new account's keystore, without its ending. */
const ACCOUNT = "account";

/**
 * Asks for what no option says, and writes a configuration. Until everything is known and the chain has answered, nothing is written.
 *
 * @throws CloisterError `ConfigExists`, `FileMissing`, `PrivateKeyInvalid`, those of {@link discoverMarket} and {@link newKeystores};
 *         wrong usage where --yes leaves something open.
 */
export async function setUp(context: Context, given: SetupOptions): Promise<SetUp> {
  const path = context.configPath;
  if (given.keystore !== undefined && given.newAccount) throw wrongUsage("Give either --keystore or --new-account.");
  const exists = await access(path).then(() => true, () => false);
  if (exists && !given.force) throw new CloisterError("ConfigExists", `${path} exists.`, "Name another file with --config, or replace it with --force: the one before is kept beside it.", { path });
  await checkWritable(path);
  const beside = (file: string): string => {
    const way = relative(dirname(path), file);
    return way.startsWith("..") ? way : `./${way}`;
  };
  const fileBeside = async (file: string): Promise<string> => {
    await readTextFile(context.path(file));
    return beside(context.path(file));
  };
  const answer = async (option: string, question: string, value: string | undefined, fallback?: string): Promise<string> => {
    if (value !== undefined) return value;
    if (!given.yes) return context.ask(question, { default: fallback });
    if (fallback === undefined) throw wrongUsage(`--${option} is missing, and --yes asks nothing.`);
    return fallback;
  };

  const rpcUrl = await answer("rpc-url", "URL of a node of the market's chain:", given.rpcUrl, "http://127.0.0.1:8545");
  if (!/^https?:\/\/./.test(rpcUrl)) throw wrongUsage(`"${rpcUrl}" is not an http or https URL.`);
  const orderBook = await answer("order-book", "Address of the market's order book:", given.orderBook);
  const market = await discoverMarket(rpcUrl, orderBook, { lens: given.lens, rewardPool: given.rewardPool });
  context.message(`Found the market of order book ${market.contracts.orderBook} on chain ${market.chainId}`);
  const authorityAccountKeystore = given.authorityKeystore === undefined ? undefined : await fileBeside(given.authorityKeystore);
  const account = given.keystore === undefined ? await accountOf(context, given) : { accountKeystore: await fileBeside(given.keystore) };
  const phrase = await phraseOf(context, given.yes);
  const directory = dirname(path);
  const storage = context.path(await answer("storage", "Directory that contents are stored in:", given.storage, join(directory, "store")));
  const trust = context.path(await answer("trust", "Trust file that the market's operator publishes:", given.trust, join(directory, "trust.json")));

  const config = {
    blockchain: {
      ...market,
      ...(account === "new" ? { accountKeystore: `./keys/${ACCOUNT}.json` } : account),
      ...(authorityAccountKeystore !== undefined && { authorityAccountKeystore }),
    },
    storage: { type: "DIRECTORY", path: beside(storage) },
    workflow: { resultEncryption: { algo: "age", phrase } },
    trust: beside(trust),
  };
  const text = `${JSON.stringify(config, null, 2)}\n`;
  parseConfig(text, path);
  const made = account === "new" ? await newAccount(context, join(directory, "keys")) : {};
  const kept = exists ? await replace(path, text, context.now()) : undefined;
  if (!exists) await writeSecretFile(path, text);
  if (!(await access(trust).then(() => true, () => false))) context.message(`There is no ${trust} yet: ask the market's operator for its trust file; nothing can be verified without one`);
  return { config: path, chainId: market.chainId, orderBook: market.contracts.orderBook, ...made, ...(kept !== undefined && { kept }) };
}

async function accountOf(context: Context, { newAccount: wished, yes }: SetupOptions): Promise<AccountSettings | "new"> {
  if (wished) return "new";
  if (yes) return {};
  if (await context.confirm("Do you need to generate a new account?")) return "new";
  const key = await context.ask("Enter account private key (empty: none, only reading):", { secret: true });
  if (key === "") return {};
  const digits = key.replace(/^0x/, "");
  if (!/^[0-9a-fA-F]{64}$/.test(digits)) throw new CloisterError("PrivateKeyInvalid", "That is not a private key.", "Give 64 hex digits, or a keystore file with --keystore.");
  return { accountPrivateKey: `0x${digits}` };
}

async function phraseOf(context: Context, yes: boolean): Promise<string> {
  const words = yes ? "" : await context.ask("The 12 words that open your results (empty: new ones):", { secret: true });
  if (words === "") return newPhrase();
  phraseToKey(words);
  return words;
}

async function newAccount(context: Context, directory: string): Promise<{ account: string; keystore: string }> {
  const password = context.surroundings.env.CLOISTER_KEYSTORE_PASSWORD ?? (await context.ask("Password for the new keystore:", { secret: true, elsewhere: "set CLOISTER_KEYSTORE_PASSWORD" }));
  const [made] = await newKeystores(directory, [ACCOUNT], password);
  return { account: made!.address, keystore: join(directory, `${ACCOUNT}.json`) };
}

/** Keeps the file that is there under another name, and puts the new one in its place at once. */
async function replace(path: string, text: string, now: Date): Promise<string> {
  const stamp = now.toISOString().replace(/\D/g, "");
  const [kept, next] = [`${path}.${stamp}`, `${path}.${stamp}.new`];
  await writeSecretFile(next, text);
  try {
    await copyFile(path, kept, constants.COPYFILE_EXCL);
    await rename(next, path);
  } catch (error) {
    await rm(next, { force: true });
    throw new CloisterError("TargetDenied", `${path} cannot be replaced (${(error as NodeJS.ErrnoException).code ?? String(error)}).`, "Choose another path with --config; nothing was changed.", { path }, { cause: error });
  }
  return kept;
}
