// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CloisterError } from "../../core/errors";
import type { EvidenceKind } from "../../core/trust";
import { concatBytes, equalBytes } from "../../crypto/der";
import { readSnpReport } from "../../evidence/quotes/snpReport";
import { readTdxQuote } from "../../evidence/quotes/tdxQuote";

/** Where the kernel shows its interface for evidence (Linux 6.7, Documentation/ABI/testing/configfs-tsm-report). */
export const TSM_REPORTS = "/sys/kernel/config/tsm/report";
/** Devices that only a real guest has. */
const TEE_DEVICES = ["/dev/tdx_guest", "/dev/tdx-guest", "/dev/sev-guest"];
/** The kernel's names of what makes the evidence. */
const PROVIDERS: Readonly<Record<string, EvidenceKind>> = { tdx_guest: "tdx", sev_guest: "sev-snp" };
/** How often a request is begun anew when somebody else used it meanwhile. */
const ATTEMPTS = 3;

/** The five things done to files of the kernel's interface; tests put a stand-in beneath that plays the kernel. */
export interface TsmFiles {
  mkdir(path: string): Promise<unknown>;
  rmdir(path: string): Promise<unknown>;
  write(path: string, content: Uint8Array): Promise<unknown>;
  read(path: string): Promise<Uint8Array>;
}

const KERNEL: TsmFiles = {
  mkdir: (path) => mkdir(path, { mode: 0o700 }),
  rmdir,
  write: writeFile,
  read: (path) => readFile(path),
};

/** Evidence as a real machine gave it. */
export interface TsmEvidence {
  readonly kind: EvidenceKind;
  /** A TDX quote; or a SEV-SNP report with the host's table of certificates behind it. */
  readonly evidence: Uint8Array;
}

/**
 * Asks the kernel for evidence over 64 bytes. Each request has a directory of its own; the generation counter shows that nobody wrote to it
 * in between, and the answer must be about the very bytes.
 *
 * @throws CloisterError `TsmUnavailable`, `TsmProviderUnknown`, `TsmConflict`, `TsmAnswerWrong`.
 */
export async function tsmEvidence(reportData: Uint8Array, reports = TSM_REPORTS, files: TsmFiles = KERNEL): Promise<TsmEvidence> {
  for (let attempt = 1; ; attempt++) {
    const entry = join(reports, `cloister-${randomBytes(8).toString("hex")}`);
    await files.mkdir(entry).catch((cause: unknown) => {
      throw new CloisterError("TsmUnavailable", `The kernel gives no evidence at ${reports}: ${codeOf(cause)}.`, "Start on a TDX or SEV-SNP guest with Linux 6.7 or later and configfs mounted, as root.", { reports }, { cause });
    });
    try {
      const answer = await request(entry, reportData, files);
      if (answer !== undefined) return answer;
      if (attempt === ATTEMPTS) throw new CloisterError("TsmConflict", `Another process wrote to ${entry}, ${ATTEMPTS} times in a row.`, "Find out who uses the kernel's interface for evidence beside this platform.");
    } finally {
      await files.rmdir(entry);
    }
  }
}

/** One request; undefined when somebody else wrote to it. */
async function request(entry: string, reportData: Uint8Array, files: TsmFiles): Promise<TsmEvidence | undefined> {
  const read = async (attribute: string) => Uint8Array.from(await files.read(join(entry, attribute)));
  const generation = async () => Number(textOf(await read("generation")));
  try {
    const provider = textOf(await read("provider"));
    const kind = PROVIDERS[provider];
    if (kind === undefined) throw new CloisterError("TsmProviderUnknown", `The kernel's evidence is made by "${provider}".`, `Use a machine with one of ${Object.keys(PROVIDERS).join(", ")}.`, { provider });
    const before = await generation();
    await files.write(join(entry, "inblob"), reportData);
    const outblob = await read("outblob");
    const auxblob = kind === "sev-snp" ? await read("auxblob").catch(absent) : new Uint8Array();
    // The kernel counts every write to this directory: exactly one was ours.
    if ((await generation()) !== before + 1) return undefined;
    const evidence = concatBytes(outblob, auxblob);
    const said = kind === "tdx" ? readTdxQuote(evidence).reportData : readSnpReport(evidence).reportData;
    if (!equalBytes(said, reportData)) throw new CloisterError("TsmAnswerWrong", "The kernel's evidence is about other bytes than were asked for.", "Report this to whoever made the machine's kernel.");
    return { kind, evidence };
  } catch (cause) {
    if (cause instanceof CloisterError) throw cause;
    throw new CloisterError("TsmUnavailable", `The kernel gave no evidence: ${codeOf(cause)}.`, "See the kernel's log; the quoting service of the host may be down.", {}, { cause });
  }
}

/**
 * Refuses to simulate where the real thing is there: a SIMULATED device on such a machine would be a mistake, or a trick.
 *
 * @throws CloisterError `RealTeePresent`.
 */
export function refuseToSimulateBesideRealTee(reports = TSM_REPORTS, devices: readonly string[] = TEE_DEVICES): void {
  const found = [...devices, reports].find((path) => existsSync(path));
  if (found === undefined) return;
  throw new CloisterError("RealTeePresent", `This machine has a real TEE (${found}); nothing is simulated beside it.`, "Use --evidence tsm.", { found });
}

/** The host need not provide certificates; then the attribute is missing or empty. */
function absent(error: unknown): Uint8Array {
  if (codeOf(error) === "ENOENT") return new Uint8Array();
  throw error;
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes).trim();
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error);
}
