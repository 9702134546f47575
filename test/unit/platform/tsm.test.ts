// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { toPem } from "../../../src/crypto/pem";
import { verifyDevice } from "../../../src/evidence/device";
import { deviceReportData } from "../../../src/evidence/deviceEvidence";
import { certificateTable } from "../../../src/evidence/quotes/snpReport";
import { openTrust, type Trust } from "../../../src/evidence/trust";
import { issueDeviceCertificate, makeCertificationAuthority } from "../../../src/tee/certificationAuthority";
import { openAttester, tsmAttester } from "../../../src/tee/platform/attester";
import { refuseToSimulateBesideRealTee, tsmEvidence } from "../../../src/tee/platform/configfsTsm";
import { makeQuote } from "../../../src/tee/platform/simulatedTdx";
import { certificatePem, makeAmdWorld } from "../evidence/amdWorld";
import { AT, FROM, LOADER, RECIPIENT, request, sharedWorld, type SimulatedWorld, UNTIL } from "../evidence/simulatedWorld";
import { refusal } from "../refusal";
import { StandInKernel } from "./standInKernel";

const data = new Uint8Array(64).map((_, index) => index);

describe("evidence through the kernel's interface", () => {
  let reports: string;
  let world: SimulatedWorld;
  before(async () => {
    world = await sharedWorld();
  });
  beforeEach(async () => {
    reports = await mkdtemp(join(tmpdir(), "cloister-tsm-"));
  });
  afterEach(() => rm(reports, { recursive: true, force: true }));
  const tdx = (more: ConstructorParameters<typeof StandInKernel>[2] = {}, quoted?: Uint8Array) => new StandInKernel("tdx_guest", (reportData) => makeQuote(world.platform, { reportData: quoted ?? reportData, mrTd: LOADER }), more);

  it("is a TDX quote over the given bytes, and leaves no request behind", async () => {
    const kernel = tdx();
    const { kind, evidence } = await tsmEvidence(data, reports, kernel);
    expect(kind).to.equal("tdx");
    expect(evidence).to.deep.equal(makeQuote(world.platform, { reportData: data, mrTd: LOADER }));
    expect(kernel.written).to.deep.equal(["inblob"]);
    expect(await readdir(reports)).to.deep.equal([]);
  });

  it("is a SEV-SNP report with the host's certificates behind it, or alone where the host has none", async () => {
    const amd = makeAmdWorld();
    const auxblob = certificateTable({ vcek: amd.vcek, ask: amd.ask });
    const attest = (reportData: Uint8Array) => amd.makeReport({ reportData });
    const full = await tsmEvidence(data, reports, new StandInKernel("sev_guest", attest, { auxblob }));
    expect(full.kind).to.equal("sev-snp");
    expect(full.evidence.length).to.equal(1184 + auxblob.length);
    const alone = await tsmEvidence(data, reports, new StandInKernel("sev_guest", attest));
    expect(alone.evidence.length).to.equal(1184);
  }).timeout(60_000);

  it("is asked for again when another process wrote to the request, and refused when that goes on", async () => {
    const once = tdx({ meddle: (entry, round) => (round === 1 ? StandInKernel.count(entry) : Promise.resolve()) });
    expect((await tsmEvidence(data, reports, once)).kind).to.equal("tdx");
    expect(once.written.length).to.equal(2);
    const always = tdx({ meddle: StandInKernel.count });
    await refusal(tsmEvidence(data, reports, always), "TsmConflict");
    expect([once.open, always.open]).to.deep.equal([0, 0]);
    expect(await readdir(reports)).to.deep.equal([]);
  });

  it("is refused when it is about other bytes, cut, of an unknown provider, or not there", async () => {
    await refusal(tsmEvidence(data, reports, tdx({}, new Uint8Array(64))), "TsmAnswerWrong");
    await refusal(tsmEvidence(data, reports, new StandInKernel("tdx_guest", () => new Uint8Array(100))), "QuoteUnsupported", "QuoteMalformed");
    await refusal(tsmEvidence(data, reports, new StandInKernel("arm_cca_guest", () => data)), "TsmProviderUnknown");
    await refusal(tsmEvidence(data, reports, new StandInKernel("tdx_guest", () => { throw Object.assign(new Error("busy"), { code: "EBUSY" }); })), "TsmUnavailable");
    expect(await readdir(reports)).to.deep.equal([]);
    await refusal(tsmEvidence(data, join(reports, "none")), "TsmUnavailable");
    await mkdir(join(reports, "plain"));
    await refusal(tsmEvidence(data, join(reports, "plain")), "TsmUnavailable");
    expect(await readdir(join(reports, "plain"))).to.deep.equal([]);
  });

  it("comes only where it was asked for, and nothing is simulated beside it", async () => {
    const guest = { loader: "", node: "", state: { mrTd: LOADER, rtMr: [] } };
    const state = join(reports, "state");
    await refusal(openAttester("simulated", state, guest, { reports }).then(() => undefined), "RealTeePresent");
    expect(await readdir(reports)).to.deep.equal([]);
    await refusal(openAttester("tsm", state, guest, { reports: join(reports, "none") }), "TsmUnavailable");
    await refusal(async () => openAttester("auto", state, guest, {}), "EvidenceSourceInvalid");
    await writeFile(join(reports, "sev-guest"), "");
    await refusal(() => refuseToSimulateBesideRealTee(join(reports, "none"), [join(reports, "sev-guest")]), "RealTeePresent");
    refuseToSimulateBesideRealTee(join(reports, "none"), [join(reports, "no-device")]);
    const simulated = await openAttester("simulated", state, guest, { reports: join(reports, "none") });
    expect(simulated.name).to.match(/^SIMULATED/);
  });

  it("makes a device that differs from a simulated one in nothing but the anchor", async () => {
    const attester = await tsmAttester(undefined, (reportData) => tsmEvidence(reportData, reports, tdx()));
    expect(attester.name).to.not.include("SIMULATED");
    expect(attester.measurement).to.equal(world.measurement);
    const { quote } = await attester.attest(deviceReportData(world.deviceKey.publicKey, RECIPIENT));
    expect(quote).to.deep.equal(world.quote);
    const year = { from: FROM, until: UNTIL };
    const judge = async (kind: "Hardware" | "Simulated", anchor: "intel" | "simulated") => {
      const authority = await makeCertificationAuthority(kind, "Real", year, year);
      const pem = toPem("CERTIFICATE", world.platform.root.certificate.der);
      const [entry] = world.file.collateral;
      if (entry?.anchor !== "simulated") throw new Error("the world has simulated collateral");
      const trust = openTrust({ ...world.file, certificationRoots: [{ kind, certificate: toPem("CERTIFICATE", authority.root.der) }], evidenceAnchors: { [anchor]: pem }, collateral: [{ ...entry, anchor }] });
      return verifyDevice({ chain: await issueDeviceCertificate(authority, request(world.deviceKey, quote), { trust, at: AT, lifetime: 3600 }), trust, at: AT });
    };
    const [real, simulated] = [await judge("Hardware", "intel"), await judge("Simulated", "simulated")];
    expect([real.passed, real.simulated, simulated.passed, simulated.simulated]).to.deep.equal([true, false, true, true]);
    expect(real.measurement).to.equal(simulated.measurement);
    await refusal(judge("Simulated", "intel"), "EvidenceKindWrong");
  });

  it("certifies a SEV-SNP device whose certificates came from the host, under AMD's root and least versions of the trust file", async () => {
    const amd = makeAmdWorld();
    const kernel = new StandInKernel("sev_guest", (reportData) => amd.makeReport({ reportData }), { auxblob: certificateTable({ vcek: amd.vcek, ask: amd.ask }) });
    const attester = await tsmAttester(undefined, (reportData) => tsmEvidence(reportData, reports, kernel));
    const { quote } = await attester.attest(deviceReportData(world.deviceKey.publicKey, RECIPIENT));
    const year = { from: FROM, until: UNTIL };
    const authority = await makeCertificationAuthority("Hardware", "Real", year, year);
    const trust: Trust = {
      allowSimulated: false,
      certificationRoots: [{ kind: "Hardware", certificate: authority.root }],
      anchors: { amd: [amd.ark] },
      measurements: new Map([[attester.measurement, "loader on SEV-SNP"]]),
      acceptedTcbStatuses: ["UpToDate"],
      collateral: [],
      amdMinimumTcb: [{ product: "Milan", bootloader: 3, tee: 0, snp: 8, microcode: 115 }],
    };
    const issue = (policy: Trust, key = world.deviceKey) => issueDeviceCertificate(authority, request(key, quote), { trust: policy, at: AT, lifetime: 3600 });
    const verdict = verifyDevice({ chain: await issue(trust), trust, at: AT });
    expect(verdict.checks.filter((check) => !check.passed)).to.deep.equal([]);
    expect(verdict.simulated).to.equal(false);
    expect(verdict.checks.map(({ reason }) => reason).join()).to.include("SEV-SNP report for this key and recipient").and.include("revocation was NOT checked");
    await refusal(issue({ ...trust, amdMinimumTcb: [] }), "TcbNotChecked");
    await refusal(issue({ ...trust, anchors: {} }), "AnchorNotTrusted");
    await refusal(issue({ ...trust, measurements: new Map() }), "MeasurementNotListed");
    const other = request(world.deviceKey, amd.makeReport());
    await refusal(issueDeviceCertificate(authority, other, { trust: { ...trust, collateral: [{ anchor: "amd", product: "Milan", collateral: { ask: certificatePem(amd.ask), vcek: certificatePem(amd.vcek) } }] }, at: AT, lifetime: 3600 }), "EvidenceOfOtherDevice");
    const revoking = { ...trust, collateral: [{ anchor: "amd" as const, product: "Milan", collateral: { crl: amd.makeList([2]) } }] };
    await refusal(issue(revoking), "CertificateRevoked");
  }).timeout(60_000);
});
