// SPDX-License-Identifier: Apache-2.0
import { p384 } from "@noble/curves/nist.js";
import { sha384 } from "@noble/hashes/sha2.js";
import { CheckList } from "../../core/checks";
import { CloisterError } from "../../core/errors";
import { fromHex } from "../../core/hex";
import type { AmdCollateral } from "../../core/trust";
import { equalBytes } from "../../crypto/der";
import { onePem } from "../../crypto/pem";
import { readRevocationList } from "../../crypto/revocationList";
import { RSA_PSS_SHA384 } from "../../crypto/rsaPss";
import { type CertificateContent, KeyUsageBit } from "../../crypto/x509";
import { verifyPathOf } from "../chain";
import { type AmdAuthority, isSignedByAmd, readAmdAuthority, readVcek, type SnpTcb, type Vcek } from "./amdCertificate";
import { checkList } from "./intel";
import { mayBeDebugged, readSnpReport, type SnpReport, snpMeasurementOf } from "./snpReport";
import { debuggable, demand, EvidenceCheck, type Examination, refused, statusNotAccepted, type VerifiedQuote } from "./verifiedQuote";

/** What a SEV-SNP report is verified against. */
export interface SnpVerification {
  /** The report, with the table of certificates behind it if the host provided one. */
  readonly evidence: Uint8Array;
  readonly collateral: AmdCollateral;
  /** AMD's root of the product line (ARK). */
  readonly anchor: AmdAuthority;
  readonly at: Date;
  readonly acceptedTcbStatuses: readonly string[];
  /**
   * The least firmware versions that count as up to date. AMD signs no list of them, so whoever trusts has to say; without them the
   * TCB status is not checked.
   */
  readonly minimumTcb?: SnpTcb;
}

/**
 * Verifies a SEV-SNP report of version 2: AMD's chain down to the chip's key, the key's versions and chip against the report's, the
 * signature, and that nobody may debug the guest.
 *
 * @throws CloisterError named after what failed; `TcbNotChecked` where there was no minimum to compare the TCB with.
 */
export function verifySnpReport(given: SnpVerification): VerifiedQuote {
  return demand(examineSnpReport(given));
}

/** Looks at a report from every side. @throws CloisterError `QuoteMalformed`, `QuoteUnsupported`, where it is none. */
export function examineSnpReport(given: SnpVerification): Examination {
  const report = readSnpReport(given.evidence);
  const { anchor, at, collateral, minimumTcb, acceptedTcbStatuses } = given;
  const list = new CheckList();
  const certified = list.run(EvidenceCheck.format, () => [readCertificates(report, collateral), "every length and certificate is as its format says"]);
  const revoked = checkRevocation(given, list);
  list.run(EvidenceCheck.certificates, () => {
    const { ask, vcek } = CheckList.needed(certified, EvidenceCheck.format);
    verifyAmdPath(anchor, ask, vcek, at, revoked ?? new Set());
    return [true, `the chip's certificate (${vcek.product}) and the one above it end in "${anchor.commonName}"`];
  });
  list.run(EvidenceCheck.processor, () => {
    const { vcek } = CheckList.needed(certified, EvidenceCheck.format);
    checkProcessor(report, vcek);
    return [true, "chip and firmware versions in the report are those of the certificate"];
  });
  list.run(EvidenceCheck.signature, () => {
    const { vcek } = CheckList.needed(certified, EvidenceCheck.format);
    if (!isSignedByChip(report, vcek)) throw refused("it is not signed by the chip's key");
    return [true, "the chip's certified key signed it"];
  });
  list.run(EvidenceCheck.debug, () => {
    if (mayBeDebugged(report)) throw debuggable();
    return [true, "the policy forbids debugging"];
  });
  const tcbStatus = checkTcb(report.tcb, minimumTcb, acceptedTcbStatuses, list);
  const says = { kind: "sev-snp" as const, measurement: snpMeasurementOf(report), reportData: report.reportData, family: certified?.vcek.product ?? "", advisoryIds: [] };
  return { says: { ...says, ...(tcbStatus !== undefined && { tcbStatus }) }, list };
}

