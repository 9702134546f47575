// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { spctl } from "../command/stage";
import { certificatePem, makeAmdWorld } from "./amdWorld";
import { SAMPLES } from "./samples";
import { AT, sharedWorld } from "./simulatedWorld";
import { toPem } from "../../../src/crypto/pem";

const sampleFile = (name: string) => join(SAMPLES, name);
const verify = (name: string, collateral: string, ...more: string[]) => spctl(["evidence", "verify", sampleFile(name), "--collateral", sampleFile(collateral), "--at", "2025-06-25T00:00:00Z", ...more]);

describe("evidence verify", () => {
  let directory: string;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "cloister-evidence-"));
  });
  after(() => rm(directory, { recursive: true, force: true }));
  const file = async (name: string, content: string | Uint8Array) => {
    const path = join(directory, name);
    await writeFile(path, content);
    return path;
  };

  it("verifies the real TDX and SGX quotes at their date, and says what they are", async () => {
    const tdx = await verify("tdx_quote", "tdx_quote_collateral.json");
    expect(tdx.code, tdx.stderr).to.equal(0);
    expect(tdx.stdout).to.include("kind: tdx\nmeasurement: 0031a1b23f94944e8dcbd2af896adbb8ece35beec65de08b2e9755d11e9c1e3c");
    expect(tdx.stdout).to.include("Not simulated").and.include("passed  TDX module");
    const strict = await verify("sgx_quote", "sgx_quote_collateral.json", "--anchor", "intel");
    expect(strict.code).to.equal(1);
    expect(strict.stdout).to.include("FAILED  TCB status: TcbStatusNotAccepted");
    const sgx = await verify("sgx_quote", "sgx_quote_collateral.json", "--accept-tcb", "ConfigurationAndSWHardeningNeeded", "--json");
    expect(sgx.code).to.equal(0);
    expect(JSON.parse(sgx.stdout)).to.include({ kind: "sgx", passed: true, simulated: false });
  });

  it("refuses the real SEV-SNP report for nothing but its debugging, and says what it could not check", async () => {
    const outcome = await verify("snp_attestation.bin", "snp_collateral.json", "--anchor", "amd");
    expect(outcome.code).to.equal(1);
    expect(outcome.stdout.match(/^FAILED .*$/gm)).to.have.length(1);
    expect(outcome.stdout).to.include("FAILED  no debugging: DebugGuest").and.include("revocation was NOT checked").and.include("tcbStatus: not checked");
  });

  it("does not pass over --minimum-tcb where it cannot be kept to", async () => {
    const outcome = await verify("tdx_quote", "tdx_quote_collateral.json", "--minimum-tcb", "3,0,10,169");
    expect(outcome).to.include({ code: 2, stdout: "" });
    expect(outcome.stderr).to.include("--minimum-tcb is for AMD's evidence only");
  });

  it("fails at another date, with another root and for a changed file", async () => {
    const late = await spctl(["evidence", "verify", sampleFile("tdx_quote"), "--collateral", sampleFile("tdx_quote_collateral.json"), "--at", "2026-06-25T00:00:00Z"]);
    expect(late.code).to.equal(1);
    expect(late.stdout).to.include("RevocationListStale").and.not.include("Not simulated");
    const { platform } = await sharedWorld();
    const other = await verify("tdx_quote", "tdx_quote_collateral.json", "--anchor", await file("other.pem", toPem("CERTIFICATE", platform.root.certificate.der)));
    expect(other.code).to.equal(1);
    const text = await spctl(["evidence", "verify", await file("text", "no evidence"), "--collateral", sampleFile("tdx_quote_collateral.json")]);
    expect(text.code).to.equal(1);
    expect(text.stderr).to.include("EvidenceUnsupported");
  });

  it("calls everything SIMULATED that ends in no maker's root, whatever it looks like", async () => {
    const { platform, quote, collateral } = await sharedWorld();
    const root = await file("root.pem", toPem("CERTIFICATE", platform.root.certificate.der));
    const tdx = await spctl(["evidence", "verify", await file("quote", quote), "--collateral", await file("collateral.json", JSON.stringify(collateral)), "--anchor", root, "--at", AT.toISOString()]);
    expect(tdx.code).to.equal(0);
    expect(tdx.stdout).to.include("SIMULATED: no processor maker's root");
    const amd = makeAmdWorld();
    const material = JSON.stringify({ ask: certificatePem(amd.ask), vcek: certificatePem(amd.vcek), crl: amd.makeList() });
    const words = ["evidence", "verify", await file("report", amd.makeReport()), "--collateral", await file("amd.json", material), "--anchor", await file("ark.pem", certificatePem(amd.ark.der)), "--at", AT.toISOString()];
    const snp = await spctl([...words, "--minimum-tcb", "3,0,8,115"]);
    expect(snp.code, snp.stdout).to.equal(0);
    expect(snp.stdout).to.include("SIMULATED: no processor maker's root");
    expect((await spctl([...words, "--minimum-tcb", "3,0,8,116"])).code).to.equal(1);
    expect((await spctl([...words, "--minimum-tcb", "3,0"])).code).to.equal(2);
  }).timeout(60_000);

  it("is wrong usage with an anchor of the other maker, an unacceptable status, or an anchor alone", async () => {
    expect((await verify("tdx_quote", "tdx_quote_collateral.json", "--anchor", "amd")).code).to.equal(2);
    expect((await verify("tdx_quote", "tdx_quote_collateral.json", "--accept-tcb", "OutOfDate")).code).to.equal(2);
    expect((await spctl(["evidence", "verify", sampleFile("tdx_quote"), "--anchor", "intel"])).code).to.equal(2);
  });
});
