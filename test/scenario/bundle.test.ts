// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect } from "chai";

import { ACTORS } from "../../scripts/localnet/actors";
import { Stage } from "./stage";

interface Verdict {
  readonly passed: boolean;
  readonly checks: readonly { name: string; passed: boolean; skipped?: boolean; reason: string }[];
}

/* eslint-disable-next-line @typescript-eslint/no-explicit-any -- tests change any field of the file */
type Json = any;

const SOURCE = (secret: string) => `
const fs = require("node:fs");
fs.writeFileSync("/sp/output/result.txt", ${JSON.stringify(secret)} + fs.readFileSync("/sp/inputs/input-0001/secret.txt", "utf8").length);
`;

describe("a bundle", function () {
  this.timeout(120_000);
  let stage: Stage;
  let order: bigint;
  let bundle: Json;
  let solution: string;
  let data: Awaited<ReturnType<Stage["offerData"]>>;
  const mark = (name: string) => `canary-${name}-${randomBytes(12).toString("hex")}`;
  const secrets = { data: mark("data"), arguments: mark("arguments"), result: mark("result") };

  before(async () => {
    stage = await Stage.open();
    solution = await stage.solution("secretive", SOURCE(secrets.result));
    data = await stage.offerData("secrets", { "secret.txt": secrets.data });
    await writeFile(join(stage.alice.home, "configuration.json"), JSON.stringify({ secret: secrets.arguments }));
    const explained = JSON.parse((await stage.alice.types("spctl", ["explain", "--json", "--tee", String(stage.compute), "--solution", solution, "--data", `${data.offer},${data.slot}`])).stdout) as { accepted: boolean; money: { most: string } };
    expect(explained.accepted).to.equal(true);
    order = await stage.place(solution, [data], ["--solution-configuration", "configuration.json"]);
    const waiting = JSON.parse((await stage.bob.types("spctl", ["orders", "list", "--waiting", "--json"])).stdout) as { orders: { id: string; solution_hash: string; arguments: string }[] };
    expect(waiting.orders.map(({ id }) => id)).to.deep.equal([String(order + 1n)]);
    expect(waiting.orders[0]!.arguments).to.match(/^[0-9a-f]{64}$/);
    await stage.bob.types("spctl", ["orders", "complete", String(order + 1n), "--result", data.resource, "--status", "done", "--solution-hash", waiting.orders[0]!.solution_hash, "--accept-arguments"]);
    expect(await stage.ended(order)).to.equal("Done");
    await stage.bob.types("spctl", ["orders", "claim", String(order + 1n)]);
  });
  after(() => stage?.close());

  const verify = async (content: Json, who = stage.bob): Promise<{ code: number | null; failed: string[]; verdict: Verdict }> => {
    await writeFile(join(who.home, "bundle.json"), JSON.stringify(content));
    const { code, stdout } = await who.tries("spctl", ["bundle", "verify", "bundle.json", "--json"]);
    const verdict = JSON.parse(stdout) as Verdict;
    return { code, verdict, failed: verdict.checks?.filter(({ passed, skipped }) => !passed && !skipped).map(({ name }) => name) ?? [] };
  };
  const changed = (change: (copy: Json) => void): Json => {
    const copy = structuredClone<Json>(bundle);
    change(copy);
    return copy;
  };

  it("has everything public about an order, and verifies without a chain against another's trust file", async () => {
    const { stdout } = await stage.alice.types("spctl", ["bundle", "create", String(order), "--save-to", "order.bundle.json"]);
    expect(stdout).to.match(/^Saved the bundle of order \d+ to .*: \d+ events, with a report, \d+ bytes/);
    bundle = JSON.parse(await readFile(join(stage.alice.home, "order.bundle.json"), "utf8"));
    // Bob's configuration names a chain that is not there: nothing is asked.
    const path = join(stage.bob.home, "config.json");
    const config = JSON.parse(await readFile(path, "utf8"));
    await writeFile(path, JSON.stringify({ ...config, blockchain: { ...config.blockchain, rpcUrl: "http://127.0.0.1:9" } }));
    const { code, failed, verdict } = await verify(bundle);
    expect(failed, JSON.stringify(verdict.checks)).to.deep.equal([]);
    expect([code, verdict.passed]).to.deep.equal([0, true]);
    expect(verdict.checks.map(({ name }) => name)).to.deep.equal([
      "market", "events", "status", "root pinned", "chain", "evidence to device", "measurement", "signature", "workload hash", "runtimeInfo", "on-chain record",
      "inputs", "device", "hashes", "settlement", "transfers", "claims", "result", "logs in the chain", "record in the chain", "finish signature",
    ]);
    expect(verdict.checks.filter(({ skipped }) => skipped).map(({ name }) => name)).to.deep.equal(["runtimeInfo", "logs in the chain", "record in the chain", "finish signature"]);
    await writeFile(path, JSON.stringify(config));
  });

  it("holds no private key, no resource key, no passphrase and no plaintext", async () => {
    const text = await readFile(join(stage.alice.home, "order.bundle.json"), "utf8");
    const config = JSON.parse(await readFile(join(stage.alice.home, "config.json"), "utf8"));
    const [mine, his] = [await stage.resource(stage.alice, solution), await stage.resource(stage.bob, data.resource)];
    const keys = { alice: ACTORS.alice.privateKey.slice(2), bob: ACTORS.bob.privateKey.slice(2), mine: mine.encryption!.key, his: his.encryption!.key, phrase: config.workflow.resultEncryption.phrase as string, any: "AGE-SECRET-KEY-" };
    // Events are hex: canaries are looked for as text and as the hex of their bytes.
    const found = Object.entries({ ...secrets, ...keys }).filter(([, secret]) => text.toLowerCase().includes(secret.toLowerCase()) || text.includes(Buffer.from(secret).toString("hex")));
    expect(found).to.deep.equal([]);
    expect(text).to.include(Buffer.from("age-encryption.org/v1").toString("hex"));
    // A bundle with a field that the format does not know is refused, so that nothing hides in one.
    for (const change of [(copy: Json) => (copy.note = "x"), (copy: Json) => (copy.trust.key = "x"), (copy: Json) => (copy.order.parts[0].resource = {})]) {
      const { code, verdict } = await verify(changed(change));
      expect([code, (verdict as Json).error.code]).to.deep.equal([1, "BundleInvalid"]);
    }
  });

  it("does not hold when anything in it is changed, and says what", async () => {
    const log = (copy: Json, at: number) => copy.logs[at];
    const settledTopic = bundle.logs.findIndex(({ topics, data: bytes }: Json) => topics.length === 2 && bytes.length === 2 + 3 * 64);
    expect(settledTopic).to.be.greaterThan(0);
    const cases: [string, (copy: Json) => void, readonly string[]][] = [
      ["another price", (copy) => (copy.order.rate = String(BigInt(copy.order.rate) + 3600n * 10n ** 6n)), ["settlement", "claims"]],
      ["another deposit", (copy) => (copy.order.deposit = String(BigInt(copy.order.deposit) + 1n)), ["settlement", "transfers", "claims"]],
      ["another end", (copy) => (copy.order.status = 5), ["status"]],
      ["another solution", (copy) => (copy.order.solutionHash = "ab".repeat(32)), ["hashes"]],
      ["another part", (copy) => (copy.order.parts[0].version = 2), ["inputs"]],
      ["a log left out", (copy) => copy.logs.splice(copy.logs.findIndex(({ topics }: Json) => topics.length === 3 && BigInt(topics[2]) === order), 1), ["events"]],
      ["a header left out", (copy) => copy.blocks.pop(), ["events"]],
      ["other seconds", (copy) => (log(copy, settledTopic).data = log(copy, settledTopic).data.replace(/^0x.{64}/, `0x${(4000).toString(16).padStart(64, "0")}`)), ["settlement", "claims"]],
      ["another market", (copy) => (copy.market.chainId = 1), ["market", "on-chain record"]],
      ["another workload", (copy) => (copy.report.workloadInfo.created += 1), ["workload hash"]],
      ["no report", (copy) => delete copy.report, ["report"]],
    ];
    for (const [name, change, expected] of cases) {
      const { code, failed } = await verify(changed(change));
      expect(failed, name).to.deep.equal(expected);
      expect(code, name).to.equal(1);
    }
  });

  it("is believed by nobody who does not trust its root, whatever trust it brings", async () => {
    const path = join(stage.bob.home, "trust.json");
    const trust = await readFile(path, "utf8");
    await writeFile(path, JSON.stringify({ ...JSON.parse(trust), certificationRoots: [] }));
    try {
      expect((await verify(bundle)).failed).to.include("root pinned");
    } finally {
      await writeFile(path, trust);
    }
    // Whoever believes the anchors may lack this month's collateral: the bundle's own is signed under them.
    await writeFile(path, JSON.stringify({ ...JSON.parse(trust), collateral: [] }));
    expect((await verify(bundle)).failed).to.deep.equal([]);
    await writeFile(path, trust);
  });

  it("and the books of the market balance to the unit", async () => {
    const { stdout } = await stage.bob.types("spctl", ["books", "--all"]);
    expect(stdout).to.include("1 orders: the books balance to the unit.");
  });
});