/** What came with the report is used before the collateral: it is the very chip's. Both are signed by AMD, or refused. */
function readCertificates({ certificates }: SnpReport, collateral: AmdCollateral): { ask: AmdAuthority; vcek: Vcek } {
  const ask = certificates.ask ?? (collateral.ask === undefined ? undefined : onePem("CERTIFICATE", collateral.ask));
  const vcek = certificates.vcek ?? (collateral.vcek === undefined ? undefined : onePem("CERTIFICATE", collateral.vcek));
  if (!ask || !vcek) {
    throw new CloisterError("CollateralMissing", `Neither the evidence nor the collateral has AMD's certificate of ${ask ? "the chip (VCEK)" : "the product line (ASK)"}.`, "Fetch it from AMD's key distribution service.");
  }
  return { ask: readAmdAuthority(ask), vcek: readVcek(vcek) };
}

/** AMD's root revokes authorities below it; single chips are not listed. */
function checkRevocation({ collateral, anchor, at }: SnpVerification, list: CheckList): ReadonlySet<string> | undefined {
  const { crl } = collateral;
  if (crl === undefined) {
    list.skip(EvidenceCheck.lists, `the collateral has no list of "${anchor.commonName}", so revocation was NOT checked`);
    return undefined;
  }
  return list.run(EvidenceCheck.lists, () => {
    const found = readRevocationList(fromHex(crl), RSA_PSS_SHA384);
    const isSigned = isSignedByAmd(found, anchor) && anchor.keyUsage?.[KeyUsageBit.cRLSign] === true;
    checkList(found, isSigned, anchor.commonName, at, "AMD's revocation list");
    return [found.revoked, `AMD's (${found.revoked.size} entries) is signed and current`];
  });
}

function verifyAmdPath(anchor: AmdAuthority, ask: AmdAuthority, vcek: Vcek, at: Date, revoked: ReadonlySet<string>): void {
  const isRevoked = (certificate: CertificateContent, issuer: CertificateContent) => issuer === anchor && revoked.has(certificate.serialNumber);
  const isSigned = (certificate: CertificateContent, issuer: CertificateContent) => isSignedByAmd(certificate, issuer === anchor ? anchor : ask);
  verifyPathOf<CertificateContent>([anchor, ask, vcek], { pins: new Set([anchor.fingerprint]), at, isRevoked }, isSigned);
  if (revoked.has(anchor.serialNumber)) throw new CloisterError("CertificateRevoked", `The root "${anchor.commonName}" revoked itself.`, "Choose another machine.");
  if (vcek.isAuthority) throw refused("the chip's certificate is an authority's");
}

function checkProcessor(report: SnpReport, vcek: Vcek): void {
  if (!equalBytes(report.chipId, vcek.chipId)) {
    throw new CloisterError("ChipMismatch", "The report is of another chip than the certificate (chip id).", "Bring the certificate of the chip that made the report.");
  }
  const [reported, certified] = [report, vcek].map(({ tcb, reserved }) => [...Object.values(tcb), ...reserved].join("."));
  if (reported !== certified) {
    throw new CloisterError("TcbMismatch", `The report's firmware versions are ${tcbText(report.tcb)}, the certificate is for ${tcbText(vcek.tcb)}.`, "Bring the chip's certificate for the versions that it reports.");
  }
}

/** The certificate's key over the first 672 bytes. AMD's processor does not normalise s, so a high one is as good. */
function isSignedByChip({ signed, signature }: SnpReport, { point }: Vcek): boolean {
  return p384.verify(signature, sha384(signed), point, { lowS: false, prehash: false });
}

function checkTcb(tcb: SnpTcb, minimum: SnpTcb | undefined, accepted: readonly string[], list: CheckList): string | undefined {
  if (!minimum) {
    list.skip(EvidenceCheck.tcb, `${tcbText(tcb)}; AMD signs no list of versions and no minimum was given, so it was NOT checked`);
    return undefined;
  }
  const isCurrent = (Object.keys(minimum) as (keyof SnpTcb)[]).every((part) => tcb[part] >= minimum[part]);
  const status = isCurrent ? "UpToDate" : "OutOfDate";
  list.run(EvidenceCheck.tcb, () => {
    if (!accepted.includes(status)) throw statusNotAccepted(`${status} (${tcbText(tcb)}, at least ${tcbText(minimum)})`, accepted);
    return [true, `${status}: ${tcbText(tcb)}, at least ${tcbText(minimum)}`];
  });
  return status;
}

function tcbText({ bootloader, tee, snp, microcode }: SnpTcb): string {
  return `bootloader ${bootloader}, TEE ${tee}, SNP ${snp}, microcode ${microcode}`;
}
