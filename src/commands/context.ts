// SPDX-License-Identifier: Apache-2.0
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import type { Market } from "../chain/market";
import type { Config } from "../core/config";
import { CloisterError } from "../core/errors";
import type { ObjectStore } from "../store/objectStore";
import { Dialog, type Question } from "./dialog";
import { showProgress, type Progress, type Unit } from "./progress";

/** The streams and surroundings of a command; tests pass their own. */
export interface Surroundings {
  readonly stdin: NodeJS.ReadableStream & { isTTY?: boolean };
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown; isTTY?: boolean };
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly now: () => Date;
}

/** An EIP-1193 provider: what the Hardhat door hands in for the network named by `--network`. */
export interface ChainProvider {
  request(call: { method: string; params?: unknown[] }): Promise<unknown>;
}

/** Which of the configuration's accounts signs. */
export type Account = "account" | "authorityAccount";

export interface ContextSettings {
  /** `./config.json` when absent. */
  readonly configPath?: string;
  readonly json?: boolean;
  readonly signal: AbortSignal;
  readonly provider?: ChainProvider;
}

/** What a command gets besides its options: the identity, the store, ways to speak with the person, the clock and the stop signal. */
export class Context {
  readonly signal: AbortSignal;
  readonly json: boolean;
  /** Absolute path of the configuration; the file need not exist. */
  readonly configPath: string;
  /** The chain that the Hardhat door is connected to; undefined at the other door, where the configuration says it. */
  readonly provider?: ChainProvider;
  private readonly dialog: Dialog;
  private loaded?: Promise<Config>;
  private readonly endings: (() => unknown)[] = [];

  constructor(
    readonly surroundings: Surroundings,
    settings: ContextSettings,
  ) {
    this.signal = settings.signal;
    this.json = settings.json === true;
    this.provider = settings.provider;
    this.configPath = resolve(surroundings.cwd, settings.configPath ?? "config.json");
    this.dialog = new Dialog(surroundings.stdin, (text) => void surroundings.stderr.write(text));
  }

  /** The present; commands pass it on, so that nothing below asks the clock. */
  now(): Date {
    return this.surroundings.now();
  }

  /** A line for the person, on stderr: steps, hints, warnings. Results are returned, not printed. */
  message(line: string): void {
    this.surroundings.stderr.write(`${line}\n`);
  }

  /** A progress bar on stderr (plain lines where stderr is no terminal). */
  progress(label: string, unit?: Unit): Progress {
    const { stderr } = this.surroundings;
    return showProgress(label, (text) => void stderr.write(text), stderr.isTTY === true, () => this.now().getTime(), unit);
  }

  /** Asks on stderr and reads a line of stdin. */
  ask(question: string, more?: Question): Promise<string> {
    return this.dialog.ask(question, more);
  }

  /** Asks a yes-or-no question; everything but yes is no. */
  async confirm(question: string): Promise<boolean> {
    return /^y(?:es)?$/i.test(await this.ask(`${question} [y/N]`));
  }

  /**
   * The configuration, read once; its relative paths are made absolute (they are relative to the file).
   *
   * @throws CloisterError `ConfigMissing` or `ConfigInvalid`.
   */
  config(): Promise<Config> {
    this.loaded ??= this.load();
    return this.loaded;
  }

  /** A path given on the command line. */
  path(given: string): string {
    return resolve(this.surroundings.cwd, given);
  }

  /** Where this identity's working state lives (interrupted uploads): `$XDG_STATE_HOME/cloister`, by default `~/.local/state/cloister`. */
  get stateDirectory(): string {
    const { XDG_STATE_HOME, HOME } = this.surroundings.env;
    return join(XDG_STATE_HOME || join(HOME || homedir(), ".local", "state"), "cloister");
  }

  /** The store that the configuration names. */
  async store(): Promise<ObjectStore> {
    const { section } = await import("../core/config");
    const { openStore } = await import("../store/openStore");
    return openStore(section(await this.config(), "storage"));
  }

  /**
   * The market that the configuration names, closed when the command ends.
   *
   * @param account who acts; without one the market can only be read.
   * @throws CloisterError `ConfigIncomplete`, those of {@link privateKey}, `ChainUnreachable`, `WrongChain` or `MarketNotFound`.
   */
  async market(account?: Account): Promise<Market> {
    const { section } = await import("../core/config");
    const { openMarket } = await import("../chain/market");
    const address = section(await this.config(), "blockchain");
    const privateKey = account && (await this.privateKey(account));
    const market = await openMarket(address, { privateKey, provider: this.provider });
    this.onEnd(() => market.close());
    return market;
  }

