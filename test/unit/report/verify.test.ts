// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { canonicalJson } from "../../../src/core/canonicalJson";
import { buildRuntimeInfo, buildStatement, canonicalHash, parseReport, parseStatement, type Report, reportHashes, type Statement, STATEMENT_TYPE, statementBytes } from "../../../src/core/report";
import { issueDevice, issueOrder } from "../../../src/crypto/certificate";
import { chainToPem } from "../../../src/crypto/certificateContents";
import { openEnvelope, signEnvelope } from "../../../src/crypto/dsse";
import { generateKeyPair, type KeyPair, keyId, toLowS } from "../../../src/crypto/keys";
import { type ReportVerification, verifyReport } from "../../../src/evidence/report";
import type { OnChainRecord } from "../../../src/evidence/reportComparison";
import { AT, FROM, sharedWorld, type SimulatedWorld, UNTIL } from "../evidence/simulatedWorld";
import { refusal } from "../refusal";

const BOOK = "0xAbCd000000000000000000000000000000000001";
const SOLUTION = "aa".repeat(32);
const DATA = "bb".repeat(32);
const ARGUMENTS = "cc".repeat(32);
const runtimeInfo = buildRuntimeInfo([{ type: "Data", size: 20, hash: DATA }, { type: "Image", size: 10, hash: SOLUTION }]);
const workloadInfo = { created: 1_781_000_000, runtimeInfo };

interface Changes {
  readonly predicate?: Partial<Statement["predicate"]>;
  readonly statement?: Partial<Statement>;
  readonly signer?: KeyPair;
  readonly certified?: { order?: number; workloadInfo?: typeof workloadInfo };
  readonly clear?: typeof workloadInfo;
}

