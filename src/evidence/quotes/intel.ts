// SPDX-License-Identifier: Apache-2.0
import { QuoteVerifier } from "@phala/dcap-qvl";
// The npm package of that name in browsers; the library underneath wants it.
import { Buffer } from "buffer";
import { CheckList } from "../../core/checks";
import { CloisterError } from "../../core/errors";
import { fromHex } from "../../core/hex";
import type { Collateral } from "../../core/trust";
import { chainFromPem, chainToPem } from "../../crypto/certificateContents";
import { readRevocationList, type RevocationList } from "../../crypto/revocationList";
import { type Certificate, isSignedBy, KeyUsageBit } from "../../crypto/x509";
import { verifyPath } from "../chain";
import { platformFamily } from "./pck";
import { EvidenceCheck, refused, statusNotAccepted } from "./verifiedQuote";

/** What a quote of Intel's formats (TDX, SGX) is verified against. */
export interface IntelVerification {
  readonly quote: Uint8Array;
  readonly collateral: Collateral;
  /** Intel's root, or the simulator's: the same functions take either, and which one it was decides what it is worth. */
  readonly anchor: Certificate;
  readonly at: Date;
  readonly acceptedTcbStatuses: readonly string[];
}

/** What TDX and SGX quotes have in common behind the guest's report. */
export interface IntelQuote {
  readonly qeAuthData: Uint8Array;
  /** PEM of PCK leaf, PCK CA and root. */
  readonly pckChain: string;
}

/** What the common checks find. */
export interface IntelAppraisal {
  readonly tcbStatus: string;
  readonly advisoryIds: readonly string[];
}

interface Paths {
  readonly pck: readonly Certificate[];
  readonly tcb: readonly Certificate[];
  readonly qe: readonly Certificate[];
}

/** Family of the processor that a quote is of, "" where its chain names none. */
export function familyOf({ pckChain }: IntelQuote): string {
  const [leaf] = chainFromPem(pckChain);
  return leaf ? platformFamily(leaf) : "";
}

/**
 * The checks that TDX and SGX share. `@phala/dcap-qvl` appraises the quote; what it leaves open is done here first: certificate
 * paths with CA bits, key usage and path lengths, revocation lists (it accepts unsigned, expired and empty ones), and the length of
 * the quoting enclave's data.
 */
export function checkIntelQuote(parts: IntelQuote, given: IntelVerification, list: CheckList): IntelAppraisal | undefined {
  const { collateral, anchor, at, acceptedTcbStatuses } = given;
  const paths = list.run(EvidenceCheck.format, () => [readPaths(parts, collateral), "every length and certificate is as its format says"]);
  const lists = list.run(EvidenceCheck.lists, () => {
    const [, pckCa] = CheckList.needed(paths, EvidenceCheck.format).pck;
    const root = currentList(collateral.root_ca_crl, anchor, at, "the root's revocation list");
    const pck = currentList(collateral.pck_crl, pckCa as Certificate, at, "the PCK CA's revocation list");
    return [{ root, pck }, `the root's (${root.revoked.size} entries) and the PCK CA's (${pck.revoked.size} entries) are signed and current`];
  });
  list.run(EvidenceCheck.certificates, () => {
    const { root, pck } = CheckList.needed(lists, EvidenceCheck.lists);
    checkPaths(CheckList.needed(paths, EvidenceCheck.format), anchor, at, (certificate, issuer) => (issuer.fingerprint === anchor.fingerprint ? root : pck).revoked.has(certificate.serialNumber));
    return [true, `the processor's and the collateral's chains end in "${anchor.commonName}", none is revoked`];
  });
  const appraised = list.run(EvidenceCheck.signature, () => {
    const found = appraise(CheckList.needed(paths, EvidenceCheck.format), given);
    return [found, "the processor's certified key signed it, by Intel's quoting enclave"];
  });
  list.run(EvidenceCheck.tcb, () => {
    const { tcbStatus } = CheckList.needed(appraised, EvidenceCheck.signature);
    if (!acceptedTcbStatuses.includes(tcbStatus)) throw statusNotAccepted(tcbStatus, acceptedTcbStatuses);
    return [true, tcbStatus];
  });
  return appraised;
}

