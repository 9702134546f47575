// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encryptKeystoreJsonSync } from "ethers";
import { expect } from "chai";
import { defineCommand } from "../../../src/commands/command";
import { identityFromKey, phraseToKey } from "../../../src/crypto/mnemonic";
import { spctl, type Stage } from "./stage";

const KEY = `0x${"1a".repeat(32)}`;
const OTHER = `0x${"2b".repeat(32)}`;
const contract = `0x${"ab".repeat(20)}`;
const blockchain = { rpcUrl: "http://127.0.0.1:8545", chainId: 31337, contracts: { registry: contract, catalog: contract, orderBook: contract, attestation: contract, token: contract } };

/** Shows in a test what a command would work with; no real command prints a key. */
const reveal = defineCommand({
  noun: "test",
  verb: "reveal",
  summary: "Reveal",
  role: "operator",
  example: "test reveal",
  run: async (context) => ({ key: await context.privateKey(), config: await context.config().catch(() => undefined) }),
  print: () => undefined,
});

const result = defineCommand({
  noun: "test",
  verb: "result",
  summary: "Reveal",
  role: "operator",
  example: "test result",
  run: (context) => context.resultIdentity(),
  print: () => undefined,
});

const market = defineCommand({
  noun: "test",
  verb: "market",
  summary: "Connect",
  role: "operator",
  example: "test market",
  run: async (context) => (await context.market("account")).account,
  print: () => undefined,
});

const dialog = defineCommand({
  noun: "test",
  verb: "dialog",
  summary: "Ask",
  role: "operator",
  example: "test dialog",
  run: async (context) => [await context.ask("Name?"), await context.ask("Colour?", { default: "blue" }), await context.confirm("Sure?")],
  print: () => undefined,
});

