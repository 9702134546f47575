// SPDX-License-Identifier: Apache-2.0
import { CheckList } from "../../core/checks";
import { CloisterError } from "../../core/errors";
import type { EvidenceKind } from "../../core/trust";

/** The kinds as people know them. */
export const EVIDENCE_NAMES: Readonly<Record<EvidenceKind, string>> = { tdx: "TDX quote", sgx: "SGX quote", "sev-snp": "SEV-SNP report" };

/** Names of the checks of evidence, as every tool prints them; not every kind has each. */
export const EvidenceCheck = {
  format: "format",
  lists: "revocation lists",
  certificates: "certificates",
  debug: "no debugging",
  signature: "signature",
  module: "TDX module",
  processor: "processor",
  tcb: "TCB status",
} as const;

/** What a verified quote or report says. */
export interface VerifiedQuote {
  readonly kind: EvidenceKind;
  /**
   * The one number that names the guest, 64 hex digits. TDX: see `measurementOf`. SGX: mrEnclave. SEV-SNP: see `snpMeasurementOf`.
   */
  readonly measurement: string;
  /** 64 bytes that the guest chose. */
  readonly reportData: Uint8Array;
  readonly tcbStatus: string;
  readonly advisoryIds: readonly string[];
  /** Family of the processor: Intel's FMSPC (12 hex digits), AMD's product name. */
  readonly family: string;
}

/** Evidence looked at from every side. What it `says` is worth nothing unless all checks passed. */
export interface Examination {
  /** Missing where the evidence cannot even be read. */
  readonly says?: Omit<VerifiedQuote, "tcbStatus"> & { readonly tcbStatus?: string };
  readonly list: CheckList;
}

/** What the evidence says, if all of its checks passed. @throws CloisterError the reason of the first check that failed. */
export function demand({ says, list }: Examination): VerifiedQuote {
  list.demand();
  const { tcbStatus, ...rest } = CheckList.needed(says, EvidenceCheck.format);
  if (tcbStatus === undefined) {
    throw new CloisterError("TcbNotChecked", `There is no minimum to compare the firmware of the ${rest.family} with.`, "Add its versions to amdMinimumTcb in trust.json.", { family: rest.family });
  }
  return { ...rest, tcbStatus };
}

/** The `QuoteRefused` error. */
export function refused(reason: string, cause?: unknown): CloisterError {
  return new CloisterError("QuoteRefused", `The quote was refused: ${reason}.`, "Do not use this machine; its owner may ask for fresh evidence.", {}, { cause });
}

/** The `DebugGuest` error: whoever may debug a guest reads everything in it. */
export function debuggable(): CloisterError {
  return new CloisterError("DebugGuest", "The guest may be debugged, so its host can look into it.", "Use a machine that runs the loader without debugging.");
}

/** The `TcbStatusNotAccepted` error. */
export function statusNotAccepted(status: string, accepted: readonly string[]): CloisterError {
  return new CloisterError("TcbStatusNotAccepted", `The platform's TCB status is ${status}; accepted: ${accepted.join(", ")}.`, "The machine's owner has to update its firmware.", { status });
}
