// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { createPublicKey, verify as nodeVerify, constants, generateKeyPairSync, sign, X509Certificate } from "node:crypto";
import type { AmdCollateral } from "../../../src/core/trust";
import { readRsaKey, verifyRsaPss } from "../../../src/crypto/rsaPss";
import { onePem } from "../../../src/crypto/pem";
import { readAmdAuthority, readVcek } from "../../../src/evidence/quotes/amdCertificate";
import { examineSnpReport, type SnpVerification, verifySnpReport } from "../../../src/evidence/quotes/snp";
import { certificateTable, readSnpReport } from "../../../src/evidence/quotes/snpReport";
import { EvidenceCheck } from "../../../src/evidence/quotes/verifiedQuote";
import { refusal } from "../refusal";
import { AMD_AT, type AmdWorld, certificatePem, CHIP, makeAmdWorld, sha256Hex, TCB } from "./amdWorld";
import { acceptedOf, amdCollateral, arkMilan, sample, SAMPLE_AT } from "./samples";

const real = sample("snp_attestation.bin");
const acceptedTcbStatuses = ["UpToDate"];
const realGiven: SnpVerification = { evidence: real, collateral: amdCollateral(), anchor: arkMilan, at: SAMPLE_AT, acceptedTcbStatuses, minimumTcb: { bootloader: 2, tee: 0, snp: 5, microcode: 68 } };
const failedOf = (given: SnpVerification) => examineSnpReport(given).list.checks.filter((check) => !check.passed && !check.skipped).map(({ name, reason }) => `${name}: ${reason.split(":")[0]}`);

describe("a real AMD SEV-SNP report", () => {
  before(function () {
    this.timeout(60_000); // Two RSA keys of 4096 bits are made.
    amd();
  });

  it("holds under AMD's root in everything but that its guest may be debugged, for which alone it is refused", async () => {
    expect(failedOf(realGiven)).to.deep.equal([`${EvidenceCheck.debug}: DebugGuest`]);
    await refusal(() => verifySnpReport(realGiven), "DebugGuest");
    const { says, list } = examineSnpReport(realGiven);
    expect(says?.family).to.equal("Milan-B0");
    expect([...says!.reportData.subarray(0, 6)]).to.deep.equal([1, 2, 3, 4, 5, 0]);
    expect(says?.measurement).to.equal(sha256Hex(real.subarray(8, 16), real.subarray(0x30, 0x34), real.subarray(0x90, 0xc0)));
    expect(list.checks.find(({ name }) => name === EvidenceCheck.lists)?.reason).to.match(/revocation was NOT checked/);
  });

  it("has a chain and a signature that node:crypto takes too", () => {
    const collateral = amdCollateral();
    const [ask, vcek] = [collateral.ask!, collateral.vcek!].map((pem) => new X509Certificate(pem));
    expect(ask!.verify(new X509Certificate(arkMilan.der).publicKey)).to.equal(true);
    expect(vcek!.verify(ask!.publicKey)).to.equal(true);
    const { signed, signature } = readSnpReport(real);
    expect(nodeVerify("sha384", signed, { key: vcek!.publicKey, dsaEncoding: "ieee-p1363" }, signature)).to.equal(true);
  });

  it("fails by name outside its certificates' time, under another root and with a swapped chain", () => {
    const world = amd();
    expect(failedOf({ ...realGiven, at: new Date("2030-01-01T00:00:00Z") })).to.include("certificates: CertificateExpired");
    expect(failedOf({ ...realGiven, at: new Date("2022-01-01T00:00:00Z") })).to.include("certificates: CertificateNotYetValid");
    expect(failedOf({ ...realGiven, anchor: world.ark })).to.include("certificates: WrongCertificateSignature");
    expect(failedOf({ ...realGiven, collateral: { ...amdCollateral(), ask: certificatePem(arkMilan.der) } })).to.include("certificates: WrongCertificateSignature");
  });

  it("fails by another check than debugging with any bit of the whole report changed", () => {
    const bits = Array.from({ length: real.length }, (_, index) => index * 8 + (index % 8));
    const accepted = acceptedOf(real, bits, (changed) => {
      const others = failedOf({ ...realGiven, evidence: changed }).filter((name) => !name.startsWith(EvidenceCheck.debug));
      if (others.length > 0) throw Object.assign(new Error(others[0]), { code: others[0] });
    });
    expect(accepted).to.deep.equal([]);
  }).timeout(60_000);
});

