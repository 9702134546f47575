// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { allPassed } from "../../../src/core/checks";
import { parseTrustFile, type TrustFile } from "../../../src/core/trust";
import { issueDevice } from "../../../src/crypto/certificate";
import { generateKeyPair, keyId } from "../../../src/crypto/keys";
import { type DeviceVerification, verifyDevice } from "../../../src/evidence/device";
import { deviceReportData } from "../../../src/evidence/deviceEvidence";
import { openTrust } from "../../../src/evidence/trust";
import { issueDeviceCertificate, makeCertificationAuthority } from "../../../src/tee/certificationAuthority";
import { makeQuote } from "../../../src/tee/platform/simulatedTdx";
import { refusal } from "../refusal";
import { AT, FROM, LOADER, RECIPIENT, request, sharedWorld, type SimulatedWorld, trustFile, UNTIL } from "./simulatedWorld";

describe("verifyDevice", () => {
  let world: SimulatedWorld;
  before(async () => {
    world = await sharedWorld();
  });

  const verify = (change: Partial<DeviceVerification> = {}) => verifyDevice({ chain: world.chain, trust: world.trust, at: AT, ...change });
  const failed = (verdict: ReturnType<typeof verifyDevice>) => verdict.checks.filter((check) => !check.passed).map(({ name, reason }) => `${name}: ${reason.split(":")[0]}`);
  const withTrust = (change: Partial<TrustFile>) => openTrust({ ...world.file, ...change });

  /** A device whose certificate the CA issued without looking. */
  const carelessly = async (quote: Uint8Array, key = world.deviceKey, ageRecipient = RECIPIENT) => {
    const { root, subCa } = world.authority;
    const device = await issueDevice(subCa, { publicKey: key.publicKey, ageRecipient, quote, commonName: "Careless" }, { from: FROM, until: UNTIL });
    return [root, subCa.certificate, device];
  };

  it("passes every check, and says that it is simulated", () => {
    const verdict = verify();
    expect(verdict.checks.map(({ name, passed }) => [name, passed])).to.deep.equal([["root pinned", true], ["chain", true], ["evidence to device", true], ["measurement", true]]);
    expect(verdict.passed).to.equal(true);
    expect(verdict.simulated).to.equal(true);
    expect(verdict.device).to.equal(keyId(world.deviceKey.publicKey));
    expect([verdict.ageRecipient, verdict.measurement, verdict.tcbStatus]).to.deep.equal([RECIPIENT, world.measurement, "UpToDate"]);
    expect(verdict.checks[2]?.reason).to.contain("SIMULATED");
  });

  it("fails where the trust file does not allow simulated devices", () => {
    for (const allowSimulated of [false, undefined]) {
      const verdict = verify({ trust: openTrust(parseTrustFile(JSON.stringify({ ...world.file, allowSimulated }))) });
      expect(verdict.passed).to.equal(false);
      expect(failed(verdict)).to.deep.equal(["root pinned: SimulatedNotAllowed", "chain: EarlierCheckFailed", "evidence to device: SimulatedNotAllowed", "measurement: EarlierCheckFailed"]);
    }
  });

  it("fails for a root that is not pinned", () => {
    expect(failed(verify({ trust: withTrust({ certificationRoots: [] }) }))).to.deep.equal(["root pinned: RootNotPinned", "chain: EarlierCheckFailed"]);
  });

  it("fails for evidence under an anchor that is not pinned", () => {
    expect(failed(verify({ trust: withTrust({ evidenceAnchors: {} }) }))).to.deep.equal(["evidence to device: AnchorNotTrusted", "measurement: EarlierCheckFailed"]);
  });

  it("fails without collateral, and takes one of several that holds at the moment", () => {
    expect(failed(verify({ trust: withTrust({ collateral: [] }) }))[0]).to.equal("evidence to device: CollateralMissing");
    const [entry] = world.file.collateral;
    if (entry?.anchor !== "simulated") throw new Error("the world has simulated collateral");
    const stale = { ...entry, collateral: { ...entry.collateral, tcb_info: `{"id":"TDX"}` } };
    expect(verify({ trust: withTrust({ collateral: [stale, entry] }) }).passed).to.equal(true);
  });

  it("fails after the device certificate's end", () => {
    expect(failed(verify({ at: new Date(AT.getTime() + 2 * 86_400_000) }))).to.deep.equal(["chain: CertificateExpired"]);
  });

  it("fails when the evidence is about another key or another recipient", async () => {
    const other = generateKeyPair();
    expect(failed(verify({ chain: await carelessly(world.quote, other) }))[0]).to.equal("evidence to device: EvidenceOfOtherDevice");
    const swapped = await carelessly(world.quote, world.deviceKey, "age1lggyhqrw2nlhcxprm67z43rta597azn8gknawjehu9d9dl0jq3yqqvfafg");
    expect(failed(verify({ chain: swapped }))[0]).to.equal("evidence to device: EvidenceOfOtherDevice");
  });

  it("fails for a loader that is not listed, unless the caller accepts its measurement", async () => {
    const changed = makeQuote(world.platform, { reportData: deviceReportData(world.deviceKey.publicKey, RECIPIENT), mrTd: Uint8Array.from(LOADER, (byte, index) => (index === 0 ? byte ^ 1 : byte)) });
    const chain = await carelessly(changed);
    const verdict = verify({ chain });
    expect(failed(verdict)).to.deep.equal(["measurement: MeasurementNotListed"]);
    expect(verify({ chain, accept: [verdict.measurement!] }).passed).to.equal(true);
  });

  it("fails when a Hardware root certified a simulated device", () => {
    const roots = world.file.certificationRoots.map((root) => ({ ...root, kind: "Hardware" as const }));
    const verdict = verify({ trust: withTrust({ certificationRoots: roots }) });
    expect(failed(verdict)[0]).to.equal("evidence to device: EvidenceKindWrong");
    expect(verdict.passed).to.equal(false);
  });

  it("refuses a chain of another length", async () => {
    await refusal(() => verify({ chain: world.chain.slice(1) }), "ChainLengthWrong");
  });

  it("refuses reference values that the publisher did not sign", async () => {
    const stranger = trustFile({ ...world, publisher: generateKeyPair() });
    await refusal(() => withTrust({ referenceValues: stranger.referenceValues }), "WrongEnvelopeSignature");
    const changed = { ...world.file.referenceValues, payload: Buffer.from('{"kind":"cloister/reference-values/v1","issuedAt":1,"measurements":[]}').toString("base64") };
    await refusal(() => withTrust({ referenceValues: changed }), "WrongEnvelopeSignature");
  });

  it("reads trust.json strictly", async () => {
    expect(parseTrustFile(JSON.stringify(world.file))).to.deep.equal(world.file);
    await refusal(() => parseTrustFile("{"), "TrustFileInvalid");
    await refusal(() => parseTrustFile(JSON.stringify({ ...world.file, allowsimulated: true })), "TrustFileInvalid");
    await refusal(() => parseTrustFile(JSON.stringify({ ...world.file, acceptedTcbStatuses: ["OutOfDate"] })), "TrustFileInvalid");
  });

  it("an empty list of checks shows nothing", () => {
    expect(allPassed([])).to.equal(false);
    expect(allPassed([{ name: "x", passed: false, skipped: true, reason: "" }])).to.equal(false);
  });
});

