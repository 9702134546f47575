// SPDX-License-Identifier: Apache-2.0
import "reflect-metadata";
import * as x509 from "@peculiar/x509";

import { type Issuer, toCryptoKey } from "../crypto/certificate";
import { readRevocationList } from "../crypto/revocationList";
import type { LogEntry } from "./certificationLog";

/** Devices that an authority revoked, by the ids of their keys; the latest reason of each. */
export function revokedDevices(entries: readonly LogEntry[]): Map<string, { at: Date; reason: string }> {
  const revoked = entries.filter(({ what, device }) => what === "revoked" && device !== undefined);
  return new Map(revoked.map(({ device = "", at, reason = "" }) => [device, { at: new Date(at), reason }]));
}

/**
 * The revocation list of a sub CA (RFC 5280): the certificates of revoked devices that have not ended by themselves.
 *
 * @param life seconds until the next one is due.
 * @returns DER.
 */
export async function makeRevocationList({ key, certificate }: Issuer, entries: readonly LogEntry[], at: Date, life: number): Promise<Uint8Array> {
  const revoked = revokedDevices(entries);
  const certificates = entries.filter(({ what, device, until }) => what === "issued" && device !== undefined && revoked.has(device) && new Date(until ?? 0) > at);
  const list = await x509.X509CrlGenerator.create({
    issuer: new x509.X509Certificate(Uint8Array.from(certificate.der)).subjectName,
    thisUpdate: wholeSeconds(at.getTime()),
    nextUpdate: wholeSeconds(at.getTime() + life * 1000),
    entries: certificates.map(({ serial = "", device = "" }) => ({ serialNumber: serial, revocationDate: wholeSeconds(revoked.get(device)!.at.getTime()) })),
    signingKey: await toCryptoKey(key),
    signingAlgorithm: { name: "ECDSA", hash: "SHA-256" },
  });
  const der = new Uint8Array(list.rawData);
  // Reading it back strictly shows at once what others would refuse.
  readRevocationList(der);
  return der;
}

function wholeSeconds(milliseconds: number): Date {
  return new Date(Math.floor(milliseconds / 1000) * 1000);
}
