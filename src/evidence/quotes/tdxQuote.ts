// SPDX-License-Identifier: Apache-2.0
import { sha256 } from "@noble/hashes/sha2.js";
import { hex } from "@scure/base";
import { concatBytes } from "../../crypto/der";
import type { IntelQuote } from "./intel";
import { QuoteReader, takeIntelHeader } from "./quoteReader";

/**
 * A TDX quote of version 4 taken apart (Intel, "Intel TDX DCAP Quoting Library API", A.3): 48 bytes header, 584 bytes TD
 * report, then the signature data with the quoting enclave's report and the PCK certificate chain.
 */
export interface TdxQuote extends IntelQuote {
  readonly teeTcbSvn: Uint8Array;
  readonly mrSignerSeam: Uint8Array;
  readonly seamAttributes: Uint8Array;
  readonly tdAttributes: Uint8Array;
  readonly mrTd: Uint8Array;
  /** Four run-time measurement registers. */
  readonly rtMr: readonly Uint8Array[];
  /** 64 bytes that the guest chose. */
  readonly reportData: Uint8Array;
}

const TD_REPORT = 584;
const SIGNATURE_AND_KEY = 128;
const QE_REPORT_AND_SIGNATURE = 448;
const CERTIFICATION_QE_REPORT = 6;
const CERTIFICATION_PCK_CHAIN = 5;
/** Little endian: version 4, ECDSA with P-256, TEE type TDX. */
const SUPPORTED = "0400020081000000";

/**
 * Takes a quote apart. Lengths must fit exactly; only zero bytes may follow (real quotes are padded).
 *
 * @throws CloisterError `QuoteMalformed`, `QuoteUnsupported`.
 */
export function readTdxQuote(quote: Uint8Array): TdxQuote {
  const reader = new QuoteReader(Uint8Array.from(quote));
  takeIntelHeader(reader, SUPPORTED, "a TDX quote of version 4");
  const report = new QuoteReader(reader.take(TD_REPORT));
  const teeTcbSvn = report.take(16);
  report.take(48); // measurement of the TDX module; its signer and version are what is checked
  const [mrSignerSeam, seamAttributes, tdAttributes] = [report.take(48), report.take(8), report.take(8)];
  report.take(8); // XFAM: which processor features the guest may use
  const mrTd = report.take(48);
  report.take(3 * 48); // configuration and owner: set by the host, measured by nobody
  const rtMr = [report.take(48), report.take(48), report.take(48), report.take(48)];
  const reportData = report.take(64);

  const signatureData = new QuoteReader(reader.take(reader.size()));
  signatureData.take(SIGNATURE_AND_KEY);
  const qe = new QuoteReader(signatureData.certification(CERTIFICATION_QE_REPORT));
  signatureData.end();
  qe.take(QE_REPORT_AND_SIGNATURE);
  const qeAuthData = qe.take(qe.shortSize());
  const pckChain = new TextDecoder("ascii").decode(qe.certification(CERTIFICATION_PCK_CHAIN));
  qe.end();
  reader.endPadded();
  return { teeTcbSvn, mrSignerSeam, seamAttributes, tdAttributes, mrTd, rtMr, reportData, qeAuthData, pckChain };
}

/** The one number that names a guest: hex of sha256(tdAttributes, mrTd, rtMr0 to 3). */
export function measurementOf(quote: Pick<TdxQuote, "tdAttributes" | "mrTd" | "rtMr">): string {
  return hex.encode(sha256(concatBytes(quote.tdAttributes, quote.mrTd, ...quote.rtMr)));
}
