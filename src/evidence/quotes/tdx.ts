// SPDX-License-Identifier: Apache-2.0
import { QuoteVerifier } from "@phala/dcap-qvl";
// The npm package of that name in browsers; the library underneath wants it.
import { Buffer } from "buffer";
import { CloisterError } from "../../core/errors";
import type { Collateral } from "../../core/trust";
import { fromHex } from "../../core/hex";
import { chainFromPem, chainToPem } from "../../crypto/certificateContents";
import { readRevocationList, type RevocationList } from "../../crypto/revocationList";
import { type Certificate, isSignedBy, KeyUsageBit } from "../../crypto/x509";
import { verifyPath } from "../chain";
import { platformFamily } from "./pck";
import { checkTdxModule } from "./tdxModule";
import { measurementOf, readTdxQuote } from "./tdxQuote";

/** What a TDX quote is verified against. */
export interface TdxVerification {
  readonly quote: Uint8Array;
  readonly collateral: Collateral;
  /** Intel's root, or the simulator's: the same function takes either, and which one it was decides what it is worth. */
  readonly anchor: Certificate;
  readonly at: Date;
  readonly acceptedTcbStatuses: readonly string[];
}

/** What a verified quote says. */
export interface VerifiedQuote {
  /** Hex, see {@link measurementOf}. */
  readonly measurement: string;
  /** 64 bytes that the guest chose. */
  readonly reportData: Uint8Array;
  readonly tcbStatus: string;
  readonly advisoryIds: readonly string[];
  /** Family of the processor, 12 hex digits. */
  readonly fmspc: string;
}

/**
 * Verifies a TDX quote. `@phala/dcap-qvl` appraises the quote; what it leaves open is done here first: certificate paths
 * with CA bits, key usage and path lengths, revocation lists (it accepts unsigned, expired and empty ones), the signer of
 * the TDX module, and the length of the quoting enclave's data.
 *
 * @throws CloisterError named after what failed.
 */
export function verifyTdxQuote({ quote, collateral, anchor, at, acceptedTcbStatuses }: TdxVerification): VerifiedQuote {
  const parts = readTdxQuote(quote);
  if (parts.qeAuthData.length !== 32) throw refused("the quoting enclave's data has another length than 32 bytes");

  const pins = new Set([anchor.fingerprint]);
  const pckPath = rootFirst(parts.pckChain, 3, "PCK certificate chain");
  const tcbPath = rootFirst(collateral.tcb_info_issuer_chain, 2, "TCB info's chain");
  const qePath = rootFirst(collateral.qe_identity_issuer_chain, 2, "QE identity's chain");
  // Nothing signs the text around the certificates: line ends and a closing zero byte are all that may be there.
  if (parts.pckChain.replace(/[\r\n]|\0$/g, "") !== leafFirstPem(pckPath).replace(/\n/g, "")) throw refused("there is text around the PCK certificates");
  const [, pckCa] = pckPath;
  if (!pckCa) throw refused("the PCK certificate chain is too short");
  const rootList = currentList(collateral.root_ca_crl, anchor, at, "the root's revocation list");
  const pckList = currentList(collateral.pck_crl, pckCa, at, "the PCK CA's revocation list");
  const isRevoked = (certificate: Certificate, issuer: Certificate) =>
    (issuer.fingerprint === anchor.fingerprint ? rootList : pckList).revoked.has(certificate.serialNumber);
  for (const path of [pckPath, tcbPath, qePath]) verifyPath(path, { pins, at, isRevoked });
  for (const [signer] of [tcbPath, qePath].map((path) => path.slice(-1))) {
    if (signer?.isAuthority || !signer?.keyUsage?.[KeyUsageBit.digitalSignature]) throw refused("the collateral's signer may not sign data");
  }

  const appraised = appraise(quote, { pckPath, tcbPath, qePath, collateral, anchor, at });
  checkTdxModule(parts, collateral.tcb_info, acceptedTcbStatuses);
  if (!acceptedTcbStatuses.includes(appraised.status)) {
    throw new CloisterError("TcbStatusNotAccepted", `The platform's TCB status is ${appraised.status}; accepted: ${acceptedTcbStatuses.join(", ")}.`, "The machine's owner has to update its firmware.", { status: appraised.status });
  }
  return {
    measurement: measurementOf(parts),
    reportData: parts.reportData,
    tcbStatus: appraised.status,
    advisoryIds: appraised.advisory_ids,
    fmspc: platformFamily(pckPath[2] as Certificate),
  };
}

interface Appraisal {
  readonly pckPath: readonly Certificate[];
  readonly tcbPath: readonly Certificate[];
  readonly qePath: readonly Certificate[];
  readonly collateral: Collateral;
  readonly anchor: Certificate;
  readonly at: Date;
}

/** The library gets the certificates that were verified, spelled anew, so that it cannot read others out of the same text. */
function appraise(quote: Uint8Array, { pckPath, tcbPath, qePath, collateral, anchor, at }: Appraisal) {
  const spelled = {
    ...collateral,
    pck_crl_issuer_chain: collateral.pck_crl_issuer_chain ?? "",
    pck_certificate_chain: leafFirstPem(pckPath),
    tcb_info_issuer_chain: leafFirstPem(tcbPath),
    qe_identity_issuer_chain: leafFirstPem(qePath),
  };
  try {
    return QuoteVerifier.newWithRootCa(Buffer.from(anchor.der)).verify(Buffer.from(quote), spelled, Math.floor(at.getTime() / 1000));
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
  if (!isSignedBy(list, issuer) || !issuer.keyUsage?.[KeyUsageBit.cRLSign]) {
    throw new CloisterError("WrongRevocationList", `It is not signed by "${issuer.commonName}": ${what}.`, "Fetch the platform's collateral again.");
  }
  if (at < list.thisUpdate || at > list.nextUpdate) {
    throw new CloisterError("RevocationListStale", `It holds from ${list.thisUpdate.toISOString()} to ${list.nextUpdate.toISOString()}, not at ${at.toISOString()}: ${what}.`, "Fetch the platform's collateral again.");
  }
  return list;
}

function refused(reason: string, cause?: unknown): CloisterError {
  return new CloisterError("QuoteRefused", `The quote was refused: ${reason}.`, "Do not use this machine; its owner may ask for fresh evidence.", {}, { cause });
}
