// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { QuoteVerifier } from "@phala/dcap-qvl";
import type { Collateral } from "../../../src/core/trust";
import { examineSgxQuote, verifySgxQuote } from "../../../src/evidence/quotes/sgx";
import { verifyTdxQuote } from "../../../src/evidence/quotes/tdx";
import { EvidenceCheck } from "../../../src/evidence/quotes/verifiedQuote";
import { refusal } from "../refusal";
import { acceptedOf, intelCollateral, intelRoot, sample, SAMPLE_AT } from "./samples";
import { sharedWorld } from "./simulatedWorld";

const quote = sample("sgx_quote");
const collateral = intelCollateral("sgx");
const acceptedTcbStatuses = ["ConfigurationAndSWHardeningNeeded"];
const given = { quote, collateral, anchor: intelRoot, at: SAMPLE_AT, acceptedTcbStatuses };
const verify = (change: Partial<typeof given> = {}, changed: Partial<Collateral> = {}) => verifySgxQuote({ ...given, collateral: { ...collateral, ...changed }, ...change });
const DEBUG_BYTE = 48 + 48;

describe("a real Intel SGX quote", () => {
  it("is verified under Intel's root, as of its collateral's date; its measurement is mrEnclave", () => {
    const verified = verify();
    expect(verified.kind).to.equal("sgx");
    expect(verified.tcbStatus).to.equal("ConfigurationAndSWHardeningNeeded");
    expect(verified.measurement).to.equal(Buffer.from(quote.subarray(112, 144)).toString("hex"));
    expect(Buffer.from(verified.reportData).toString("latin1").replace(/\0+$/, "")).to.equal("Hello, world!");
    expect(verified.family).to.equal("00a067110000");
    expect(verified.advisoryIds).to.deep.equal(["INTEL-SA-00289", "INTEL-SA-00615"]);
  });

  it("is refused where its TCB status is not accepted", async () => {
    await refusal(() => verify({ acceptedTcbStatuses: ["UpToDate"] }), "TcbStatusNotAccepted");
  });

  it("is refused under the simulated root, with stale collateral, and as a TDX quote", async () => {
    const { platform } = await sharedWorld();
    await refusal(() => verify({ anchor: platform.root.certificate }), "WrongRevocationList");
    for (const at of [new Date("2025-09-23T00:00:00Z"), new Date("2025-06-01T00:00:00Z")]) await refusal(() => verify({ at }), "RevocationListStale", "QuoteRefused");
    await refusal(() => verifyTdxQuote(given), "QuoteUnsupported");
    await refusal(() => verifySgxQuote({ ...given, quote: sample("tdx_quote") }), "QuoteUnsupported");
  });

  it("is refused with a changed, empty, unreadable or swapped revocation list, which the library alone takes", async () => {
    const spoiled = (text: string) => `${text.slice(0, -2)}${text.endsWith("00") ? "01" : "00"}`;
    const bad: Partial<Collateral>[] = [
      { root_ca_crl: spoiled(collateral.root_ca_crl) },
      { pck_crl: spoiled(collateral.pck_crl) },
      { root_ca_crl: "", pck_crl: "" },
      { root_ca_crl: "00", pck_crl: "00" },
      { root_ca_crl: collateral.pck_crl, pck_crl: collateral.root_ca_crl },
    ];
    for (const lists of bad) {
      await refusal(() => verify({}, lists), "WrongRevocationList", "CertificateMalformed");
      const taken = QuoteVerifier.newProd().verify(Buffer.from(quote), { ...collateral, pck_crl_issuer_chain: "", ...lists }, SAMPLE_AT.getTime() / 1000);
      expect(taken.status).to.equal("ConfigurationAndSWHardeningNeeded");
    }
  });

  it("is refused with collateral for TDX, or that Intel did not sign so", async () => {
    const { tcb_info, tcb_info_signature } = intelCollateral("tdx");
    await refusal(() => verify({}, { tcb_info, tcb_info_signature }), "QuoteRefused");
    await refusal(() => verify({}, { tcb_info: `${collateral.tcb_info} ` }), "QuoteRefused");
    await refusal(() => verify({}, { qe_identity: `${collateral.qe_identity} ` }), "QuoteRefused");
  });

  it("of a debug enclave fails by that name, besides its signature", () => {
    const debug = quote.slice();
    debug[DEBUG_BYTE]! |= 2;
    const failed = examineSgxQuote({ ...given, quote: debug }).list.checks.filter((check) => !check.passed);
    expect(failed.map(({ name }) => name)).to.include.members([EvidenceCheck.debug, EvidenceCheck.signature]);
    expect(failed.find(({ name }) => name === EvidenceCheck.debug)?.reason).to.match(/^DebugGuest: /);
  });

  it("is refused with any sampled bit changed, cut, or with bytes behind it", async () => {
    // Every field is hit: the padding behind the quote, which no signature covers, must stay zero.
    const bits = Array.from({ length: 120 }, (_, index) => Math.floor((index * quote.length * 8) / 120) + (index % 8));
    expect(acceptedOf(quote, bits, (changed) => verify({ quote: changed }))).to.deep.equal([]);
    for (const size of [0, 3, 47, 431, 436, 1200, quote.length - 200]) await refusal(() => verify({ quote: quote.subarray(0, size) }), "QuoteMalformed");
    await refusal(() => verify({ quote: Uint8Array.from([...quote, 1]) }), "QuoteMalformed");
  }).timeout(60_000);
});