let made: AmdWorld | undefined;
const amd = () => (made ??= makeAmdWorld());

describe("a SEV-SNP report", () => {
  let given: SnpVerification;
  before(() => {
    const world = amd();
    given = {
      evidence: world.makeReport(),
      collateral: { ask: certificatePem(world.ask), vcek: certificatePem(world.vcek), crl: world.makeList() },
      anchor: world.ark,
      at: AMD_AT,
      acceptedTcbStatuses,
      minimumTcb: { bootloader: 3, tee: 0, snp: 8, microcode: 115 },
    };
  });
  const verify = (change: Partial<SnpVerification> = {}, collateral: Partial<AmdCollateral> = {}) => verifySnpReport({ ...given, collateral: { ...given.collateral, ...collateral }, ...change });

  it("of a guest without debugging is verified, every check passed", () => {
    expect(verify().tcbStatus).to.equal("UpToDate");
    expect(examineSnpReport(given).list.checks.every((check) => check.passed)).to.equal(true);
  });

  it("may bring the certificates of its chip along, as the host's table behind it", () => {
    const world = amd();
    const table = certificateTable({ vcek: world.vcek, ask: world.ask });
    const evidence = Uint8Array.from([...world.makeReport(), ...table, ...new Uint8Array(100)]);
    expect(verifySnpReport({ ...given, evidence, collateral: { crl: world.makeList() } }).kind).to.equal("sev-snp");
  });

  it("is refused without certificates, and with a cut table", async () => {
    const world = amd();
    await refusal(() => verifySnpReport({ ...given, collateral: {} }), "CollateralMissing");
    const table = certificateTable({ vcek: world.vcek });
    await refusal(() => verify({ evidence: Uint8Array.from([...given.evidence, ...table.subarray(0, -9)]) }), "QuoteMalformed");
  });

  it("is refused with the debug bit in its policy", async () => {
    await refusal(() => verify({ evidence: amd().makeReport({ policy: 0xb0000 }) }), "DebugGuest");
  });

  it("is refused when the chip's certificate is another chip's, another key's or for other versions", async () => {
    const world = amd();
    const otherChip = world.makeVcek({ chipId: new Uint8Array(64).fill(1) });
    await refusal(() => verify({}, { vcek: certificatePem(otherChip) }), "ChipMismatch");
    await refusal(() => verify({ evidence: world.makeReport({ chipId: new Uint8Array(64).fill(2) }) }), "ChipMismatch");
    for (const index of TCB.keys()) {
      const tcb = TCB.map((version, at) => (at === index ? version + 1 : version));
      await refusal(() => verify({}, { vcek: certificatePem(world.makeVcek({ tcb })) }), "TcbMismatch");
    }
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-384" });
    await refusal(() => verify({ evidence: world.makeReport({ key: privateKey }) }), "QuoteRefused");
    await refusal(() => verify({}, { vcek: amdCollateral().vcek! }), "WrongCertificateSignature");
  });

  it("is refused below the trust file's least versions, and without any its TCB is not called current", async () => {
    await refusal(() => verify({ minimumTcb: { bootloader: 3, tee: 0, snp: 8, microcode: 116 } }), "TcbStatusNotAccepted");
    const { minimumTcb: _none, ...without } = given;
    await refusal(() => verifySnpReport(without), "TcbNotChecked");
    expect(examineSnpReport(without).list.checks.find(({ name }) => name === EvidenceCheck.tcb)).to.include({ skipped: true });
  });

  it("is refused when AMD's list names its ASK, and when the list is stale, early or another's", async () => {
    const world = amd();
    await refusal(() => verify({}, { crl: world.makeList([2]) }), "CertificateRevoked");
    await refusal(() => verify({}, { crl: world.makeList([1]) }), "CertificateRevoked");
    expect(verify({}, { crl: world.makeList([7, 9]) }).tcbStatus).to.equal("UpToDate");
    await refusal(() => verify({}, { crl: world.makeList([], { until: new Date("2026-06-01T00:00:00Z") }) }), "RevocationListStale");
    await refusal(() => verify({}, { crl: world.makeList([], { from: new Date("2026-07-01T00:00:00Z") }) }), "RevocationListStale");
    await refusal(() => verify({}, { crl: world.makeList([], { by: world.keys.ask }) }), "WrongRevocationList");
    for (const crl of ["", "00"]) await refusal(() => verify({}, { crl }), "CertificateMalformed");
  });

  it("is refused outside its certificates' time", async () => {
    await refusal(() => verify({ at: new Date("2027-02-01T00:00:00Z") }), "RevocationListStale");
    const ended = amd().makeVcek({ until: new Date("2026-06-01T00:00:00Z") });
    await refusal(() => verify({}, { vcek: certificatePem(ended) }), "CertificateExpired");
  });

  it("of another version or signed by a leased key is not supported; a cut one is malformed", async () => {
    await refusal(() => verify({ evidence: amd().makeReport({ version: 3 }) }), "QuoteUnsupported");
    await refusal(() => verify({ evidence: amd().makeReport({ keyInfo: 1 << 2 }) }), "QuoteUnsupported");
    for (const size of [0, 100, 671, 1183]) await refusal(() => verify({ evidence: given.evidence.subarray(0, size) }), "QuoteMalformed");
  });

  it("is signed by RSA and P-384 keys only as node:crypto would take them", () => {
    const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 4096 });
    const key = readRsaKey(Uint8Array.from(publicKey.export({ format: "der", type: "spki" })));
    const message = Buffer.from("signed");
    const make = (saltLength: number, hash = "sha384") => Uint8Array.from(sign(hash, message, { key: privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength }));
    const good = make(48);
    expect(verifyRsaPss(key, message, good)).to.equal(true);
    expect(verifyRsaPss(key, Buffer.from("Signed"), good)).to.equal(false);
    for (const bad of [make(32), make(0), make(48, "sha256"), good.subarray(1), new Uint8Array(512), new Uint8Array(512).fill(255)]) expect(verifyRsaPss(key, message, bad)).to.equal(false);
    const bits = Array.from({ length: 64 }, (_, index) => index * 64 + (index % 8));
    expect(acceptedOf(good, bits, (changed) => { if (!verifyRsaPss(key, message, changed)) throw Object.assign(new Error("refused"), { code: "No" }); })).to.deep.equal([]);
  }).timeout(60_000);

  it("takes no certificate of another kind for AMD's", async () => {
    const small = generateKeyPairSync("rsa", { modulusLength: 2048 }).publicKey;
    await refusal(() => readRsaKey(Uint8Array.from(small.export({ format: "der", type: "spki" }))), "KeyUnsupported");
    await refusal(() => readVcek(amd().ask), "KeyUnsupported");
    await refusal(() => readAmdAuthority(amd().vcek), "KeyUnsupported");
    expect(createPublicKey(readPem(amdCollateral().vcek!)).asymmetricKeyDetails?.namedCurve).to.equal("secp384r1");
    expect(CHIP.length).to.equal(64);
  });
});

function readPem(pem: string): string {
  return new X509Certificate(onePem("CERTIFICATE", pem)).publicKey.export({ format: "pem", type: "spki" }) as string;
}
