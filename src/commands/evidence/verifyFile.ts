// SPDX-License-Identifier: Apache-2.0
import { readFile } from "node:fs/promises";
import { allPassed, type Check } from "../../core/checks";
import { CloisterError } from "../../core/errors";
import { parseCollateral, TCB_STATUSES } from "../../core/trust";
import { onePem } from "../../crypto/pem";
import { readCertificate } from "../../crypto/x509";
import { candidatesFor } from "../../evidence/candidates";
import { type EvidenceBasis, examineBest, type EvidencePolicy, kindOf } from "../../evidence/examine";
import { AMD_ROOT_PRINTS, AMD_ROOTS, INTEL_ROOT, INTEL_ROOT_PRINT } from "../../evidence/makerRoots";
import { readAmdAuthority, type SnpTcb } from "../../evidence/quotes/amdCertificate";
import { wrongUsage } from "../command";
import { openTrust } from "../connect";
import type { Context } from "../context";
import { readTextFile } from "../files/textFile";

/** What `evidence verify` was given. */
export interface GivenEvidence {
  readonly file: string;
  readonly collateral?: string;
  readonly at?: string;
  readonly anchor?: string;
  readonly acceptTcb: readonly string[];
  readonly minimumTcb?: string;
}

/** What it found. Nothing the evidence says counts unless `passed`. */
export interface EvidenceVerdict {
  readonly passed: boolean;
  readonly kind: string;
  readonly measurement?: string;
  readonly reportData?: Uint8Array;
  readonly tcbStatus?: string;
  readonly family?: string;
  readonly advisoryIds: readonly string[];
  /** Decided by the anchor alone: true unless it is a processor maker's own root. */
  readonly simulated: boolean;
  readonly anchor: string;
  readonly at: Date;
  readonly checks: readonly Check[];
}

/** Verifies one file of evidence. @throws CloisterError where there is nothing to verify or nothing to verify it against. */
export async function verifyEvidenceFile(context: Context, given: GivenEvidence): Promise<EvidenceVerdict> {
  const path = context.path(given.file);
  const evidence = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    throw new CloisterError("FileMissing", `${path} cannot be read (${error.code}).`, "Check the path.", { path }, { cause: error });
  });
  const kind = kindOf(evidence);
  const { bases, accepted } = given.collateral === undefined ? await configured(context, evidence, given) : await named(context, given, kind === "sev-snp" ? "amd" : "intel");
  const policy: EvidencePolicy = { at: timeOf(given.at, context.now()), acceptedTcbStatuses: [...new Set([...accepted, ...statuses(given.acceptTcb)])] };
  const { basis, examination } = examineBest(evidence, bases, policy);
  const { says, list } = examination;
  return {
    passed: allPassed(list.checks),
    kind,
    measurement: says?.measurement,
    reportData: says?.reportData,
    tcbStatus: says?.tcbStatus,
    family: says?.family,
    advisoryIds: says?.advisoryIds ?? [],
    simulated: basis.anchor.fingerprint !== INTEL_ROOT_PRINT && !AMD_ROOT_PRINTS.includes(basis.anchor.fingerprint),
    anchor: `${basis.anchor.commonName} (sha256 ${basis.anchor.fingerprint})`,
    at: policy.at,
    checks: list.checks,
  };
}

interface Basis {
  readonly bases: readonly EvidenceBasis[];
  readonly accepted: readonly string[];
}

/** What the trust file of the configuration has for this evidence. */
async function configured(context: Context, evidence: Uint8Array, { anchor, minimumTcb }: GivenEvidence): Promise<Basis> {
  if (anchor !== undefined || minimumTcb !== undefined) throw wrongUsage("--anchor and --minimum-tcb go with --collateral.", "Give the collateral, or leave all of it to the trust file.");
  const trust = await openTrust(context);
  return { bases: candidatesFor(evidence, kindOf(evidence), trust).bases, accepted: trust.acceptedTcbStatuses };
}

/** The collateral and the root that were named on the command line. */
async function named(context: Context, { collateral, anchor, minimumTcb }: GivenEvidence, maker: "intel" | "amd"): Promise<Basis> {
  const file = context.path(collateral ?? "");
  const root = anchor ?? maker;
  if (root !== maker && (root === "intel" || root === "amd")) throw wrongUsage(`--anchor ${root} cannot vouch for evidence of ${maker === "amd" ? "AMD's" : "Intel's"} kinds.`, "Leave --anchor out, or name the right root.");
  if (maker === "intel" && minimumTcb !== undefined) throw wrongUsage("--minimum-tcb is for AMD's evidence only; this is of Intel's kinds.", "Leave it out: Intel's collateral says which versions are up to date.");
  const pem = root === "intel" ? INTEL_ROOT : root === "amd" ? AMD_ROOTS : await readTextFile(context.path(root));
  const der = onePem("CERTIFICATE", pem);
  const text = await readTextFile(file);
  const accepted = ["UpToDate"];
  if (maker === "intel") return { bases: [{ maker, anchor: readCertificate(der), collateral: parseCollateral(text, "intel", file) }], accepted };
  const minimum = minimumTcb === undefined ? {} : { minimumTcb: versionsOf(minimumTcb) };
  return { bases: [{ maker, anchor: readAmdAuthority(der), collateral: parseCollateral(text, "amd", file), ...minimum }], accepted };
}

function statuses(given: readonly string[]): readonly string[] {
  const unknown = given.find((status) => !(TCB_STATUSES as readonly string[]).includes(status));
  if (unknown !== undefined) throw wrongUsage(`--accept-tcb ${unknown} is not one of ${TCB_STATUSES.join(", ")}.`, "Evidence that is out of date or revoked is never accepted.");
  return given;
}

function versionsOf(given: string): SnpTcb {
  const [bootloader, tee, snp, microcode, ...more] = given.split(",").map((part) => (/^\d{1,3}$/.test(part.trim()) ? Number(part) : NaN));
  const versions = [bootloader, tee, snp, microcode];
  if (more.length > 0 || versions.some((version) => version === undefined || !(version <= 255))) throw wrongUsage(`--minimum-tcb ${given} is not four versions up to 255.`, "Write it like 3,0,8,115.");
  return { bootloader: bootloader ?? 0, tee: tee ?? 0, snp: snp ?? 0, microcode: microcode ?? 0 };
}

function timeOf(given: string | undefined, now: Date): Date {
  const time = given === undefined ? now : new Date(given);
  if (!Number.isNaN(time.getTime())) return time;
  throw new CloisterError("TimeInvalid", `"${given}" is not a time.`, "Write it like 2026-11-20T10:00:00Z.");
}
