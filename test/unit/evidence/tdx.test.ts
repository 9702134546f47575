// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Collateral } from "../../../src/core/trust";
import { chainFromPem } from "../../../src/crypto/certificateContents";
import { verifyTdxQuote } from "../../../src/evidence/quotes/tdx";
import { makeSimulatedPlatform, platformFromJson, platformToJson } from "../../../src/tee/platform/simulatedPki";
import { makeCollateral, makeQuote } from "../../../src/tee/platform/simulatedTdx";
import { refusal } from "../refusal";
import { AT, FROM, LOADER, sharedWorld, type SimulatedWorld, UNTIL } from "./simulatedWorld";

const samples = join(__dirname, "../../samples/attestation");
const realQuote = new Uint8Array(readFileSync(join(samples, "tdx_quote")));
const realCollateral = JSON.parse(readFileSync(join(samples, "tdx_quote_collateral.json"), "utf8")) as Collateral;
const intel = chainFromPem(realCollateral.tcb_info_issuer_chain).at(-1)!;
const realAt = new Date("2025-06-25T00:00:00Z");
const acceptedTcbStatuses = ["UpToDate"];
const reportData = new Uint8Array(64).fill(9);

/** The real quote with changes to what it is verified against. */
const verifyReal = (change: Partial<Parameters<typeof verifyTdxQuote>[0]> = {}, collateral: Partial<Collateral> = {}) =>
  verifyTdxQuote({ quote: realQuote, collateral: { ...realCollateral, ...collateral }, anchor: intel, at: realAt, acceptedTcbStatuses, ...change });

describe("a real Intel TDX quote", () => {
  it("is verified under Intel's root, as of its collateral's date", () => {
    expect(intel.fingerprint).to.equal("44a0196b2b99f889b8e149e95b807a350e7424964399e885a7cbb8ccfab674d3");
    const verified = verifyReal();
    expect(verified.tcbStatus).to.equal("UpToDate");
    expect(verified.family).to.equal("b0c06f000000");
    expect(verified.measurement).to.equal("0031a1b23f94944e8dcbd2af896adbb8ece35beec65de08b2e9755d11e9c1e3c");
  });

  it("is refused under the simulated root", async () => {
    const { platform } = await sharedWorld();
    await refusal(() => verifyReal({ anchor: platform.root.certificate }), "RootNotPinned", "WrongRevocationList");
  });

  it("is refused with stale collateral, 90 days later and before its time", async () => {
    for (const at of [new Date("2025-09-23T00:00:00Z"), new Date("2025-06-19T00:00:00Z")]) {
      await refusal(() => verifyReal({ at }), "QuoteRefused", "RevocationListStale");
    }
  });

  it("is refused with a changed, empty, unreadable or swapped revocation list", async () => {
    const spoiled = (text: string) => `${text.slice(0, -2)}${text.endsWith("00") ? "01" : "00"}`;
    for (const name of ["root_ca_crl", "pck_crl"] as const) {
      await refusal(() => verifyReal({}, { [name]: spoiled(realCollateral[name]) }), "WrongRevocationList", "CertificateMalformed");
      await refusal(() => verifyReal({}, { [name]: "" }), "CertificateMalformed");
      await refusal(() => verifyReal({}, { [name]: "00" }), "CertificateMalformed");
    }
    const swapped = { root_ca_crl: realCollateral.pck_crl, pck_crl: realCollateral.root_ca_crl };
    await refusal(() => verifyReal({}, swapped), "WrongRevocationList");
  });

  it("is refused with TCB info or QE identity that Intel did not sign so", async () => {
    await refusal(() => verifyReal({}, { tcb_info: realCollateral.tcb_info.replace("UpToDate", "upToDate") }), "QuoteRefused");
    await refusal(() => verifyReal({}, { qe_identity: realCollateral.qe_identity.replace('"isvprodid":2', '"isvprodid":3') }), "QuoteRefused");
  });

  it("is refused where its TCB status is not accepted", async () => {
    await refusal(() => verifyReal({ acceptedTcbStatuses: [] }), "TcbStatusNotAccepted", "TdxModuleRefused");
  });

  it("is refused with any sampled bit changed", async () => {
    let accepted = 0;
    for (let index = 0; index < realQuote.length; index += 61) {
      const quote = realQuote.slice();
      quote[index]! ^= 1 << (index % 8);
      try {
        verifyReal({ quote });
        accepted++;
      } catch (error) {
        expect(error, `byte ${index}`).to.have.property("code");
      }
    }
    expect(accepted).to.equal(0);
  });

  it("of version 5 is not supported, and cut ones are malformed", async () => {
    await refusal(() => verifyReal({ quote: new Uint8Array(readFileSync(join(samples, "tdx_quote_outdated"))) }), "QuoteUnsupported");
    await refusal(() => verifyReal({ quote: realQuote.subarray(0, 700) }), "QuoteMalformed");
    await refusal(() => verifyReal({ quote: new Uint8Array() }), "QuoteMalformed");
    await refusal(() => verifyReal({ quote: Uint8Array.from([...realQuote, 1]) }), "QuoteMalformed");
  });
});

