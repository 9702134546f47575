// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { execFileSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { finishDigest, reportDigest } from "../../../src/chain/digests";
import { fromHex } from "../../../src/core/hex";
import { keyRelease, sealedArguments, type KeyRelease, type SealedArguments } from "../../../src/core/sealed";
import type { Resource } from "../../../src/core/resource";
import { newIdentity, recipientOf } from "../../../src/crypto/ageKeys";
import { fromSpki, generateKeyPair, keyFingerprint, verify } from "../../../src/crypto/keys";
import { open, seal } from "../../../src/crypto/seal";
import { signSolution } from "../../../src/crypto/solutionSignature";
import { verifyReport } from "../../../src/evidence/report";
import type { Trust } from "../../../src/evidence/trust";
import { DirectoryStore } from "../../../src/store/directory";
import { upload } from "../../../src/store/upload";
import { packImage } from "../../../src/tee/image/pack";
import type { RunOrder } from "../../../src/tee/loader/protocol";
import { readTree } from "../../../src/tee/runner/processes";
import { SMALL_LIMITS } from "../../../src/tee/runner/probing";
import { fresh, storedAt, TestMachine } from "./machine";

const CANARY = `canary-${randomBytes(12).toString("hex")}`;
const BOOK = `0x${"ab".repeat(20)}`;
const CUSTOMER = `0x${"cd".repeat(20)}`;

