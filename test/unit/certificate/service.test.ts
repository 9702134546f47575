// SPDX-License-Identifier: Apache-2.0
import { hex } from "@scure/base";
import { expect } from "chai";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readAuthority, writeAuthority } from "../../../src/commands/ca/state";
import { chainFromPem } from "../../../src/crypto/certificateContents";
import { generateKeyPair, keyId, type KeyPair, toSpki } from "../../../src/crypto/keys";
import { readRevocationList } from "../../../src/crypto/revocationList";
import { isSignedBy } from "../../../src/crypto/x509";
import { deviceReportData } from "../../../src/evidence/deviceEvidence";
import type { Trust } from "../../../src/evidence/trust";
import { makeCertificationAuthority, provePossession } from "../../../src/tee/certificationAuthority";
import { requestDeviceCertificate } from "../../../src/tee/certificationClient";
import { CertificationLog } from "../../../src/tee/certificationLog";
import { certificationService } from "../../../src/tee/certificationService";
import { FMSPC, makeSimulatedPlatform, type SimulatedPlatform } from "../../../src/tee/platform/simulatedPki";
import { makeCollateral, makeQuote } from "../../../src/tee/platform/simulatedTdx";
import { measurementOf, readTdxQuote } from "../../../src/evidence/quotes/tdxQuote";
import { LOADER, RECIPIENT } from "../evidence/simulatedWorld";
import { refusal } from "../refusal";

const DAY = 86_400_000;