describe("a simulated TDX quote", () => {
  let world: SimulatedWorld;
  before(async () => {
    world = await sharedWorld();
  });

  const verify = (quote: Uint8Array, collateral = world.collateral, anchor = world.platform.root.certificate, at = AT) =>
    verifyTdxQuote({ quote, collateral, anchor, at, acceptedTcbStatuses });
  const quote = (more: Partial<Parameters<typeof makeQuote>[1]> = {}) => makeQuote(world.platform, { reportData, mrTd: LOADER, ...more });

  it("is verified by the same function under the simulated root", () => {
    const verified = verify(quote());
    expect(verified.tcbStatus).to.equal("UpToDate");
    expect(verified.reportData).to.deep.equal(reportData);
    expect(verified.family).to.equal("515053494d00");
  });

  it("is refused under Intel's root, and under another simulator's", async () => {
    await refusal(() => verify(quote(), world.collateral, intel), "RootNotPinned", "WrongRevocationList");
    const other = await makeSimulatedPlatform({ from: FROM, until: UNTIL });
    await refusal(() => verify(quote(), world.collateral, other.root.certificate), "RootNotPinned", "WrongRevocationList");
    await refusal(() => verify(makeQuote(other, { reportData, mrTd: LOADER })), "RootNotPinned", "WrongRevocationList");
  });

  it("has another measurement for another loader and other registers", () => {
    const changed = [{ mrTd: new Uint8Array(48).fill(2) }, { rtMr: [new Uint8Array(48).fill(3)] }].map((more) => verify(quote(more)).measurement);
    expect(new Set([verify(quote()).measurement, ...changed]).size).to.equal(3);
  });

  it("is refused with changed report data, measurement, or any sampled bit", () => {
    const original = quote();
    const places = [48 + 136, 48 + 584 - 64, ...Array.from({ length: 60 }, (_, index) => Math.floor((index * original.length) / 60))];
    let accepted = 0;
    for (const place of places) {
      const changed = original.slice();
      changed[place]! ^= 1;
      try {
        verify(changed);
        accepted++;
      } catch (error) {
        expect(error, `byte ${place}`).to.have.property("code");
      }
    }
    expect(accepted).to.equal(0);
  });

  it("of a debug guest is refused", async () => {
    await refusal(() => verify(quote({ tdAttributes: Uint8Array.from([1, 0, 0, 0x10, 0, 0, 0, 0]) })), "QuoteRefused", "DebugGuest");
  });

  it("is refused when its PCK, the PCK CA or the TCB signer was revoked", async () => {
    const { pck, pckCa, tcbSigner } = world.platform;
    const dates = { from: FROM, until: UNTIL };
    const byPckCa = await makeCollateral(world.platform, { ...dates, revokedPcks: ["0102", pck.certificate.serialNumber] });
    await refusal(() => verify(quote(), byPckCa), "CertificateRevoked");
    for (const { certificate } of [pckCa, tcbSigner]) {
      const byRoot = await makeCollateral(world.platform, { ...dates, revokedByRoot: [certificate.serialNumber] });
      await refusal(() => verify(quote(), byRoot), "CertificateRevoked");
    }
    verify(quote(), await makeCollateral(world.platform, { ...dates, revokedPcks: ["0102"] }));
  });

  it("is refused with collateral of another time or an unaccepted status", async () => {
    await refusal(() => verify(quote(), world.collateral, undefined, new Date("2026-07-02T00:00:00Z")), "RevocationListStale");
    for (const tcbStatus of ["OutOfDate", "Revoked", "SWHardeningNeeded"]) {
      const collateral = await makeCollateral(world.platform, { from: FROM, until: UNTIL, tcbStatus });
      await refusal(() => verify(quote(), collateral), "TcbStatusNotAccepted", "QuoteRefused");
    }
  });

  it("comes from a platform that survives its file", () => {
    const again = platformFromJson(platformToJson(world.platform));
    verify(makeQuote(again, { reportData, mrTd: LOADER }));
  });
});
