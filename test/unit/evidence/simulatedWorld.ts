// SPDX-License-Identifier: Apache-2.0
import { hex } from "@scure/base";
import { type Collateral, type TrustFile } from "../../../src/core/trust";
import { toPem } from "../../../src/crypto/pem";
import { generateKeyPair, type KeyPair, toSpki } from "../../../src/crypto/keys";
import type { Certificate } from "../../../src/crypto/x509";
import { deviceReportData } from "../../../src/evidence/deviceEvidence";
import { measurementOf, readTdxQuote } from "../../../src/evidence/quotes/tdxQuote";
import { openTrust, signReferenceValues, type Trust } from "../../../src/evidence/trust";
import { issueDeviceCertificate, makeCertificationAuthority, type NewAuthority, provePossession } from "../../../src/tee/certificationAuthority";
import { FMSPC, makeSimulatedPlatform, type SimulatedPlatform } from "../../../src/tee/platform/simulatedPki";
import { makeCollateral, makeQuote } from "../../../src/tee/platform/simulatedTdx";

export const AT = new Date("2026-06-15T12:00:00Z");
export const FROM = new Date("2026-06-01T00:00:00Z");
export const UNTIL = new Date("2026-07-01T00:00:00Z");
export const RECIPIENT = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p";
export const LOADER = new Uint8Array(48).fill(0x11);

/** Everything simulated that a device needs, and a trust file that believes it. */
export interface SimulatedWorld {
  readonly platform: SimulatedPlatform;
  readonly collateral: Collateral;
  readonly authority: NewAuthority;
  readonly publisher: KeyPair;
  readonly measurement: string;
  readonly file: TrustFile;
  readonly trust: Trust;
  readonly deviceKey: KeyPair;
  readonly quote: Uint8Array;
  /** Root, sub CA, device. */
  readonly chain: readonly Certificate[];
}

export async function makeWorld(): Promise<SimulatedWorld> {
  const year = { from: new Date("2026-01-01T00:00:00Z"), until: new Date("2027-01-01T00:00:00Z") };
  const platform = await makeSimulatedPlatform(year);
  const collateral = await makeCollateral(platform, { from: FROM, until: UNTIL });
  const authority = await makeCertificationAuthority("Simulated", "Test", year, year);
  const publisher = generateKeyPair();
  const deviceKey = generateKeyPair();
  const quote = makeQuote(platform, { reportData: deviceReportData(deviceKey.publicKey, RECIPIENT), mrTd: LOADER });
  const measurement = measurementOf(readTdxQuote(quote));
  const file = trustFile({ platform, authority, publisher, collateral, measurement });
  const trust = openTrust(file);
  const chain = await issueDeviceCertificate(authority, request(deviceKey, quote), { trust, at: AT, lifetime: 86_400 });
  return { platform, collateral, authority, publisher, measurement, file, trust, deviceKey, quote, chain };
}

type TrustParts = Pick<SimulatedWorld, "platform" | "authority" | "publisher" | "collateral" | "measurement">;

/** A trust.json that allows simulated devices of this world. */
export function trustFile({ platform, authority, publisher, collateral, measurement }: TrustParts): TrustFile {
  return {
    format: "cloister/trust/v1",
    allowSimulated: true,
    certificationRoots: [{ kind: authority.kind, certificate: toPem("CERTIFICATE", authority.root.der) }],
    evidenceAnchors: { simulated: toPem("CERTIFICATE", platform.root.certificate.der) },
    publisher: toPem("PUBLIC KEY", toSpki(publisher.publicKey)),
    referenceValues: signReferenceValues(publisher, { kind: "cloister/reference-values/v1", issuedAt: 1_780_000_000, measurements: [{ name: "loader 0.1.0", measurement }] }),
    acceptedTcbStatuses: ["UpToDate"],
    collateral: [{ anchor: "simulated", fmspc: hex.encode(FMSPC), collateral }],
  };
}

/** A certification request of a device, its proof of possession included. */
export function request(key: KeyPair, quote: Uint8Array, ageRecipient = RECIPIENT) {
  const publicKey = toSpki(key.publicKey);
  return { quote, publicKey, ageRecipient, proofOfPossession: provePossession(key, publicKey, ageRecipient) };
}

/** One world for all tests of a process: making it takes a moment. */
let shared: Promise<SimulatedWorld> | undefined;
export function sharedWorld(): Promise<SimulatedWorld> {
  return (shared ??= makeWorld());
}
