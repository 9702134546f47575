// SPDX-License-Identifier: Apache-2.0
import { sha256 } from "@noble/hashes/sha2.js";
import { hex, utf8 } from "@scure/base";
import type { Collateral } from "../../core/trust";
import { CloisterError } from "../../core/errors";
import { chainToPem } from "../../crypto/certificateContents";
import { concatBytes } from "../../crypto/der";
import { sign } from "../../crypto/keys";
import { FMSPC, PCE_SVN, revocationList, type SimulatedPlatform } from "./simulatedPki";

/** What the simulated processor attests: the guest's registers and the 64 bytes that the guest chose. */
export interface GuestState {
  readonly reportData: Uint8Array;
  /** 48 bytes: the loader bundle and the Node executable. */
  readonly mrTd: Uint8Array;
  /** Up to four registers of 48 bytes; missing ones are zero. */
  readonly rtMr?: readonly Uint8Array[];
  /** 8 bytes; by default a production guest (no debug bit, SEPT_VE_DISABLE set). */
  readonly tdAttributes?: Uint8Array;
}

const PRODUCTION_GUEST = hex.decode("0000001000000000");
const QE_SIGNER = sha256(utf8.decode("SIMULATED quoting enclave (not hardware)"));
const QE_ATTRIBUTES = "15000000000000000000000000000000";

/**
 * Makes a TDX quote of version 4, byte for byte in Intel's format, under the simulator's own root. Verification is the one
 * for real quotes: only the anchor that verifies it shows that it is SIMULATED.
 */
export function makeQuote(platform: SimulatedPlatform, guest: GuestState): Uint8Array {
  const header = concatBytes(u16(4), u16(2), u32(0x81), u16(0), u16(0), hex.decode("939a7233f79c4ca9940a0db3957f0607"), padded(utf8.decode("SIMULATED-TEE"), 20));
  const report = tdReport(guest);
  const signed = concatBytes(header, report);

  const attestationKey = platform.attestationKey.publicKey.subarray(1);
  const qeAuthData = sha256(utf8.decode("SIMULATED"));
  const qeReport = enclaveReport(sha256(concatBytes(attestationKey, qeAuthData)));
  const pckChain = utf8.decode(chainToPem([platform.pck.certificate, platform.pckCa.certificate, platform.root.certificate]));
  const qe = concatBytes(qeReport, sign(platform.pck.key, qeReport), u16(qeAuthData.length), qeAuthData, u16(5), u32(pckChain.length), pckChain);
  const authentication = concatBytes(sign(platform.attestationKey, signed), attestationKey, u16(6), u32(qe.length), qe);
  return concatBytes(signed, u32(authentication.length), authentication);
}

/** How collateral is made; tests change what is revoked. */
export interface CollateralOptions {
  readonly from: Date;
  readonly until: Date;
  /** Serial numbers that the PCK CA revoked. */
  readonly revokedPcks?: readonly string[];
  /** Serial numbers that the root revoked. */
  readonly revokedByRoot?: readonly string[];
  readonly tcbStatus?: string;
}

/** Makes and signs what Intel publishes for real platforms: revocation lists, TCB info and the quoting enclave's identity. */
export async function makeCollateral(platform: SimulatedPlatform, options: CollateralOptions): Promise<Collateral> {
  const dates = { issueDate: isoSeconds(options.from), nextUpdate: isoSeconds(options.until), tcbEvaluationDataNumber: 1 };
  const tcbDate = "2026-01-01T00:00:00Z";
  const tcbStatus = options.tcbStatus ?? "UpToDate";
  const none = Array.from({ length: 16 }, () => ({ svn: 0 }));
  const tcbInfo = JSON.stringify({
    id: "TDX",
    version: 3,
    ...dates,
    fmspc: hex.encode(FMSPC).toUpperCase(),
    pceId: "0000",
    tcbType: 0,
    tdxModule: { mrsigner: "00".repeat(48), attributes: "00".repeat(8), attributesMask: "FF".repeat(8) },
    tcbLevels: [{ tcb: { sgxtcbcomponents: none, pcesvn: PCE_SVN, tdxtcbcomponents: none }, tcbDate, tcbStatus }],
  });
  const qeIdentity = JSON.stringify({
    id: "TD_QE",
    version: 2,
    ...dates,
    miscselect: "00000000",
    miscselectMask: "FFFFFFFF",
    attributes: QE_ATTRIBUTES,
    attributesMask: "FBFFFFFFFFFFFFFF0000000000000000",
    mrsigner: hex.encode(QE_SIGNER).toUpperCase(),
    isvprodid: 2,
    tcbLevels: [{ tcb: { isvsvn: 1 }, tcbDate, tcbStatus: "UpToDate" }],
  });
  const signerChain = chainToPem([platform.tcbSigner.certificate, platform.root.certificate]);
  const signature = (text: string) => hex.encode(sign(platform.tcbSigner.key, utf8.decode(text)));
  return {
    root_ca_crl: hex.encode(await revocationList(platform.root, options, options.revokedByRoot)),
    pck_crl: hex.encode(await revocationList(platform.pckCa, options, options.revokedPcks)),
    tcb_info_issuer_chain: signerChain,
    tcb_info: tcbInfo,
    tcb_info_signature: signature(tcbInfo),
    qe_identity_issuer_chain: signerChain,
    qe_identity: qeIdentity,
    qe_identity_signature: signature(qeIdentity),
  };
}

/** 584 bytes: what the TDX module reports about a guest. */
function tdReport({ reportData, mrTd, rtMr = [], tdAttributes = PRODUCTION_GUEST }: GuestState): Uint8Array {
  expectSize("reportData", reportData, 64);
  for (const register of [mrTd, ...rtMr]) expectSize("a register", register, 48);
  expectSize("tdAttributes", tdAttributes, 8);
  const registers = Array.from({ length: 4 }, (_, index) => rtMr[index] ?? new Uint8Array(48));
  // Module version and measurement, its signer and attributes are zero; so are configuration and owner.
  return concatBytes(new Uint8Array(16 + 48 + 48 + 8), tdAttributes, hex.decode("e702060000000000"), mrTd, new Uint8Array(3 * 48), ...registers, reportData);
}

/** 384 bytes: the quoting enclave's own report, which binds the attestation key to the processor. */
function enclaveReport(keyHash: Uint8Array): Uint8Array {
  return concatBytes(new Uint8Array(16 + 4 + 28), hex.decode(QE_ATTRIBUTES), new Uint8Array(32 + 32), QE_SIGNER, new Uint8Array(96), u16(2), u16(1), new Uint8Array(60), keyHash, new Uint8Array(32));
}

function expectSize(what: string, bytes: Uint8Array, size: number): void {
  if (bytes.length !== size) throw new CloisterError("GuestStateInvalid", `The guest's ${what} has ${bytes.length} bytes instead of ${size}.`);
}

function padded(bytes: Uint8Array, size: number): Uint8Array {
  return concatBytes(bytes, new Uint8Array(size - bytes.length));
}

function u16(value: number): Uint8Array {
  return Uint8Array.from([value & 0xff, value >> 8]);
}

function u32(value: number): Uint8Array {
  return concatBytes(u16(value & 0xffff), u16(value >>> 16));
}

function isoSeconds(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}
