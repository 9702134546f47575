// SPDX-License-Identifier: Apache-2.0
import { sha256 } from "@noble/hashes/sha2.js";
import { hex } from "@scure/base";
import { CloisterError } from "../../core/errors";
import { concatBytes } from "../../crypto/der";
import type { SnpTcb } from "./amdCertificate";
import { malformed, QuoteReader } from "./quoteReader";

/** A SEV-SNP attestation report of version 2 (AMD 56860, table 22), with the certificates that came along. */
export interface SnpReport {
  /** Everything that the signature covers: the first 672 bytes. */
  readonly signed: Uint8Array;
  /** ECDSA with P-384: r and s, 96 bytes, big endian. */
  readonly signature: Uint8Array;
  /** 8 bytes, little endian: what the guest's owner allowed. */
  readonly policy: Uint8Array;
  /** 4 bytes: privilege level that asked. */
  readonly vmpl: Uint8Array;
  /** 64 bytes that the guest chose. */
  readonly reportData: Uint8Array;
  /** Launch measurement, 48 bytes. */
  readonly measurement: Uint8Array;
  readonly tcb: SnpTcb;
  /** The bytes between them, which name nothing yet. */
  readonly reserved: readonly number[];
  readonly chipId: Uint8Array;
  readonly certificates: SnpCertificates;
}

/** DER of the certificates in the table behind a report, as far as the host provided them. */
export interface SnpCertificates {
  readonly ask?: Uint8Array;
  readonly vcek?: Uint8Array;
}

/** Size of a report without certificates. */
export const SNP_REPORT = 1184;
const SIGNED = 672;
const ECDSA_P384_SHA384 = 1;
const DEBUG_BIT = 1 << (19 - 16);
/** Names of the table's entries (AMD 56421, 4.1.8.1). */
const GUID = { vcek: "63da758de6644564adc5f4b93be8accd", ask: "4ab7b379bbac4fe4a02f05aef327c782" };
const ENTRY = 24;

/**
 * Takes a report apart, with the certificate table that may follow it (the kernel's outblob and auxblob, joined).
 *
 * @throws CloisterError `QuoteMalformed`, `QuoteUnsupported`.
 */
export function readSnpReport(evidence: Uint8Array): SnpReport {
  const bytes = Uint8Array.from(evidence);
  const reader = new QuoteReader(bytes);
  const version = reader.size();
  reader.take(4); // guest SVN: the owner's numbering
  const policy = reader.take(8);
  reader.take(32); // family and image ids: the owner's names
  const vmpl = reader.take(4);
  const algorithm = reader.size();
  if (version !== 2 || algorithm !== ECDSA_P384_SHA384) {
    throw new CloisterError("QuoteUnsupported", `The report is of version ${version} with signature algorithm ${algorithm}: not a SEV-SNP report of version 2.`, "Use TDX quotes of version 4, SGX quotes of version 3 or SEV-SNP reports of version 2.");
  }
  reader.take(8 + 8); // current TCB and platform information: the reported TCB is what the key stands for
  const keyInfo = reader.size();
  // Bits 2 to 4 name the signing key: 0 is the VCEK, 1 a key that a cloud leases (VLEK), 7 none.
  if (((keyInfo >> 2) & 7) !== 0) throw new CloisterError("QuoteUnsupported", "The report is not signed by the chip's own key (VCEK).", "Use a machine whose reports are signed by a VCEK.");
  reader.zeros(4);
  const reportData = reader.take(64);
  const measurement = reader.take(48);
  reader.take(32 + 48 + 48 + 32 + 32); // host data, owners' keys, report ids: set by host or owner, not measured
  const version8 = reader.take(8);
  reader.zeros(24);
  const chipId = reader.take(64);
  reader.take(SIGNED - 480); // committed and launch TCB, versions for people
  const [r, s] = [numberOf(reader), numberOf(reader)];
  reader.zeros(512 - 2 * 72);
  const [bootloader = 0, tee = 0, spl4 = 0, spl5 = 0, spl6 = 0, spl7 = 0, snp = 0, microcode = 0] = version8;
  return {
    signed: bytes.slice(0, SIGNED),
    signature: concatBytes(r, s),
    policy,
    vmpl,
    reportData,
    measurement,
    tcb: { bootloader, tee, snp, microcode },
    reserved: [spl4, spl5, spl6, spl7],
    chipId,
    certificates: readTable(reader.rest()),
  };
}

/** The one number that names a guest: hex of sha256(policy, VMPL, launch measurement). */
export function snpMeasurementOf({ policy, vmpl, measurement }: Pick<SnpReport, "policy" | "vmpl" | "measurement">): string {
  return hex.encode(sha256(concatBytes(policy, vmpl, measurement)));
}

/** Whether the policy lets the host debug the guest (bit 19). */
export function mayBeDebugged({ policy }: Pick<SnpReport, "policy">): boolean {
  return ((policy[2] ?? 0) & DEBUG_BIT) !== 0;
}

/** Writes a certificate table, for hosts that provide none: the verifier needs the chip's VCEK. */
export function certificateTable(certificates: SnpCertificates): Uint8Array {
  const entries = (["vcek", "ask"] as const).flatMap((name) => (certificates[name] ? [[GUID[name], certificates[name]] as const] : []));
  let offset = ENTRY * (entries.length + 1);
  const heads = entries.map(([guid, der]) => {
    const head = concatBytes(hex.decode(guid), littleEndian(offset), littleEndian(der.length));
    offset += der.length;
    return head;
  });
  return concatBytes(...heads, new Uint8Array(ENTRY), ...entries.map(([, der]) => der));
}

/** 72 bytes, little endian, of which P-384 uses 48. */
function numberOf(reader: QuoteReader): Uint8Array {
  const number = reader.take(48).reverse();
  reader.zeros(24);
  return number;
}

function readTable(table: Uint8Array): SnpCertificates {
  const found: { -readonly [Name in keyof SnpCertificates]: Uint8Array } = {};
  const reader = new QuoteReader(table);
  for (let at = 0; at < table.length; at += ENTRY) {
    const guid = hex.encode(reader.take(16));
    const [offset, size] = [reader.size(), reader.size()];
    if (/^0+$/.test(guid)) break;
    if (offset + size > table.length) throw malformed("has a certificate that ends beyond its table");
    for (const name of ["vcek", "ask"] as const) if (guid === GUID[name]) found[name] = withoutPadding(table.slice(offset, offset + size));
  }
  return found;
}

/** Hosts round entries up to whole pages with zeros: a DER certificate says itself how long it is. */
function withoutPadding(entry: Uint8Array): Uint8Array {
  const size = entry[0] === 0x30 && entry[1] === 0x82 ? 4 + (entry[2] ?? 0) * 256 + (entry[3] ?? 0) : entry.length;
  return entry.subarray(size).some((byte) => byte !== 0) ? entry : entry.slice(0, size);
}

function littleEndian(value: number): Uint8Array {
  return Uint8Array.from([value & 0xff, (value >> 8) & 0xff, (value >> 16) & 0xff, value >>> 24]);
}
