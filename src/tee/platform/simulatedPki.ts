// SPDX-License-Identifier: Apache-2.0
import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import { utf8 } from "@scure/base";
import * as v from "valibot";
import { readJson, readShape, type Reading } from "../../core/schema";
import { authorityExtensions, type CertificateRequest, type Issuer, issueCertificate, toCryptoKey, type Validity } from "../../crypto/certificate";
import { derElement, derOid, derUnsigned, Tag } from "../../crypto/der";
import { fromPrivatePem, generateKeyPair, type KeyPair, toPrivatePem } from "../../crypto/keys";
import { onePem, toPem } from "../../crypto/pem";
import { readCertificate } from "../../crypto/x509";
import { SGX_EXTENSION } from "../../evidence/quotes/pck";

/** Keys and certificates that stand in for Intel's and a processor's. Made locally, never released. */
export interface SimulatedPlatform {
  readonly root: Issuer;
  readonly pckCa: Issuer;
  /** The processor's certified key; it signs the quoting enclave's report. */
  readonly pck: Issuer;
  readonly tcbSigner: Issuer;
  /** The quoting enclave's key; it signs quotes. */
  readonly attestationKey: KeyPair;
}

/** Family of the simulated processor: "QPSIM" and a zero byte. */
export const FMSPC = utf8.decode("QPSIM\0");
/** Security version of the simulated provisioning enclave. */
export const PCE_SVN = 1;

const PARTS = ["root", "pckCa", "pck", "tcbSigner"] as const;

/** Makes a new simulated platform with a root of its own. */
export async function makeSimulatedPlatform(validity: Validity): Promise<SimulatedPlatform> {
  const make = async (request: Omit<CertificateRequest, "publicKey" | "validity">, issuer?: Issuer): Promise<Issuer> => {
    const key = generateKeyPair();
    const certificate = await issueCertificate({ ...request, publicKey: key.publicKey, validity }, issuer?.key ?? key, issuer?.certificate);
    return { key, certificate };
  };
  const leaf = (...more: x509.Extension[]) => [new x509.BasicConstraintsExtension(false, undefined, true), new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true), ...more];
  const root = await make({ subject: "SIMULATED TEE Root CA (not hardware)", extensions: authorityExtensions(1) });
  const pckCa = await make({ subject: "SIMULATED TEE PCK CA", extensions: authorityExtensions(0) }, root);
  const pck = await make({ subject: "SIMULATED TEE PCK Certificate", extensions: leaf(sgxExtension()) }, pckCa);
  const tcbSigner = await make({ subject: "SIMULATED TEE TCB Signing", extensions: leaf() }, root);
  return { root, pckCa, pck, tcbSigner, attestationKey: generateKeyPair() };
}

/** The platform as JSON text with PEMs; it holds every private key of the simulator. */
export function platformToJson(platform: SimulatedPlatform): string {
  const parts = PARTS.map((name) => [name, { key: toPrivatePem(platform[name].key), certificate: toPem("CERTIFICATE", platform[name].certificate.der) }] as const);
  return `${JSON.stringify({ ...Object.fromEntries(parts), attestationKey: toPrivatePem(platform.attestationKey) }, undefined, 2)}\n`;
}

const partSchema = v.strictObject({ key: v.string(), certificate: v.string() });
const platformSchema = v.strictObject({ root: partSchema, pckCa: partSchema, pck: partSchema, tcbSigner: partSchema, attestationKey: v.string() });

/** Reads what {@link platformToJson} wrote. */
export function platformFromJson(text: string): SimulatedPlatform {
  const reading: Reading = { what: "the simulated platform's file", code: "SimulatedPlatformInvalid", fix: "Delete it; a new platform is made at the next start." };
  const file = readShape(platformSchema, readJson(text, reading), reading);
  const open = (part: v.InferOutput<typeof partSchema>): Issuer => ({ key: fromPrivatePem(part.key), certificate: readCertificate(onePem("CERTIFICATE", part.certificate)) });
  return { root: open(file.root), pckCa: open(file.pckCa), pck: open(file.pck), tcbSigner: open(file.tcbSigner), attestationKey: fromPrivatePem(file.attestationKey) };
}

/** DER of a revocation list. */
export async function revocationList(issuer: Issuer, validity: Validity, serialNumbers: readonly string[] = []): Promise<Uint8Array> {
  const list = await x509.X509CrlGenerator.create({
    issuer: new x509.X509Certificate(Uint8Array.from(issuer.certificate.der)).subjectName,
    thisUpdate: validity.from,
    nextUpdate: validity.until,
    entries: serialNumbers.map((serialNumber) => ({ serialNumber, revocationDate: validity.from })),
    signingAlgorithm: { name: "ECDSA", hash: "SHA-256" },
    signingKey: await toCryptoKey(issuer.key),
  });
  return new Uint8Array(list.rawData.slice(0));
}

/** Intel's extension of PCK certificates: platform id, security versions, family, type. */
function sgxExtension(): x509.Extension {
  const entry = (arc: string, value: Uint8Array) => derElement(Tag.Sequence, derOid(`${SGX_EXTENSION}.${arc}`), value);
  const octets = (bytes: Uint8Array) => derElement(Tag.OctetString, bytes);
  const zero = derUnsigned(Uint8Array.from([0]));
  const components = Array.from({ length: 16 }, (_, index) => entry(`2.${index + 1}`, zero));
  const tcb = derElement(Tag.Sequence, ...components, entry("2.17", derUnsigned(Uint8Array.from([PCE_SVN]))), entry("2.18", octets(new Uint8Array(16))));
  const value = derElement(Tag.Sequence, entry("1", octets(new Uint8Array(16))), entry("2", tcb), entry("3", octets(new Uint8Array(2))), entry("4", octets(FMSPC)), entry("5", derElement(0x0a, Uint8Array.from([0]))));
  return new x509.Extension(SGX_EXTENSION, false, Uint8Array.from(value));
}