describe("the certification authority", () => {
  let world: SimulatedWorld;
  before(async () => {
    world = await sharedWorld();
  });
  const policy = () => ({ trust: world.trust, at: AT, lifetime: 3600 });

  it("issues for verified evidence, no longer than its own certificate holds", async () => {
    const [, , device] = await issueDeviceCertificate(world.authority, request(world.deviceKey, world.quote), { ...policy(), lifetime: 10 * 365 * 86_400 });
    expect(device!.validUntil).to.deep.equal(world.authority.subCa.certificate.validUntil);
    expect(device!.commonName).to.contain("SIMULATED");
  });

  it("takes collateral that the device brings", async () => {
    const [entry] = world.trust.collateral;
    const trust = { ...world.trust, collateral: [] };
    await refusal(issueDeviceCertificate(world.authority, request(world.deviceKey, world.quote), { ...policy(), trust }), "CollateralMissing");
    await issueDeviceCertificate(world.authority, { ...request(world.deviceKey, world.quote), collateral: entry! }, { ...policy(), trust });
  });

  it("refuses without proof of possession, for another's key, recipient or an unlisted loader", async () => {
    const good = request(world.deviceKey, world.quote);
    const stranger = generateKeyPair();
    await refusal(issueDeviceCertificate(world.authority, { ...good, proofOfPossession: request(stranger, world.quote).proofOfPossession }, policy()), "PossessionNotProven");
    await refusal(issueDeviceCertificate(world.authority, { ...good, ageRecipient: "age1other" }, policy()), "PossessionNotProven");
    await refusal(issueDeviceCertificate(world.authority, request(stranger, world.quote), policy()), "EvidenceOfOtherDevice");
    await refusal(issueDeviceCertificate(world.authority, request(world.deviceKey, world.quote, "age1other"), policy()), "EvidenceOfOtherDevice");
    const unlisted = makeQuote(world.platform, { reportData: deviceReportData(world.deviceKey.publicKey, RECIPIENT), mrTd: new Uint8Array(48) });
    await refusal(issueDeviceCertificate(world.authority, request(world.deviceKey, unlisted), policy()), "MeasurementNotListed");
  });

  it("refuses evidence of the other kind, and to issue when its own certificate ended", async () => {
    const year = { from: FROM, until: UNTIL };
    const hardware = await makeCertificationAuthority("Hardware", "Real", year, year);
    await refusal(issueDeviceCertificate(hardware, request(world.deviceKey, world.quote), policy()), "EvidenceKindWrong");
    const short = await makeCertificationAuthority("Simulated", "Short", year, { from: FROM, until: new Date(AT.getTime() - 1000) });
    await refusal(issueDeviceCertificate(short, request(world.deviceKey, world.quote), policy()), "CertificateExpired");
  });
});
