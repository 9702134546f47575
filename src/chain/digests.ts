// SPDX-License-Identifier: Apache-2.0
import { getBytes, TypedDataEncoder, type TypedDataField } from "ethers";

import type { Approval } from "../core/approval";

/** Chain and contract that a signature is for: an EIP-712 domain with the name and version of the contracts. */
export interface DeviceDomain {
  readonly chainId: bigint | number;
  /** The order book; for a registration the Attestation contract. */
  readonly verifyingContract: string;
}

/** The fixed record of an order report; hashes as 0x-hex, `startedAt` in unix seconds. */
export interface ReportMessage {
  readonly order: bigint | number;
  readonly offer: bigint | number;
  readonly solutionHash: string;
  readonly argumentsHash: string;
  readonly runtimeInfoHash: string;
  readonly payloadHash: string;
  readonly startedAt: number;
}

/** What a device signs when an order ends: status 4 Done, 5 Error, or 3 Canceled where its customer canceled, fault as in the contracts. */
export interface FinishMessage {
  readonly order: bigint | number;
  readonly status: number;
  readonly fault: number;
  readonly resultHash: string;
  readonly usedSeconds: number;
}

/** What a device signs while its service runs. */
export interface CheckpointMessage {
  readonly order: bigint | number;
  /** Seconds since the report; never fewer than in the checkpoint before. */
  readonly usedSeconds: number;
  readonly resultHash: string;
}

/** What a device signs when it gives an order up before its report. */
export interface AbortMessage {
  readonly order: bigint | number;
  readonly fault: number;
  readonly resultHash: string;
}

/** What a device signs to join the machine of an offer. */
export interface DeviceRegistrationMessage {
  readonly offer: bigint | number;
  readonly provider: bigint | number;
  /** keccak256 of its public key, 0x-hex. */
  readonly device: string;
}

const field = (declaration: string): TypedDataField => {
  const [type = "", name = ""] = declaration.split(" ");
  return { type, name };
};

/** The EIP-712 types of contracts/libraries/DeviceMessages.sol, OwnerMessages.sol and contracts/Attestation.sol, letter for letter. */
const TYPES = {
  Report: "uint48 order,uint32 offer,bytes32 solutionHash,bytes32 argumentsHash,bytes32 runtimeInfoHash,bytes32 payloadHash,uint40 startedAt",
  Finish: "uint48 order,uint8 status,uint8 fault,bytes32 resultHash,uint32 usedSeconds",
  Abort: "uint48 order,uint8 fault,bytes32 resultHash",
  Checkpoint: "uint48 order,uint32 usedSeconds,bytes32 resultHash",
  DeviceRegistration: "uint32 offer,uint32 provider,bytes32 device",
  SignedApproval: "uint32 offer,uint16 offerVersion,bytes32 solutionHash,bytes32 inputsHash,bytes32 argumentsHash,address customer,bytes32 releaseHash,uint32 uses,uint256 nonce,uint40 notAfter",
  Receipt: "uint48 suborder,bytes32 contentHash,uint64 size",
} as const;

/** The 32-byte EIP-712 digest of a report; the device signs its sha-256. */
export function reportDigest(domain: DeviceDomain, message: ReportMessage): Uint8Array {
  return digest("Report", domain, message);
}

/** The 32-byte EIP-712 digest of a finish. */
export function finishDigest(domain: DeviceDomain, message: FinishMessage): Uint8Array {
  return digest("Finish", domain, message);
}

/** The 32-byte EIP-712 digest of an abort. */
export function abortDigest(domain: DeviceDomain, message: AbortMessage): Uint8Array {
  return digest("Abort", domain, message);
}

/** The 32-byte EIP-712 digest of a checkpoint. */
export function checkpointDigest(domain: DeviceDomain, message: CheckpointMessage): Uint8Array {
  return digest("Checkpoint", domain, message);
}

/** The 32-byte EIP-712 digest of a device registration. */
export function deviceRegistrationDigest(domain: DeviceDomain, message: DeviceRegistrationMessage): Uint8Array {
  return digest("DeviceRegistration", domain, message);
}

/** The id of a signed approval: its 32-byte EIP-712 digest, 0x-hex. */
export function approvalId(domain: DeviceDomain, approval: Approval): string {
  const { domain: whole, types, message } = approvalTypedData(domain, approval);
  return TypedDataEncoder.hash(whole, types, message);
}

/** What the owner of an offer signs to approve (EIP-712), and what the contract takes. */
export function approvalTypedData(domain: DeviceDomain, approval: Approval) {
  const [solutionHash, inputsHash, argumentsHash, releaseHash] = [approval.solutionHash, approval.inputsHash, approval.argumentsHash, approval.releaseHash].map((hash) => `0x${hash}`) as [string, string, string, string];
  return typedData("SignedApproval", domain, { ...approval, solutionHash, inputsHash, argumentsHash, releaseHash });
}

/** What a store's provider signs when it has the content of a storage part. @param contentHash sha-256, 64 hex digits. */
export function receiptTypedData(domain: DeviceDomain, receipt: { readonly suborder: bigint; readonly contentHash: string; readonly size: number }) {
  return typedData("Receipt", domain, { ...receipt, contentHash: `0x${receipt.contentHash}` });
}

function digest(type: keyof typeof TYPES, domain: DeviceDomain, message: object): Uint8Array {
  const { domain: whole, types } = typedData(type, domain, message);
  return getBytes(TypedDataEncoder.hash(whole, types, message as Record<string, unknown>));
}

function typedData<Message extends object>(type: keyof typeof TYPES, domain: DeviceDomain, message: Message) {
  return { domain: { name: "Cloister", version: "1", ...domain }, types: { [type]: TYPES[type].split(",").map(field) }, message };
}