  /** The key that opens this actor's results; with `parent` that of the orders which this order makes (0: none). */
  async resultKey(parent = 0n): Promise<string> {
    const { section } = await import("../core/config");
    const { childKey, phraseToKey } = await import("../crypto/mnemonic");
    const config = await this.config();
    const { key: own, phrase } = section(config, "workflow").resultEncryption;
    const key = own ?? phraseToKey(phrase ?? "");
    if (parent === 0n) return key;
    const { chainId, contracts } = section(config, "blockchain");
    return childKey(key, { chainId, orderBook: contracts.orderBook, order: parent });
  }

  /** The age identity that this actor's results are sealed to, or those of orders that `parent` makes. */
  async resultIdentity(parent = 0n): Promise<string> {
    const { identityFromKey } = await import("../crypto/mnemonic");
    return identityFromKey(await this.resultKey(parent));
  }

  /**
   * A private key, from the environment, the configuration or a keystore file, in this order. Never print it.
   *
   * @returns 0x and 64 hex digits.
   * @throws CloisterError `PrivateKeyMissing`, `PrivateKeyInvalid`, `KeystoreMissing`, `KeystoreInvalid` or `KeystorePasswordWrong`.
   */
  async privateKey(account: Account = "account"): Promise<string> {
    const { env } = this.surroundings;
    const variable = account === "account" ? "CLOISTER_PRIVATE_KEY" : "CLOISTER_AUTHORITY_PRIVATE_KEY";
    const fromEnvironment = env[variable];
    if (fromEnvironment !== undefined && fromEnvironment !== "") {
      if (/^0x[0-9a-fA-F]{64}$/.test(fromEnvironment)) return fromEnvironment;
      throw new CloisterError("PrivateKeyInvalid", `${variable} is not a private key.`, "Set it to 0x and 64 hex digits.");
    }
    const blockchain = (await this.config()).blockchain;
    const key = blockchain?.[`${account}PrivateKey`];
    if (key !== undefined) return key;
    const keystore = blockchain?.[`${account}Keystore`];
    if (keystore !== undefined) return this.fromKeystore(keystore);
    throw new CloisterError(
      "PrivateKeyMissing",
      `The configuration ${this.configPath} has no private key for the ${account === "account" ? "account" : "authority account"}.`,
      `Set ${variable}, or add blockchain.${account}Keystore or blockchain.${account}PrivateKey.`,
      { account },
    );
  }

  /** Registers what has to be closed when the command ends, e.g. a connection. */
  onEnd(close: () => unknown): void {
    this.endings.push(close);
  }

  /** Ends the dialog and what was registered; the door calls it. */
  async end(): Promise<void> {
    this.dialog.close();
    for (const close of this.endings.splice(0).reverse()) await close();
  }

  private async fromKeystore(path: string): Promise<string> {
    const { openKeystore } = await import("./keystore");
    const text = await readFile(path, "utf8").catch((error: unknown) => {
      throw new CloisterError("KeystoreMissing", `The keystore ${path} cannot be read.`, "Correct its path in the configuration.", { path }, { cause: error });
    });
    const password = this.surroundings.env.CLOISTER_KEYSTORE_PASSWORD ?? (await this.ask(`Password of ${path}:`, { secret: true, elsewhere: "set CLOISTER_KEYSTORE_PASSWORD" }));
    return openKeystore(text, password, path);
  }

  private async load(): Promise<Config> {
    const { parseConfig } = await import("../core/config");
    const text = await readFile(this.configPath, "utf8").catch((error: NodeJS.ErrnoException) => {
      const reason = error.code === "ENOENT" ? "does not exist" : `cannot be read (${error.code})`;
      throw new CloisterError("ConfigMissing", `The configuration ${this.configPath} ${reason}.`, "Make one with `spctl setup`, name one with --config (as a Hardhat task: --identity), or start a local market with `npm run devnet`, which writes some.", { path: this.configPath }, { cause: error });
    });
    const config = parseConfig(text, this.configPath);
    const beside = <Path extends string | undefined>(path: Path): Path => (path === undefined ? path : (resolve(dirname(this.configPath), path) as Path));
    return {
      ...config,
      ...(config.storage?.type === "DIRECTORY" && { storage: { ...config.storage, path: beside(config.storage.path) } }),
      ...(typeof config.trust === "string" && { trust: beside(config.trust) }),
      ...(config.machine && { machine: { ...config.machine, state: beside(config.machine.state) } }),
      ...(config.blockchain && {
        blockchain: {
          ...config.blockchain,
          accountKeystore: beside(config.blockchain.accountKeystore),
          authorityAccountKeystore: beside(config.blockchain.authorityAccountKeystore),
        },
      }),
    };
  }
}
