// SPDX-License-Identifier: Apache-2.0
import { CloisterError } from "../core/errors";
import type { AmdCollateral, Collateral, EvidenceKind } from "../core/trust";
import type { Certificate } from "../crypto/x509";
import type { AmdAuthority, SnpTcb } from "./quotes/amdCertificate";
import { examineSgxQuote } from "./quotes/sgx";
import { examineSnpReport } from "./quotes/snp";
import { examineTdxQuote } from "./quotes/tdx";
import type { Examination } from "./quotes/verifiedQuote";

/** What evidence is examined against, by whose processor it is of. */
export type EvidenceBasis =
  | { readonly maker: "intel"; readonly anchor: Certificate; readonly collateral: Collateral }
  | { readonly maker: "amd"; readonly anchor: AmdAuthority; readonly collateral: AmdCollateral; readonly minimumTcb?: SnpTcb };

/** When, and how strictly. */
export interface EvidencePolicy {
  readonly at: Date;
  readonly acceptedTcbStatuses: readonly string[];
}

/**
 * The kind of evidence by its first four bytes: Intel's quotes have a version (3: SGX, 4 and 5: TDX) and a key type there, AMD's
 * reports a version alone.
 *
 * @throws CloisterError `EvidenceUnsupported`.
 */
export function kindOf(evidence: Uint8Array): EvidenceKind {
  const [version = 0, high, keyType = 0] = evidence;
  if (evidence.length > 4 && high === 0 && evidence[3] === 0) {
    if (keyType === 0 && version >= 2) return "sev-snp";
    if (version === 3) return "sgx";
    if (version === 4 || version === 5) return "tdx";
  }
  throw new CloisterError("EvidenceUnsupported", "The file is neither a TDX or SGX quote nor a SEV-SNP report.", "Give raw evidence as the machine made it.");
}

/** Examines evidence of any kind. @throws CloisterError `QuoteMalformed`, `QuoteUnsupported`, `AnchorNotTrusted`. */
export function examineEvidence(evidence: Uint8Array, basis: EvidenceBasis, { at, acceptedTcbStatuses }: EvidencePolicy): Examination {
  const kind = kindOf(evidence);
  if (kind === "sev-snp") {
    if (basis.maker === "amd") return examineSnpReport({ ...basis, evidence, at, acceptedTcbStatuses });
  } else if (basis.maker === "intel") {
    const given = { ...basis, quote: evidence, at, acceptedTcbStatuses };
    return kind === "tdx" ? examineTdxQuote(given) : examineSgxQuote(given);
  }
  throw new CloisterError("AnchorNotTrusted", `Evidence of kind ${kind} cannot end in "${basis.anchor.commonName}".`, "Name the root of the processor's own maker.");
}

/**
 * Examines evidence against everything that may fit: the examination with the fewest failures counts, but one that found a revoked
 * certificate before every other.
 *
 * @param bases at least one.
 */
export function examineBest(evidence: Uint8Array, bases: readonly EvidenceBasis[], policy: EvidencePolicy): { basis: EvidenceBasis; examination: Examination } {
  const failures = ({ list }: Examination) => (list.failure?.code === "CertificateRevoked" ? -1 : list.checks.filter((check) => !check.passed && !check.skipped).length);
  const examined = bases.map((basis) => ({ basis, examination: examineEvidence(evidence, basis, policy) }));
  return examined.reduce((chosen, other) => (failures(other.examination) < failures(chosen.examination) ? other : chosen));
}
