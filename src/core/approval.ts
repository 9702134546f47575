// SPDX-License-Identifier: Apache-2.0
import * as v from "valibot";
import type { ApprovedRelease } from "./sealed";
import { NO_ARGUMENTS } from "./inputs";
import { address, count, decimal, readJson, readShape, sha256Hex } from "./schema";

const APPROVAL_KIND = "cloister/signed-approval/v1";
const ANY = "00".repeat(32);
/** Any argument is 32 zero bytes in an approval, and so is no argument in an order: none is the sha-256 of nothing here. */
const NONE = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const ANYBODY = `0x${"00".repeat(20)}`;

/** What an owner signs, as the contract's SignedApproval; hashes as 64 hex digits, numbers of the chain as decimal text. */
const approvalSchema = v.strictObject({
  offer: decimal,
  offerVersion: count,
  solutionHash: sha256Hex,
  /** Zeros: any. */
  inputsHash: sha256Hex,
  /** Zeros: any; the sha-256 of nothing: none. */
  argumentsHash: sha256Hex,
  /** The zero address: anybody. */
  customer: address,
  /** sha-256 of the sealed release. */
  releaseHash: sha256Hex,
  uses: count,
  nonce: decimal,
  /** Unix seconds. */
  notAfter: count,
});
export type Approval = v.InferOutput<typeof approvalSchema>;

/** A file with a signed approval: with it anybody completes suborders, as far as it says. It holds no key in clear. */
const fileSchema = v.strictObject({
  kind: v.literal(APPROVAL_KIND),
  chainId: count,
  orderBook: address,
  approval: approvalSchema,
  /** By the action account of the offer's provider, 0x-hex (a contract's may have any length). */
  signature: v.pipe(v.string(), v.regex(/^0x(?:[0-9a-f]{2})+$/, "0x and hex digits")),
  /** The sealed release, base64. */
  release: v.pipe(v.string(), v.base64("base64")),
  /** Ids of the devices that can open it. */
  devices: v.array(v.pipe(v.string(), v.regex(/^0x[0-9a-f]{64}$/, "0x and 64 hex digits"))),
});
export type ApprovalFile = v.InferOutput<typeof fileSchema>;

/** The approval that a release belongs to. @param releaseHash sha-256 of the sealed bytes, 64 hex digits. */
export function approvalOf({ offer, offerVersion, solutionHash, inputsHash, argumentsHash, approval, notAfter }: ApprovedRelease, releaseHash: string): Approval {
  return {
    offer,
    offerVersion,
    solutionHash,
    inputsHash: inputsHash === "any" ? ANY : inputsHash,
    argumentsHash: argumentsHash === "any" ? ANY : argumentsHash === NO_ARGUMENTS ? NONE : argumentsHash,
    customer: approval.customer === "any" ? ANYBODY : approval.customer,
    releaseHash,
    uses: approval.uses,
    nonce: approval.nonce,
    notAfter,
  };
}

/** What an approval says of inputs, arguments and customer, in words. */
export function approvalWords({ inputsHash, argumentsHash, customer }: Approval): { inputs: string; arguments: string; customer: string } {
  return {
    inputs: inputsHash === ANY ? "any" : inputsHash,
    arguments: argumentsHash === ANY ? "any" : argumentsHash === NONE ? "none" : argumentsHash,
    customer: customer === ANYBODY ? "anybody" : customer,
  };
}

/** Reads the text of an approval file. @throws CloisterError `ApprovalInvalid`. */
export function parseApprovalFile(text: string, name = "The approval file"): ApprovalFile {
  const reading = { what: name, code: "ApprovalInvalid", fix: "Use the file that `approvals sign` wrote, unchanged." };
  return readShape(fileSchema, readJson(text, reading), reading);
}

/** The text of an approval file. */
export function formatApprovalFile(file: Omit<ApprovalFile, "kind">): string {
  return `${JSON.stringify({ kind: APPROVAL_KIND, ...file }, null, 2)}\n`;
}