describe("the loader, in its platform", function () {
  this.timeout(120_000);
  let machine: TestMachine;
  let trust: Trust;
  let store: string;
  let solution: Resource;
  let data: Resource;
  let identity: string;
  let recipient: string;
  let runs = 0;

  before(async () => {
    store = fresh("store");
    identity = await newIdentity();
    recipient = await recipientOf(identity);
    const keep = async (source: string) => (await upload({ source, store: new DirectoryStore(store), stateDirectory: fresh("state") })).resource;
    const program = join(fresh("solution"), "sum");
    mkdirSync(program);
    writeFileSync(
      join(program, "main.js"),
      `const fs=require("fs");const inputs=fs.readdirSync("/sp/inputs");const text=fs.readFileSync("/sp/inputs/input-0001/numbers.csv","utf8");
const sum=text.split("\\n").map(Number).reduce((a,b)=>a+b,0);
const certs=fs.readdirSync("/sp/certs").sort();const configuration=fs.existsSync(process.env.CONFIGURATION_PATH)?JSON.parse(fs.readFileSync(process.env.CONFIGURATION_PATH)):null;
fs.writeFileSync("/sp/output/result.json",JSON.stringify({sum,inputs,certs,configuration,arguments:process.argv.slice(2),mode:process.env.MODE}));console.log("summed");
if(process.env.MODE==="hang")setInterval(()=>{},1000);if(process.env.MODE==="fail")process.exit(3);`,
    );
    const image = await packImage({ directory: program, base: "node", output: join(fresh("image"), "sum.tar.gz") });
    solution = await keep(image.output);
    const table = fresh("data");
    writeFileSync(join(table, "numbers.csv"), "1\n2\n39\n");
    writeFileSync(join(table, "secret.txt"), CANARY);
    data = await keep(table);
    machine = await TestMachine.start();
    ({ trust } = await machine.certify());
  });
  after(() => machine?.stop());

  interface Changes {
    readonly release?: Partial<KeyRelease>;
    readonly sealed?: Partial<SealedArguments>;
    readonly order?: Partial<RunOrder>;
    /** The device that it is sealed to; the machine's unless told. */
    readonly to?: string;
  }
  async function order(changes: Changes = {}): Promise<RunOrder> {
    const ageRecipient = changes.to ?? (await machine.next("hello")).ageRecipient;
    const sealed = sealedArguments({
      chainId: 31337,
      orderBook: BOOK,
      customer: CUSTOMER,
      nonce: `0x${randomBytes(32).toString("hex")}`,
      inputs: [
        { kind: "solution", offer: "own", version: 0, hash: solution.hash.hash, resource: solution },
        { kind: "data", offer: "7", version: 1, hash: data.hash.hash },
      ],
      arguments: { environment: { MODE: "normal" }, configuration: { deep: [1, "two"] }, salt: "pepper" },
      resultRecipient: recipient,
      resultStore: { type: "DIRECTORY", path: "/nowhere" },
      ...changes.sealed,
    });
    const release = keyRelease({
      chainId: 31337,
      orderBook: BOOK,
      order: "12",
      suborder: "13",
      offer: "7",
      offerVersion: 1,
      solutionHash: sealed.solutionHash,
      inputsHash: sealed.inputsHash,
      argumentsHash: "any",
      resultRecipient: recipient,
      notAfter: Math.floor(Date.now() / 1000) + 3600,
      resource: data,
      ...changes.release,
    });
    const text = async (message: object) => Buffer.from(await seal(message, [ageRecipient])).toString("base64");
    const { solutionHash, inputsHash, argumentsHash } = sealed;
    return {
      id: `run-${++runs}`,
      chainId: 31337,
      orderBook: BOOK,
      order: "12",
      offer: "3",
      customer: CUSTOMER,
      resultRecipient: recipient,
      solutionHash,
      inputsHash,
      argumentsHash,
      ownSolutions: 1,
      ownData: 0,
      service: false,
      sealed: await text(sealed),
      parts: [{ suborder: "13", offer: "7", version: 1, kind: "data", contentHash: data.hash.hash, release: await text(release) }],
      limits: { ...SMALL_LIMITS, wallSeconds: 30 },
      endsAt: Math.floor(Date.now() / 1000) + 3600,
      results: fresh("results"),
      ...changes.order,
    };
  }

  async function opened(result: string): Promise<string> {
    const plain = await open(Uint8Array.from(readFileSync(result)), identity);
    const directory = fresh("opened");
    writeFileSync(join(directory, "r.tar.gz"), plain);
    execFileSync("tar", ["-xzf", "r.tar.gz"], { cwd: directory });
    return directory;
  }

  it("runs an order from sealed bytes to a result that only its recipient opens, with a report that verifies", async () => {
    const started = Date.now();
    const given = await order();
    const end = await machine.play(given, store);
    const took = Date.now() - started;
    expect(end, JSON.stringify(end)).to.include({ type: "finish", status: 4, fault: 0 });
    if (end.type !== "finish") return;
    expect(createHash("sha256").update(readFileSync(end.result)).digest("hex")).to.equal(end.resultHash.slice(2));
    const directory = await opened(end.result);
    const result = JSON.parse(readFileSync(join(directory, "output/result.json"), "utf8"));
    expect(result).to.deep.equal({
      sum: 42,
      inputs: ["input-0001"],
      certs: ["order_cert.crt", "order_cert.key", "order_cert_ca_bundle.crt", "workloadInfo"],
      configuration: { deep: [1, "two"] },
      arguments: [],
      mode: "normal",
    });
    expect(readFileSync(join(directory, "log.txt"), "utf8")).to.match(/^summed\n/).and.include("ended with exit code 0");

    const report = await machine.next("report", given.id);
    const { publicKey } = await machine.next("hello");
    const key = fromSpki(Uint8Array.from(Buffer.from(publicKey, "base64")));
    const domain = { chainId: 31337, verifyingContract: BOOK };
    const bytes = ({ r, s }: { r: string; s: string }) => fromHex(r.slice(2) + s.slice(2));
    expect(verify(key, reportDigest(domain, { ...report.record, order: 12n, offer: 3n }), bytes(report.signature))).to.equal(true);
    const { status, fault, resultHash, usedSeconds } = end;
    expect(verify(key, finishDigest(domain, { order: 12n, status, fault, resultHash, usedSeconds }), bytes(end.signature))).to.equal(true);
    const payload = JSON.parse(Buffer.from(report.envelope.payload, "base64").toString("utf8"));
    const verdict = verifyReport({ report: { certificate: report.certificate, workloadInfo: payload.predicate.workloadInfo, envelope: report.envelope }, trust, at: new Date() });
    expect(verdict.checks.filter((check) => JSON.stringify(check).includes("failed"))).to.deep.equal([]);
    expect(verdict.simulated).to.equal(true);
    expect(payload.predicate.workloadInfo.runtimeInfo.map((entry: { type: string; hash: { hash: string } }) => [entry.type, entry.hash.hash])).to.deep.equal([["Image", solution.hash.hash], ["Data", data.hash.hash]]);
    expect(machine.seen.filter((message) => message.type === "step" && message.state === "done").map((message) => (message as { name: string }).name)).to.deep.equal(["Decrypt the workload", "Execute the workload", "Encrypt the order result"]);
    console.log(`      one order took ${took} ms`);
  });

  it("signs an Error by the workload's fault when it fails, and hands on its log and output", async () => {
    const end = await machine.play(await order({ sealed: { arguments: { environment: { MODE: "fail" }, command: ["a", "b c"], salt: "x" } } }), store);
    expect(end).to.include({ type: "finish", status: 5, fault: 1 });
    if (end.type !== "finish") return;
    const directory = await opened(end.result);
    expect(readFileSync(join(directory, "log.txt"), "utf8")).to.include("exit code 3");
    expect(JSON.parse(readFileSync(join(directory, "output/result.json"), "utf8")).arguments).to.deep.equal(["a", "b c"]);
  });

  it("ends a job at its limit as an Error, a service as Done, and a canceled one as Canceled", async () => {
    const hang = { sealed: { arguments: { environment: { MODE: "hang" }, salt: "x" } } };
    const limits = { ...SMALL_LIMITS, wallSeconds: 2 };
    expect(await machine.play(await order({ ...hang, order: { limits } }), store)).to.include({ type: "finish", status: 5, fault: 1 });
    expect(await machine.play(await order({ ...hang, order: { limits, service: true } }), store)).to.include({ type: "finish", status: 4, fault: 0 });
    const given = await order(hang);
    const playing = machine.play(given, store);
    await machine.next("report", given.id);
    setTimeout(() => machine.send({ type: "cancel", id: given.id, by: "customer" }), 2500);
    expect(await playing).to.include({ type: "finish", status: 3, fault: 0 });
  });

  const wrong: [string, Changes, number, RegExp][] = [
    ["another order", { release: { order: "99" } }, 3, /KeyReleaseMismatch: .*order 99/],
    ["another suborder", { release: { suborder: "99" } }, 3, /KeyReleaseMismatch: .*suborder/],
    ["another solution", { release: { solutionHash: "11".repeat(32) } }, 3, /KeyReleaseMismatch: .*solutionHash/],
    ["other inputs", { release: { inputsHash: "11".repeat(32) } }, 3, /KeyReleaseMismatch: .*inputsHash/],
    ["other arguments", { release: { argumentsHash: "11".repeat(32) } }, 3, /KeyReleaseMismatch: .*argumentsHash/],
    ["another recipient", { release: { resultRecipient: `age1${"q".repeat(58)}` } }, 3, /KeyReleaseMismatch: .*resultRecipient/],
    ["another chain", { release: { chainId: 1 } }, 3, /KeyReleaseMismatch: .*chainId/],
    ["a time that is over", { release: { notAfter: 1 } }, 3, /KeyReleaseMismatch: .*notAfter/],
  ];
  for (const [what, changes, fault, message] of wrong) {
    it(`uses no key that was released for ${what}`, async () => {
      const end = await machine.play(await order(changes), store);
      expect(end).to.include({ type: "abort", fault });
      expect(end.outcome).to.match(message);
      expect(readFileSync(join(await opened(end.result as string), "log.txt"), "utf8")).to.match(message);
    });
  }

  it("takes neither a key release for arguments nor arguments for a key release", async () => {
    const good = await order();
    const [part] = good.parts;
    const swapped = await machine.play({ ...good, sealed: part?.release as string }, store);
    expect(swapped).to.include({ type: "abort", fault: 1 });
    expect(swapped.outcome).to.match(/SealedKindMismatch/);
    expect(swapped.result).to.equal(undefined);
    const again = await order();
    const end = await machine.play({ ...again, parts: again.parts.map((known) => ({ ...known, release: again.sealed })) }, store);
    expect(end).to.include({ type: "abort", fault: 3 });
    expect(end.outcome).to.match(/SealedKindMismatch/);
  });

  it("believes no controller that changes the order, its parts or the files", async () => {
    const cases: [Partial<RunOrder>, number, RegExp][] = [
      [{ customer: `0x${"ee".repeat(20)}` }, 1, /SealedArgumentsMismatch: .*customer/],
      [{ orderBook: `0x${"ee".repeat(20)}` }, 1, /SealedArgumentsMismatch: .*orderBook/],
      [{ solutionHash: "22".repeat(32) }, 1, /SealedArgumentsMismatch: .*solutionHash/],
      [{ argumentsHash: "22".repeat(32) }, 1, /SealedArgumentsMismatch: .*argumentsHash/],
      [{ ownSolutions: 2 }, 1, /OwnInputsMismatch/],
      [{ parts: [] }, 1, /InputMissing/],
    ];
    for (const [change, fault, message] of cases) {
      const end = await machine.play({ ...(await order()), ...change }, store);
      expect(end, String(message)).to.include({ type: "abort", fault });
      expect(end.outcome).to.match(message);
    }
    const other = await order();
    const version = await machine.play({ ...other, parts: other.parts.map((part) => ({ ...part, contentHash: "33".repeat(32) })) }, store);
    expect(version.outcome).to.match(/ContentHashMismatch/);
  });

  it("holds a solution to the signing key that the customer sealed, also where the controller says nothing of it", async () => {
    const key = generateKeyPair();
    const keyHash = keyFingerprint(key.publicKey);
    const signed: Resource = { ...solution, metadata: { solutionSignature: signSolution(key, "sum.tar.gz", solution.hash.hash) } };
    const hash = solution.hash.hash;
    const end = async (resource: Resource, sealedKey: string | undefined, chainKey: string | undefined) => {
      const inputs = [{ kind: "solution" as const, offer: "9", version: 1, hash, ...(sealedKey !== undefined && { signatureKeyHash: sealedKey }) }, { kind: "data" as const, offer: "7", version: 1, hash: data.hash.hash }];
      const given = await order({ sealed: { inputs }, order: { ownSolutions: 0 } });
      const part = { suborder: "14", offer: "9", version: 1, kind: "solution" as const, contentHash: hash, resource, signatureKeyHash: chainKey };
      return machine.play({ ...given, parts: [part, ...given.parts] }, store);
    };
    expect(await end(signed, keyHash, keyHash)).to.include({ type: "finish", status: 4 });
    const other = keyFingerprint(generateKeyPair().publicKey);
    for (const [given, code] of [[await end(solution, keyHash, undefined), /SolutionNotSigned/], [await end(signed, keyHash, other), /SolutionSignedByAnother/], [await end(signed, undefined, "unreadable"), /SolutionSignedByAnother/]] as const) {
      expect(given).to.include({ type: "abort", fault: 3 });
      expect(given.outcome).to.match(code);
    }
  });

  it("refuses a changed file by the machine's fault, and one that never came", async () => {
    const tampered = fresh("tampered");
    for (const { resource } of [solution, data] as never as { resource: { filepath: string } }[]) copyFileSync(storedAt(store, resource.filepath), join(tampered, resource.filepath));
    const file = join(tampered, (data.resource as { filepath: string }).filepath);
    const bytes = readFileSync(file);
    bytes[bytes.length - 5] = (bytes[bytes.length - 5] as number) ^ 1;
    writeFileSync(file, bytes);
    const end = await machine.play(await order(), tampered);
    expect(end).to.include({ type: "abort", fault: 2 });
    rmSync(file);
    const missing = await machine.play(await order(), tampered);
    expect(missing).to.include({ type: "abort", fault: 2 });
  });

  it("refuses content that is not what its owner promised, by the owner's fault", async () => {
    const lying: Resource = { ...data, hash: { ...data.hash, hash: "44".repeat(32) } };
    const changed = await order({ release: { resource: lying } });
    const end = await machine.play(changed, store);
    expect(end).to.include({ type: "abort", fault: 3 });
    const sealed = { inputs: [{ kind: "solution" as const, offer: "own", version: 0, hash: "55".repeat(32), resource: { ...solution, hash: { ...solution.hash, hash: "55".repeat(32) } } }, { kind: "data" as const, offer: "7", version: 1, hash: data.hash.hash }] };
    const own = await machine.play(await order({ sealed }), store);
    expect(own).to.include({ type: "abort", fault: 1 });
    expect(own.outcome).to.match(/ObjectDamaged/);
  });

  it("ends what was sealed to an earlier loader as the machine's fault", async () => {
    const stranger = await recipientOf(await newIdentity());
    const given = await order();
    const sealed = Buffer.from(await seal("{}", [stranger])).toString("base64");
    const end = await machine.play({ ...given, sealed }, store);
    expect(end).to.include({ type: "abort", fault: 2 });
    expect(readFileSync(join(await opened(end.result as string), "log.txt"), "utf8")).to.include("NotSealedForUs");
  });

  it("answers unknown and malformed messages with a named error and goes on", async () => {
    machine.process.stdin?.write('not json\n{"type":"published","id":"nobody"}\n');
    expect(await machine.next("error")).to.have.property("code", "LoaderMessageInvalid");
    expect((await machine.next("error", "nobody")).code).to.equal("RunUnknown");
  });

  it("keeps plaintext where a kill takes it away: none is on any disk, while running and after kill -9", async () => {
    const victim = await TestMachine.start();
    const { ageRecipient } = await victim.next("hello");
    await victim.certify();
    const given = await order({ to: ageRecipient, sealed: { arguments: { environment: { MODE: "hang" }, salt: "x" } } });
    const playing = victim.play(given, store).catch(() => undefined);
    await victim.next("report");
    await new Promise((later) => setTimeout(later, 2500));
    const places = [victim.state, store, given.results, "/dev/shm"];
    const find = () => execFileSync("grep", ["-rlF", CANARY, ...places], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
    expect(() => find()).to.throw();
    const pids = readTree(victim.process.pid as number).pids;
    expect(pids.length).to.be.above(3);
    victim.process.kill("SIGKILL");
    await new Promise((later) => setTimeout(later, 700));
    expect(pids.filter((pid) => existsSync(`/proc/${pid}/cmdline`) && readFileSync(`/proc/${pid}/cmdline`).length > 0)).to.deep.equal([]);
    expect(() => find()).to.throw();
    await playing;
  });

  it("measures another loader when one byte of it changes", async () => {
    const changed = join(fresh("changed"), "loader.js");
    const bundle = readFileSync(await TestMachine.bundle());
    writeFileSync(changed, Buffer.concat([bundle, Buffer.from("\n")]));
    expect(await TestMachine.measurement(machine.state, changed)).to.not.equal(await TestMachine.measurement(machine.state));
    expect(readdirSync(machine.state).filter((name) => name.startsWith("guest-"))).to.have.length(1);
  });

  it("takes no certificate of another device", async () => {
    const other = await TestMachine.start();
    await other.next("hello");
    other.send({ type: "run", order: await order() });
    expect((await other.next("error")).code).to.equal("DeviceNotCertified");
    const report = machine.seen.find((message) => message.type === "report") as { certificate: string };
    const chain = report.certificate.split(/(?<=-----END CERTIFICATE-----\n)/).slice(0, 3).join("");
    other.seen.length = 0;
    other.send({ type: "install", chain });
    expect((await other.next("error")).code).to.equal("DeviceChainWrong");
    await other.stop();
    expect(readdirSync(other.state).sort()).to.deep.equal(["anchor.pem", "platform.json"]);
  });
});
