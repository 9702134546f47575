// SPDX-License-Identifier: Apache-2.0
import { constants, createHash, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { concatBytes, derElement, derOid, derUnsigned, Tag } from "../../../src/crypto/der";
import { toPem } from "../../../src/crypto/pem";
import { RSA_PSS_SHA384 } from "../../../src/crypto/rsaPss";
import { type AmdAuthority, readAmdAuthority } from "../../../src/evidence/quotes/amdCertificate";

/**
 * A maker's chain and reports in AMD's formats, made by node:crypto: for what the one published report cannot show (other chips,
 * other versions, revocation, guests without debugging).
 */
export interface AmdWorld {
  readonly ark: AmdAuthority;
  readonly ask: Uint8Array;
  readonly vcek: Uint8Array;
  readonly chip: KeyObject;
  /** A chip's certificate that this world's ASK issued. */
  makeVcek(change?: VcekChange): Uint8Array;
  makeReport(change?: ReportChange): Uint8Array;
  /** Hex of the root's revocation list. */
  makeList(revoked?: readonly number[], change?: { from?: Date; until?: Date; by?: KeyObject }): string;
  readonly keys: { readonly ark: KeyObject; readonly ask: KeyObject };
}

export interface VcekChange {
  readonly tcb?: readonly number[];
  readonly chipId?: Uint8Array;
  readonly from?: Date;
  readonly until?: Date;
}

export interface ReportChange {
  readonly version?: number;
  readonly policy?: number;
  readonly reportData?: Uint8Array;
  readonly measurement?: Uint8Array;
  readonly chipId?: Uint8Array;
  readonly tcb?: readonly number[];
  readonly keyInfo?: number;
  readonly key?: KeyObject;
}

export const AMD_AT = new Date("2026-06-15T12:00:00Z");
export const CHIP = new Uint8Array(64).fill(0xc1);
/** Bytes of TCB_VERSION: bootloader, TEE, four reserved, SNP, microcode. */
export const TCB = [3, 0, 0, 0, 0, 0, 8, 115];
const FROM = new Date("2025-01-01T00:00:00Z");
const UNTIL = new Date("2027-01-01T00:00:00Z");
const SIGNING = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 48 };

export function makeAmdWorld(product = "Milan"): AmdWorld {
  const [arkKey, askKey] = [0, 1].map(() => generateKeyPairSync("rsa", { modulusLength: 4096 }));
  const chip = generateKeyPairSync("ec", { namedCurve: "P-384" });
  const names = { ark: `ARK-${product}`, ask: `SEV-${product}` };
  const usage = (bits: number) => extension("2.5.29.15", true, derElement(Tag.BitString, Uint8Array.from([1, bits])));
  const authority = (...more: Uint8Array[]) => extension("2.5.29.19", true, derElement(Tag.Sequence, derElement(Tag.Boolean, Uint8Array.from([0xff])), ...more));
  const ark = certificate(1, names.ark, names.ark, spki(arkKey!.publicKey), [usage(0x06), authority()], arkKey!.privateKey);
  const ask = certificate(2, names.ark, names.ask, spki(askKey!.publicKey), [usage(0x04), authority(derUnsigned(Uint8Array.from([0])))], arkKey!.privateKey);
  const makeVcek = ({ tcb = TCB, chipId = CHIP, from, until }: VcekChange = {}) => {
    const [bootloader, tee, spl4, spl5, spl6, spl7, snp, microcode] = tcb;
    const versions = [bootloader, tee, snp, spl4, spl5, spl6, spl7, microcode];
    const parts = versions.map((version, index) => extension(`1.3.6.1.4.1.3704.1.3.${index + 1}`, false, derUnsigned(Uint8Array.from([version ?? 0]))));
    const name = extension("1.3.6.1.4.1.3704.1.2", false, derElement(0x16, Buffer.from(`${product}-B0`)));
    return certificate(0, names.ask, "SEV-VCEK", spki(chip.publicKey), [name, ...parts, extension("1.3.6.1.4.1.3704.1.4", false, chipId)], askKey!.privateKey, from, until);
  };
  const makeList = (revoked: readonly number[] = [], { from = FROM, until = UNTIL, by = arkKey!.privateKey }: { from?: Date; until?: Date; by?: KeyObject } = {}) => {
    const entries = revoked.map((serial) => derElement(Tag.Sequence, derUnsigned(Uint8Array.from([serial])), time(FROM)));
    const list = entries.length > 0 ? [derElement(Tag.Sequence, ...entries)] : [];
    const body = derElement(Tag.Sequence, derUnsigned(Uint8Array.from([1])), RSA_PSS_SHA384.algorithm, nameOf(names.ark), time(from), time(until), ...list);
    return Buffer.from(signed(body, by)).toString("hex");
  };
  const makeReport = (change: ReportChange = {}) => report(change, change.key ?? chip.privateKey);
  return { ark: readAmdAuthority(ark), ask, vcek: makeVcek(), chip: chip.privateKey, makeVcek, makeReport, makeList, keys: { ark: arkKey!.privateKey, ask: askKey!.privateKey } };
}

