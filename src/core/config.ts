// SPDX-License-Identifier: Apache-2.0
import * as v from "valibot";
import { CloisterError } from "./errors";
import { address, count, readJson, readShape, type Reading } from "./schema";

/** The chain that the well-known test keys may be used on: the one every development node has. */
export const DEVNET_CHAIN_ID = 31337;

const privateKey = v.pipe(v.string(), v.regex(/^0x[0-9a-fA-F]{64}$/, "a private key (0x and 64 hex digits)"));
const path = v.pipe(v.string(), v.nonEmpty("a path"));

const blockchain = v.strictObject({
  rpcUrl: v.pipe(v.string(), v.regex(/^(?:https?|wss?):\/\//, "an http(s) or ws(s) URL")),
  chainId: count,
  contracts: v.strictObject({ registry: address, catalog: address, orderBook: address, attestation: address, token: address }),
  /** Contract that reads the market in pages; without it lists take a call for each entry. */
  lens: v.optional(address),
  /** Contract that splits budgets over providers. */
  rewardPool: v.optional(address),
  /** Key of the customer, or of a provider's action account. */
  accountPrivateKey: v.optional(privateKey),
  /** Key of a provider's authority account. */
  authorityAccountPrivateKey: v.optional(privateKey),
  /** The same keys in encrypted keystore files (Ethereum's version 3); relative to the configuration. */
  accountKeystore: v.optional(path),
  authorityAccountKeystore: v.optional(path),
});

const httpUrl = v.pipe(v.string(), v.url("a URL"), v.regex(/^https?:/, "an http or https URL"));

/** Where contents and results are put: a directory, a store server (`store run`), or an S3 bucket. */
const storage = v.variant("type", [
  v.strictObject({ type: v.literal("DIRECTORY"), path }),
  /** The token says which prefix is meant, and what may be done there. */
  v.strictObject({ type: v.literal("HTTP"), url: httpUrl, token: v.pipe(v.string(), v.nonEmpty("an access token from `store grant`")) }),
  v.strictObject({
    type: v.literal("S3"),
    /** Of the service, without the bucket: it is a step of the path. */
    endpoint: httpUrl,
    region: v.optional(v.pipe(v.string(), v.nonEmpty("a region")), "us-east-1"),
    bucket: v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9.-]{1,62}$/, "a bucket's name")),
    prefix: v.optional(v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9-]{0,62}$/, "a prefix (lower-case letters, digits and -)"))),
    accessKeyId: v.pipe(v.string(), v.nonEmpty("an access key id")),
    secretKey: v.pipe(v.string(), v.nonEmpty("a secret key")),
  }),
]);

/** The key that results are sealed to: as base64 of its 16 bytes, or as the 12 words. */
const resultEncryption = v.pipe(
  v.strictObject({ algo: v.literal("age"), key: v.optional(v.string()), phrase: v.optional(v.string()) }),
  v.check(({ key, phrase }) => (key === undefined) !== (phrase === undefined), "either a key or a phrase"),
);

const freeForm = v.record(v.string(), v.unknown());

/** A machine of a compute provider: what `tee run` needs. */
const machine = v.strictObject({
  /** Compute offer that it serves. */
  offer: v.optional(v.pipe(v.union([v.string(), v.number()]), v.transform(String))),
  /** Directory of the platform's keys and of ciphertexts on their way. */
  state: path,
  /** URL of the certification authority. */
  authority: v.pipe(v.string(), v.regex(/^https?:\/\//, "an http(s) URL")),
  runner: v.optional(v.picklist(["auto", "bubblewrap", "namespaces", "unisolated"])),
  allowUnisolated: v.optional(v.boolean()),
  /** Bytes of memory for plaintext. */
  memoryBytes: v.optional(count),
});

/** Schema of config.json: one identity of one actor. Every section is optional; a command that needs one says so. */
export const configSchema = v.pipe(
  v.strictObject({
    /** The keys are the published test keys of development chains. */
    devnet: v.optional(v.boolean()),
    blockchain: v.optional(blockchain),
    storage: v.optional(storage),
    workflow: v.optional(v.strictObject({ resultEncryption })),
    /** The roots and policy that reports are checked against: inline, or the path of a file. */
    trust: v.optional(v.union([path, freeForm])),
    provider: v.optional(freeForm),
    machine: v.optional(machine),
  }),
  v.check(
    ({ devnet, blockchain: chain }) => devnet !== true || chain === undefined || chain.chainId === DEVNET_CHAIN_ID,
    `for chain ${DEVNET_CHAIN_ID}: "devnet" marks test keys that everybody knows`,
  ),
);

/** A parsed config.json. It may hold private keys: never log it. */
export type Config = v.InferOutput<typeof configSchema>;

/** How a configuration names its store. It may hold keys: never log it. */
export type StorageSettings = NonNullable<Config["storage"]>;

function reading(name: string): Reading {
  return { what: name, code: "ConfigInvalid", fix: "Correct the field, or make a new configuration." };
}

/**
 * Reads the text of a configuration; `name` is what errors call it.
 *
 * @throws CloisterError `ConfigInvalid` naming the first wrong field, never its value.
 */
export function parseConfig(text: string, name: string): Config {
  return readShape(configSchema, readJson(text, reading(name)), reading(name));
}

/**
 * A section of the configuration that a command cannot do without.
 *
 * @throws CloisterError `ConfigIncomplete`.
 */
export function section<Name extends keyof Config>(config: Config, name: Name): NonNullable<Config[Name]> {
  const found = config[name];
  if (found !== undefined) return found;
  throw new CloisterError("ConfigIncomplete", `The configuration has no "${name}" section, which this command needs.`, `Add "${name}" to it, or name another one with --config.`, { section: name });
}