function readPaths({ qeAuthData, pckChain }: IntelQuote, collateral: Collateral): Paths {
  if (qeAuthData.length !== 32) throw refused("the quoting enclave's data has another length than 32 bytes");
  const pck = rootFirst(pckChain, 3, "PCK certificate chain");
  // Nothing signs the text around the certificates: line ends and a closing zero byte are all that may be there.
  if (pckChain.replace(/[\r\n]|\0$/g, "") !== leafFirstPem(pck).replace(/\n/g, "")) throw refused("there is text around the PCK certificates");
  return { pck, tcb: rootFirst(collateral.tcb_info_issuer_chain, 2, "TCB info's chain"), qe: rootFirst(collateral.qe_identity_issuer_chain, 2, "QE identity's chain") };
}

function checkPaths({ pck, tcb, qe }: Paths, anchor: Certificate, at: Date, isRevoked: (certificate: Certificate, issuer: Certificate) => boolean): void {
  const pins = new Set([anchor.fingerprint]);
  for (const path of [pck, tcb, qe]) verifyPath(path, { pins, at, isRevoked });
  for (const signer of [tcb, qe].map((path) => path.at(-1))) {
    if (signer?.isAuthority || !signer?.keyUsage?.[KeyUsageBit.digitalSignature]) throw refused("the collateral's signer may not sign data");
  }
}

/** The library gets the certificates that were verified, spelled anew, so that it cannot read others out of the same text. */
function appraise({ pck, tcb, qe }: Paths, { quote, collateral, anchor, at }: IntelVerification): IntelAppraisal {
  const spelled = {
    ...collateral,
    pck_crl_issuer_chain: collateral.pck_crl_issuer_chain ?? "",
    pck_certificate_chain: leafFirstPem(pck),
    tcb_info_issuer_chain: leafFirstPem(tcb),
    qe_identity_issuer_chain: leafFirstPem(qe),
  };
  try {
    const found = QuoteVerifier.newWithRootCa(Buffer.from(anchor.der)).verify(Buffer.from(quote), spelled, Math.floor(at.getTime() / 1000));
    return { tcbStatus: found.status, advisoryIds: found.advisory_ids };
  } catch (cause) {
    // The library throws plain errors for every refusal; its sentence is the reason.
    throw refused(cause instanceof Error ? cause.message : String(cause), cause);
  }
}

function rootFirst(pem: string, length: number, what: string): Certificate[] {
  const chain = chainFromPem(pem).reverse();
  if (chain.length !== length) throw refused(`the ${what} has ${chain.length} certificates instead of ${length}`);
  return chain;
}

function leafFirstPem(path: readonly Certificate[]): string {
  return chainToPem([...path].reverse());
}

function currentList(text: string, issuer: Certificate, at: Date, what: string): RevocationList {
  const list = readRevocationList(fromHex(text));
  const isSigned = isSignedBy(list, issuer) && issuer.keyUsage?.[KeyUsageBit.cRLSign] === true;
  checkList(list, isSigned, issuer.commonName, at, what);
  return list;
}

/** Refuses a revocation list that is not its issuer's, or not of this time. */
export function checkList(list: RevocationList, isSigned: boolean, issuer: string, at: Date, what: string): void {
  if (!isSigned) {
    throw new CloisterError("WrongRevocationList", `It is not signed by "${issuer}": ${what}.`, "Fetch the platform's collateral again.");
  }
  if (at < list.thisUpdate || at > list.nextUpdate) {
    throw new CloisterError("RevocationListStale", `It holds from ${list.thisUpdate.toISOString()} to ${list.nextUpdate.toISOString()}, not at ${at.toISOString()}: ${what}.`, "Fetch the platform's collateral again.");
  }
}