describe("the certification authority as a service", () => {
  let house: string;
  let directory: string;
  let server: Server;
  let url: string;
  let platform: SimulatedPlatform;
  let log: CertificationLog;
  const span = { from: new Date(Date.now() - DAY), until: new Date(Date.now() + 30 * DAY) };

  before(async () => {
    house = mkdtempSync(join(tmpdir(), "cloister-ca-"));
    directory = join(house, "ca");
    await writeAuthority(directory, join(house, "root"), await makeCertificationAuthority("Simulated", "Test", span, span));
    platform = await makeSimulatedPlatform(span);
    const authority = await readAuthority(directory);
    const trust: Trust = {
      allowSimulated: true,
      certificationRoots: [{ kind: "Simulated", certificate: authority.root }],
      anchors: { simulated: platform.root.certificate },
      measurements: new Map([[measurementOf(readTdxQuote(quoteOf(generateKeyPair()))), "loader"]]),
      acceptedTcbStatuses: ["UpToDate"],
      collateral: [{ anchor: "simulated", fmspc: hex.encode(FMSPC), collateral: await makeCollateral(platform, span) }],
    };
    log = new CertificationLog(join(directory, "log.jsonl"));
    server = certificationService({ authority, trust: async () => trust, log, lifetime: 60, listLife: 3600, say: () => undefined });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => {
    server.close();
    rmSync(house, { recursive: true });
  });

  function quoteOf(key: KeyPair, loader = LOADER): Uint8Array {
    return makeQuote(platform, { reportData: deviceReportData(key.publicKey, RECIPIENT), mrTd: loader });
  }
  function ask(key: KeyPair, loader = LOADER): Promise<string> {
    const spki = toSpki(key.publicKey);
    const text = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64");
    return requestDeviceCertificate(url, { publicKey: text(spki), ageRecipient: RECIPIENT, quote: text(quoteOf(key, loader)), proofOfPossession: text(provePossession(key, spki, RECIPIENT)) });
  }
  const listed = async () => readRevocationList(new Uint8Array(await (await fetch(`${url}/crl`)).arrayBuffer()));
  const revoke = (device: string) => log.append({ what: "revoked", device, reason: "stolen" }, new Date());

  it("serves without the root's key, which lies apart", () => {
    expect(readdirSync(directory).filter((name) => name.endsWith("-key.pem"))).to.deep.equal(["sub-ca-key.pem"]);
    expect(existsSync(join(house, "root", "root-key.pem"))).to.equal(true);
  });

  it("renews with the same key, a new serial and a later end", async () => {
    const key = generateKeyPair();
    const [first, second] = [chainFromPem(await ask(key)), chainFromPem(await ask(key))];
    expect(second[2]!.publicKey).to.deep.equal(first[2]!.publicKey);
    expect(second[2]!.serialNumber).to.not.equal(first[2]!.serialNumber);
    expect(second[2]!.validUntil.getTime()).to.be.within(Date.now() + 50_000, Date.now() + 61_000);
    expect(isSignedBy(second[2]!, second[1]!)).to.equal(true);
  });

  it("refuses a loader that is not in the reference values, and logs it", async () => {
    const key = generateKeyPair();
    await refusal(ask(key, new Uint8Array(48).fill(0x22)), "MeasurementNotListed");
    const { entries } = await log.read();
    expect(entries.at(-1)).to.include({ what: "refused", device: keyId(key.publicKey) });
    expect(entries.at(-1)!.reason).to.include("MeasurementNotListed");
  });

  it("gives a revoked device nothing any more, lists its certificates, and lets all others go on", async () => {
    const [stolen, other] = [generateKeyPair(), generateKeyPair()];
    const certificates = [chainFromPem(await ask(stolen))[2]!, chainFromPem(await ask(stolen))[2]!];
    const others = chainFromPem(await ask(other));
    expect((await listed()).revoked.size).to.equal(0);
    await revoke(keyId(stolen.publicKey));
    const error = await refusal(ask(stolen), "DeviceRevoked");
    expect(error.message).to.include("stolen");
    const list = await listed();
    expect([...list.revoked].sort()).to.deep.equal(certificates.map(({ serialNumber }) => serialNumber).sort());
    expect(isSignedBy(list, others[1]!)).to.equal(true);
    expect(chainFromPem(await ask(other))).to.have.length(3);
  });

  it("is read by openssl: the list verifies under the sub CA", function () {
    try {
      execFileSync("openssl", ["version"]);
    } catch {
      return this.skip();
    }
    return (async () => {
      writeFileSync(join(house, "list.crl"), Buffer.from(await (await fetch(`${url}/crl`)).arrayBuffer()));
      const said = execFileSync("sh", ["-c", `openssl crl -inform DER -in '${house}/list.crl' -CAfile '${directory}/sub-ca.pem' -noout -text 2>&1`], { encoding: "utf8" });
      expect(said).to.include("verify OK").and.match(/Revoked Certificates:\s+Serial Number/);
    })();
  });

  it("shows a line of its log that was changed, taken out or put in", async () => {
    const copy = join(house, "copy.jsonl");
    const lines = readFileSync(join(directory, "log.jsonl"), "utf8").trim().split("\n");
    const check = async (changed: readonly string[]) => {
      writeFileSync(copy, `${changed.join("\n")}\n`);
      return refusal(new CertificationLog(copy).read(), "LogBroken");
    };
    expect((await check(lines.map((line, i) => (i === 2 ? line.replace('"issued"', '"refused"') : line)))).message).to.include("Line 4");
    expect((await check(lines.filter((_, i) => i !== 1))).message).to.include("Line 2");
    expect((await check([...lines, lines[1]!])).message).to.include(`Line ${lines.length + 1}`);
    await check([...lines, "{"]);
    expect((await new CertificationLog(join(directory, "log.jsonl")).read()).entries).to.have.length(lines.length);
  });

  it("keeps the entries of writers that write at once in one line", async () => {
    const file = join(house, "busy.jsonl");
    const [one, two] = [new CertificationLog(file), new CertificationLog(file)];
    await Promise.all(Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? one : two).append({ what: "revoked", device: `0x${i}` }, new Date())));
    expect((await one.read()).entries.map(({ number }) => number)).to.deep.equal(Array.from({ length: 20 }, (_, i) => i + 1));
  });
});