describe("configuration", () => {
  let home: string;
  beforeEach(() => void (home = mkdtempSync(join(tmpdir(), "cloister-identity-"))));
  afterEach(() => rmSync(home, { recursive: true, force: true }));

  const write = (config: unknown): void => writeFileSync(join(home, "config.json"), JSON.stringify(config));
  const run = async (verb: string, stage: Stage = {}) => {
    const outcome = await spctl(["test", verb, "--json"], { commands: [reveal, result, market, dialog], cwd: home, ...stage });
    return { ...outcome, data: JSON.parse(outcome.stdout) };
  };

  it("is ./config.json or what --config names; relative paths in it are beside it", async () => {
    write({ storage: { type: "DIRECTORY", path: "store" }, trust: "trust.json", blockchain: { ...blockchain, accountPrivateKey: KEY } });
    const { data } = await run("reveal");
    expect(data.config.storage.path).to.equal(join(home, "store"));
    expect(data.config.trust).to.equal(join(home, "trust.json"));
    const elsewhere = await spctl(["test", "reveal", "--json", "--config", join(home, "config.json")], { commands: [reveal], cwd: "/" });
    expect(elsewhere.code).to.equal(0);
  });

  it("that is missing or wrong is refused, naming the field and never a key", async () => {
    expect((await run("result")).data.error.code).to.equal("ConfigMissing");
    write({ blockchain: { ...blockchain, accountPrivateKey: `${KEY}00` } });
    const wrong = await run("result");
    expect(wrong.data.error).to.deep.include({ code: "ConfigInvalid", details: { field: "blockchain.accountPrivateKey" } });
    expect(wrong.stdout + wrong.stderr).not.to.contain("1a1a1a");
    writeFileSync(join(home, "config.json"), `{"blockchain": {"accountPrivateKey": "${KEY}" oops`);
    const torn = await spctl(["test", "result", "--debug"], { commands: [result], cwd: home });
    expect(torn.stderr).to.contain("is not JSON").and.not.contain("1a1a1a");
    write({ workflow: undefined });
    expect((await run("result")).data.error.code).to.equal("ConfigIncomplete");
  });

  it("marked devnet is refused for any chain but the development one", async () => {
    write({ devnet: true, blockchain: { ...blockchain, chainId: 1, accountPrivateKey: KEY } });
    const { data } = await run("result");
    expect(data.error.code).to.equal("ConfigInvalid");
    expect(data.error.message).to.contain("31337");
  });

  it("the key may come from the environment, the file or a keystore, in this order", async () => {
    write({ blockchain: { ...blockchain, accountPrivateKey: KEY } });
    expect((await run("reveal")).data.key).to.equal(KEY);
    expect((await run("reveal", { env: { CLOISTER_PRIVATE_KEY: OTHER } })).data.key).to.equal(OTHER);
    const bad = await run("reveal", { env: { CLOISTER_PRIVATE_KEY: "0x2b2b2b" } });
    expect(bad.data.error.code).to.equal("PrivateKeyInvalid");
    expect(bad.stdout).not.to.contain("2b2b");
    write({ blockchain });
    expect((await run("reveal")).data.error.code).to.equal("PrivateKeyMissing");
  });

  it("a keystore of ethers opens with its password, given or asked for", async () => {
    const keystore = encryptKeystoreJsonSync({ address: "0x" + "00".repeat(20), privateKey: KEY }, "sesame", { scrypt: { N: 1024 } });
    writeFileSync(join(home, "key.json"), keystore);
    write({ blockchain: { ...blockchain, accountKeystore: "key.json" } });
    expect((await run("reveal", { env: { CLOISTER_KEYSTORE_PASSWORD: "sesame" } })).data.key).to.equal(KEY);
    expect((await run("reveal", { answers: ["sesame"] })).data.key).to.equal(KEY);
    expect((await run("reveal", { answers: ["guess"] })).data.error.code).to.equal("KeystorePasswordWrong");
    writeFileSync(join(home, "key.json"), "{}");
    expect((await run("reveal", { answers: ["x"] })).data.error.code).to.equal("KeystoreInvalid");
    rmSync(join(home, "key.json"));
    expect((await run("reveal")).data.error.code).to.equal("KeystoreMissing");
  });

  it("a market needs its section, a key, and a chain that answers", async () => {
    write({});
    expect((await run("market")).data.error.code).to.equal("ConfigIncomplete");
    write({ blockchain: { ...blockchain, rpcUrl: "http://127.0.0.1:9" } });
    expect((await run("market")).data.error.code).to.equal("PrivateKeyMissing");
    const unreachable = await run("market", { env: { CLOISTER_PRIVATE_KEY: KEY } });
    expect(unreachable.data.error.code).to.equal("ChainUnreachable");
    expect(unreachable.stdout + unreachable.stderr).not.to.contain("1a1a1a");
  });

  it("a phrase and its key give the same identity for results", async () => {
    const phrase = "legal winner thank year wave sausage worth useful legal winner thank yellow";
    write({ workflow: { resultEncryption: { algo: "age", phrase } } });
    expect((await run("result")).data).to.equal(identityFromKey(phraseToKey(phrase)));
    write({ workflow: { resultEncryption: { algo: "age", key: phraseToKey(phrase) } } });
    expect((await run("result")).data).to.equal(identityFromKey(phraseToKey(phrase)));
    write({ workflow: { resultEncryption: { algo: "age", key: phraseToKey(phrase), phrase } } });
    expect((await run("result")).data.error.code).to.equal("ConfigInvalid");
  });

  it("questions go to stderr, answers come from stdin, a missing one is an error", async () => {
    const { data, stderr } = await run("dialog", { answers: ["Carol", "", "yes"] });
    expect(data).to.deep.equal(["Carol", "blue", true]);
    expect(stderr).to.contain("Name?").and.contain("Colour? (blue)").and.contain("Sure? [y/N]");
    expect((await run("dialog", { answers: ["Carol", "", ""] })).data[2]).to.equal(false);
    expect((await run("dialog", { answers: ["Carol"] })).data.error.code).to.equal("NoAnswer");
  });
});
