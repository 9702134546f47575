// SPDX-License-Identifier: Apache-2.0
import { hex } from "@scure/base";
import { canonicalJson } from "../core/canonicalJson";
import { allPassed, type Check, CheckList } from "../core/checks";
import { CloisterError } from "../core/errors";
import { parseStatement, type Report, reportHashes, type RuntimeInfo, type Statement, STATEMENT_TYPE, subjectsOf } from "../core/report";
import { chainFromPem, orderUrn, workloadInfoHash, workloadInfoHashOf } from "../crypto/certificateContents";
import { DerReader, equalBytes, readWhole, utf8Text } from "../crypto/der";
import { openEnvelope } from "../crypto/dsse";
import { keyId } from "../crypto/keys";
import { type Certificate, ExtensionId, KeyUsageBit } from "../crypto/x509";
import { checkOnChainRecord, checkResources, type GivenResource, type OnChainRecord } from "./reportComparison";
import { DeviceCheck, verifyDevice, verifyDevicePath } from "./device";
import type { Trust } from "./trust";

/** Names of the checks of a report, in the order in which they are printed; the first four are the device's. */
export const ReportCheck = {
  ...DeviceCheck,
  signature: "signature",
  workload: "workload hash",
  resources: "runtimeInfo",
  record: "on-chain record",
} as const;

/** What is verified of a report, and against what. */
export interface ReportVerification {
  readonly report: Report;
  readonly trust: Trust;
  /** Time of the block in which the report was published. */
  readonly at: Date;
  /** Measurements that the caller accepts beyond the signed list. */
  readonly accept?: readonly string[];
  /** The record of the chain, if the caller read one. */
  readonly onChain?: OnChainRecord;
  /** The resource files whose contents should have been used. */
  readonly resources?: readonly GivenResource[];
}

/** The outcome of all checks. */
export interface ReportVerdict {
  readonly passed: boolean;
  readonly simulated: boolean;
  /** Id of the device that signed, hex with 0x. */
  readonly device: string;
  readonly measurement?: string;
  /** The signed statement, present only if its signature holds. */
  readonly statement?: Statement;
  readonly checks: readonly Check[];
}

/**
 * Verifies a report.json with the eight named checks.
 *
 * @throws CloisterError `ChainLengthWrong`, `CertificateMalformed`, `PemInvalid` … when there is no chain to speak of.
 */
export function verifyReport({ report, trust, at, accept, onChain, resources }: ReportVerification): ReportVerdict {
  const path = chainFromPem(report.certificate);
  const [root, subCa, device, order, ...more] = path;
  if (!root || !subCa || !device || !order || more.length > 0) {
    throw new CloisterError("ChainLengthWrong", `A report's chain is root, sub CA, device and order; it has ${path.length} certificates.`, "Fetch the report again.", { expected: 4, given: path.length });
  }
  const verdict = verifyDevice({ chain: [root, subCa, device], trust, at, accept });
  const list = new CheckList();
  for (const check of verdict.checks) {
    if (check.name === DeviceCheck.chain && check.passed) list.run(check.name, () => checkOrderCertificate(path, order, at));
    else list.checks.push(check);
  }
  const signed = list.run(ReportCheck.signature, () => openStatement(report, device, order));
  list.run(ReportCheck.workload, () => {
    const { statement } = CheckList.needed(signed, ReportCheck.signature);
    return checkWorkload(report, statement, order);
  });
  const runtimeInfo = (): RuntimeInfo => CheckList.needed(signed, ReportCheck.signature).statement.predicate.workloadInfo.runtimeInfo;
  if (!resources || resources.length === 0) list.skip(ReportCheck.resources, "no resource files were given to compare with");
  else list.run(ReportCheck.resources, () => checkResources(runtimeInfo(), resources));
  if (!onChain) list.skip(ReportCheck.record, "no chain was asked");
  else {
    list.run(ReportCheck.record, () => {
      const { statement, payload } = CheckList.needed(signed, ReportCheck.signature);
      return checkOnChainRecord(onChain, statement, reportHashes(statement, payload), keyId(device.publicKey));
    });
  }
  return {
    passed: allPassed(list.checks),
    simulated: verdict.simulated,
    device: verdict.device,
    checks: list.checks,
    ...(verdict.measurement && { measurement: verdict.measurement }),
    ...(signed && { statement: signed.statement }),
  };
}

function checkOrderCertificate(path: readonly Certificate[], order: Certificate, at: Date): [true, string] {
  verifyDevicePath(path, path[0] as Certificate, at);
  if (order.isAuthority || !order.keyUsage?.[KeyUsageBit.digitalSignature]) {
    throw new CloisterError("OrderCertificateInvalid", `The order certificate "${order.commonName}" must be a leaf that may sign.`, "Do not trust this report.");
  }
  return [true, `root, sub CA, device and order certificate, order certificate valid until ${order.validUntil.toISOString()}`];
}

/** The device signs the statement; the order certificate must be that order's. */
function openStatement(report: Report, device: Certificate, order: Certificate): [{ statement: Statement; payload: Uint8Array }, string] {
  const payload = openEnvelope(report.envelope, device.publicKey, STATEMENT_TYPE);
  const statement = parseStatement(payload);
  const { chainId, orderBook, order: id } = statement.predicate;
  const urn = orderUrn(BigInt(chainId), orderBook, BigInt(id));
  if (!uriNames(order).includes(urn)) {
    throw new CloisterError("ReportOfOtherOrder", `The device signed a report of ${urn}; the certificate is of ${uriNames(order).join(", ") || "no order"}.`, "Fetch the report of the right order.");
  }
  return [{ statement, payload }, `by the device, for order ${id} of ${orderBook} on chain ${chainId}`];
}

function checkWorkload(report: Report, statement: Statement, order: Certificate): [true, string] {
  const { workloadInfo } = statement.predicate;
  if (canonicalJson(workloadInfo) !== canonicalJson(report.workloadInfo)) {
    throw new CloisterError("WorkloadInfoMismatch", "The workloadInfo in clear differs from the signed one.", "Only the signed one counts; fetch the report again.");
  }
  if (!equalBytes(workloadInfoHashOf(order), workloadInfoHash(workloadInfo))) {
    throw new CloisterError("WorkloadInfoMismatch", `The order certificate was issued for another workload (${hex.encode(workloadInfoHashOf(order))}).`, "Do not trust this report.");
  }
  if (canonicalJson(statement.subject) !== canonicalJson(subjectsOf(workloadInfo.runtimeInfo))) {
    throw new CloisterError("SubjectsMismatch", "The statement's subjects are not those of its runtimeInfo.", "Do not trust this report.");
  }
  return [true, "report, statement and order certificate agree"];
}

/** The URIs of a certificate's subjectAltName. */
function uriNames(certificate: Certificate): string[] {
  const extension = certificate.extensions.get(ExtensionId.subjectAltName);
  const names = new DerReader(extension ? readWhole(extension.value).content : new Uint8Array());
  const uris: string[] = [];
  while (!names.done) {
    const { tag, content } = names.next();
    if (tag === 0x86) uris.push(utf8Text(content));
  }
  return uris;
}