describe("verifyReport", () => {
  let world: SimulatedWorld;
  before(async () => {
    world = await sharedWorld();
  });

  /** A report of order 7, with what a dishonest party might change. */
  async function make({ predicate, statement, signer = world.deviceKey, certified = {}, clear = workloadInfo }: Changes = {}) {
    const device = { key: world.deviceKey, certificate: world.chain[2]! };
    const order = await issueOrder(device, { publicKey: generateKeyPair().publicKey, chainId: 31337, orderBook: BOOK, order: certified.order ?? 7, workloadInfo: certified.workloadInfo ?? workloadInfo }, { from: FROM, until: UNTIL });
    const content = { chainId: "31337", orderBook: BOOK.toLowerCase(), order: "7", workloadInfo, runner: { name: "bubblewrap", isolation: "namespaces", limits: ["memory"] }, argumentsHash: ARGUMENTS, ...predicate };
    const full: Statement = { ...buildStatement(content), ...statement };
    const payload = statementBytes(full);
    const report: Report = { certificate: chainToPem([...world.chain, order]), workloadInfo: clear, envelope: signEnvelope(signer, STATEMENT_TYPE, payload) };
    const record: OnChainRecord = { chainId: 31337, orderBook: BOOK, order: 7n, device: keyId(world.deviceKey.publicKey), ...reportHashes(full, payload) };
    return { report, record, payload };
  }

  const verify = (report: Report, change: Partial<ReportVerification> = {}) => verifyReport({ report, trust: world.trust, at: AT, ...change });
  const failed = (verdict: ReturnType<typeof verifyReport>) => verdict.checks.filter((check) => !check.passed && !check.skipped).map(({ name, reason }) => `${name}: ${reason.split(":")[0]}`);
  const resources = [{ name: "data.json", hash: DATA, size: 20 }, { name: "solution.json", hash: SOLUTION, size: 10 }];

  it("passes all eight checks, after a round trip through its file", async () => {
    const { report, record } = await make();
    const verdict = verify(parseReport(JSON.stringify(report)), { onChain: record, resources });
    expect(verdict.checks.map(({ name }) => name)).to.deep.equal(["root pinned", "chain", "evidence to device", "measurement", "signature", "workload hash", "runtimeInfo", "on-chain record"]);
    expect(failed(verdict)).to.deep.equal([]);
    expect([verdict.passed, verdict.simulated]).to.deep.equal([true, true]);
    expect(verdict.statement?.subject).to.deep.equal([{ name: "solution", digest: { sha256: SOLUTION } }, { name: "input-0001", digest: { sha256: DATA } }]);
  });

  it("skips, and does not pass, what it was given nothing to compare with", async () => {
    const { report } = await make();
    const verdict = verify(report);
    expect(verdict.checks.slice(6).map(({ passed, skipped }) => [passed, skipped])).to.deep.equal([[false, true], [false, true]]);
    expect(verdict.passed).to.equal(true);
  });

  it("fails for a signature by another key, a changed payload and a high s", async () => {
    const stranger = await make({ signer: generateKeyPair() });
    expect(failed(verify(stranger.report))).to.deep.equal(["signature: WrongEnvelopeSignature", "workload hash: EarlierCheckFailed"]);
    const { report } = await make();
    const other = await make({ predicate: { order: "8" } });
    expect(failed(verify({ ...report, envelope: { ...report.envelope, payload: other.report.envelope.payload } }))[0]).to.equal("signature: WrongEnvelopeSignature");
    const [signature] = report.envelope.signatures;
    const bytes = Uint8Array.from(Buffer.from(signature!.sig, "base64"));
    const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
    const high = Uint8Array.from([...bytes.subarray(0, 32), ...Buffer.from((order - BigInt(`0x${Buffer.from(bytes.subarray(32)).toString("hex")}`)).toString(16).padStart(64, "0"), "hex")]);
    expect(toLowS(high)).to.deep.equal(bytes);
    const malleable = { ...report, envelope: { ...report.envelope, signatures: [{ keyid: signature!.keyid, sig: Buffer.from(high).toString("base64") }] } };
    expect(failed(verify(malleable))[0]).to.equal("signature: WrongEnvelopeSignature");
  });

  it("fails when the order key, not the device, signed", async () => {
    const orderKey = generateKeyPair();
    expect(failed(verify((await make({ signer: orderKey })).report))[0]).to.equal("signature: WrongEnvelopeSignature");
  });

  it("fails for another order's certificate", async () => {
    const { report } = await make({ certified: { order: 8 } });
    expect(failed(verify(report))[0]).to.equal("signature: ReportOfOtherOrder");
  });

  it("fails when the middle in clear, the certificate's hash or the subjects differ", async () => {
    const changed = { ...workloadInfo, created: 1 };
    for (const change of [{ clear: changed }, { certified: { workloadInfo: changed } }]) {
      expect(failed(verify((await make(change)).report))).to.deep.equal(["workload hash: WorkloadInfoMismatch"]);
    }
    const { report } = await make({ statement: { subject: [] } });
    expect(failed(verify(report))).to.deep.equal(["workload hash: SubjectsMismatch"]);
  });

  it("fails for a resource that was not used, and names what else was", async () => {
    const { report } = await make();
    const other = [{ name: "other.json", hash: "dd".repeat(32), size: 20 }];
    expect(failed(verify(report, { resources: other }))).to.deep.equal(["runtimeInfo: ResourceNotUsed"]);
    expect(failed(verify(report, { resources: [{ ...resources[0]!, size: 21 }] }))).to.deep.equal(["runtimeInfo: ResourceNotUsed"]);
    expect(failed(verify(report, { resources: [resources[0]!, resources[0]!] }))).to.deep.equal(["runtimeInfo: ResourceNotUsed"]);
    const one = verify(report, { resources: resources.slice(0, 1) });
    expect(one.passed).to.equal(true);
    expect(one.checks[6]?.reason).to.contain(`Image ${SOLUTION}`);
  });

  it("fails for each field of the on-chain record that differs", async () => {
    const { report, record } = await make();
    const other = `0x${"ee".repeat(32)}`;
    const changes: Partial<OnChainRecord>[] = [{ chainId: 1 }, { orderBook: "0x0000000000000000000000000000000000000002" }, { order: 8 }, { device: other }, { solutionHash: other }, { argumentsHash: other }, { runtimeInfoHash: other }, { payloadHash: other }];
    for (const change of changes) {
      expect(failed(verify(report, { onChain: { ...record, ...change } })), Object.keys(change).join()).to.deep.equal(["on-chain record: OnChainRecordMismatch"]);
    }
  });

  it("fails without the device's checks, whatever the rest says", async () => {
    const { report, record } = await make();
    const verdict = verify(report, { at: new Date("2026-12-01T00:00:00Z"), onChain: record, resources });
    expect(verdict.passed).to.equal(false);
    expect(failed(verdict)).to.include("chain: CertificateExpired");
  });

  it("fails when the order certificate's chain is not the device's", async () => {
    const { report } = await make();
    const foreign = await issueOrder({ key: generateOther.key, certificate: await otherDevice() }, { publicKey: generateKeyPair().publicKey, chainId: 31337, orderBook: BOOK, order: 7, workloadInfo }, { from: FROM, until: UNTIL });
    const verdict = verify({ ...report, certificate: chainToPem([...world.chain, foreign]) });
    expect(failed(verdict)).to.deep.equal(["chain: WrongCertificateSignature"]);
  });

  const generateOther = { key: generateKeyPair() };
  const otherDevice = async () => {
    return issueDevice(world.authority.subCa, { publicKey: generateOther.key.publicKey, ageRecipient: "age1other", quote: world.quote, commonName: "Other" }, { from: FROM, until: UNTIL });
  };

  it("refuses a chain of another length, and reads its file strictly", async () => {
    const { report } = await make();
    await refusal(() => verify({ ...report, certificate: chainToPem(world.chain) }), "ChainLengthWrong");
    await refusal(() => parseReport(JSON.stringify({ ...report, extra: 1 })), "ReportInvalid");
    await refusal(() => parseReport("[]"), "ReportInvalid");
    await refusal(() => parseStatement(new TextEncoder().encode("{}")), "ReportInvalid");
  });

  it("refuses a file or a statement that says a thing twice: readers differ in which counts", async () => {
    const { report } = await make();
    const text = JSON.stringify(report);
    const twice = text.replace(/"certificate":/, '"certificate":"","certificate":');
    expect(JSON.parse(twice)).to.deep.equal(JSON.parse(text));
    await refusal(() => parseReport(twice), "ReportInvalid");
    const inside = text.replace(/"runtimeInfo":/, '"runtimeInfo":[],"runtimeInfo":');
    expect(inside).not.to.equal(text);
    await refusal(() => parseReport(inside), "ReportInvalid");
    const payload = Buffer.from(report.envelope.payload, "base64").toString();
    await refusal(() => parseStatement(Buffer.from(payload.replace(/"subject":/, '"subject":[],"subject":'))), "ReportInvalid");
    expect(parseReport(text)).to.deep.equal(report);
  });

  it("refuses an envelope of another type", async () => {
    const envelope = signEnvelope(world.deviceKey, "text/plain", new Uint8Array([1]));
    await refusal(() => openEnvelope(envelope, world.deviceKey.publicKey, STATEMENT_TYPE), "EnvelopeTypeWrong");
  });
});

describe("report hashes", () => {
  it("are those of the bytes signed and of canonical JSON", () => {
    const statement = buildStatement({ chainId: "1", orderBook: BOOK.toLowerCase(), order: "7", workloadInfo, runner: { name: "r", isolation: "i", limits: [] }, argumentsHash: ARGUMENTS });
    const hashes = reportHashes(statement, statementBytes(statement));
    expect(hashes.solutionHash).to.equal(SOLUTION);
    expect(hashes.runtimeInfoHash).to.equal(canonicalHash(runtimeInfo));
    expect(canonicalJson(runtimeInfo).startsWith('[{"hash":{"algo":"sha256"')).to.equal(true);
    expect(parseStatement(statementBytes(statement))).to.deep.equal(statement);
  });
});