export function certificatePem(der: Uint8Array): string {
  return toPem("CERTIFICATE", der);
}

function report({ version = 2, policy = 0x30000, reportData = new Uint8Array(64).fill(9), measurement = new Uint8Array(48).fill(0x11), chipId = CHIP, tcb = TCB, keyInfo = 0 }: ReportChange, key: KeyObject): Uint8Array {
  const bytes = Buffer.alloc(1184);
  bytes.writeUInt32LE(version, 0);
  bytes.writeUInt32LE(policy, 8);
  bytes.writeUInt32LE(1, 0x34);
  bytes.writeUInt32LE(keyInfo, 0x48);
  bytes.set(reportData, 0x50);
  bytes.set(measurement, 0x90);
  bytes.set(tcb, 0x180);
  bytes.set(chipId, 0x1a0);
  const signature = sign("sha384", bytes.subarray(0, 672), { key, dsaEncoding: "ieee-p1363" });
  bytes.set(Uint8Array.from(signature.subarray(0, 48)).reverse(), 0x2a0);
  bytes.set(Uint8Array.from(signature.subarray(48)).reverse(), 0x2a0 + 72);
  return Uint8Array.from(bytes);
}

function certificate(serial: number, issuer: string, subject: string, key: Uint8Array, extensions: Uint8Array[], by: KeyObject, from = FROM, until = UNTIL): Uint8Array {
  const head = [derElement(0xa0, derUnsigned(Uint8Array.from([2]))), derUnsigned(Uint8Array.from([serial])), RSA_PSS_SHA384.algorithm];
  const body = [nameOf(issuer), derElement(Tag.Sequence, time(from), time(until)), nameOf(subject), key, derElement(0xa3, derElement(Tag.Sequence, ...extensions))];
  return signed(derElement(Tag.Sequence, ...head, ...body), by);
}

function signed(body: Uint8Array, key: KeyObject): Uint8Array {
  return derElement(Tag.Sequence, body, RSA_PSS_SHA384.algorithm, derElement(Tag.BitString, Uint8Array.from([0]), sign("sha384", body, { key, ...SIGNING })));
}

function extension(oid: string, critical: boolean, value: Uint8Array): Uint8Array {
  const flag = critical ? [derElement(Tag.Boolean, Uint8Array.from([0xff]))] : [];
  return derElement(Tag.Sequence, derOid(oid), ...flag, derElement(Tag.OctetString, value));
}

function nameOf(commonName: string): Uint8Array {
  return derElement(Tag.Sequence, derElement(Tag.Set, derElement(Tag.Sequence, derOid("2.5.4.3"), derElement(Tag.Utf8String, Buffer.from(commonName)))));
}

function time(date: Date): Uint8Array {
  const text = date.toISOString().replace(/[-:T]/g, "").slice(2, 14);
  return derElement(Tag.UtcTime, Buffer.from(`${text}Z`));
}

function spki(key: KeyObject): Uint8Array {
  return Uint8Array.from(key.export({ format: "der", type: "spki" }));
}

/** For tests that compare: sha-256 of bytes, hex. */
export function sha256Hex(...parts: Uint8Array[]): string {
  return createHash("sha256").update(concatBytes(...parts)).digest("hex");
}
