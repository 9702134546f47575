// SPDX-License-Identifier: Apache-2.0
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { Contract, getAddress, JsonRpcProvider } from "ethers";
import { parseConfig } from "../../../src/core/config";
import { phraseToKey } from "../../../src/crypto/mnemonic";
import { openTestMarket, type TestMarket } from "../providers/market";
import { spctl, type Stage } from "./stage";

const KEY = "5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a";
const PASSWORD = "correct horse";

describe("setup", function () {
  this.timeout(60_000);
  let market: TestMarket;
  let home: string;
  let [lens, pool, otherPool] = ["", "", ""];

  before(async () => {
    market = await openTestMarket();
    const { ethers } = (await import("hardhat")).default;
    const { catalog, orderBook, registry } = market.address.contracts;
    lens = await (await ethers.deployContract("MarketplaceLens", [orderBook, catalog, registry])).getAddress();
    pool = await (await ethers.deployContract("RewardPool", [orderBook, registry])).getAddress();
    // A pool whose book is another: it asks that for nothing when it is made.
    otherPool = await (await ethers.deployContract("RewardPool", [registry, registry])).getAddress();
  });
  after(() => market?.close());
  beforeEach(async () => void (home = await mkdtemp(join(tmpdir(), "cloister-setup-"))));
  afterEach(() => rm(home, { recursive: true, force: true }));

  const run = (args: readonly string[], stage: Stage = {}) => spctl(["setup", ...args], { cwd: home, at: new Date("2026-01-02T03:04:05.678Z"), ...stage });
  const given = () => ["--rpc-url", market.address.rpcUrl, "--order-book", market.address.contracts.orderBook];
  const written = async (name = "config.json") => parseConfig(await readFile(join(home, name), "utf8"), name);

  it("asks, makes an account, and writes a configuration that works", async () => {
    const answers = [market.address.rpcUrl, market.address.contracts.orderBook.toLowerCase(), "y", "", "", "", PASSWORD];
    const { code, stdout, stderr } = await run([], { answers });
    expect(code, stderr).to.equal(0);
    expect(stderr).to.include("URL of a node of the market's chain: (http://127.0.0.1:8545) ").and.to.include("Do you need to generate a new account? [y/N]");
    expect(stderr).to.include(`Found the market of order book ${market.address.contracts.orderBook} on chain 31337\n`).and.to.include(`There is no ${join(home, "trust.json")} yet`);
    const config = await written();
    expect(config.blockchain).to.deep.equal({ ...market.address, accountKeystore: "./keys/account.json" });
    expect(config).to.deep.include({ storage: { type: "DIRECTORY", path: "./store" }, trust: "./trust.json" });
    expect(phraseToKey(config.workflow!.resultEncryption.phrase!)).to.have.length(24);
    for (const file of ["config.json", "keys/account.json"]) expect((await stat(join(home, file))).mode & 0o777, file).to.equal(0o600);
    const [, account] = /New account (0x[0-9a-f]{40}) in /.exec(stdout) ?? [];
    expect(`${stdout}${stderr}`).not.to.include(config.workflow!.resultEncryption.phrase!).and.not.to.include(PASSWORD);
    const balance = await spctl(["tokens", "balance", "--json"], { cwd: home, env: { CLOISTER_KEYSTORE_PASSWORD: PASSWORD } });
    expect((JSON.parse(balance.stdout) as { account: string }).account.toLowerCase(), balance.stderr).to.equal(account);
  });

  it("asks nothing with --yes, and takes files that are there by their place beside it", async () => {
    await mkdir(join(home, "alice"));
    await writeFile(join(home, "own.json"), "{}");
    await writeFile(join(home, "alice", "trust.json"), "{}");
    const { code, stdout, stderr } = await run([...given(), "--yes", "--json", "--keystore", "own.json", "--authority-keystore", "own.json", "--lens", lens.toLowerCase(), "--reward-pool", pool, "--storage", "shared", "--config", "alice/config.json"]);
    expect(code, stderr).to.equal(0);
    expect(JSON.parse(stdout)).to.deep.equal({ config: join(home, "alice", "config.json"), chainId: 31337, orderBook: market.address.contracts.orderBook });
    expect(stderr).not.to.include("There is no");
    const config = await written("alice/config.json");
    expect(config.blockchain).to.include({ accountKeystore: "../own.json", authorityAccountKeystore: "../own.json" });
    expect([config.blockchain!.lens, config.blockchain!.rewardPool].map((address) => getAddress(address!))).to.deep.equal([lens, pool]);
    expect(config).to.deep.include({ storage: { type: "DIRECTORY", path: "../shared" }, trust: "./trust.json" });
  });

  it("takes a private key and words that the person has, and never shows them", async () => {
    const words = "legal winner thank year wave sausage worth useful legal winner thank yellow";
    const { code, stdout, stderr } = await run(given(), { answers: ["n", KEY, words, "", ""] });
    expect(code, stderr).to.equal(0);
    const config = await written();
    expect(config.blockchain!.accountPrivateKey).to.equal(`0x${KEY}`);
    expect(config.workflow!.resultEncryption.phrase).to.equal(words);
    expect(`${stdout}${stderr}`).not.to.include(KEY.slice(0, 12)).and.not.to.include("sausage");
  });

  it("replaces no file without --force, and keeps the one before with it", async () => {
    await writeFile(join(home, "config.json"), "mine", { mode: 0o600 });
    const refused = await run([...given(), "--yes"]);
    expect(refused).to.include({ code: 1, stdout: "" });
    expect(refused.stderr).to.include("(ConfigExists)").and.to.include("--force");
    expect(await readFile(join(home, "config.json"), "utf8")).to.equal("mine");
    expect(await readdir(home)).to.deep.equal(["config.json"]);

    const { code, stdout, stderr } = await run([...given(), "--yes", "--force"]);
    expect(code, stderr).to.equal(0);
    expect(stdout).to.include(`The configuration before was kept as ${join(home, "config.json.20260102030405678")}\n`);
    expect(await readFile(join(home, "config.json.20260102030405678"), "utf8")).to.equal("mine");
    expect((await written()).blockchain!.chainId).to.equal(31337);
    expect((await stat(join(home, "config.json"))).mode & 0o777).to.equal(0o600);
    // The same moment again: what was kept is kept.
    expect((await run([...given(), "--yes", "--force"])).stderr).to.include("(TargetDenied)");
    expect(await readFile(join(home, "config.json.20260102030405678"), "utf8")).to.equal("mine");
    expect(await readdir(home)).to.have.members(["config.json", "config.json.20260102030405678"]);
  });

  it("refuses what it cannot use, and then writes nothing", async () => {
    const { rpcUrl, contracts } = market.address;
    // The order book's further code lies in contracts that answer like it, but keep nothing.
    const [annex, reader] = await furtherCode(rpcUrl, contracts.orderBook);
    const cases: [string[], Stage, number, string][] = [
      [["--yes"], {}, 2, "--order-book is missing"],
      [[...given(), "--keystore", "a.json", "--new-account"], {}, 2, "either --keystore or --new-account"],
      [["--yes", "--rpc-url", "chain.example", "--order-book", contracts.orderBook], {}, 2, "is not an http or https URL"],
      [["--yes", "--rpc-url", "http://127.0.0.1:9", "--order-book", contracts.orderBook], {}, 1, "(ChainUnreachable)"],
      [["--yes", "--rpc-url", rpcUrl, "--order-book", contracts.token], {}, 1, "(MarketNotFound)"],
      [["--yes", "--rpc-url", rpcUrl, "--order-book", annex], {}, 1, "(MarketNotFound)"],
      [["--yes", "--rpc-url", rpcUrl, "--order-book", reader], {}, 1, "(MarketNotFound)"],
      [["--yes", "--rpc-url", rpcUrl, "--order-book", `0x${"11".repeat(20)}`], {}, 1, "(MarketNotFound)"],
      [["--yes", "--rpc-url", rpcUrl, "--order-book", "0x12"], {}, 1, "(AddressInvalid)"],
      [[...given(), "--yes", "--keystore", "nowhere.json"], {}, 1, "(FileMissing)"],
      [[...given(), "--yes", "--lens", "0x12"], {}, 1, "(AddressInvalid)"],
      [[...given(), "--yes", "--lens", contracts.token], {}, 1, "is no lens, not the lens of"],
      [[...given(), "--yes", "--reward-pool", otherPool], {}, 1, `belongs to the order book ${contracts.registry}, not the reward pool of ${contracts.orderBook}. (OtherMarket)`],
      [[...given(), "--yes", "--config", "nowhere/config.json"], {}, 1, "(TargetDenied)"],
      [given(), { answers: ["n", "not a key"] }, 1, "(PrivateKeyInvalid)"],
      [given(), { answers: ["n", "", "one two"] }, 1, "(PhraseInvalid)"],
      [given(), { answers: ["y"] }, 1, "(NoAnswer)"],
      [[...given(), "--yes", "--new-account"], {}, 1, "Fix: Answer on the terminal, or set CLOISTER_KEYSTORE_PASSWORD."],
      [[...given(), "--yes", "--new-account"], { env: { CLOISTER_KEYSTORE_PASSWORD: "short" } }, 1, "(PasswordTooShort)"],
    ];
    for (const [args, stage, code, said] of cases) {
      const outcome = await run(args, stage);
      expect(outcome.stderr, args.join(" ")).to.include(said);
      expect(outcome.code, args.join(" ")).to.equal(code);
      expect(outcome.stdout).to.equal("");
      expect(await readdir(home), args.join(" ")).to.deep.equal([]);
    }
  });
});

/** Where an order book goes on: its annex, and the reader behind that. */
async function furtherCode(rpcUrl: string, orderBook: string): Promise<[annex: string, reader: string]> {
  const provider = new JsonRpcProvider(rpcUrl, 31337, { staticNetwork: true });
  const continuationOf = async (address: string): Promise<string> => String(await new Contract(address, ["function continuation() view returns (address)"], provider).getFunction("continuation")());
  try {
    const annex = await continuationOf(orderBook);
    return [annex, await continuationOf(annex)];
  } finally {
    provider.destroy();
  }
}
